package dev.carillon.server.transport;

import static io.netty.channel.SelectStrategy.SELECT;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When the loop's thread sleeps, by the sockets that are ready and the time that has passed. */
final class LingeringSelectTest {

  private long nanos = Long.MAX_VALUE - 100;
  private int ready;
  private final LingeringSelect strategy = new LingeringSelect(() -> nanos);

  @Test
  void whatIsReadyIsServedAtOnce() throws Exception {
    ready = 3;

    assertThat(look(false)).isEqualTo(3);
    assertThat(look(true)).isEqualTo(3);
  }

  @Test
  void tasksAreNotKeptWaiting() throws Exception {
    for (int i = 0; i < 1000; i++) {
      nanos += LingeringSelect.NANOS_MAX;
      assertThat(look(true)).isZero();
    }
  }

  @Test
  void sleepingIsPutOffForAMomentOnly() throws Exception {
    assertThat(look(false)).isZero();
    nanos += LingeringSelect.NANOS_MAX - 1;
    assertThat(look(false)).isZero();
    nanos++;
    assertThat(look(false)).isEqualTo(SELECT);
  }

  @Test
  void whereSomethingComesInTimeSleepingIsPutOffAgain() throws Exception {
    for (int i = 0; i < 1000; i++) {
      ready = 0;
      assertThat(look(false)).isZero();
      nanos += LingeringSelect.NANOS_MAX - 1;
      ready = 1;
      assertThat(look(false)).isEqualTo(1);
    }
  }

  @Test
  void afterEachTimeInVainTwiceAsManySleepsAreNotPutOff() throws Exception {
    for (int sleeps :
        new int[] {1, 3, 7, 15, 31, LingeringSelect.SLEEPS_MAX, LingeringSelect.SLEEPS_MAX}) {
      lingerInVain();
      for (int i = 0; i < sleeps; i++) {
        assertThat(look(false)).as("sleep %s of %s", i, sleeps).isEqualTo(SELECT);
      }
    }
  }

  @Test
  void whatComesWhileTheThreadSleepsSaysNothingAboutLooking() throws Exception {
    lingerInVain();
    sleepTimes(1);
    lingerInVain();
    ready = 1;
    assertThat(look(false)).isEqualTo(1);
    ready = 0;
    sleepTimes(3);
  }

  @Test
  void whatComesInTimeMakesUpForAllThatWasInVain() throws Exception {
    lingerInVain();
    sleepTimes(1);
    lingerInVain();
    sleepTimes(3);
    assertThat(look(false)).isZero();
    ready = 1;
    assertThat(look(false)).isEqualTo(1);
    ready = 0;
    lingerInVain();
    sleepTimes(1);
  }

  /** So many times the thread sleeps at once. */
  private void sleepTimes(int sleeps) throws Exception {
    for (int i = 0; i < sleeps; i++) {
      assertThat(look(false)).isEqualTo(SELECT);
    }
  }

  private void lingerInVain() throws Exception {
    assertThat(look(false)).isZero();
    nanos += LingeringSelect.NANOS_MAX;
    assertThat(look(false)).isEqualTo(SELECT);
  }

  private int look(boolean hasTasks) throws Exception {
    return strategy.calculateStrategy(() -> ready, hasTasks);
  }
}

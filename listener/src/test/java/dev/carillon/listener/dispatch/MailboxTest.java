package dev.carillon.listener.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.listener.Gap;
import dev.carillon.listener.KeyEvent;
import dev.carillon.listener.KeyTemplate;
import dev.carillon.listener.Signal;
import dev.carillon.protocol.bytes.Bytes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MailboxTest {

  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private final Counters counters = new Counters();

  private static KeyEvent event(int number) {
    return new KeyEvent(
        "e" + number,
        "set",
        0,
        Bytes.of("k"),
        KeyTemplate.ofGlob("*"),
        NOON.plusMillis(number),
        1,
        List.of());
  }

  private static Signal next(Mailbox mailbox) throws InterruptedException {
    return mailbox.take(Duration.ZERO);
  }

  @Test
  void whatDoesNotFitIsOneGapInItsPlace() throws Exception {
    Mailbox mailbox = new Mailbox(2, counters);
    for (int i = 1; i <= 5; i++) {
      mailbox.offer(event(i));
    }
    assertThat(next(mailbox)).isEqualTo(event(1));
    mailbox.offer(event(6));
    mailbox.offer(event(7));
    assertThat(next(mailbox)).isEqualTo(event(2));
    assertThat(next(mailbox))
        .isEqualTo(new Gap(Gap.Reason.OVERLOADED, NOON.plusMillis(3), NOON.plusMillis(5), 3));
    assertThat(next(mailbox)).isEqualTo(event(6));
    assertThat(next(mailbox))
        .isEqualTo(new Gap(Gap.Reason.OVERLOADED, NOON.plusMillis(7), NOON.plusMillis(7), 1));
    assertThat(next(mailbox)).isNull();
    assertThat(counters.stats(0).heard()).isEqualTo(7);
    assertThat(counters.stats(0).missed()).isEqualTo(4);
    assertThat(counters.stats(0).gaps()).isEqualTo(2);
  }

  @Test
  void gapsThatFollowEachOtherAreOne() throws Exception {
    Mailbox mailbox = new Mailbox(1, counters);
    mailbox.offer(new Gap(Gap.Reason.STARTED, NOON, NOON, Gap.UNKNOWN));
    mailbox.offer(new Gap(Gap.Reason.DEAF, NOON, NOON.plusMillis(1), Gap.UNKNOWN));
    mailbox.offer(new Gap(Gap.Reason.DISCONNECTED, NOON.plusMillis(1), NOON.plusMillis(2), -1));
    assertThat(next(mailbox))
        .isEqualTo(new Gap(Gap.Reason.DEAF, NOON, NOON.plusMillis(2), Gap.UNKNOWN));
    assertThat(next(mailbox)).isNull();
  }

  /** Whatever the load: each event comes out in order or is counted by a gap in its place. */
  @Test
  void nothingIsLostSilentlyAndNothingGrows() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int capacity = 1 + random.nextInt(8);
    Mailbox mailbox = new Mailbox(capacity, counters);
    int offered = 0;
    int accounted = 0;
    for (int step = 0; step < 50_000; step++) {
      if (random.nextInt(100) < 55) {
        mailbox.offer(event(++offered));
      } else {
        Signal signal = next(mailbox);
        if (signal instanceof KeyEvent event) {
          assertThat(event.id()).as("seed %d", seed).isEqualTo("e" + ++accounted);
        } else if (signal instanceof Gap gap) {
          assertThat(gap.missed()).as("seed %d", seed).isPositive();
          accounted += (int) gap.missed();
        }
      }
      assertThat(mailbox.size()).as("seed %d", seed).isLessThanOrEqualTo(2 * capacity + 1);
    }
    while (next(mailbox) instanceof Signal signal) {
      accounted += signal instanceof Gap gap ? (int) gap.missed() : 1;
    }
    assertThat(accounted).as("seed %d", seed).isEqualTo(offered);
  }

  @Test
  void aClosedMailboxGivesNothing() throws Exception {
    Mailbox mailbox = new Mailbox(1, counters);
    mailbox.offer(event(1));
    mailbox.close();
    mailbox.offer(event(2));
    assertThat(mailbox.take()).isNull();
    assertThat(mailbox.size()).isZero();
  }
}

package dev.carillon.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RepeatedWarningTest {

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final List<Long> summaries = new ArrayList<>();
  private final RepeatedWarning warning = new RepeatedWarning(channel.eventLoop(), summaries::add);

  RepeatedWarningTest() {
    channel.freezeTime();
  }

  private void passSeconds(int seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
  }

  @Test
  void theFirstOccasionIsToldAndTheOthersAreCounted() {
    assertThat(warning.isDue()).isTrue();
    for (int i = 0; i < 1000; i++) {
      assertThat(warning.isDue()).isFalse();
    }
    passSeconds(9);
    assertThat(summaries).isEmpty();
    passSeconds(1);
    assertThat(summaries).containsExactly(1000L);
    assertThat(warning.isDue()).isFalse();
    passSeconds(10);
    assertThat(summaries).containsExactly(1000L, 1L);
    passSeconds(10);
    assertThat(summaries).hasSize(2);
    assertThat(warning.isDue()).isTrue();
  }

  @Test
  void oneOccasionNeedsNoSummary() {
    assertThat(warning.isDue()).isTrue();
    passSeconds(10);
    assertThat(summaries).isEmpty();
    assertThat(warning.isDue()).isTrue();
  }
}

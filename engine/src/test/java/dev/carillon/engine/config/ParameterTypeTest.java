package dev.carillon.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.protocol.event.NotifyFlags;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What single values become; all observed from 7.0.15 unless a row says otherwise. */
class ParameterTypeTest {

  private static <T> String shown(String name, String text) throws ConfigError {
    @SuppressWarnings("unchecked")
    Parameter<T> parameter = (Parameter<T>) Parameters.find(name);
    return parameter.type().format(parameter.type().parse(text, parameter.initially()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "maxmemory | 1k | 1000",
        "maxmemory | 1kb | 1024",
        "maxmemory | 100mb | 104857600",
        "maxmemory | 1g | 1000000000",
        "maxmemory | 1GB | 1073741824",
        "maxmemory | 5b | 5",
        "maxmemory | 007 | 7",
        "maxmemory | mb | 0",
        "maxmemory | '' | 0",
        "maxmemory-clients | 5% | 5%",
        "maxmemory-clients | 0% | 0",
        "maxmemory-clients | 5mb | 5242880",
        "appendonly | YES | yes",
        "loglevel | WARNING | warning",
        "hz | 0 | 1",
        "hz | 1000 | 500",
        "repl-backlog-size | 10 | 16384",
        "save | 900 1 300 10 | 900 1 300 10",
        "save | +900 01 | 900 1",
        "save | 900 1 900 1 | 900 1 900 1",
        "unixsocketperm | 0700 | 700",
        "shutdown-on-sigint | save force force | save force",
        "shutdown-on-sigint | default save | save",
        "latency-tracking-info-percentiles | 5e1 1e-5 99.123456789 +5 .5 100.0 | 50 0.00001"
            + " 99.123457 5 0.5 100",
        "client-output-buffer-limit | PUBSUB 1k 1kb 1 replica 4 4 4 | normal 0 0 0 slave 4 4 4"
            + " pubsub 1000 1024 1",
        "cluster-slot-stats-enabled | mem cpu | cpu mem",
        "cluster-slot-stats-enabled | mem net cpu | yes",
        "notify-keyspace-events | mKEA | AKEm",
      })
  void aValueIsShownInItsCanonicalForm(String name, String given, String shown) throws ConfigError {
    assertThat(shown(name, given)).isEqualTo(shown);
  }

  @Test
  void aZeroByteEndsTheFlags() throws ConfigError {
    assertThat(shown("notify-keyspace-events", "KEg\0l")).isEqualTo("gKE");
    assertThatThrownBy(() -> shown("notify-keyspace-events", "KEA\u00ff"))
        .hasMessageStartingWith("Invalid event class character");
  }

  @Test
  void moreMemoryThanCanBeIsKeptAsTheMost() throws ConfigError {
    assertThat(shown("maxmemory", "18446744073709551615")).isEqualTo("9223372036854775807");
  }

  @Test
  void aShareOfMemoryIsComputedFromTheWhole() {
    assertThat(new MemoryLimit(5, true).bytes(1000)).isEqualTo(50);
    assertThat(new MemoryLimit(100, true).bytes(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
    assertThat(new MemoryLimit(5, true).bytes(0)).isZero();
    assertThat(new MemoryLimit(7, false).bytes(1000)).isEqualTo(7);
  }

  @Test
  void anAccessPermitsAllOrNoneOrLocalClients() {
    assertThat(Access.NO.permits(true)).isFalse();
    assertThat(Access.LOCAL.permits(true)).isTrue();
    assertThat(Access.LOCAL.permits(false)).isFalse();
    assertThat(Access.YES.permits(false)).isTrue();
  }

  @Test
  void flagsHiddenBehindAnAAreWrittenToAFile() throws ConfigError {
    ParameterType<NotifyFlags> type = Parameters.NOTIFY_KEYSPACE_EVENTS.type();
    for (String flags : List.of("KEAn", "KEAnoc", "KEA", "KEg$l", "Kn", "", "KEAmST")) {
      var value = type.parse(flags, Parameters.NOTIFY_KEYSPACE_EVENTS.initially());
      assertThat(type.parseLine(type.lines(value).getFirst(), value)).isEqualTo(value);
    }
  }
}

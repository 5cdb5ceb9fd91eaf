package dev.carillon.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CountersTest {

  private static Counters counters(String... lines) {
    return Counters.of(Bytes.of(String.join("\r\n", lines)));
  }

  @Test
  void whatFollowsFromRequestsIsCounted() {
    Counters before = counters("# Stats", "expired_keys:1", "instantaneous_ops_per_sec:7");
    Counters after =
        counters(
            "expired_keys:3",
            "instantaneous_ops_per_sec:9",
            "cmdstat_get:calls=2,usec=5,usec_per_call=2.50,rejected_calls=0,failed_calls=1",
            "errorstat_WRONGTYPE:count=1",
            "db2:keys=4,expires=0,avg_ttl=0");
    assertThat(after.since(before))
        .isEqualTo(
            Map.of(
                "expired_keys", 2L,
                "get calls", 2L,
                "get failed_calls", 1L,
                "errors WRONGTYPE count", 1L,
                "db2 keys", 4L));
    assertThat(before.since(after)).containsEntry("db2 keys", -4L).hasSize(5);
  }

  @Test
  void whatTheComparisonAsksForItselfIsNot() {
    assertThat(counters("cmdstat_ping:calls=2,usec=5", "cmdstat_client|id:calls=1").values())
        .isEmpty();
  }
}

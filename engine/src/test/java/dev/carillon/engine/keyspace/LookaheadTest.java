package dev.carillon.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.command.family.EngineFixture;
import dev.carillon.protocol.bytes.Bytes;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which searches a look ahead does, and that it does nothing else. */
class LookaheadTest {

  private static final int LARGE = 5000;

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private final Lookahead lookahead = new Lookahead();

  private Database database() {
    return engine.engine().keyspace().database(0);
  }

  private void fill(String key, String command, String element, int size) {
    engine.withoutReplay();
    for (int i = 0; i < size; i++) {
      engine.run(command + " " + key + " " + element.replace("#", Integer.toString(i)));
    }
  }

  private int searches(String... requests) {
    for (String request : requests) {
      List<Bytes> words = EngineFixture.words(request);
      int last = words.size() - 1;
      lookahead.add(database(), words.get(1), words.get(Math.min(2, last)), words.get(last));
    }
    return lookahead.run(database());
  }

  @ParameterizedTest
  @CsvSource({
    "HSET, m# v, HSET key m7 other",
    "HSET, m# v, HGET key m7",
    "HSET, m# v, HGET key missing",
    "SADD, m#, SISMEMBER key m7",
    "SADD, m#, SPOP key",
    "ZADD, # m#, ZADD key 3 m7",
    "ZADD, # m#, ZSCORE key m7"
  })
  void membersOfLargeCollectionsAreLookedAheadFor(String command, String element, String request) {
    fill("key", command, element, LARGE);

    assertThat(searches(request, request)).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource({"HSET, m# v", "SADD, m#", "ZADD, # m#"})
  void theMembersOfSmallerOnesAreNot(String command, String element) {
    fill("key", command, element, 1000);

    assertThat(searches("X key m7")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RPUSH key", "SET key", "XADD key * f", "PFADD key", "HSET key f"})
  void othersAreLookedAheadForByTheirKeysAlone(String request) {
    engine.run(request + " " + "x".repeat(20_000));

    assertThat(searches("X key m7")).isEqualTo(1);
    assertThat(searches("X missing m7")).isEqualTo(1);
  }

  @Test
  void nothingIsDoneForMoreRequestsThanItHasRoomFor() {
    engine.run("SET key value");
    String[] requests = new String[Lookahead.REQUESTS_MAX + 3];
    Arrays.fill(requests, "GET key");

    assertThat(searches(requests)).isEqualTo(Lookahead.REQUESTS_MAX);
    assertThat(searches("GET key")).isEqualTo(1);
  }

  @Test
  void aDatabaseIsWorthItForItsKeysOrForWhatTheyHold() {
    assertThat(Lookahead.isWorthIt(database())).isFalse();

    fill("key", "HSET", "field# value", LARGE);

    assertThat(Lookahead.isWorthIt(database())).isTrue();
  }

  @Test
  void nothingChanges() {
    fill("hash", "HSET", "m# v", LARGE);
    fill("sorted", "ZADD", "# m#", LARGE);
    engine.run("PEXPIRE hash 1");
    engine.advance(5);
    String before = KeyspaceDigest.of(engine.engine().keyspace());

    searches("HSET hash m7 other", "ZADD sorted 9 m7", "DEL hash", "DEL sorted", "ZPOPMIN sorted");

    assertThat(KeyspaceDigest.of(engine.engine().keyspace())).isEqualTo(before);
  }
}

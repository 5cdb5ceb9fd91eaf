package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ReferenceRedis;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PFADD and its like: what is announced, kept and refused, and the same bytes as Redis. */
class HyperLogLogCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  @Test
  void onlyWhatIsNewIsAnnounced() {
    engine.expect("PFADD h", ":1", "new h", "pfadd h");
    engine.expect("PFADD h", ":0");
    engine.expect("PFADD h a b", ":1", "pfadd h");
    engine.expect("PFADD h b a", ":0");
    engine.expect("PFCOUNT h", ":2");
    engine.expect("PFCOUNT h h missing", ":2", "keymiss missing");
  }

  /** A count that was asked for is kept in the string, which is a silent change of it. */
  @Test
  void aCountIsKeptInTheString() {
    engine.run("PFADD h a b c");
    String before = engine.say("GET h");
    engine.events();
    engine.effects();
    engine.expect("PFCOUNT h", ":3");
    assertThat(engine.effects()).containsExactly("PFCOUNT h");
    assertThat(engine.say("GET h")).isNotEqualTo(before);
    engine.expect("PFCOUNT h", ":3");
    assertThat(engine.effects()).isEmpty();
  }

  @Test
  void aCountTouchesWhoWatches() {
    engine.run("PFADD h a");
    engine.run("WATCH h");
    engine.run(engine.client(), "PFCOUNT h");
    engine.run("MULTI");
    engine.run("PING");
    assertThat(engine.say("EXEC")).isEqualTo("nil-array");
  }

  @Test
  void whatIsNoHyperLogLogIsRefused() {
    engine.run("SET s hello");
    engine.run("SET n 12345");
    engine.run("SET d \"HYLL\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"");
    engine.run("SET e \"HYLL\\x02\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"");
    for (String key : new String[] {"s", "n", "d", "e"}) {
      for (String command : new String[] {"PFADD %s x", "PFCOUNT %s", "PFMERGE t %s"}) {
        assertThat(engine.say(command.formatted(key)))
            .isEqualTo("-WRONGTYPE Key is not a valid HyperLogLog string value.");
      }
    }
  }

  /** A run of two bytes, of which the second is missing. */
  @Test
  void whatIsCutOffIsRefused() {
    engine.run("SET h \"HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80a\"");
    assertThat(engine.say("PFADD h x")).isEqualTo("-INVALIDOBJ Corrupted HLL object detected");
  }

  @Test
  void brokenRunsAreRefusedAndNothingChanges() {
    String broken =
        "\"HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\\x40\\x10\"";
    engine.run("SET h " + broken);
    engine.events();
    for (String command :
        new String[] {
          "PFADD h a b c d e f", "PFCOUNT h", "PFCOUNT h t", "PFMERGE t h", "PFDEBUG GETREG h"
        }) {
      assertThat(engine.say(command)).isEqualTo("-INVALIDOBJ Corrupted HLL object detected");
    }
    assertThat(engine.events()).doesNotContain("pfadd h", "new t");
    assertThat(engine.say("GET h"))
        .isEqualTo(EngineFixture.quote(EngineFixture.words(broken).getFirst()));
  }

  /** The limit counts the whole string; one that is dense already stays so. */
  @Test
  void aStringIsDenseWhenItWouldOutgrowTheLimit() {
    engine.withoutReplay(); // An engine with the default limit keeps the same in other bytes.
    engine.config(Parameters.HLL_SPARSE_MAX_BYTES, "24");
    engine.run("PFADD h a b");
    assertThat(engine.say("PFDEBUG ENCODING h")).isEqualTo("+sparse");
    engine.run("PFADD h c d");
    assertThat(engine.say("PFDEBUG ENCODING h")).isEqualTo("+dense");
    assertThat(engine.say("STRLEN h")).isEqualTo(":12304");
    assertThat(engine.say("PFCOUNT h")).isEqualTo(":4");
    engine.run("PFADD small e");
    engine.run("PFMERGE small h");
    assertThat(engine.say("PFDEBUG ENCODING small")).isEqualTo("+dense");
    assertThat(engine.say("PFCOUNT small")).isEqualTo(":5");
  }

  @Test
  void debuggingLooksInside() {
    engine.expect("PFDEBUG ENCODING h", "-ERR The specified key does not exist");
    engine.run("PFADD h a b");
    engine.events();
    engine.expect("PFDEBUG DECODE h", "\"Z:12711 v:2,1 Z:3068 v:1,1 Z:603\"");
    Session watcher = engine.client();
    engine.run(watcher, "WATCH h");
    engine.expect("PFDEBUG TODENSE h", ":1");
    engine.run(watcher, "MULTI");
    assertThat(EngineFixture.show(engine.run(watcher, "EXEC"))).isEqualTo("[]");
    engine.expect("PFDEBUG TODENSE h", ":0");
    engine.expect("PFDEBUG DECODE h", "-ERR HLL encoding is not sparse");
    engine.expect("PFDEBUG nothing h", "-ERR Unknown PFDEBUG subcommand 'nothing'");
    engine.expect("PFSELFTEST", "+OK");
  }

  /** Random adds and merges here and there, and after each the same reply and the same bytes. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theBytesAreThoseOfRedis(int seed) {
    try (ReferenceRedis redis = ReferenceRedis.startOrSkip()) {
      Random random = new Random(seed);
      for (int i = 0; i < 1500; i++) {
        String key = "k" + random.nextInt(4);
        Bytes[] request =
            switch (random.nextInt(10)) {
              case 0 -> words("PFCOUNT", key);
              case 1 -> words("PFCOUNT", key, "k" + random.nextInt(4));
              case 2 -> words("PFMERGE", key, "k" + random.nextInt(4), "k" + random.nextInt(4));
              case 3 -> random.nextInt(8) == 0 ? words("DEL", key) : words("GET", key);
              default -> add(random, key);
            };
        assertThat(engine.run(request)).as("seed %s, %s", seed, i).isEqualTo(redis.ask(request));
        Bytes[] get = words("GET", key);
        assertThat(engine.run(get)).as("seed %s, %s", seed, i).isEqualTo(redis.ask(get));
      }
    }
  }

  private static Bytes[] words(String... words) {
    return IntStream.range(0, words.length).mapToObj(i -> Bytes.of(words[i])).toArray(Bytes[]::new);
  }

  private static Bytes[] add(Random random, String key) {
    int elements = 1 << random.nextInt(8);
    Bytes[] request = new Bytes[2 + elements];
    request[0] = Bytes.of("PFADD");
    request[1] = Bytes.of(key);
    for (int i = 0; i < elements; i++) {
      request[2 + i] = Numerals.of((long) random.nextInt(1 << 4 + random.nextInt(16)));
    }
    return request;
  }
}

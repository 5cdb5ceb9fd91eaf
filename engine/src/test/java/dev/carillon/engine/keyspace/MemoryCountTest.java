package dev.carillon.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.command.family.EngineFixture;
import dev.carillon.engine.config.Parameters;
import dev.carillon.protocol.resp.Reply;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code maxmemory} counts is what is there: after random commands on values of all types,
 * most of them large, the running count of each database equals the sizes of its objects, and
 * nothing is left when all keys are gone.
 */
class MemoryCountTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  /** K is a key, M an element, T a text, N a number, S a score. */
  private static final List<String> REQUESTS =
      List.of(
          "SET K T",
          "APPEND K T",
          "SETRANGE K N T",
          "GETDEL K",
          "PFADD K M M",
          "PFMERGE K K",
          "RPUSH K T M M",
          "LPUSH K M",
          "LPOP K N",
          "RPOP K",
          "LSET K 0 T",
          "LTRIM K 1 -2",
          "LINSERT K BEFORE M T",
          "LREM K 0 M",
          "LMOVE K K LEFT RIGHT",
          "SADD K M M T",
          "SREM K M M",
          "SPOP K",
          "SPOP K N",
          "SMOVE K K M",
          "SUNIONSTORE K K K",
          "SDIFFSTORE K K K",
          "SINTERSTORE K K K",
          "HSET K M T M M",
          "HDEL K M M",
          "HINCRBY K M N",
          "HSETNX K M T",
          "HPEXPIRE K 50 FIELDS 1 M",
          "HPERSIST K FIELDS 1 M",
          "HGETDEL K FIELDS 1 M",
          "HGETEX K PX 30 FIELDS 1 M",
          "ZADD K S M S M",
          "ZINCRBY K S M",
          "ZREM K M M",
          "ZPOPMIN K N",
          "ZREMRANGEBYRANK K 0 N",
          "ZUNIONSTORE K 2 K K",
          "ZRANGESTORE K K 0 5",
          "GEOADD K 13.4 52.5 M",
          "XADD K * M T",
          "XADD K MAXLEN 5 * M T",
          "XTRIM K MAXLEN N",
          "XGROUP CREATE K g 0",
          "XREADGROUP GROUP g M COUNT 2 STREAMS K >",
          "XGROUP DESTROY K g",
          "ARSET K N T",
          "ARDEL K N",
          "ARINSERT K T",
          "COPY K K REPLACE",
          "RENAME K K",
          "MOVE K 1",
          "SORT K ALPHA STORE K",
          "DEL K",
          "UNLINK K",
          "PEXPIRE K 20",
          "PERSIST K",
          "SWAPDB 0 1",
          "SELECT 0",
          "SELECT 1",
          "FLUSHDB");

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void theCountIsTheSumOfWhatIsThere(long seed) {
    engine.flags("");
    if (seed % 2 == 0) {
      engine.config(Parameters.HASH_MAX_LISTPACK_ENTRIES, "3");
      engine.config(Parameters.SET_MAX_LISTPACK_ENTRIES, "3");
      engine.config(Parameters.SET_MAX_INTSET_ENTRIES, "3");
      engine.config(Parameters.ZSET_MAX_LISTPACK_ENTRIES, "3");
      engine.config(Parameters.LIST_MAX_LISTPACK_SIZE, "4");
    }
    Random random = new Random(seed);
    Set<String> answered = new HashSet<>();
    String last = "";
    for (int step = 0; step < 20_000; step++) {
      String request = REQUESTS.get(random.nextInt(REQUESTS.size()));
      if (request.equals("FLUSHDB") && random.nextInt(20) > 0) {
        continue;
      }
      last = filled(request, random);
      if (!(engine.run(last) instanceof Reply.Failure)) {
        answered.add(request);
      }
      if (random.nextInt(50) == 0) {
        engine.advance(random.nextInt(10));
        engine.sweep();
      }
      if (step % 10 == 0) {
        compare("seed " + seed + ", step " + step + ": " + last);
      }
    }
    assertThat(answered).as("what was not always refused").containsAll(REQUESTS);
    engine.run("FLUSHALL");
    compare("seed " + seed + ", at the end");
    assertThat(engine.engine().keyspace().usedBytes()).isLessThan(100_000);
  }

  private static String filled(String request, Random random) {
    StringBuilder filled = new StringBuilder();
    for (String word : request.split(" ", -1)) {
      filled.append(
          switch (word) {
            case "K" -> "key:" + random.nextInt(24);
            case "M" -> random.nextInt(3) == 0 ? random.nextInt(40) : "m" + random.nextInt(40);
            case "T" -> "t".repeat(1 + random.nextInt(random.nextInt(20) == 0 ? 20_000 : 90));
            case "N" -> random.nextInt(12);
            case "S" -> random.nextInt(100) / 4.0;
            default -> word;
          });
      filled.append(' ');
    }
    return filled.toString().strip();
  }

  private void compare(String when) {
    Keyspace keyspace = engine.engine().keyspace();
    for (int i = 0; i < 2; i++) {
      Database database = keyspace.database(i);
      long[] objects = new long[1];
      long cursor = 0;
      do {
        cursor =
            database.scan(
                cursor,
                1000,
                entry -> {
                  if (entry.holdsObject()) {
                    objects[0] += entry.object().sizeBytes();
                  }
                  assertThat(entry.isEmpty()).as("%s: an empty %s", when, entry.type()).isFalse();
                });
      } while (cursor != 0);
      assertThat(database.objectBytes()).as(when).isEqualTo(objects[0]);
    }
  }
}

package dev.carillon.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.KeyspaceDigest;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.storage.Disk;
import dev.carillon.engine.storage.MemoryStorage;
import dev.carillon.engine.storage.QueuedBackground;
import dev.carillon.engine.value.ArrayValue;
import dev.carillon.engine.value.HashValue;
import dev.carillon.engine.value.ListValue;
import dev.carillon.engine.value.SetValue;
import dev.carillon.engine.value.SortedSetValue;
import dev.carillon.engine.value.StringValue;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The promise of a snapshot: its file holds exactly what the keyspace held when it began, whatever
 * happens while it is written. Random commands of all types, sweeps, evictions and emptied
 * databases run between its slices, and the file is read back.
 *
 * <p>A run is repeated with {@code -Dcarillon.seed=…}.
 */
class SnapshotModelTest {

  private static final Long SEED = Long.getLong("carillon.seed");
  private static final int SEEDS = Integer.getInteger("carillon.seeds", 30);
  private static final String HELD = "a snapshot holds what was there when it began";

  @Test
  void aSnapshotHoldsWhatWasThereWhenItBegan() {
    TreeMap<String, Integer> tally = new TreeMap<>();
    if (SEED != null) {
      run(SEED, "", tally);
      return;
    }
    long first = new Random().nextLong();
    for (int i = 0; i < SEEDS; i++) {
      run(first + i, "", tally);
    }
    assertThat(tally).as("what came about").containsKeys("complete", "given up", "large");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no pre-image",
        "no witness",
        "in place: LIST",
        "in place: ARRAY",
        "in place: STRING"
      })
  void whoeverSkipsAPreImageIsFound(String sabotage) {
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 200; i++) {
                run(1000 + i, sabotage, new TreeMap<>());
              }
            })
        .isInstanceOf(AssertionError.class);
  }

  private static void run(long seed, String sabotage, TreeMap<String, Integer> tally) {
    try {
      new Run(seed, sabotage, tally).run();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("-Dcarillon.seed=" + seed + ": " + e.getMessage(), e);
    }
  }

  private static final class Run {
    private final Random random;
    private final String sabotage;
    private final TreeMap<String, Integer> tally;
    private final MemoryStorage files = new MemoryStorage();
    private final QueuedBackground background = new QueuedBackground();
    private final Configuration config = new Configuration();
    private final Engine engine;
    private final Session client;
    private long nowMillis = 1_700_000_000_000L;

    Run(long seed, String sabotage, TreeMap<String, Integer> tally) {
      this.random = new Random(seed);
      this.sabotage = sabotage;
      this.tally = tally;
      config.put(Parameters.SAVE, List.of());
      engine =
          new Engine(
              new EngineOptions(
                  config,
                  new Random(seed),
                  Host.NONE,
                  Long.MAX_VALUE,
                  new Disk(files, background, background)));
      client = engine.open(new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1), nowMillis);
    }

    void run() {
      for (int i = 0; i < 300; i++) {
        step();
      }
      ask("CONFIG", "SET", "maxmemory", "0");
      for (int i = 0; i < 4; i++) {
        large();
      }
      for (int round = 0; round < 4; round++) {
        snapshot();
      }
    }

    private void count(String what) {
      tally.merge(what, 1, Integer::sum);
    }

    private void snapshot() {
      ask("CONFIG", "SET", "maxmemory", "0");
      ask("CONFIG", "SET", "maxmemory-policy", one("noeviction", "allkeys-lru", "allkeys-lfu"));
      String expected = KeyspaceDigest.of(engine.keyspace());
      int keys = 0;
      for (int i = 0; i < engine.keyspace().count(); i++) {
        keys += engine.keyspace().database(i).size();
      }
      Snapshots snapshots = engine.snapshots();
      snapshots.begin(nowMillis);
      if (sabotage.equals("no pre-image")) {
        engine.keyspace().removePreImage(Objects.requireNonNull(snapshots.current()));
      }
      int slice = 1 << 9 + random.nextInt(9);
      int between = random.nextInt(6);
      long giveUpAt = random.nextInt(6) == 0 ? random.nextInt(200) : Long.MAX_VALUE;
      for (long i = 0; snapshots.isRunning(); i++) {
        if (i == giveUpAt) {
          snapshots.abandon();
          count("given up");
          background.runAll();
          assertThat(files.list("")).as("files").noneMatch(name -> name.startsWith("temp-"));
          return;
        }
        boolean more = snapshots.work(nowMillis, slice);
        if (!sabotage.isEmpty()) {
          blind();
        }
        if (random.nextInt(4) == 0 || !more) {
          background.run(1 + random.nextInt(3));
        }
        for (int k = random.nextInt(1 + between); k > 0; k--) {
          step();
        }
      }
      SnapshotReading read = new SnapshotReading(files.bytes("dump.rdb"));
      int written = 0;
      for (int i = 0; i < read.keyspace.count(); i++) {
        written += read.keyspace.database(i).size();
      }
      assertThat(written).as("keys in the file").isEqualTo(keys);
      assertThat(KeyspaceDigest.of(read.keyspace)).as(HELD).isEqualTo(expected);
      count("complete");
    }

    /** From now on values of some types do not say what changes in them. */
    private void blind() {
      for (int i = 0; i < engine.keyspace().count(); i++) {
        engine.keyspace().database(i).scan(0, 1 << 20, entry -> blind(entry));
      }
    }

    private void blind(Entry entry) {
      if (entry.holdsObject() && sabotage.equals("no witness")) {
        switch (entry.object()) {
          case HashValue hash -> hash.fields().witness(null);
          case SetValue set -> set.members().witness(null);
          case SortedSetValue sorted -> sorted.members().witness(null);
          default -> {}
        }
      } else if (entry.holdsObject() && sabotage.equals("in place: " + entry.type())) {
        switch (entry.object()) {
          case ListValue list -> list.image().close();
          case ArrayValue array -> array.image().close();
          case StringValue string -> string.image().close();
          default -> {}
        }
      }
    }

    // ------------------------------------------------------------------------------- what happens

    private void step() {
      int dice = random.nextInt(100);
      if (dice < 4) {
        nowMillis += random.nextInt(3000);
        engine.sweep(nowMillis, 1 + random.nextInt(100));
      } else if (dice < 6) {
        engine.maintain(nowMillis);
      } else if (dice < 7) {
        // A little less than there is: some keys go, and others with each that comes.
        long limit = engine.keyspace().usedBytes() - random.nextInt(100_000);
        ask("CONFIG", "SET", "maxmemory-policy", "allkeys-random");
        ask("CONFIG", "SET", "maxmemory", one("0", "0", "0", "" + Math.max(100_000, limit)));
      } else if (dice < 8 && random.nextInt(10) == 0) {
        large();
      } else {
        ask(command());
      }
    }

    private String[] command() {
      String key = key();
      return switch (random.nextInt(4) == 0 ? 61 + random.nextInt(11) : random.nextInt(72)) {
        case 0, 1 -> words("SET", key, text());
        case 2 -> words("SET", key, text(), "PX", "" + (1 + random.nextInt(5000)));
        case 3 -> words("APPEND", key, text());
        case 4 -> words("SETRANGE", key, "" + random.nextInt(2000), text());
        case 5 -> words("INCR", key);
        case 6 -> words("DEL", key, key());
        case 7 -> words("UNLINK", key);
        case 8 -> words("RENAME", key, key());
        case 9 -> words("MOVE", key, "" + random.nextInt(3));
        case 10 -> words("COPY", key, key(), "DB", "" + random.nextInt(3), "REPLACE");
        case 11 -> words("PEXPIRE", key, "" + (1 + random.nextInt(8000)));
        case 12 -> words("PERSIST", key);
        case 13 -> words("GET", key);
        case 14 -> random.nextInt(8) == 0 ? words("FLUSHDB") : words("TYPE", key);
        case 15 -> words("SWAPDB", "" + random.nextInt(3), "" + random.nextInt(3));
        case 16, 17 -> words("SELECT", "" + random.nextInt(3));
        case 18, 19 -> words("HSET", key, small(), text(), small(), text());
        case 20 -> words("HDEL", key, small(), small());
        case 21, 22 ->
            words(
                "HPEXPIRE", key, "" + (1 + random.nextInt(9000)), "FIELDS", "2", small(), small());
        case 23 -> words("HINCRBY", key, small(), "3");
        case 24 -> words("HGETDEL", key, "FIELDS", "1", small());
        case 25, 26 -> words("SADD", key, small(), text());
        case 27 -> words("SREM", key, small(), small());
        case 28 -> words("SPOP", key, "" + random.nextInt(40));
        case 29 -> words("SUNIONSTORE", key, key(), key());
        case 30, 31 -> words("ZADD", key, "" + random.nextInt(90), small(), "7", text());
        case 32 -> words("ZINCRBY", key, "-3.5", small());
        case 33 -> words("ZREM", key, small(), small());
        case 34 -> words("ZREMRANGEBYRANK", key, "" + random.nextInt(50), "" + random.nextInt(90));
        case 35 -> words("ZRANGESTORE", key, key(), "0", "20");
        case 36 -> words("ZPOPMAX", key, "" + random.nextInt(30));
        case 37, 38 -> words("RPUSH", key, small(), text());
        case 39 -> words("LPUSH", key, small(), text());
        case 40 -> words("LPOP", key, "" + random.nextInt(40));
        case 41 -> words("LSET", key, "" + random.nextInt(50), text());
        case 42 -> words("LINSERT", key, "BEFORE", small(), text());
        case 43 -> words("LREM", key, "0", small());
        case 44 -> words("LTRIM", key, "" + random.nextInt(3), "-2");
        case 45, 46 -> words("XADD", key, "*", small(), text());
        case 47 -> words("XADD", key, "IDMP", one("p", "q"), "" + random.nextInt(9), "*", "f", "v");
        case 48 -> words("XGROUP", "CREATE", key, one("g", "h"), "0", "MKSTREAM");
        case 49, 50 ->
            words(
                "XREADGROUP",
                "GROUP",
                one("g", "h"),
                one("a", "b", ""),
                "COUNT",
                "5",
                "STREAMS",
                key,
                ">");
        case 51 -> words("XTRIM", key, "MAXLEN", "" + random.nextInt(50));
        case 52 -> words("XACK", key, one("g", "h"), "1700000000000-0");
        case 53 -> words("XAUTOCLAIM", key, one("g", "h"), "c", "0", "0");
        case 54 -> words("XGROUP", "DELCONSUMER", key, one("g", "h"), one("a", "b"));
        case 55, 56 -> words("ARSET", key, "" + random.nextInt(3000), text());
        case 57 -> words("ARDEL", key, "" + random.nextInt(3000));
        case 58 -> words("ARINSERT", key, text());
        case 59 -> words("SORT", key, "BY", "nosort", "STORE", key());
        case 60 -> words("PFADD", key, text());
        case 61, 62 -> words("SETRANGE", largeKey(), "" + random.nextInt(1_300_000), text());
        case 63 -> words("SETBIT", largeKey(), "" + random.nextInt(8 * 1_300_000), "1");
        case 64 -> words("APPEND", largeKey(), text());
        case 65 ->
            words(
                "BITFIELD",
                largeKey(),
                "SET",
                "u32",
                "#" + random.nextInt(320_000),
                "77",
                "GET",
                "u8",
                "0",
                "INCRBY",
                "i8",
                "#9",
                "5");
        case 66, 67 -> words("LSET", largeKey(), "" + random.nextInt(4_000), text());
        case 68 -> words("LINSERT", largeKey(), "AFTER", "m" + random.nextInt(5000), text());
        case 69 -> words("ARSET", largeKey(), "" + random.nextInt(20_000), text());
        case 70 ->
            words(
                "ARDELRANGE", largeKey(), "" + random.nextInt(20_000), "" + random.nextInt(20_000));
        default -> words("GETEX", key, "EX", "2");
      };
    }

    private String largeKey() {
      return "large" + random.nextInt(3);
    }

    /** Something that is written in several goes, or a change of most of it. */
    private void large() {
      count("large");
      String key = largeKey();
      int kind = random.nextInt(7);
      ask("SELECT", "" + random.nextInt(3));
      if (kind == 6) {
        ask("SET", key, text().repeat(100) + "y".repeat(1_300_000));
        return;
      }
      int spread = kind == 2 || kind == 5 ? 200 : 60;
      for (int i = 0; i < 40; i++) {
        List<String> words = new ArrayList<>();
        for (int k = 0; k < 100; k++) {
          String one = "m" + random.nextInt(5000) + "x".repeat(random.nextInt(spread));
          switch (kind) {
            case 0 -> words.addAll(List.of(one, one));
            case 1, 2 -> words.add(one);
            case 3 -> words.addAll(List.of("" + random.nextInt(500), one));
            case 4 -> words.addAll(List.of("f" + k, one));
            default -> words.addAll(List.of("" + random.nextInt(20_000), one));
          }
        }
        words.addAll(
            0,
            switch (kind) {
              case 0 -> List.of("HSET", key);
              case 1 -> List.of("SADD", key);
              case 2 -> List.of("RPUSH", key);
              case 3 -> List.of("ZADD", key);
              case 4 -> List.of("XADD", key, "*");
              default -> List.of("ARMSET", key);
            });
        ask(words.toArray(String[]::new));
      }
      if (kind == 0) {
        ask("HPEXPIRE", key, "5000", "FIELDS", "1", "m7");
      }
    }

    private static String[] words(String... words) {
      return words;
    }

    private String key() {
      return random.nextInt(5) == 0 ? largeKey() : "k" + random.nextInt(24);
    }

    private String small() {
      return random.nextInt(3) == 0 ? "m" + random.nextInt(5000) : "" + random.nextInt(40);
    }

    private String text() {
      int length = random.nextInt(30) == 0 ? random.nextInt(30_000) : random.nextInt(50);
      StringBuilder text = new StringBuilder();
      while (text.length() < length) {
        text.append((char) ('a' + random.nextInt(4)));
      }
      return text.toString();
    }

    private String one(String... of) {
      return of[random.nextInt(of.length)];
    }

    private void ask(String... words) {
      Bytes[] all = new Bytes[words.length];
      for (int i = 0; i < all.length; i++) {
        all[i] = Bytes.of(words[i]);
      }
      engine.execute(client, Request.of(all), nowMillis);
      client.outbox().clear();
    }
  }
}

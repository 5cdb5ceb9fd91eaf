package dev.carillon.engine.command.family;

import dev.carillon.engine.config.Parameters;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random requests about streams and their groups: none is answered by a defect, and their effects,
 * replayed into an empty engine, give the same entries, groups and counters. A failure names its
 * seed; {@code -Dcarillon.seed=…} replays it.
 */
class StreamReplayTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private Random random = new Random(0);
  private long last = 1;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void effectsGiveTheSame(long givenSeed) {
    long seed = Long.getLong("carillon.seed", givenSeed);
    random = new Random(seed);
    engine.config(Parameters.STREAM_NODE_MAX_ENTRIES, one("3", "5", "100", "0"));
    for (int i = 0; i < 4_000; i++) {
      List<String> words = request();
      try {
        engine.run(words.stream().map(Bytes::of).toArray(Bytes[]::new));
      } catch (RuntimeException | AssertionError failure) {
        throw new AssertionError("-Dcarillon.seed=" + seed + ": " + words, failure);
      }
      if (random.nextInt(5) == 0) {
        engine.advance(random.nextInt(20));
      }
      if (i % 400 == 0) {
        engine.verifyReplay();
      }
    }
  }

  private List<String> request() {
    String key = one("x", "y");
    String group = one("g", "h");
    String consumer = one("a", "b", "c");
    List<String> words = new ArrayList<>();
    switch (random.nextInt(24)) {
      case 0, 1, 2, 3, 4 -> {
        add(words, "XADD", key);
        maybe(words, 10, "NOMKSTREAM");
        boolean isProducer = random.nextInt(6) == 0;
        if (isProducer) {
          maybe(words, 2, "IDMPAUTO", one("p", "q"));
          if (words.size() == 2 || !words.contains("IDMPAUTO")) {
            add(words, "IDMP", one("p", "q"), "" + random.nextInt(5));
          }
        }
        if (random.nextInt(4) == 0) {
          trim(words);
        }
        words.add(isProducer ? "*" : newId());
        for (int i = random.nextInt(3); i >= 0; i--) {
          add(words, one("f", "g", "7"), one("v", "12", "", "-70000", "x".repeat(100)));
        }
      }
      case 5 -> {
        add(words, "XTRIM", key);
        trim(words);
      }
      case 6 -> add(words, "XDEL", key, id(), id());
      case 7 -> {
        add(words, "XDELEX", key);
        maybe(words, 2, one("KEEPREF", "DELREF", "ACKED"));
        add(words, "IDS", "2", id(), id());
      }
      case 8 -> {
        add(words, "XACKDEL", key, group);
        maybe(words, 2, one("KEEPREF", "DELREF", "ACKED"));
        add(words, "IDS", "2", id(), id());
      }
      case 9, 10, 11, 12, 13 -> {
        add(words, "XREADGROUP", "GROUP", group, consumer);
        maybe(words, 2, "COUNT", "" + random.nextInt(6));
        maybe(words, 10, "NOACK");
        maybe(words, 4, "CLAIM", one("0", "10", "50"));
        if (random.nextInt(4) == 0) {
          add(words, "STREAMS", "x", "y", one(">", "0", id()), ">");
        } else {
          add(words, "STREAMS", key, one(">", ">", ">", "0", id()));
        }
      }
      case 14 -> add(words, "XACK", key, group, id(), id(), id());
      case 15 -> {
        add(words, "XNACK", key, group, one("SILENT", "FAIL", "FATAL"), "IDS", "2", id(), id());
        maybe(words, 4, "RETRYCOUNT", "" + random.nextInt(4));
        maybe(words, 4, "FORCE");
      }
      case 16, 17 -> {
        add(words, "XCLAIM", key, group, consumer, one("0", "10"), id(), id());
        maybe(words, 3, "FORCE");
        maybe(words, 3, "JUSTID");
        maybe(words, 4, "RETRYCOUNT", "" + random.nextInt(4));
        maybe(words, 4, "IDLE", "" + random.nextInt(40));
        maybe(words, 8, "TIME", one("1", "1600000000000", "1900000000000"));
        maybe(words, 6, "LASTID", id());
      }
      case 18 -> {
        add(words, "XAUTOCLAIM", key, group, consumer, one("0", "10"), one("0", id()));
        maybe(words, 2, "COUNT", "" + (1 + random.nextInt(4)));
        maybe(words, 3, "JUSTID");
      }
      case 19, 20 -> {
        switch (random.nextInt(6)) {
          case 0 -> {
            add(words, "XGROUP", "SETID", key, group, one("0", "$", id()));
            maybe(words, 3, "ENTRIESREAD", "" + random.nextInt(20));
          }
          case 1 -> add(words, "XGROUP", "DELCONSUMER", key, group, consumer);
          case 2 -> add(words, "XGROUP", "CREATECONSUMER", key, group, consumer);
          case 3 -> add(words, "XGROUP", random.nextInt(4) == 0 ? "DESTROY" : "HELP");
          default -> {
            add(words, "XGROUP", "CREATE", key, group, one("0", "$", id()));
            maybe(words, 5, "MKSTREAM");
          }
        }
        if (words.get(1).equals("DESTROY")) {
          add(words, key, group);
        }
      }
      case 21 -> {
        add(words, "XSETID", key, (last + random.nextInt(3)) + "-9");
        maybe(words, 3, "ENTRIESADDED", "" + random.nextInt(1_000));
        maybe(words, 4, "MAXDELETEDID", id());
      }
      case 22 ->
          add(words, "XCFGSET", key, one("IDMP-DURATION", "IDMP-MAXSIZE"), one("1", "2", "100"));
      default -> {
        switch (random.nextInt(8)) {
          case 0 -> add(words, "COPY", "x", "y", "REPLACE");
          case 1 -> add(words, "DEL", key);
          case 2 -> add(words, "RENAME", "x", "y");
          case 3 -> add(words, "XIDMPRECORD", key, one("p", "q"), "" + random.nextInt(5), id());
          case 4 -> add(words, "XPENDING", key, group, "-", "+", "10");
          case 5 -> add(words, "XREVRANGE", key, "+", "-", "COUNT", "3");
          default -> add(words, "XINFO", "STREAM", key, "FULL");
        }
      }
    }
    return words;
  }

  private void trim(List<String> words) {
    boolean isById = random.nextBoolean();
    add(words, isById ? "MINID" : "MAXLEN");
    maybe(words, 2, "~");
    boolean isApproximate = words.getLast().equals("~");
    words.add(isById ? id() : "" + random.nextInt(20));
    if (isApproximate) {
      maybe(words, 2, "LIMIT", "" + random.nextInt(8));
    }
    maybe(words, 3, one("KEEPREF", "DELREF", "ACKED"));
  }

  private String newId() {
    if (random.nextInt(3) > 0) {
      last++;
    }
    return switch (random.nextInt(12)) {
      case 0 -> "*";
      case 1, 2, 3, 4, 5 -> last + "-*";
      default -> last + "-" + random.nextInt(4);
    };
  }

  private String id() {
    long near = Math.max(1, last - random.nextInt(25));
    return near + "-" + random.nextInt(4);
  }

  private String one(String... words) {
    return words[random.nextInt(words.length)];
  }

  private void maybe(List<String> target, int odds, String... words) {
    if (random.nextInt(odds) == 0) {
      add(target, words);
    }
  }

  private static void add(List<String> target, String... words) {
    target.addAll(List.of(words));
  }
}

package dev.carillon.engine.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** What clients ask for, by the seed. */
final class Workload {

  /** Long enough for a value that does not lie in its slot any more. */
  private static final int LARGE = 9_000;

  private static final String[] FLAGS = {
    "",
    "KEA",
    "KEAmnoc",
    "AKE",
    "K$",
    "Ex",
    "Kg$x",
    "E$gxen",
    "KEmnoc",
    "KEAmn",
    "Exe",
    "A",
    "KEAmnocSTIV",
    "STIVh",
    "Eh",
    "SIAx",
    "KTVAc"
  };

  private static final String[] EVENTS = {
    "set", "del", "expired", "evicted", "new", "expire", "hexpired"
  };

  private final RandomGenerator random;
  private final int databases;
  private final int keys;

  Workload(RandomGenerator random, int databases, int keys) {
    this.random = random;
    this.databases = databases;
    this.keys = keys;
  }

  /** A request of a client that may be in any state. */
  List<String> next(long nowMillis) {
    return chance(3) ? hash(nowMillis) : any(nowMillis);
  }

  private List<String> any(long nowMillis) {
    return switch (random.nextInt(64)) {
      case 0, 1, 2 -> words("GET", key());
      case 3 -> several("MGET", 1);
      case 4 -> words("STRLEN", key());
      case 5 -> several("EXISTS", 1);
      case 6 -> words("TYPE", key());
      case 7 -> words(chance(2) ? "PTTL" : "PEXPIRETIME", key());
      case 8 -> words("DBSIZE");
      case 9, 10, 11, 12, 13, 14, 15 -> set(nowMillis);
      case 16 -> words("SETNX", key(), value());
      case 17 -> words("GETSET", key(), value());
      case 18 -> several("MSET", 2);
      case 19 -> several("MSETNX", 2);
      case 20, 21 -> words("APPEND", key(), chance(20) ? large() : text(12));
      case 22 ->
          words("SETRANGE", key(), number(chance(20) ? LARGE : 30), chance(5) ? "" : text(8));
      case 23, 24 -> words(chance(2) ? "INCR" : "DECR", key());
      case 25 -> words("INCRBY", key(), number(1000));
      case 26 -> words("GETDEL", key());
      case 27, 28 -> getEx(nowMillis);
      case 29, 30 -> several(chance(2) ? "DEL" : "UNLINK", 1);
      case 31, 32, 33 -> expire(nowMillis);
      case 34 -> words("PERSIST", key());
      case 35 -> words(chance(3) ? "RENAMENX" : "RENAME", key(), key());
      case 36, 37 -> copy();
      case 38, 39 -> words("MOVE", key(), number(databases));
      case 40 -> chance(3) ? words(chance(5) ? "FLUSHALL" : "FLUSHDB") : several("MSET", 2);
      case 41 -> words("SWAPDB", number(databases), number(databases));
      case 42, 43 -> words("SELECT", number(databases));
      case 44 -> chance(2) ? words("PING") : words("PING", text(5));
      case 45 -> words("CONFIG", "SET", "notify-keyspace-events", flags());
      case 46 -> words("PUBLISH", channel(), text(6));
      case 47 -> subscribe("SUBSCRIBE", false);
      case 48 -> subscribe("PSUBSCRIBE", true);
      case 49 -> chance(2) ? words("UNSUBSCRIBE") : words("UNSUBSCRIBE", channel());
      case 50 -> chance(2) ? words("PUNSUBSCRIBE") : words("PUNSUBSCRIBE", pattern());
      case 51, 52 -> words("MULTI");
      case 53, 54 -> words("EXEC");
      case 55 -> words(chance(2) ? "DISCARD" : "UNWATCH");
      case 56 -> several("WATCH", 1);
      case 57, 58, 59, 60, 61, 62 -> set(nowMillis);
      default ->
          chance(2)
              ? words("CLIENT", "PAUSE", number(3_000), "WRITE")
              : chance(3) ? words("CLIENT", "UNPAUSE") : words("RESET");
    };
  }

  /** A request that a subscribed client of protocol 2 may make. */
  List<String> listener() {
    return switch (random.nextInt(12)) {
      case 0 -> words("UNSUBSCRIBE");
      case 1 -> words("PUNSUBSCRIBE");
      case 2 -> words("UNSUBSCRIBE", channel());
      case 3 -> words("PUNSUBSCRIBE", pattern());
      case 4 -> words("RESET");
      case 5, 6 -> subscribe("SUBSCRIBE", false);
      case 7, 8 -> subscribe("PSUBSCRIBE", true);
      default -> words("PING");
    };
  }

  /** A key whose expiry is held back is written to. */
  List<List<String>> heldBack(long nowMillis) {
    String key = key();
    return List.of(
        words("CLIENT", "PAUSE", number(20), "WRITE"),
        words("SET", key, value(), "PXAT", Long.toString(nowMillis - random.nextInt(10))),
        switch (random.nextInt(4)) {
          case 0 -> words("SET", key, value());
          case 1 -> words("APPEND", key, value());
          case 2 -> words("RENAME", key(), key);
          default -> words("MSETNX", key, value());
        });
  }

  /** A database goes whose key was over when the watch began. */
  List<List<String>> watchedOver(long nowMillis) {
    String key = key();
    return List.of(
        words("SET", key, value(), "PXAT", Long.toString(nowMillis - random.nextInt(10))),
        words("WATCH", key),
        chance(2) ? words("FLUSHDB") : words("SWAPDB", number(databases), number(databases)));
  }

  /** What a client says first that is there to listen. */
  List<List<String>> listen() {
    List<List<String>> requests = new ArrayList<>();
    if (chance(2)) {
      requests.add(words("HELLO", "3"));
    }
    requests.add(subscribe(chance(2) ? "PSUBSCRIBE" : "SUBSCRIBE", false));
    requests.add(words("PSUBSCRIBE", "__key*__:*"));
    return requests;
  }

  String flags() {
    return FLAGS[random.nextInt(FLAGS.length)];
  }

  private boolean chance(int oneIn) {
    return random.nextInt(oneIn) == 0;
  }

  private static List<String> words(String... words) {
    return List.of(words);
  }

  private List<String> several(String command, int each) {
    List<String> words = new ArrayList<>();
    words.add(command);
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      words.add(key());
      if (each == 2) {
        words.add(value());
      }
    }
    return List.copyOf(words);
  }

  private List<String> set(long nowMillis) {
    List<String> words = new ArrayList<>(List.of("SET", key(), value()));
    switch (random.nextInt(8)) {
      case 0, 1 -> add(words, "PX", Long.toString(ttl()));
      case 2 -> add(words, "EX", Long.toString(1 + random.nextInt(100)));
      case 3 -> add(words, "PXAT", Long.toString(around(nowMillis)));
      case 4 -> add(words, "KEEPTTL");
      default -> {}
    }
    switch (random.nextInt(10)) {
      case 0 -> add(words, "NX");
      case 1 -> add(words, "XX");
      default -> {}
    }
    if (chance(5)) {
      add(words, "GET");
    }
    return List.copyOf(words);
  }

  private static void add(List<String> words, String... more) {
    words.addAll(List.of(more));
  }

  private List<String> getEx(long nowMillis) {
    return switch (random.nextInt(4)) {
      case 0 -> words("GETEX", key());
      case 1 -> words("GETEX", key(), "PERSIST");
      case 2 -> words("GETEX", key(), "PX", Long.toString(ttl()));
      default -> words("GETEX", key(), "PXAT", Long.toString(around(nowMillis)));
    };
  }

  private List<String> expire(long nowMillis) {
    List<String> words = new ArrayList<>();
    switch (random.nextInt(3)) {
      case 0 -> add(words, "PEXPIRE", key(), Long.toString(ttl() - (chance(10) ? 5_000 : 0)));
      case 1 -> add(words, "EXPIRE", key(), Long.toString(random.nextInt(200)));
      default -> add(words, "PEXPIREAT", key(), Long.toString(around(nowMillis)));
    }
    if (chance(3)) {
      add(words, List.of("NX", "XX", "GT", "LT").get(random.nextInt(4)));
    }
    return List.copyOf(words);
  }

  // --------------------------------------------------------------------------------------- hashes

  private List<String> hash(long nowMillis) {
    return switch (random.nextInt(24)) {
      case 0, 1, 2, 3, 4 -> fields(true, "HSET", hashKey());
      case 5 -> words("HSETNX", hashKey(), field(), value());
      case 6 -> words("HINCRBY", hashKey(), field(), number(100));
      case 7 -> words("HGET", hashKey(), field());
      case 8 -> fields(false, "HMGET", hashKey());
      case 9 -> words(chance(2) ? "HEXISTS" : "HSTRLEN", hashKey(), field());
      case 10 -> words("HLEN", hashKey());
      case 11, 12 -> fields(false, "HDEL", hashKey());
      case 13, 14, 15, 16 -> expireFields(nowMillis);
      case 17 -> counted(false, "HPERSIST", hashKey());
      case 18 -> counted(false, chance(2) ? "HPTTL" : "HPEXPIRETIME", hashKey());
      case 19 -> counted(false, "HGETDEL", hashKey());
      case 20, 21 ->
          switch (random.nextInt(4)) {
            case 0 -> counted(false, "HGETEX", hashKey());
            case 1 -> counted(false, "HGETEX", hashKey(), "PERSIST");
            case 2 -> counted(false, "HGETEX", hashKey(), "PX", Long.toString(ttl()));
            default ->
                counted(false, "HGETEX", hashKey(), "PXAT", Long.toString(around(nowMillis)));
          };
      default -> setEx(nowMillis);
    };
  }

  private List<String> setEx(long nowMillis) {
    List<String> words = new ArrayList<>(List.of("HSETEX", hashKey()));
    if (chance(3)) {
      words.add(chance(2) ? "FNX" : "FXX");
    }
    switch (random.nextInt(5)) {
      case 0, 1 -> add(words, "PX", Long.toString(ttl()));
      case 2 -> add(words, "PXAT", Long.toString(around(nowMillis)));
      case 3 -> add(words, "KEEPTTL");
      default -> {}
    }
    return counted(true, words.toArray(String[]::new));
  }

  private List<String> expireFields(long nowMillis) {
    List<String> words = new ArrayList<>();
    if (chance(2)) {
      add(words, "HPEXPIRE", hashKey(), Long.toString(chance(8) ? 0 : ttl()));
    } else {
      add(words, "HPEXPIREAT", hashKey(), Long.toString(around(nowMillis)));
    }
    if (chance(3)) {
      add(words, List.of("NX", "XX", "GT", "LT").get(random.nextInt(4)));
    }
    return counted(false, words.toArray(String[]::new));
  }

  /** A few fields behind the words, with values if wanted. */
  private List<String> fields(boolean values, String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    for (int i = random.nextInt(3); i >= 0; i--) {
      all.add(field());
      if (values) {
        all.add(value());
      }
    }
    return List.copyOf(all);
  }

  private List<String> counted(boolean values, String... words) {
    List<String> named = fields(values);
    List<String> all = new ArrayList<>(List.of(words));
    add(all, "FIELDS", Integer.toString(values ? named.size() / 2 : named.size()));
    all.addAll(named);
    return List.copyOf(all);
  }

  private String field() {
    return chance(20) ? "a\nfield" : "f" + random.nextInt(5);
  }

  private String hashKey() {
    return chance(12) ? key() : "h" + random.nextInt(keys);
  }

  // ----------------------------------------------------------------------------------------- keys

  private List<String> copy() {
    List<String> words = new ArrayList<>(List.of("COPY", key(), key()));
    if (chance(2)) {
      add(words, "DB", number(databases));
    }
    if (chance(2)) {
      add(words, "REPLACE");
    }
    return List.copyOf(words);
  }

  private List<String> subscribe(String command, boolean patterns) {
    return chance(3)
        ? words(command, patterns ? pattern() : channel(), patterns ? pattern() : channel())
        : words(command, patterns ? pattern() : channel());
  }

  String key() {
    return switch (random.nextInt(30)) {
      case 0 -> "a key with \u00e9 and \r\n";
      case 1, 2 -> "h" + random.nextInt(keys);
      default -> "k" + random.nextInt(keys);
    };
  }

  private String value() {
    return switch (random.nextInt(12)) {
      case 0, 1, 2 -> number(100);
      case 3 -> chance(4) ? large() : "";
      default -> text(60);
    };
  }

  private String text(int lengthMax) {
    int length = random.nextInt(lengthMax);
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append((char) random.nextInt(256));
    }
    return text.toString();
  }

  private String large() {
    return ("" + (char) ('a' + random.nextInt(26))).repeat(LARGE + random.nextInt(100));
  }

  private String number(int bound) {
    return Integer.toString(random.nextInt(bound));
  }

  /** Milliseconds from 1 to months. */
  private long ttl() {
    return switch (random.nextInt(5)) {
      case 0 -> 1 + random.nextInt(10);
      case 1, 2 -> 1 + random.nextInt(5_000);
      case 3 -> 1 + random.nextInt(200_000);
      default -> 1 + random.nextLong(7_000_000_000L);
    };
  }

  private long around(long nowMillis) {
    return chance(6) ? nowMillis - random.nextInt(3_000) : nowMillis + ttl();
  }

  private String channel() {
    int db = random.nextInt(databases);
    return switch (random.nextInt(6)) {
      case 4 -> "__subkeyspaceitem@" + db + "__:" + hashKey() + "\n" + field();
      case 5 -> "__subkeyspace@" + db + "__:" + hashKey();
      case 0 -> "room" + random.nextInt(2);
      case 1 -> "__keyevent@" + db + "__:" + EVENTS[random.nextInt(EVENTS.length)];
      default -> "__keyspace@" + db + "__:" + key();
    };
  }

  private String pattern() {
    return switch (random.nextInt(8)) {
      case 7 -> "__subkey*@*__:*";
      case 0 -> "*";
      case 1 -> "__keyspace@0__:k1*";
      case 2 -> "__keyevent@*__:expired";
      case 3 -> "__keyevent@" + random.nextInt(databases) + "__:*";
      case 4 -> "*:k[0-3]";
      case 5 -> "*set";
      default -> channel();
    };
  }
}

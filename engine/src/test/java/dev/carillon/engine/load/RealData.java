package dev.carillon.engine.load;

import dev.carillon.engine.ReferenceRedis;
import dev.carillon.engine.command.family.EngineFixture;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Data of every type and encoding in a real server, and what can be seen of it by commands. */
final class RealData {

  /**
   * What a stream says of its producers, and what that is where they are not known. What it counts
   * besides is not in append-only files.
   */
  private static final Map<String, String> PRODUCERS =
      new TreeMap<>(
          Map.of(
              "idmp-duration", ":100",
              "idmp-maxsize", ":100",
              "pids-tracked", ":0",
              "iids-tracked", ":0"));

  private RealData() {}

  /**
   * Fills databases 0 and 3 with what the server knows: a newer one gets deadlines of fields,
   * producers of streams and functions too.
   *
   * @param many how many elements the larger collections have, a multiple of 10
   */
  static void fill(ReferenceRedis redis, int many) {
    redis.ask("SET int8 12");
    redis.ask("SET int16 -3000");
    redis.ask("SET int32 1000000000");
    redis.ask("SET int64 123456789012");
    redis.ask("SET empty-looking 007");
    redis.ask(Bytes.of("SET"), Bytes.of("binary"), Bytes.of(new byte[] {0, -1, 13, 10, 0}));
    redis.ask("SET compressed " + "abc".repeat(many));
    redis.ask("SET volatile 1 PXAT 4102444800123");
    redis.ask("SETBIT bits 1000 1");
    redis.ask("PFADD sparse a b c");
    for (int i = 0; i < many; i += 10) {
      redis.ask("PFADD dense " + numbers("e", i, 10));
    }
    redis.ask("RPUSH small-list a 1 -5 300 70000 3000000000");
    redis.ask("RPUSH large-element-list " + "x".repeat(9000) + " short " + "y".repeat(8500));
    redis.ask("SADD integers 1 2 3");
    redis.ask("SADD wide-integers 1 70000 5000000000");
    redis.ask("SADD strings a b c");
    redis.ask("HSET small-hash f 1 g text");
    redis.ask("HSET long-hash f " + "v".repeat(100));
    redis.ask("ZADD small-zset 1 a 2.5 b -inf c inf d");
    redis.ask("ZADD long-zset 1.5 " + "m".repeat(100));
    for (int i = 0; i < many; i += 10) {
      redis.ask("RPUSH list " + numbers("element", i, 10));
      redis.ask("SADD set " + numbers("member", i, 10));
      redis.ask("SADD intset " + numbers("", 3 * i, 10));
      redis.ask("HSET hash " + pairs("field", "value", i, 10));
      redis.ask("ZADD zset " + pairs("-1", "member", i, 10));
    }
    for (int i = 1; i <= many; i++) {
      redis.ask("XADD stream " + i + "-1 f " + i + (i % 7 == 0 ? " extra field" : " g text"));
    }
    redis.ask("XDEL stream 3-1 5-1");
    redis.ask("XGROUP CREATE stream group 0");
    redis.ask("XGROUP CREATE stream idle $");
    redis.ask("XREADGROUP GROUP group alice COUNT 5 STREAMS stream >");
    redis.ask("XREADGROUP GROUP group bob COUNT 3 STREAMS stream >");
    redis.ask("XACK stream group 2-1");
    redis.ask("XGROUP CREATECONSUMER stream group carol");
    redis.ask("XGROUP CREATE only-group g $ MKSTREAM");
    redis.ask("XADD emptied 7-7 f v");
    redis.ask("XDEL emptied 7-7");
    fillNewer(redis, many);
    redis.ask("SELECT 3");
    redis.ask("SET third yes");
    redis.ask("HSET other f v");
    redis.ask("PEXPIREAT other 4102444800999");
    redis.ask("SELECT 0");
  }

  /** Writes on, for the second of two append-only files. */
  static void goOn(ReferenceRedis redis) {
    redis.ask("MULTI");
    redis.ask("SET in-transaction 1");
    redis.ask("SELECT 3");
    redis.ask("LPUSH small-list new");
    redis.ask("SELECT 0");
    redis.ask("EXEC");
    redis.ask("SPOP set");
    redis.ask("INCRBYFLOAT float 1.5");
    redis.ask("SET expiring 1 EX 100000");
    redis.ask("XREADGROUP GROUP group carol COUNT 2 STREAMS stream >");
    redis.ask("HPEXPIREAT small-hash 4102444800000 FIELDS 1 f");
    redis.ask("HSETEX timed-small PXAT 4102444600000 FIELDS 1 h 4");
    redis.ask("XADD produced IDMP late third * f y");
    redis.ask("XADD produced IDMP late third * f y");
    redis.ask("XACKDEL stream group ACKED IDS 1 1-1");
  }

  private static void fillNewer(ReferenceRedis redis, int many) {
    for (String key : List.of("timed-small", "timed-large")) {
      redis.ask("HSET " + key + " f 1 g 2 h 3");
      redis.ask("HPEXPIREAT " + key + " 4102444800000 FIELDS 1 f");
      redis.ask("HPEXPIREAT " + key + " 4102444700000 FIELDS 1 g");
    }
    for (int i = 0; i < many; i += 10) {
      redis.ask("HSET timed-large " + pairs("field", "value", i, 10));
      redis.ask("HPEXPIREAT timed-large " + (4102444800000L + i) + " FIELDS 1 field" + i);
    }
    redis.ask("HSET timed-all f 1");
    redis.ask("HPEXPIREAT timed-all 4102444800000 FIELDS 1 f");
    redis.ask("PEXPIREAT timed-all 4102444900000");
    redis.ask("HSET timed-once f 1 g 2");
    redis.ask("HPEXPIREAT timed-once 4102444800000 FIELDS 1 f");
    redis.ask("HPERSIST timed-once FIELDS 1 f");
    redis.ask("XADD produced 1-1 f v");
    redis.ask("XCFGSET produced IDMP-DURATION 86400 IDMP-MAXSIZE 50");
    redis.ask("XADD produced IDMP producer first * f v");
    redis.ask("XADD produced IDMP producer second * f w");
    redis.ask("XADD produced IDMP producer first * f v");
    redis.ask("XADD produced IDMPAUTO other * f x");
    redis.ask("XADD configured 5-5 f v");
    redis.ask("XCFGSET configured IDMP-DURATION 300");
    redis.ask(
        Bytes.of("FUNCTION"),
        Bytes.of("LOAD"),
        Bytes.of(
            "#!lua name=lib\nredis.register_function('f', function(keys, args) return 1 end)"));
  }

  private static String numbers(String prefix, int from, int count) {
    StringBuilder words = new StringBuilder();
    for (int i = from; i < from + count; i++) {
      words.append(i == from ? "" : " ").append(prefix).append(i);
    }
    return words.toString();
  }

  private static String pairs(String first, String second, int from, int count) {
    StringBuilder words = new StringBuilder();
    for (int i = from; i < from + count; i++) {
      words.append(i == from ? "" : " ").append(first).append(i).append(' ');
      words.append(second).append(i);
    }
    return words.toString();
  }

  /** All that commands say of all keys of databases 0 and 3, in a form that can be compared. */
  static List<String> seen(Function<Bytes[], Reply> server) {
    List<String> seen = new ArrayList<>();
    for (String database : List.of("3", "0")) {
      ask(server, "SELECT", database);
      if (ask(server, "KEYS", "*") instanceof Reply.Array(List<Reply> keys)) {
        for (String key : keys.stream().map(EngineFixture::show).sorted().toList()) {
          seen.add(database + " " + key + " " + look(server, key.substring(1, key.length() - 1)));
        }
      }
    }
    return seen;
  }

  private static Reply ask(Function<Bytes[], Reply> server, String... words) {
    return server.apply(Arrays.stream(words).map(Bytes::of).toArray(Bytes[]::new));
  }

  private static String look(Function<Bytes[], Reply> server, String key) {
    String type = EngineFixture.show(ask(server, "TYPE", key));
    String value =
        switch (type) {
          case "+string" -> EngineFixture.show(ask(server, "GET", key));
          case "+list" -> EngineFixture.show(ask(server, "LRANGE", key, "0", "-1"));
          case "+set" -> sorted(ask(server, "SMEMBERS", key), 1);
          case "+hash" -> hash(server, key);
          case "+zset" -> EngineFixture.show(ask(server, "ZRANGE", key, "0", "-1", "WITHSCORES"));
          case "+stream" -> stream(server, key);
          default -> throw new AssertionError(type);
        };
    return type + " " + EngineFixture.show(ask(server, "PEXPIRETIME", key)) + " " + value;
  }

  /** With the deadlines of fields, of which servers that know none say nothing. */
  private static String hash(Function<Bytes[], Reply> server, String key) {
    Reply all = ask(server, "HGETALL", key);
    StringBuilder deadlines = new StringBuilder();
    List<Reply> elements = ((Reply.Array) all).elements();
    for (int i = 0; i < elements.size(); i += 2) {
      String field = ((Reply.Bulk) elements.get(i)).text().toLatin1();
      String deadline = EngineFixture.show(ask(server, "HPEXPIRETIME", key, "FIELDS", "1", field));
      if (!deadline.startsWith("-") && !deadline.equals("[:-1]")) {
        deadlines.append(' ').append(field).append(deadline);
      }
    }
    String sorted = Arrays.stream(deadlines.toString().split(" ")).sorted().toList().toString();
    return sorted(all, 2) + sorted;
  }

  private static String stream(Function<Bytes[], Reply> server, String key) {
    StringBuilder said = new StringBuilder();
    said.append(EngineFixture.show(ask(server, "XRANGE", key, "-", "+")));
    for (String word : List.of("last-generated-id", "max-deleted-entry-id", "entries-added")) {
      said.append(' ').append(field(ask(server, "XINFO", "STREAM", key), word));
    }
    Reply about = ask(server, "XINFO", "STREAM", key);
    PRODUCERS.forEach(
        (word, unsaid) -> said.append(' ').append(has(about, word) ? field(about, word) : unsaid));
    if (ask(server, "XINFO", "GROUPS", key) instanceof Reply.Array(List<Reply> groups)) {
      for (Reply group : groups) {
        String name = field(group, "name");
        name = name.substring(1, name.length() - 1);
        // Without entries-read and lag, which Carillon knows better where entries were deleted.
        for (String word : List.of("name", "consumers", "pending", "last-delivered-id")) {
          said.append(' ').append(field(group, word));
        }
        // Without how long ago entries were delivered.
        said.append(
            EngineFixture.show(ask(server, "XPENDING", key, name, "-", "+", "100"))
                .replaceAll(", :\\d+, (:\\d+])", ", $1"));
      }
    }
    return said.toString();
  }

  private static boolean has(Reply map, String word) {
    return map instanceof Reply.Array(List<Reply> pairs)
        && pairs.contains(new Reply.Bulk(Bytes.of(word)));
  }

  private static String field(Reply map, String word) {
    if (map instanceof Reply.Array(List<Reply> pairs)) {
      for (int i = 0; i + 1 < pairs.size(); i += 2) {
        if (EngineFixture.show(pairs.get(i)).equals("\"" + word + "\"")) {
          return EngineFixture.show(pairs.get(i + 1));
        }
      }
    }
    throw new AssertionError(word + " is not said");
  }

  private static String sorted(Reply reply, int stride) {
    if (!(reply instanceof Reply.Array(List<Reply> elements))) {
      throw new AssertionError(reply);
    }
    List<String> groups = new ArrayList<>();
    for (int i = 0; i < elements.size(); i += stride) {
      groups.add(
          elements.subList(i, i + stride).stream()
              .map(EngineFixture::show)
              .collect(Collectors.joining("=")));
    }
    return groups.stream().sorted().toList().toString();
  }
}

package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ReferenceRedis;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random commands about hashes, with the answers, events, encodings and dumps of a redis-server.
 * Skipped where none is on the PATH; each failure prints the seed.
 */
@Tag("reference")
class HashReferenceTest {

  private static final Set<String> UNORDERED = Set.of("HGETALL", "HKEYS", "HVALS", "HSCAN");

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private final List<String> events = new ArrayList<>();
  private Random random = new Random(0);

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void hashesBehaveAsThoseOfTheReference(int run) {
    long seed = Long.getLong("carillon.seed", System.nanoTime() + run);
    random = new Random(seed);
    try (ReferenceRedis redis = ReferenceRedis.startOrSkip()) {
      redis.ask("CONFIG SET notify-keyspace-events KEAn");
      redis.ask("HELLO 3");
      redis.ask("PSUBSCRIBE __keyevent@*__:*");
      both(redis, "CONFIG", "SET", "rdbcompression", "no");
      engine.flags("KEAn");
      engine.run("HELLO 3");
      for (int step = 0; step < Integer.getInteger("carillon.steps", 6_000); step++) {
        if (random.nextInt(300) == 0) {
          both(redis, "CONFIG", "SET", "hash-max-listpack-entries", "" + random.nextInt(12));
          both(redis, "CONFIG", "SET", "hash-max-listpack-value", "" + random.nextInt(30));
        }
        compare(redis, request());
        if (step % 20 == 0) {
          exchange(redis, "k" + random.nextInt(4));
        }
      }
    } catch (RuntimeException | AssertionError failure) {
      throw new AssertionError("-Dcarillon.seed=" + seed + ": " + failure, failure);
    }
  }

  private static String[] words(String... words) {
    return words;
  }

  private String[] request() {
    String key = "k" + random.nextInt(4);
    return switch (random.nextInt(26)) {
      case 0, 1, 2, 3, 4, 5 -> several(random.nextInt(3) > 0 ? "HSET" : "HMSET", key, true);
      case 6, 7 -> several("HDEL", key, false);
      case 8 -> several("HMGET", key, false);
      case 9 -> words("HGET", key, field());
      case 10 -> words("HSETNX", key, field(), value());
      case 11, 12 -> words("HINCRBY", key, field(), value());
      case 13, 14 -> words("HINCRBYFLOAT", key, field(), value());
      case 15 -> words("HGETALL", key);
      case 16 -> words(random.nextBoolean() ? "HKEYS" : "HVALS", key);
      case 17 -> words(random.nextBoolean() ? "HEXISTS" : "HSTRLEN", key, field());
      case 18 -> words("HLEN", key);
      case 19 -> words("HSCAN", key, "0", "COUNT", "1000", "MATCH", "f*");
      case 20 -> words("HRANDFIELD", key, "1000", "WITHVALUES");
      case 21 -> words("COPY", key, "k" + random.nextInt(4), "REPLACE");
      case 22 -> words("RENAME", key, "k" + random.nextInt(4));
      case 23 -> random.nextInt(4) == 0 ? words("DEL", key) : words("HLEN", key);
      case 24 -> random.nextInt(6) == 0 ? words("SET", key, field()) : words("EXISTS", key);
      default -> several("HDEL", key, false);
    };
  }

  private String[] several(String command, String key, boolean values) {
    List<String> words = new ArrayList<>(List.of(command, key));
    // Newer versions make a table of many fields before they look whether they are different.
    Set<String> fields = new LinkedHashSet<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      fields.add(field());
    }
    for (String field : fields) {
      words.add(field);
      if (values) {
        words.add(value());
      }
    }
    return words.toArray(String[]::new);
  }

  private String field() {
    return random.nextInt(4) == 0 ? "" + (random.nextInt(40) - 20) : "f" + random.nextInt(15);
  }

  private String value() {
    return switch (random.nextInt(12)) {
      case 0 -> "x".repeat(random.nextInt(80));
      case 1 -> "" + (random.nextLong() >> random.nextInt(64));
      case 2 -> random.nextInt(1000) + "." + random.nextInt(1000);
      case 3 -> "";
      case 4 -> random.nextInt(9) + "e" + random.nextInt(9);
      case 5 -> "0" + random.nextInt(10);
      default -> "" + random.nextInt(200);
    };
  }

  private void compare(ReferenceRedis redis, String... words) {
    String line = String.join(" ", words);
    Reply theirs = ask(redis, words);
    List<String> theirEvents = List.copyOf(events);
    Reply ours = engine.run(bytes(words));
    boolean isTable = isTable(redis, words[1]);
    assertThat(show(ours, words[0], isTable))
        .as("reply to %s", line)
        .isEqualTo(show(theirs, words[0], isTable));
    assertThat(engine.events()).as("events of %s", line).isEqualTo(theirEvents);
    for (int i = 0; i < 4; i++) {
      both(redis, "OBJECT", "ENCODING", "k" + i);
    }
  }

  private boolean isTable(ReferenceRedis redis, String key) {
    return EngineFixture.show(ask(redis, "OBJECT", "ENCODING", key)).equals("\"hashtable\"");
  }

  /** Until 8.2 longer strings, and those of long keys, were embedded. */
  private void both(ReferenceRedis redis, String... words) {
    String theirs = EngineFixture.show(ask(redis, words));
    assertThat(EngineFixture.show(engine.run(bytes(words))))
        .as("reply to %s", String.join(" ", words))
        .isIn(theirs, theirs.equals("\"embstr\"") ? "\"raw\"" : theirs);
  }

  private static Bytes[] bytes(String... words) {
    return Arrays.stream(words).map(Bytes::of).toArray(Bytes[]::new);
  }

  private Reply ask(ReferenceRedis redis, String... words) {
    return ask(redis, bytes(words));
  }

  /** Until 7.2 a client's own messages may come before its reply, or after it. */
  private Reply ask(ReferenceRedis redis, Bytes... words) {
    events.clear();
    Reply reply = withoutMessages(redis, redis.ask(words));
    withoutMessages(redis, redis.ask("PING"));
    return reply;
  }

  private Reply withoutMessages(ReferenceRedis redis, Reply first) {
    Reply reply = first;
    while (reply instanceof Reply.Push(List<Reply> parts)) {
      String channel = ((Reply.Bulk) parts.get(2)).text().toLatin1();
      String key = ((Reply.Bulk) parts.get(3)).text().toLatin1();
      events.add(channel.substring(channel.indexOf("__:") + 3) + " " + key);
      try {
        reply = redis.next();
      } catch (IOException | ProtocolError e) {
        throw new AssertionError(e);
      }
    }
    return reply;
  }

  /** Only small hashes have an order that both agree on, and none where chance decides. */
  private static String show(Reply reply, String command, boolean isTable) {
    boolean isFree = command.equals("HRANDFIELD") || isTable && UNORDERED.contains(command);
    if (!isFree) {
      return EngineFixture.show(reply);
    }
    if (reply instanceof Reply.Array(List<Reply> parts) && command.equals("HSCAN")) {
      return show(parts.get(1), "HRANDFIELD", true);
    }
    List<String> elements = new ArrayList<>();
    switch (reply) {
      case Reply.Array(List<Reply> parts) ->
          parts.forEach(p -> elements.add(EngineFixture.show(p)));
      case Reply.Map(List<Reply.Entry> entries) ->
          entries.forEach(
              entry ->
                  elements.add(
                      EngineFixture.show(entry.key()) + EngineFixture.show(entry.value())));
      default -> elements.add(EngineFixture.show(reply));
    }
    Collections.sort(elements);
    return elements.toString();
  }

  private void exchange(ReferenceRedis redis, String key) {
    Reply theirs = ask(redis, "DUMP", key);
    Reply ours = engine.run(bytes("DUMP", key));
    if (!(theirs instanceof Reply.Bulk(Bytes theirDump))
        || !(ours instanceof Reply.Bulk(Bytes ourDump))) {
      assertThat(EngineFixture.show(ours)).isEqualTo(EngineFixture.show(theirs));
      return;
    }
    boolean isTable = isTable(redis, key);
    if (!isTable) {
      assertThat(EngineFixture.quote(ourDump)).isEqualTo(EngineFixture.quote(theirDump));
    }
    Bytes copy = Bytes.of("copy");
    Bytes zero = Bytes.of("0");
    Bytes restore = Bytes.of("RESTORE");
    Bytes replace = Bytes.of("REPLACE");
    assertThat(EngineFixture.show(engine.run(restore, copy, zero, theirDump, replace)))
        .isEqualTo("+OK");
    assertThat(EngineFixture.show(ask(redis, restore, copy, zero, ourDump, replace)))
        .isEqualTo("+OK");
    engine.events();
    both(redis, "OBJECT", "ENCODING", "copy");
    both(redis, "TYPE", "copy");
    assertThat(show(engine.run(bytes("HGETALL", "copy")), "HGETALL", true))
        .isEqualTo(show(ask(redis, "HGETALL", "copy"), "HGETALL", true));
    engine.events();
  }
}

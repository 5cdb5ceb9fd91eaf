package dev.carillon.engine.rdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.command.family.EngineFixture;
import dev.carillon.engine.config.Access;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.value.Listpack;
import dev.carillon.engine.value.PackedArray;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.resp.Reply;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every form in which Redis has written hashes is read, and nothing else is. */
class RdbHashTest {

  private static final long LATER = EngineFixture.START_MILLIS + 100_000;

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  // --------------------------------------------------------------------------------------- forms

  private static RdbWriter out(int kind) {
    RdbWriter out = new RdbWriter(false, 64);
    out.int8(kind);
    return out;
  }

  private static RdbWriter texts(RdbWriter out, String... texts) {
    for (String text : texts) {
      out.string(Bytes.of(text));
    }
    return out;
  }

  private static Bytes listpack(String... texts) {
    PackedArray packed = new PackedArray(16);
    for (String text : texts) {
      Listpack.append(packed, Bytes.of(text));
    }
    return packed.bytes().copy();
  }

  private static RdbWriter holding(int kind, Bytes bytes) {
    RdbWriter out = out(kind);
    out.string(bytes);
    return out;
  }

  private static RdbWriter timed(int kind, long earliest, Bytes bytes) {
    RdbWriter out = out(kind);
    out.int64(earliest);
    out.string(bytes);
    return out;
  }

  private static RdbWriter fields(String... texts) {
    RdbWriter out = out(RdbHash.FIELDS);
    out.length(texts.length / 2);
    return texts(out, texts);
  }

  private static RdbWriter timedFields() {
    RdbWriter out = out(RdbHash.TIMED_FIELDS);
    out.int64(LATER);
    out.length(3);
    out.length(0);
    texts(out, "a", "1");
    out.length(1);
    texts(out, "b", "2");
    out.length(5001);
    return texts(out, "c", "3");
  }

  private static RdbWriter timedFieldsOfACandidate() {
    RdbWriter out = out(RdbHash.TIMED_FIELDS_CANDIDATE);
    out.length(2);
    out.length(LATER);
    texts(out, "a", "1");
    out.length(0);
    return texts(out, "b", "2");
  }

  private static Bytes zipmap(int unused, String... texts) {
    ByteArrayOutputStream map = new ByteArrayOutputStream();
    map.write(Math.min(254, texts.length / 2));
    for (int i = 0; i < texts.length; i++) {
      byte[] text = Bytes.of(texts[i]).toByteArray();
      if (text.length < 254) {
        map.write(text.length);
      } else {
        map.write(254);
        for (int shift = 0; shift < 32; shift += 8) {
          map.write(text.length >>> shift);
        }
      }
      if (i % 2 == 1) {
        map.write(unused);
      }
      map.writeBytes(text);
      if (i % 2 == 1) {
        map.writeBytes(new byte[unused]);
      }
    }
    map.write(255);
    return Bytes.of(map.toByteArray());
  }

  /** As Redis 6 dumped {@code HSET h a 1 f value}. */
  private static Bytes ziplist() {
    int[] bytes = {
      0x1a, 0, 0, 0, 0x12, 0, 0, 0, 4, 0, //
      0, 1, 'a', //
      3, 0xf2, //
      2, 1, 'f', //
      3, 5, 'v', 'a', 'l', 'u', 'e', //
      0xff
    };
    bytes[0] = bytes.length;
    byte[] ziplist = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      ziplist[i] = (byte) bytes[i];
    }
    return Bytes.of(ziplist);
  }

  // ------------------------------------------------------------------------------------ restoring

  private static Bytes payload(RdbWriter body, int version) {
    body.int8(version);
    body.int8(0);
    Bytes written = body.written();
    body.int64(Crc64.of(written.array(), written.offset(), written.length()));
    return body.written();
  }

  private String restore(RdbWriter body) {
    return restore(payload(body, 12));
  }

  private String restore(Bytes payload) {
    Reply reply =
        engine.run(Bytes.of("RESTORE"), Bytes.of("h"), Bytes.of("0"), payload, Bytes.of("REPLACE"));
    return EngineFixture.show(reply);
  }

  private void expect(RdbWriter body, String encoding, String fields) {
    assertThat(restore(body)).isEqualTo("+OK");
    assertThat(engine.say("OBJECT ENCODING h")).isEqualTo('"' + encoding + '"');
    assertThat(engine.say("HGETALL h")).isEqualTo(fields);
    assertThat(engine.say("HLEN h")).isEqualTo(":" + fields.split(", ").length / 2);
  }

  @Test
  void fieldsOneByOne() {
    expect(fields("a", "1", "b", "text"), "listpack", "[\"a\", \"1\", \"b\", \"text\"]");
    engine.run("CONFIG SET hash-max-listpack-entries 1");
    assertThat(restore(fields("a", "1", "b", "text"))).isEqualTo("+OK");
    assertThat(engine.say("OBJECT ENCODING h")).isEqualTo("\"hashtable\"");
  }

  @Test
  void aListpack() {
    Bytes pack = listpack("a", "1", "b", "-300", "c", "x".repeat(70));
    expect(
        holding(RdbHash.LISTPACK, pack),
        "listpack",
        "[\"a\", \"1\", \"b\", \"-300\", \"c\", \"" + "x".repeat(70) + "\"]");
    engine.run("CONFIG SET hash-max-listpack-entries 2");
    assertThat(restore(holding(RdbHash.LISTPACK, pack))).isEqualTo("+OK");
    assertThat(engine.say("OBJECT ENCODING h")).isEqualTo("\"hashtable\"");
    assertThat(engine.say("HMGET h a b")).isEqualTo("[\"1\", \"-300\"]");
  }

  @Test
  void aListpackThatDoesNotFitIntoASlotStaysOneByName() {
    String[] texts = new String[400];
    for (int i = 0; i < 400; i++) {
      texts[i] = i % 2 == 0 ? "field" + i : "v".repeat(60) + i;
    }
    assertThat(restore(holding(RdbHash.LISTPACK, listpack(texts)))).isEqualTo("+OK");
    assertThat(engine.say("OBJECT ENCODING h")).isEqualTo("\"listpack\"");
    assertThat(engine.say("HLEN h")).isEqualTo(":200");
    assertThat(engine.say("HGET h field398")).isEqualTo("\"" + "v".repeat(60) + "399\"");
  }

  @Test
  void aZipmap() {
    expect(
        holding(RdbHash.ZIPMAP, zipmap(0, "a", "1", "f", "value")),
        "listpack",
        "[\"a\", \"1\", \"f\", \"value\"]");
    String large = "x".repeat(300);
    assertThat(restore(holding(RdbHash.ZIPMAP, zipmap(3, "a", large, "b", "")))).isEqualTo("+OK");
    assertThat(engine.say("OBJECT ENCODING h")).isEqualTo("\"hashtable\"");
    assertThat(engine.say("HMGET h a b")).isEqualTo("[\"" + large + "\", \"\"]");
  }

  @Test
  void aZiplist() {
    expect(holding(RdbHash.ZIPLIST, ziplist()), "listpack", "[\"a\", \"1\", \"f\", \"value\"]");
  }

  @Test
  void fieldsWithDeadlines() {
    expect(timedFields(), "listpackex", "[\"b\", \"2\", \"c\", \"3\", \"a\", \"1\"]");
    assertThat(engine.say("HPEXPIRETIME h FIELDS 3 a b c"))
        .isEqualTo("[:-1, :" + LATER + ", :" + (LATER + 5000) + "]");
    expect(timedFieldsOfACandidate(), "listpackex", "[\"a\", \"1\", \"b\", \"2\"]");
    assertThat(engine.say("HPEXPIRETIME h FIELDS 2 a b")).isEqualTo("[:" + LATER + ", :-1]");
  }

  @Test
  void aListpackWithDeadlinesExpires() {
    Bytes pack = listpack("b", "2", "" + LATER, "c", "3", "" + (LATER + 1), "a", "1", "0");
    expect(
        timed(RdbHash.TIMED_LISTPACK, LATER, pack),
        "listpackex",
        "[\"b\", \"2\", \"c\", \"3\", \"a\", \"1\"]");
    expect(
        holding(RdbHash.TIMED_LISTPACK_CANDIDATE, pack),
        "listpackex",
        "[\"b\", \"2\", \"c\", \"3\", \"a\", \"1\"]");
    engine.events();
    engine.advance(100_000);
    engine.sweep();
    assertThat(engine.events()).containsExactly("hexpired h");
    assertThat(engine.say("HGETALL h")).isEqualTo("[\"c\", \"3\", \"a\", \"1\"]");
    engine.advance(1);
    engine.sweep();
    assertThat(engine.events()).containsExactly("hexpired h");
    assertThat(engine.say("HGETALL h")).isEqualTo("[\"a\", \"1\"]");
  }

  @Test
  void deadlinesOutOfOrderArePutInOrder() {
    Bytes pack = listpack("a", "1", "0", "c", "3", "" + (LATER + 1), "b", "2", "" + LATER);
    expect(
        timed(RdbHash.TIMED_LISTPACK, LATER, pack),
        "listpackex",
        "[\"b\", \"2\", \"c\", \"3\", \"a\", \"1\"]");
  }

  @Test
  void aHashWithDeadlinesIsDumpedForVersionTwelve() {
    engine.run("HSET h a 1 b 2");
    assertThat(versionOf("h")).isEqualTo(10);
    engine.run("HEXPIRE h 100 FIELDS 1 a");
    assertThat(versionOf("h")).isEqualTo(12);
    engine.run("HPERSIST h FIELDS 1 a");
    assertThat(versionOf("h")).isEqualTo(12);
    engine.run("HSET h c " + "x".repeat(70));
    assertThat(versionOf("h")).isEqualTo(10);
    engine.run("HEXPIRE h 100 FIELDS 1 a");
    assertThat(versionOf("h")).isEqualTo(12);
  }

  private int versionOf(String key) {
    Bytes dump = ((Reply.Bulk) engine.run("DUMP " + key)).text();
    return dump.at(dump.length() - 10);
  }

  // ------------------------------------------------------------------------------------- refusing

  private void refuses(RdbWriter body) {
    assertThat(restore(body)).isEqualTo("-ERR Bad data format");
  }

  @Test
  void hashesWithoutFieldsAreNone() {
    refuses(fields());
    refuses(holding(RdbHash.LISTPACK, Bytes.of(new byte[] {7, 0, 0, 0, 0, 0, (byte) 0xff})));
    refuses(holding(RdbHash.ZIPMAP, zipmap(0)));
    RdbWriter none = out(RdbHash.TIMED_FIELDS);
    none.int64(LATER);
    none.length(0);
    refuses(none);
  }

  @Test
  void fieldsThatComeTwiceAreRefused() {
    refuses(fields("a", "1", "a", "2"));
    refuses(holding(RdbHash.LISTPACK, listpack("a", "1", "a", "2")));
    refuses(holding(RdbHash.LISTPACK, listpack("7", "1", "7", "2")));
    refuses(holding(RdbHash.ZIPMAP, zipmap(0, "a", "1", "a", "2")));
    refuses(timed(RdbHash.TIMED_LISTPACK, 0, listpack("a", "1", "0", "a", "2", "0")));
  }

  /** Observed in the tests of 8.6.3. */
  @Test
  void lengthsOfAZipmapAreAsShortAsTheyCanBe() {
    refuses(holding(RdbHash.ZIPMAP, Bytes.of(new byte[] {1, -2, 1, 0, 0, 0, 'a', 1, 0, 'v', -1})));
    refuses(holding(RdbHash.ZIPMAP, Bytes.of(new byte[] {1, 1, 'a', -2, 1, 0, 0, 0, 0, 'v', -1})));
    String large = "x".repeat(254);
    assertThat(restore(holding(RdbHash.ZIPMAP, zipmap(0, large, "1")))).isEqualTo("+OK");
  }

  @Test
  void whatIsIncompleteIsRefused() {
    refuses(holding(RdbHash.LISTPACK, listpack("a", "1", "b")));
    refuses(timed(RdbHash.TIMED_LISTPACK, 0, listpack("a", "1", "0", "b", "2")));
    refuses(timed(RdbHash.TIMED_LISTPACK, 0, listpack("a", "1", "soon")));
    refuses(timed(RdbHash.TIMED_LISTPACK, 0, listpack("a", "1", "-5")));
    refuses(timed(RdbHash.TIMED_LISTPACK, 0, listpack("a", "1", "" + (1L << 48))));
    RdbWriter tooMany = out(RdbHash.FIELDS);
    tooMany.length(1_000_000_000_000L);
    refuses(texts(tooMany, "a", "1"));
    RdbWriter tooLate = out(RdbHash.TIMED_FIELDS);
    tooLate.int64(-1);
    tooLate.length(1);
    tooLate.length(1);
    refuses(texts(tooLate, "a", "1"));
  }

  @Test
  void bytesAtRandomNeverBreakAnything() {
    long seed = Long.getLong("carillon.seed", System.nanoTime());
    Random random = new Random(seed);
    engine.withoutReplay();
    List<RdbWriter> bodies =
        List.of(
            fields("a", "1", "b", "text"),
            holding(RdbHash.LISTPACK, listpack("a", "1", "b", "x".repeat(100))),
            holding(RdbHash.ZIPMAP, zipmap(2, "a", "1", "f", "x".repeat(260))),
            holding(RdbHash.ZIPLIST, ziplist()),
            timedFields(),
            timedFieldsOfACandidate(),
            timed(RdbHash.TIMED_LISTPACK, LATER, listpack("b", "2", "" + LATER, "a", "1", "0")));
    int accepted = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = bodies.get(random.nextInt(bodies.size())).written().toByteArray();
      int length = random.nextInt(4) == 0 ? 1 + random.nextInt(bytes.length) : bytes.length;
      for (int k = random.nextInt(4); k > 0; k--) {
        bytes[random.nextInt(length)] = (byte) random.nextInt(256);
      }
      RdbWriter body = new RdbWriter(false, 64);
      for (int k = 0; k < length; k++) {
        body.int8(bytes[k]);
      }
      String answer = restore(body);
      assertThat(answer).as("-Dcarillon.seed=%d", seed).isIn("+OK", "-ERR Bad data format");
      if (answer.equals("+OK") && engine.say("TYPE h").equals("+hash")) {
        accepted++;
        engine.run("HGETALL h");
        engine.run("DUMP h");
        engine.run("HSET h field " + Numerals.of(i));
        engine.run("HEXPIRE h 100 FIELDS 1 field");
        engine.run("HDEL h a b f");
      }
    }
    assertThat(accepted).isGreaterThan(500);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 60, 600})
  void whatIsDumpedIsRestored(int fields) {
    engine.engine().config().put(Parameters.ENABLE_DEBUG_COMMAND, Access.YES);
    for (int i = 0; i < fields; i++) {
      engine.run("HSET h f" + i + " " + (i % 3 == 0 ? "" + i : "value" + i));
      if (i % 2 == 0) {
        engine.run("HPEXPIREAT h " + (LATER + i * 7919L % 1000) + " FIELDS 1 f" + i);
      }
    }
    Bytes dump = ((Reply.Bulk) engine.run("DUMP h")).text();
    String digest = engine.say("DEBUG DIGEST-VALUE h");
    assertThat(digest).hasSize("[+]".length() + 40);
    engine.run("DEL h");
    assertThat(restore(dump)).isEqualTo("+OK");
    assertThat(engine.say("DEBUG DIGEST-VALUE h")).isEqualTo(digest);
  }
}

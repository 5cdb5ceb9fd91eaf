package dev.carillon.engine.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.rdb.RdbOpcode;
import dev.carillon.engine.rdb.RdbWriter;
import dev.carillon.engine.storage.MemoryStorage;
import dev.carillon.protocol.bytes.Bytes;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RDB files of every version: what they hold is there afterwards, and damage is refused. */
class RdbLoadTest {

  /** A ziplist of "a", 1, "b", 300: the encodings of 2.6 to 6.2. */
  private static final String ZIPLIST =
      "17000000 12000000 0400  00 01 61  03 f2  02 01 62  03 c0 2c01  ff";

  @Test
  void whatServersBefore3WroteIsLoaded() throws IOException {
    byte[] file =
        new RdbImage(6)
            .database(0)
            .text("string", "hello")
            .text("number", "-123456")
            .entry(1, "list", out -> strings(out, 3, "x", "y", "z"))
            .entry(2, "set", out -> strings(out, 2, "m", "n"))
            .entry(3, "zset", RdbLoadTest::scoresAsTexts)
            .entry(4, "hash", out -> strings(out, 2, "f", "1", "g", "2"))
            .packed(9, "zipmap", "02 01 66 01 02 31 0000  02 6767 02 00 3232 ff")
            .packed(10, "ziplist", ZIPLIST)
            .packed(11, "intset", "02000000 03000000 ffff 0100 0700")
            .packed(12, "packed zset", ZIPLIST)
            .packed(13, "packed hash", ZIPLIST)
            .end();

    Loaded loaded = Loaded.snapshot(file);

    assertThat(loaded.say("DBSIZE")).isEqualTo(":11");
    assertThat(loaded.say("GET string")).isEqualTo("\"hello\"");
    assertThat(loaded.say("GET number")).isEqualTo("\"-123456\"");
    assertThat(loaded.say("LRANGE list 0 -1")).isEqualTo("[\"x\", \"y\", \"z\"]");
    assertThat(loaded.say("SMEMBERS set")).isEqualTo("[\"m\", \"n\"]");
    assertThat(loaded.say("ZRANGE zset 0 -1 WITHSCORES"))
        .isEqualTo("[\"low\", \"-inf\", \"half\", \"0.5\", \"high\", \"inf\"]");
    assertThat(loaded.say("HGETALL hash")).isEqualTo("[\"f\", \"1\", \"g\", \"2\"]");
    assertThat(loaded.say("HGETALL zipmap")).isEqualTo("[\"f\", \"1\", \"gg\", \"22\"]");
    assertThat(loaded.say("LRANGE ziplist 0 -1")).isEqualTo("[\"a\", \"1\", \"b\", \"300\"]");
    assertThat(loaded.say("SMEMBERS intset")).isEqualTo("[\"-1\", \"1\", \"7\"]");
    assertThat(loaded.say("ZRANGE \"packed zset\" 0 -1 WITHSCORES"))
        .isEqualTo("[\"a\", \"1\", \"b\", \"300\"]");
    assertThat(loaded.say("HGETALL \"packed hash\"")).isEqualTo("[\"a\", \"1\", \"b\", \"300\"]");
    assertThat(loaded.remarks).isEmpty();
  }

  private static void strings(RdbWriter out, int count, String... texts) {
    out.length(count);
    for (String text : texts) {
      out.string(Bytes.of(text));
    }
  }

  private static void scoresAsTexts(RdbWriter out) {
    out.length(3);
    out.string(Bytes.of("high"));
    out.int8(254);
    out.string(Bytes.of("low"));
    out.int8(255);
    out.string(Bytes.of("half"));
    out.int8(3);
    out.bytes(new byte[] {'0', '.', '5'}, 0, 3);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void theOldestVersionsHaveNoChecksum(int version) throws IOException {
    Loaded loaded = Loaded.snapshot(new RdbImage(version).database(0).text("k", "v").end());

    assertThat(loaded.say("GET k")).isEqualTo("\"v\"");
  }

  @Test
  void quicklistsOfBothVersionsAreLoaded() throws IOException {
    byte[] file =
        new RdbImage(10)
            .opcode(14)
            .string("old")
            .length(2)
            .string16(ZIPLIST)
            .string16(ZIPLIST)
            .opcode(18)
            .string("new")
            .length(2)
            .length(1)
            .string("a large element")
            .length(2)
            .string16("0b000000 0200  01 01  02 01 ff")
            .end();

    Loaded loaded = Loaded.snapshot(file);

    assertThat(loaded.say("LRANGE old 0 -1"))
        .isEqualTo("[\"a\", \"1\", \"b\", \"300\", \"a\", \"1\", \"b\", \"300\"]");
    assertThat(loaded.say("LRANGE new 0 -1")).isEqualTo("[\"a large element\", \"1\", \"2\"]");
  }

  @Test
  void databasesDeadlinesAndFactsAreObeyed() throws IOException {
    long later = Loaded.NOW_MILLIS + 60_000;
    byte[] file =
        new RdbImage(12)
            .aux("redis-ver", "7.4.0")
            .aux("something", "else")
            .database(0)
            .opcode(RdbOpcode.SIZES)
            .length(2)
            .length(2)
            .opcode(RdbOpcode.SLOT_INFO)
            .length(7)
            .length(1)
            .length(0)
            .opcode(RdbOpcode.DEADLINE_MILLIS)
            .hex(littleEndian(later, 8))
            .text("millis", "1")
            .opcode(RdbOpcode.DEADLINE_SECONDS)
            .hex(littleEndian(later / 1000, 4))
            .opcode(RdbOpcode.IDLE)
            .length(100)
            .text("seconds", "2")
            .database(9)
            .opcode(RdbOpcode.FREQUENCY)
            .opcode(77)
            .text("ninth", "3")
            .end();

    Loaded loaded = Loaded.snapshot(file);

    assertThat(loaded.say("PEXPIRETIME millis")).isEqualTo(":" + later);
    assertThat(loaded.say("EXPIRETIME seconds")).isEqualTo(":" + later / 1000);
    assertThat(loaded.say("OBJECT IDLETIME seconds")).isEqualTo(":100");
    assertThat(loaded.say("GET ninth")).isEqualTo("nil");
    loaded.say("SELECT 9");
    assertThat(loaded.say("GET ninth")).isEqualTo("\"3\"");
    assertThat(loaded.say("TTL ninth")).isEqualTo(":-1");
  }

  private static String littleEndian(long value, int bytes) {
    StringBuilder hex = new StringBuilder();
    for (int i = 0; i < bytes; i++) {
      hex.append(String.format("%02x", value >>> 8 * i & 0xff));
    }
    return hex.toString();
  }

  @Test
  void whatExpiredMeanwhileIsThereUntilTheSweepAnnouncesIt() throws IOException {
    byte[] file =
        new RdbImage(10)
            .opcode(RdbOpcode.DEADLINE_MILLIS)
            .hex(littleEndian(Loaded.NOW_MILLIS - 5, 8))
            .text("over", "1")
            .opcode(RdbOpcode.DEADLINE_MILLIS)
            .hex(littleEndian(-1, 8))
            .text("long over", "1")
            .end();

    Loaded loaded = Loaded.snapshot(file);

    assertThat(loaded.loaded).isEqualTo(2);
    assertThat(loaded.engine.nextDeadlineMillis()).isLessThanOrEqualTo(Loaded.NOW_MILLIS);
    loaded.engine.sweep(Loaded.NOW_MILLIS, 10);
    assertThat(loaded.say("DBSIZE")).isEqualTo(":0");
    assertThat(loaded.engine.keyspace().expiredKeys()).isEqualTo(2);
  }

  @Test
  void fieldsWithDeadlinesOfAllProductsAreLoaded() throws IOException {
    long later = Loaded.NOW_MILLIS + 60_000;
    byte[] ofRedis =
        new RdbImage(12)
            .opcode(24)
            .string("h")
            .hex(littleEndian(later, 8))
            .length(2)
            .length(1)
            .string("f")
            .string("v")
            .length(0)
            .string("g")
            .string("w")
            .end();
    byte[] ofValkey =
        new RdbImage("VALKEY080", 80)
            .opcode(22)
            .string("h")
            .length(2)
            .string("f")
            .string("v")
            .hex(littleEndian(later, 8))
            .string("g")
            .string("w")
            .hex(littleEndian(-1, 8))
            .end();

    Loaded redis = Loaded.snapshot(ofRedis);
    Loaded valkey = Loaded.snapshot(ofValkey);

    assertThat(redis.say("HPEXPIRETIME h FIELDS 2 f g")).isEqualTo("[:" + later + ", :-1]");
    assertThat(valkey.digest()).isEqualTo(redis.digest());
    valkey.engine.sweep(later, 10);
    valkey.nowMillis = later;
    assertThat(valkey.say("HGETALL h")).isEqualTo("[\"g\", \"w\"]");
  }

  @Test
  void largeHashesWithDeadlinesExpireTheirFields() throws IOException {
    long later = Loaded.NOW_MILLIS + 60_000;
    RdbImage image = new RdbImage(12).opcode(24).string("h");
    image.hex(littleEndian(later, 8)).length(2000);
    for (int i = 0; i < 2000; i++) {
      image.length(i % 2 == 0 ? 0 : i).string("field" + i).string("value" + i);
    }

    Loaded loaded = Loaded.snapshot(image.end());

    assertThat(loaded.say("HLEN h")).isEqualTo(":2000");
    assertThat(loaded.engine.nextDeadlineMillis()).isLessThanOrEqualTo(later);
    while (loaded.engine.sweep(later + 5000, 100)) {}
    loaded.nowMillis = later + 5000;
    assertThat(loaded.say("HLEN h")).isEqualTo(":1000");
  }

  @Test
  void arraysOfRedis88AreLoaded() throws IOException {
    byte[] file =
        new RdbImage(14)
            .opcode(28)
            .string("a")
            .length(4)
            .length(1)
            .length(9)
            .length(0)
            .length(1)
            .hex(littleEndian(-7, 8))
            .length(2)
            .length(2)
            .hex(littleEndian(Double.doubleToLongBits(1.5), 8))
            .length(3)
            .length(3)
            .string("short")
            .length(1_000_000)
            .length(0)
            .string("a longer text")
            .end();

    Loaded loaded = Loaded.snapshot(file);

    assertThat(loaded.say("TYPE a")).isEqualTo("+array");
    assertThat(loaded.say("ARGET a 0")).isEqualTo("\"-7\"");
    assertThat(loaded.say("ARGET a 1")).isEqualTo("nil");
    assertThat(loaded.say("ARGET a 2")).isEqualTo("\"1.5\"");
    assertThat(loaded.say("ARGET a 3")).isEqualTo("\"short\"");
    assertThat(loaded.say("ARGET a 1000000")).isEqualTo("\"a longer text\"");
  }

  @Test
  void largeCollectionsAreReadInSlices() throws IOException {
    RdbImage image = new RdbImage(9).opcode(5).string("z").length(20_000);
    for (int i = 0; i < 20_000; i++) {
      image.string("member:" + i).hex(littleEndian(Double.doubleToLongBits(i), 8));
    }
    byte[] file = image.end();

    Loaded loaded = new Loaded().load(new MemoryStorage().with("dump.rdb", file), 4096);

    assertThat(loaded.slices).isGreaterThan(file.length / 4200);
    assertThat(loaded.say("ZCARD z")).isEqualTo(":20000");
    assertThat(loaded.say("ZRANGE z 12345 12345")).isEqualTo("[\"member:12345\"]");
  }

  @Test
  void functionsAndDataOfModulesBesideKeysAreLeftOutWithARemark() throws IOException {
    byte[] file =
        new RdbImage(12)
            .opcode(RdbOpcode.FUNCTION)
            .string("#!lua name=lib")
            .opcode(RdbOpcode.FUNCTION)
            .string("#!lua name=other")
            // When, two integers, a float, a real number, a string.
            .opcode(RdbOpcode.MODULE_AUX)
            .length(MODULE_ID)
            .hex("02 01 01 05 02 05 03 00000000 04 0000000000000000 05 0161 00")
            .text("k", "v")
            .end();

    Loaded loaded = Loaded.snapshot(file);

    assertThat(loaded.say("GET k")).isEqualTo("\"v\"");
    assertThat(loaded.remarks)
        .containsExactly(
            "dump.rdb has functions, which Carillon does not have yet: they are left out",
            "dump.rdb has data of the module ReJSON-RL that belong to no value: they are left out");
  }

  private static final String NAME = "ReJSON-RL";
  private static final long MODULE_ID = moduleId(NAME);

  private static long moduleId(String name) {
    String characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    long id = 0;
    for (char character : name.toCharArray()) {
      id = id << 6 | characters.indexOf(character);
    }
    return id << 10 | 3;
  }

  // -------------------------------------------------------------------------------------- refusals

  private static void refused(byte[] file, String message) {
    assertThatThrownBy(() -> Loaded.snapshot(file))
        .isInstanceOf(LoadException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusalsNameFilePlaceKeyReasonAndRemedy() {
    byte[] file = new RdbImage(11).database(0).text("k", "1").text("k", "2").end();

    assertThatThrownBy(() -> Loaded.snapshot(file))
        .hasMessage(
            "dump.rdb cannot be loaded: byte 21, key \"k\": the key is there twice; put an intact"
                + " copy in its place, or move it away to start without what it holds");
  }

  @Test
  void valuesOfModulesAreRefusedByTheNameOfTheModule() {
    refused(
        new RdbImage(11).opcode(7).string("doc").length(MODULE_ID).hex("02 01 00").end(),
        "key \"doc\": its value belongs to the module ReJSON-RL, which Carillon does not have");
  }

  @ParameterizedTest
  @CsvSource({
    "REDIS0015, 15, 'RDB version 15, and of Redis''s 14 is the newest'",
    "REDIS0000, 0, RDB version 0",
    "VALKEY099, 99, RDB version 99",
    "ROCKS0001, 1, it does not begin as an RDB file does"
  })
  void unknownVersionsAreRefused(String magic, int version, String message) {
    refused(new RdbImage(magic, version).text("k", "v").end(), message);
  }

  @Test
  void databasesThatAreNotThereAreRefusedWithTheRemedy() {
    refused(
        new RdbImage(11).database(16).text("k", "v").end(),
        "it has keys in database 16, and there are 16 databases here: start with --databases 17");
  }

  @Test
  void collectionsWithoutElementsAreLeftOut() throws IOException {
    Loaded loaded =
        Loaded.snapshot(new RdbImage(9).opcode(2).string("empty").length(0).text("k", "v").end());

    assertThat(loaded.say("DBSIZE")).isEqualTo(":1");
    assertThat(loaded.remarks)
        .containsExactly("dump.rdb has collections without elements: their keys are left out");
  }

  @Test
  void lengthsThatNoFileCanHaveTakeNoMemory() {
    refused(
        new RdbImage(11).opcode(0).string("k").hex("81 7fffffffffffffff").end(),
        "bytes are due and");
    refused(
        new RdbImage(11).opcode(5).string("k").hex("81 7fffffffffffffff").end(),
        "claims to have 9223372036854775807 members");
    refused(
        new RdbImage(11).opcode(0).string("k").hex("c3 05 80 20000000 0061 0061 00").end(),
        "claim to be 536870912");
  }
}

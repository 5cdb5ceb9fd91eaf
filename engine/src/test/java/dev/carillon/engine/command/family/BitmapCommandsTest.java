package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.session.Session;
import dev.carillon.protocol.bytes.Bytes;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bits: ranges and fields against a bit by bit model, the new operations, and silent growth. */
class BitmapCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  @ParameterizedTest
  @CsvSource({
    "AND, '\\x00\\x00'",
    "OR, '\\xff\\x0f'",
    "XOR, '\\xc3\\x0f'",
    "DIFF, '\\xc0\\x00'",
    "DIFF1, '\\x0f\\x0f'",
    "ANDOR, '0\\x00'",
    "ONE, '\\xc3\\x0f'",
  })
  void operationsOverThreeSources(String operation, String result) {
    engine.run("SET x \"\\xf0\"");
    engine.run("SET y \"\\x3c\\x0f\"");
    engine.run("SET z \"\\x03\"");
    engine.events();
    if (operation.equals("XOR") || operation.equals("ONE")) {
      // 0xf0, 0x3c and 0x03 have no bit in common three times.
      result = "\\xcf\\x0f";
    }
    engine.expect("BITOP " + operation + " d x y z", ":2", "new d", "set d");
    assertThat(engine.say("GET d")).isEqualTo('"' + result + '"');
  }

  @Test
  void operationsOverLongStringsAreDoneByteByByteAlike() {
    Random random = new Random(7);
    for (BitOperation operation : BitOperation.values()) {
      byte[][] sources = new byte[operation == BitOperation.NOT ? 1 : 4][];
      Bytes[] views = new Bytes[sources.length];
      int length = 0;
      for (int i = 0; i < sources.length; i++) {
        sources[i] = new byte[random.nextInt(40)];
        random.nextBytes(sources[i]);
        views[i] = Bytes.of(sources[i]);
        length = Math.max(length, sources[i].length);
      }
      byte[] result = operation.combine(views, length);
      for (int bit = 0; bit < 8 * length; bit++) {
        assertThat(at(result, bit))
            .as("%s, bit %d", operation, bit)
            .isEqualTo(expected(operation, sources, bit));
      }
    }
  }

  private static boolean expected(BitOperation operation, byte[][] sources, int bit) {
    boolean first = at(sources[0], bit);
    int others = 0;
    for (int i = 1; i < sources.length; i++) {
      others += at(sources[i], bit) ? 1 : 0;
    }
    int all = others + (first ? 1 : 0);
    return switch (operation) {
      case AND -> all == sources.length;
      case OR -> all > 0;
      case XOR -> all % 2 == 1;
      case NOT -> !first;
      case DIFF -> first && others == 0;
      case DIFF1 -> !first && others > 0;
      case ANDOR -> first && others > 0;
      case ONE -> all == 1;
    };
  }

  private static boolean at(byte[] bytes, int bit) {
    return bit < 8 * bytes.length && (bytes[bit / 8] >> 7 - bit % 8 & 1) == 1;
  }

  @Test
  void theNewOperationsNeedTwoSources() {
    for (String operation : new String[] {"DIFF", "DIFF1", "ANDOR"}) {
      engine.expect(
          "BITOP " + operation + " d x",
          "-ERR BITOP " + operation + " must be called with at least two source keys.");
    }
    engine.expect("BITOP one d x", ":0", "keymiss x");
  }

  @Test
  void rangesAreCountedAndSearchedLikeABitSet() {
    Random random = new Random(11);
    for (int round = 0; round < 300; round++) {
      byte[] bytes = new byte[1 + random.nextInt(30)];
      if (random.nextBoolean()) {
        random.nextBytes(bytes);
      } else {
        Arrays.fill(bytes, (byte) (random.nextBoolean() ? -1 : 0));
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      BitSet model = new BitSet();
      for (int bit = 0; bit < 8 * bytes.length; bit++) {
        model.set(bit, at(bytes, bit));
      }
      int first = random.nextInt(8 * bytes.length);
      int last = first + random.nextInt(8 * bytes.length - first);
      Bytes text = Bytes.of(bytes);
      assertThat(Bits.count(text, first, last)).isEqualTo(model.get(first, last + 1).cardinality());
      int set = model.nextSetBit(first);
      assertThat(Bits.find(text, first, last, true)).isEqualTo(set > last ? -1 : set);
      int clear = model.nextClearBit(first);
      assertThat(Bits.find(text, first, last, false)).isEqualTo(clear > last ? -1 : clear);
    }
  }

  @Test
  void fieldsOfAnyWidthAreReadAsTheyWereWritten() {
    Random random = new Random(13);
    byte[] bytes = new byte[32];
    for (int round = 0; round < 1000; round++) {
      int bits = 1 + random.nextInt(64);
      int first = random.nextInt(8 * bytes.length - bits);
      long value = random.nextLong() >>> 64 - bits;
      byte[] before = bytes.clone();
      Bits.write(Bytes.of(bytes), first, bits, value);
      assertThat(Bits.read(Bytes.of(bytes), first, bits)).isEqualTo(value);
      for (int bit = 0; bit < 8 * bytes.length; bit++) {
        if (bit < first || bit >= first + bits) {
          assertThat(at(bytes, bit)).isEqualTo(at(before, bit));
        }
      }
    }
    assertThat(Bits.read(Bytes.of(new byte[] {-1}), 4, 8)).isEqualTo(0xf0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "OVERFLOW SAT INCRBY i8 0 200 | [:127]",
        "OVERFLOW SAT INCRBY i8 0 -200 | [:-128]",
        "OVERFLOW SAT INCRBY u8 0 -1 | [:0]",
        "OVERFLOW SAT INCRBY u8 0 -9223372036854775808 | [:0]",
        "OVERFLOW FAIL INCRBY i64 0 -9223372036854775808 GET i64 0 |"
            + " [:-9223372036854775808, :-9223372036854775808]",
        "INCRBY i8 0 128 | [:-128]",
        "INCRBY u63 0 -1 | [:9223372036854775807]",
        "OVERFLOW SAT SET u8 0 -1 GET u8 0 | [:0, :255]",
        "OVERFLOW SAT SET i8 0 -1000 GET i8 0 | [:0, :-128]",
        "OVERFLOW FAIL SET u8 0 256 GET u8 0 | [nil, :0]",
        "SET u8 #2 7 GET u8 16 | [:0, :7]",
        "SET i1 0 1 GET i1 0 GET u1 0 | [:0, :-1, :1]",
      })
  void fieldsOverflowAsTold(String operations, String reply) {
    assertThat(engine.say("BITFIELD a " + operations)).isEqualTo(reply);
  }

  @Test
  void operationsThatAllFailStillLengthenTheStringSilently() {
    engine.run("SET a \"\\xff\"");
    engine.effects();
    engine.events();
    engine.expect("BITFIELD a OVERFLOW FAIL INCRBY u8 #1 256", "[nil]");
    engine.expect("STRLEN a", ":2");
    assertThat(engine.effects()).hasSize(1);
    engine.expect("BITFIELD a OVERFLOW FAIL INCRBY u8 #1 256 SET u8 0 255", "[nil, :255]");
    assertThat(engine.effects()).isEmpty();
  }

  /** Observed on redis-server 7.0.15. */
  @Test
  void whoWatchesHearsNothingOfOperationsThatAllFail() {
    Session watcher = engine.client();
    engine.run(watcher, "WATCH a");
    engine.expect("BITFIELD a OVERFLOW FAIL SET u8 0 256", "[nil]", "new a");
    engine.expect("STRLEN a", ":1");
    engine.run(watcher, "MULTI");
    assertThat(EngineFixture.show(engine.run(watcher, "EXEC"))).isEqualTo("[]");
  }

  @Test
  void aBitThatIsSetAlreadyIsNoChange() {
    engine.expect("SETBIT a 7 1", ":0", "new a", "setbit a");
    engine.effects();
    engine.expect("SETBIT a 7 1", ":1");
    assertThat(engine.effects()).isEmpty();
    engine.expect("SETBIT a 15 0", ":0", "setbit a");
  }

  /**
   * Observed on redis-server 7.0.15, which makes the string writable before it looks at the bit.
   */
  @Test
  void evenWhatChangesNothingMakesAStringRaw() {
    engine.run("SET a 12345");
    engine.run("SETBIT a 0 0");
    engine.expect("OBJECT ENCODING a", "\"raw\"", "new a", "set a");
    engine.run("SET a 1");
    engine.events();
    engine.run("BITFIELD a SET u8 0 49");
    engine.expect("OBJECT ENCODING a", "\"raw\"");
  }

  /** Observed on redis-server 7.0.15. */
  @Test
  void anEmptyResultDeletesTheDestinationWithoutAskingForItsDeadline() {
    engine.run("SET d x PX 10");
    engine.events();
    engine.advance(10);
    engine.expect("BITOP AND d x", ":0", "keymiss x", "del d");
  }

  @Test
  void aSourceThatExpiresWhileOthersAreReadDoesNotDisturbThem() {
    engine.run("SET x abc");
    engine.run("SET y abcdefgh PX 1");
    engine.events();
    engine.advance(1);
    engine.expect("BITOP OR d x y", ":3", "expired y", "keymiss y", "new d", "set d");
    engine.expect("GET d", "\"abc\"");
  }

  @ParameterizedTest
  @CsvSource({
    "BITPOS a 0, :24",
    "BITPOS a 0 0 -1, :-1",
    "BITPOS a 1 3, :-1",
    "BITPOS a 0 3, :-1",
    "BITPOS a 0 1, :24",
    "BITPOS a 1 2 -1 BIT, :2",
    "BITCOUNT a 9223372036854775800 -1, :0",
    "BITCOUNT a 5 10 BIT, :6",
    "BITCOUNT a 1, -ERR syntax error",
    "BITCOUNT a 0 1 BITS, -ERR syntax error",
    "BITPOS a 2, -ERR The bit argument must be 1 or 0.",
  })
  void rangesOfAStringFullOfOnes(String line, String reply) {
    engine.run("SET a \"\\xff\\xff\\xff\"");
    assertThat(engine.say(line)).isEqualTo(reply);
  }
}

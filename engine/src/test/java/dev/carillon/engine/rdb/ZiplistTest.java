package dev.carillon.engine.rdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.value.Listpack;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ziplists, which nobody writes any more but old files. */
class ZiplistTest {

  /** As Redis before 7.0 wrote it. */
  static Bytes ziplist(List<Bytes> texts) {
    ByteArrayOutputStream entries = new ByteArrayOutputStream();
    int before = 0;
    int last = 10;
    for (Bytes text : texts) {
      last = 10 + entries.size();
      if (before < 254) {
        entries.write(before);
      } else {
        entries.write(0xFE);
        number(entries, before, 4);
      }
      if (Numerals.isLong(text)) {
        integer(entries, Numerals.toLong(text));
      } else {
        string(entries, text);
      }
      before = 10 + entries.size() - last;
    }
    ByteBuffer all = ByteBuffer.allocate(11 + entries.size()).order(ByteOrder.LITTLE_ENDIAN);
    all.putInt(all.capacity()).putInt(last).putShort((short) texts.size());
    all.put(entries.toByteArray()).put((byte) 0xFF);
    return Bytes.of(all.array());
  }

  private static void integer(ByteArrayOutputStream out, long value) {
    if (value >= 0 && value <= 12) {
      out.write(0xF1 + (int) value);
      return;
    }
    int bytes =
        value == (byte) value
            ? 1
            : value == (short) value
                ? 2
                : value == value << 40 >> 40 ? 3 : value == (int) value ? 4 : 8;
    out.write(new int[] {0, 0xFE, 0xC0, 0xF0, 0xD0, 0, 0, 0, 0xE0}[bytes]);
    number(out, value, bytes);
  }

  private static void string(ByteArrayOutputStream out, Bytes text) {
    int length = text.length();
    if (length < 64) {
      out.write(length);
    } else if (length < 16384) {
      out.write(0x40 | length >>> 8);
      out.write(length);
    } else {
      out.write(0x80);
      number(out, Integer.reverseBytes(length), 4);
    }
    out.writeBytes(text.toByteArray());
  }

  private static void number(ByteArrayOutputStream out, long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      out.write((int) (value >>> 8 * i));
    }
  }

  private static Bytes text(Random random) {
    if (random.nextBoolean()) {
      return Numerals.of(random.nextLong() >> random.nextInt(64));
    }
    byte[] text = new byte[random.nextInt(random.nextInt(20) == 0 ? 20_000 : 300)];
    random.nextBytes(text);
    return Bytes.of(text);
  }

  private static List<Bytes> texts(Random random) {
    List<Bytes> texts = new ArrayList<>();
    for (int i = random.nextInt(12); i >= 0; i--) {
      texts.add(text(random));
    }
    return texts;
  }

  private static List<Bytes> read(Bytes ziplist) throws RdbFormatException {
    List<Bytes> read = new ArrayList<>();
    Ziplist.visit(ziplist, text -> read.add(text.copy()));
    return read;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whatWasWrittenIsRead(long givenSeed) throws RdbFormatException {
    long seed = Long.getLong("carillon.seed", givenSeed);
    Random random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      List<Bytes> texts = texts(random);
      Bytes ziplist = ziplist(texts);
      assertThat(read(ziplist)).as("-Dcarillon.seed=%d", seed).isEqualTo(texts);
      Bytes pack = Ziplist.toListpack(ziplist).bytes();
      assertThat(Listpack.isIntact(pack)).isTrue();
      assertThat(Listpack.count(pack)).isEqualTo(texts.size());
    }
    assertThat(read(ziplist(List.of()))).isEmpty();
    assertThat(Ziplist.toListpack(ziplist(List.of())).bytes().isEmpty()).isTrue();
  }

  @Test
  void anExampleIsReadAsItIsDrawn() throws RdbFormatException {
    String hex = "1b0000001800000004000" + "00568656c6c6f" + "07c0e803" + "04feff" + "03fd" + "ff";
    assertThat(read(Bytes.of(HexFormat.of().parseHex(hex))))
        .containsExactly(Bytes.of("hello"), Bytes.of("1000"), Bytes.of("-1"), Bytes.of("12"));
  }

  @ParameterizedTest
  @CsvSource({
    "'', nothing",
    "0b0000000a0000000000, no end",
    "0b0000000a0000000000fe, another end",
    "0c0000000a0000000000ff, another length",
    "0d0000000b000000010000f2ff, the last entry elsewhere",
    "0d0000000a000000020000f2ff, fewer entries than announced",
    "0d0000000a000000010001f2ff, a wrong length before",
    "0d0000000a000000010000f0ff, an integer that is too short",
    "0d0000000a00000001000001ff, a string that is too short",
    "0d0000000a00000001000040ff, a length that is too short",
    "0d0000000a000000010000c1ff, no encoding",
    "0c0000000a000000010000ff, no encoding at all"
  })
  void damageIsRefused(String hex, String why) {
    Bytes damaged = Bytes.of(HexFormat.of().parseHex(hex));
    assertThatThrownBy(() -> read(damaged)).as(why).isInstanceOf(RdbFormatException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void noDamageReadsOutsideOrBreaksAnything(long givenSeed) {
    long seed = Long.getLong("carillon.seed", givenSeed);
    Random random = new Random(seed);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = ziplist(texts(random).subList(0, 1)).toByteArray();
      for (int k = random.nextInt(3); k >= 0; k--) {
        bytes[random.nextInt(Math.min(bytes.length, 40))] = (byte) random.nextInt();
      }
      if (random.nextInt(4) == 0) {
        bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      }
      try {
        read(Bytes.of(bytes));
      } catch (RdbFormatException expected) {
        refused++;
      }
    }
    assertThat(refused).as("-Dcarillon.seed=%d", seed).isBetween(10_000, 20_000);
  }
}

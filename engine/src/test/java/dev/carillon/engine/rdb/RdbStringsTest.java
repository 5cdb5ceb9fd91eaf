package dev.carillon.engine.rdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.protocol.bytes.Bytes;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lengths and strings of RDB. The forms of strings are those that redis-server 7.0.15 dumps. */
class RdbStringsTest {

  @ParameterizedTest
  @CsvSource({
    "0, 00",
    "63, 3f",
    "64, 4040",
    "16383, 7fff",
    "16384, 8000004000",
    "4294967295, 80ffffffff",
    "4294967296, 810000000100000000",
    "9223372036854775807, 817fffffffffffffff"
  })
  void lengthsTakeAsManyBytesAsTheyNeed(long length, String hex) throws RdbFormatException {
    RdbWriter out = new RdbWriter(true, 0);
    out.length(length);
    assertThat(hex(out.written())).isEqualTo(hex);
    assertThat(new RdbReader(out.written()).length()).isEqualTo(length);
  }

  @ParameterizedTest
  @CsvSource({
    "0, c000",
    "127, c07f",
    "-128, c080",
    "128, c18000",
    "-129, c17fff",
    "32767, c1ff7f",
    "32768, c200800000",
    "-2147483648, c200000080",
    "2147483648, 0a32313437343833363438",
    "007, 03303037",
    "-0, 022d30",
    "aaaaaaaaaaaaaaaaaaaa, 146161616161616161616161616161616161616161"
  })
  void stringsTakeTheirShortestForm(String text, String hex) throws RdbFormatException {
    RdbWriter out = new RdbWriter(true, 0);
    out.string(Bytes.of(text));
    assertThat(hex(out.written())).isEqualTo(hex);
    assertThat(new RdbReader(out.written()).string()).isEqualTo(Bytes.of(text));
  }

  @Test
  void longStringsAreCompressedOnRequest() {
    Bytes text = Bytes.of("a".repeat(1000));
    RdbWriter compressing = new RdbWriter(true, 0);
    compressing.string(text);
    assertThat(compressing.written().length()).isLessThan(40);
    RdbWriter plain = new RdbWriter(false, 0);
    plain.string(text);
    assertThat(plain.written().length()).isEqualTo(1002);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anyStringIsReadAsItWasWritten(boolean compressing) throws RdbFormatException {
    Random random = new Random(5);
    RdbWriter out = new RdbWriter(compressing, 16);
    Bytes[] texts = new Bytes[500];
    for (int i = 0; i < texts.length; i++) {
      byte[] bytes = new byte[random.nextInt(i % 50 == 0 ? 100_000 : 100)];
      random.nextBytes(bytes);
      for (int at = 0; i % 2 == 0 && at < bytes.length; at++) {
        bytes[at] &= 3;
      }
      texts[i] = Bytes.of(bytes);
      out.string(texts[i]);
    }
    RdbReader in = new RdbReader(out.written());
    for (Bytes text : texts) {
      assertThat(in.string()).isEqualTo(text);
    }
    assertThat(in.remaining()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "'', nothing",
    "0261, less than announced",
    "8100000001000000 00, half a length",
    "81ffffffffffffffff61, a length beyond any",
    "82, no length",
    "c4, no form",
    "c100, half an integer",
    "c302c8, half a compression",
    "c303810000000100000000006161, a compression of gigabytes",
    "c30381ffffffffffffffff006161, a compression of less than nothing"
  })
  void damageIsRefused(String hex, String what) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    assertThatThrownBy(() -> new RdbReader(Bytes.of(bytes)).string())
        .as(what)
        .isInstanceOf(RdbFormatException.class);
  }

  private static String hex(Bytes bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }
}

package dev.carillon.engine.rdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.keyspace.KeyspaceDigest;
import dev.carillon.engine.turn.Turn;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists as RDB has them: every form that is read, and the damage that is refused. */
class RdbListsTest {

  private static final Bytes KEY = Bytes.of("key");

  private final Turn turn = new Turn();
  private final Keyspace keyspace;

  RdbListsTest() {
    turn.begin(0);
    keyspace = new Keyspace(1, turn, new Random(1));
  }

  private Entry newEntry() {
    Entry old = keyspace.database(0).find(KEY);
    if (old != null) {
      keyspace.database(0).remove(KEY, old);
    }
    return keyspace.database(0).create(KEY, ValueType.LIST);
  }

  private Entry entry(List<Bytes> elements) {
    Entry entry = newEntry();
    for (Bytes element : elements) {
      entry.list().push(false, element);
    }
    return entry;
  }

  private Entry read(Bytes payload) throws RdbFormatException {
    RdbReader in = new RdbReader(payload);
    RdbValue value = RdbValues.read(false, in, keyspace);
    assertThat(value.type()).isEqualTo(ValueType.LIST);
    assertThat(in.remaining()).isZero();
    Entry entry = newEntry();
    value.putInto(entry);
    return entry;
  }

  private static List<Bytes> elements(Entry entry) {
    List<Bytes> elements = new ArrayList<>();
    entry.list().visit(0, entry.list().size(), true, text -> elements.add(text.copy()));
    return elements;
  }

  private static Bytes written(Entry entry) {
    RdbWriter out = new RdbWriter(true, 16);
    RdbValues.write(entry, out);
    return out.written().copy();
  }

  private static List<Bytes> texts(int count, int bytesMax) {
    Random random = new Random(count + bytesMax);
    List<Bytes> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] text = new byte[random.nextInt(bytesMax)];
      random.nextBytes(text);
      texts.add(i % 3 == 0 ? Numerals.of(random.nextLong() >> i % 64) : Bytes.of(text));
    }
    return texts;
  }

  @ParameterizedTest
  @CsvSource({
    "1, 10, listpack", "40, 100, listpack", "400, 20, listpack",
    "400, 100, quicklist", "5000, 20, quicklist", "30, 10000, quicklist"
  })
  void whatIsWrittenIsReadTheSame(int count, int bytesMax, String encoding)
      throws RdbFormatException {
    List<Bytes> texts = texts(count, bytesMax);
    Entry entry = entry(texts);
    assertThat(entry.encoding()).isEqualTo(encoding);
    String digest = KeyspaceDigest.ofValue(entry);
    Bytes payload = written(entry);
    Entry again = read(payload);
    assertThat(elements(again)).isEqualTo(texts);
    assertThat(again.encoding()).isEqualTo(encoding);
    assertThat(KeyspaceDigest.ofValue(again)).isEqualTo(digest);
    assertThat(written(again)).isEqualTo(payload);
  }

  @ParameterizedTest
  @CsvSource({
    "0103 0161 c001 0161, 1, a 1 a",
    "0101c0ff, 1, -1",
    "0a0e 0e000000 0a000000 0100 000161 ff, 10, a",
    "0e02 0e 0e000000 0a000000 0100 000161 ff 0d 0d000000 0a000000 0100 00f2 ff, 14, a 1",
    "0e02 0b 0b000000 0a000000 0000 ff 0d 0d000000 0a000000 0100 00f2 ff, 14 with an empty node, 1",
    "1201 02 0d 0d000000 0200 816102 0101 ff 00, 18, none",
    "1201 02 0c 0c000000 0200 816102 0101 ff, 18, a 1",
    "1202 02 09 09000000 0100 0501 ff 02 09 09000000 0100 0601 ff, 18, 5 6",
    "1202 01 0161 02 09 09000000 0100 0601 ff, 18 with a small element that stands alone, a 6",
    "1202 02 07 07000000 0000 ff 02 09 09000000 0100 0601 ff, 18 with an empty node, 6"
  })
  void formsAreReadAsTheyAreDrawn(String hex, String form, String elements) throws Exception {
    Bytes payload = Bytes.of(HexFormat.of().parseHex(hex.replace(" ", "")));
    if (elements.equals("none")) {
      assertThatThrownBy(() -> read(payload)).as(form).isInstanceOf(RdbFormatException.class);
      return;
    }
    List<Bytes> expected = new ArrayList<>();
    for (String element : elements.split(" ")) {
      expected.add(Bytes.of(element));
    }
    Entry entry = read(payload);
    assertThat(elements(entry)).as(form).isEqualTo(expected);
    assertThat(entry.encoding()).isEqualTo(entry.list().nodes() == 1 ? "listpack" : "quicklist");
  }

  @Test
  void listsOfOldFilesAreReadInEverySize() throws RdbFormatException {
    for (int count : new int[] {1, 10, 500, 5000}) {
      List<Bytes> texts = texts(count, 60);
      RdbWriter strings = new RdbWriter(true, 16);
      strings.int8(RdbList.LIST);
      strings.length(count);
      texts.forEach(strings::string);
      RdbWriter one = new RdbWriter(true, 16);
      one.int8(RdbList.ZIPLIST);
      one.string(ZiplistTest.ziplist(texts));
      RdbWriter several = new RdbWriter(false, 16);
      several.int8(RdbList.QUICKLIST);
      several.length((count + 99) / 100);
      for (int i = 0; i < count; i += 100) {
        several.string(ZiplistTest.ziplist(texts.subList(i, Math.min(count, i + 100))));
      }
      for (RdbWriter out : List.of(strings, one, several)) {
        assertThat(elements(read(out.written()))).isEqualTo(texts);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0100, no elements",
    "0e00, no nodes",
    "1200, no nodes",
    "0e01 0b 0b000000 0a000000 0000 ff, no elements in the only node",
    "0a0b 0b000000 0a000000 0000 ff, no elements in a ziplist",
    "1201 02 07 07000000 0000 ff, no elements in the only listpack",
    "0102 0161, fewer elements than announced",
    "1202 02 09 09000000 0100 0601 ff, fewer nodes than announced",
    "1201 03 09 09000000 0100 0601 ff, neither an element nor a listpack",
    "1201 00 09 09000000 0100 0601 ff, neither an element nor a listpack",
    "1201 02 09 09000000 0200 0601 ff, a listpack with a wrong count",
    "1201 02 09 09000000 0100 0602 ff, a listpack with a wrong length behind an entry",
    "1281ffffffffffffffff 02 09 09000000 0100 0601 ff, more nodes than there can be"
  })
  void damageIsRefused(String hex, String why) {
    Bytes damaged = Bytes.of(HexFormat.of().parseHex(hex.replace(" ", "")));
    assertThatThrownBy(() -> read(damaged)).as(why).isInstanceOf(RdbFormatException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void noDamageBreaksAnything(long givenSeed) {
    long seed = Long.getLong("carillon.seed", givenSeed);
    Random random = new Random(seed);
    List<Bytes> payloads =
        List.of(
            written(entry(texts(3, 10))),
            written(entry(texts(30, 100))),
            written(entry(texts(500, 60))),
            written(entry(texts(3, 9000))));
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = payloads.get(i % payloads.size()).toByteArray();
      int reach = random.nextBoolean() ? damaged.length : Math.min(damaged.length, 24);
      for (int k = random.nextInt(3); k >= 0; k--) {
        damaged[1 + random.nextInt(reach - 1)] = (byte) random.nextInt();
      }
      try {
        RdbReader in = new RdbReader(Bytes.of(damaged));
        RdbValue value = RdbValues.read(false, in, keyspace);
        Entry entry = newEntry();
        value.putInto(entry);
        assertThat(elements(entry)).as("-Dcarillon.seed=%d", seed).isNotEmpty();
      } catch (RdbFormatException expected) {
        refused++;
      }
    }
    assertThat(refused).as("-Dcarillon.seed=%d", seed).isBetween(1_000, 19_999);
  }
}

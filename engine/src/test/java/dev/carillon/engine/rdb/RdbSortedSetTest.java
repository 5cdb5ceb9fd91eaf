package dev.carillon.engine.rdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.keyspace.SortedSetView;
import dev.carillon.engine.turn.Turn;
import dev.carillon.engine.value.Listpack;
import dev.carillon.engine.value.PackedArray;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sorted sets as RDB has them: every form that is read, and the damage that is refused. */
class RdbSortedSetTest {

  private static final Bytes KEY = Bytes.of("key");

  private final Turn turn = new Turn();
  private final Keyspace keyspace;

  RdbSortedSetTest() {
    turn.begin(0);
    keyspace = new Keyspace(1, turn, new Random(1));
  }

  private Entry newEntry() {
    Entry old = keyspace.database(0).find(KEY);
    if (old != null) {
      keyspace.database(0).remove(KEY, old);
    }
    return keyspace.database(0).create(KEY, ValueType.SORTED_SET);
  }

  private Entry read(Bytes payload) throws RdbFormatException {
    RdbReader in = new RdbReader(payload);
    RdbValue value = RdbValues.read(false, in, keyspace);
    assertThat(value.type()).isEqualTo(ValueType.SORTED_SET);
    assertThat(in.remaining()).isZero();
    Entry entry = newEntry();
    value.putInto(entry);
    return entry;
  }

  private static Bytes written(Entry entry) {
    RdbWriter out = new RdbWriter(true, 16);
    RdbValues.write(entry, out);
    return out.written().copy();
  }

  private static String shown(Entry entry) {
    StringBuilder text = new StringBuilder();
    SortedSetView.Walk walk = entry.sortedSet().walk(0, false);
    for (; walk.isMember(); walk.next()) {
      text.append(walk.member()).append('=').append(walk.score()).append(' ');
    }
    return text.toString().strip();
  }

  @Test
  void whatIsWrittenIsReadTheSame() throws RdbFormatException {
    for (int size : new int[] {1, 2, 127, 128, 129, 1000}) {
      Entry entry = newEntry();
      Random random = new Random(size);
      for (int i = 0; i < size; i++) {
        double score =
            switch (random.nextInt(6)) {
              case 0 -> i;
              case 1 -> random.nextGaussian();
              case 2 -> Double.POSITIVE_INFINITY;
              case 3 -> -1e300;
              case 4 -> Double.MIN_VALUE;
              default -> Double.NEGATIVE_INFINITY;
            };
        entry.sortedSet().add(Bytes.of(i % 2 == 0 ? "" + i : "member:" + i), score);
      }
      String before = shown(entry);
      String encoding = entry.encoding();
      Bytes payload = written(entry);
      assertThat(payload.at(0)).isEqualTo((byte) (size > 128 ? 5 : 17));
      Entry copy = read(payload);
      assertThat(shown(copy)).isEqualTo(before);
      assertThat(copy.encoding()).isEqualTo(encoding);
      assertThat(written(copy)).isEqualTo(payload);
    }
  }

  /** The forms of Redis before 7.0, put together by hand from its source. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ':',
      value = {
        // three members with texts as scores: 1.5, infinite, minus infinite
        "03 03 0161 03312e35 0162 fe 0163 ff : c=-Infinity a=1.5 b=Infinity",
        // members with doubles, an integer among them, in any order
        "05 02 c007 000000000000f03f 0161 000000000000f8bf : a=-1.5 7=1.0",
        // a ziplist of a, 1, b, 2.5
        "0c 18 18000000 12000000 0400 00 0161 03 f2 02 0162 03 03322e35 ff : a=1.0 b=2.5",
      })
  void olderFormsAreRead(String payload, String shown) throws RdbFormatException {
    assertThat(shown(read(hex(payload)))).isEqualTo(shown.strip());
  }

  @Test
  void membersOutOfOrderComeIntoOrder() throws RdbFormatException {
    PackedArray pack = new PackedArray(64);
    for (String text : new String[] {"c", "3", "a", "1", "b", "1"}) {
      Listpack.append(pack, Bytes.of(text));
    }
    RdbWriter out = new RdbWriter(false, 64);
    out.int8(17);
    out.string(pack.bytes());
    assertThat(shown(read(out.written()))).isEqualTo("a=1.0 b=1.0 c=3.0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ':',
      value = {
        "no members                  : 05 00",
        "more members than bytes     : 05 ff 0161 000000000000f03f",
        "no number                   : 05 01 0161 000000000000f87f",
        "a member twice              : 05 02 0161 000000000000f03f 0161 000000000000f03f",
        "no number as text           : 03 01 0161 fd",
        "a text that is no number    : 03 01 0161 0178",
        "an empty text               : 03 01 0161 00",
        "a text beyond the end       : 03 01 0161 0931",
        "an empty listpack           : 11 07 07000000 0000 ff",
        "a listpack of one entry     : 11 0a 0a000000 0100 8161 02 ff",
        "a score that is a word      : 11 0d 0d000000 0200 8161 02 8162 02 ff",
        "a listpack with a wrong end : 11 0d 0d000000 0200 8161 02 0101 0000 fe",
        "a short listpack            : 11 03 070000",
        "an empty ziplist            : 0c 0b 0b000000 0a000000 0000 ff",
        "a damaged ziplist           : 0c 0b 0b000000 0a000000 0100 ff",
      })
  void damageIsRefused(String what, String payload) {
    assertThatThrownBy(() -> read(hex(payload))).as(what).isInstanceOf(RdbFormatException.class);
  }

  @Test
  void noDamageDoesHarm() {
    Random random = new Random(7);
    for (int round = 0; round < 3_000; round++) {
      Entry entry = newEntry();
      int size = 1 + random.nextInt(random.nextInt(10) == 0 ? 200 : 20);
      for (int i = 0; i < size; i++) {
        entry.sortedSet().add(Bytes.of("m" + i), random.nextInt(5) * 0.25);
      }
      byte[] damaged = written(entry).toByteArray();
      for (int i = 0; i <= random.nextInt(3); i++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      try {
        RdbValue value = RdbValues.read(false, new RdbReader(Bytes.of(damaged)), keyspace);
        if (value.type() == ValueType.SORTED_SET) {
          Entry read = newEntry();
          value.putInto(read);
          SortedSetView view = read.sortedSet();
          view.removeRange(0, view.size());
        }
      } catch (RdbFormatException expected) {
        assertThat(expected).hasMessageContaining(" ");
      }
    }
  }

  private static Bytes hex(String text) {
    return Bytes.of(HexFormat.of().parseHex(text.replace(" ", "")));
  }
}

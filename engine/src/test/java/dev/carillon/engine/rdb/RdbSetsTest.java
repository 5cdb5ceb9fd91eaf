package dev.carillon.engine.rdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.turn.Turn;
import dev.carillon.engine.value.SetEncoding;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sets as RDB has them: every form that is read, and the damage that is refused. */
class RdbSetsTest {

  private static final Bytes KEY = Bytes.of("key");

  private final Turn turn = new Turn();
  private final Keyspace keyspace;

  RdbSetsTest() {
    turn.begin(0);
    keyspace = new Keyspace(1, turn, new Random(1));
  }

  private Entry entry(int size, IntFunction<String> name) {
    Entry entry = newEntry();
    for (int i = 0; i < size; i++) {
      entry.set().add(Bytes.of(name.apply(i)));
    }
    return entry;
  }

  private Entry newEntry() {
    Entry old = keyspace.database(0).find(KEY);
    if (old != null) {
      keyspace.database(0).remove(KEY, old);
    }
    return keyspace.database(0).create(KEY, ValueType.SET);
  }

  private Entry read(Bytes payload) throws RdbFormatException {
    RdbReader in = new RdbReader(payload);
    RdbValue value = RdbValues.read(false, in, keyspace);
    assertThat(value.type()).isEqualTo(ValueType.SET);
    assertThat(in.remaining()).isZero();
    Entry entry = newEntry();
    value.putInto(entry);
    return entry;
  }

  private static Set<Bytes> members(Entry entry) {
    Set<Bytes> members = new TreeSet<>();
    entry.set().forEach(member -> members.add(member.copy()));
    return members;
  }

  private static Bytes written(Entry entry) {
    RdbWriter out = new RdbWriter(true, 16);
    RdbValues.write(entry, out);
    return out.written().copy();
  }

  @Test
  void whatIsWrittenIsReadTheSame() throws RdbFormatException {
    List<IntFunction<String>> names =
        List.of(i -> "" + i, i -> "" + i * -70_000L, i -> "" + (1L << 40) * i, i -> "m" + i);
    for (IntFunction<String> name : names) {
      for (int size : new int[] {1, 2, 127, 128, 129, 511, 512, 513, 5000}) {
        Entry entry = entry(size, name);
        Set<Bytes> members = members(entry);
        SetEncoding encoding = entry.set().encoding();
        Entry again = read(written(entry));
        assertThat(members(again)).isEqualTo(members);
        assertThat(again.set().encoding()).isEqualTo(encoding);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0203c001c002c003, 1 2 3, intset",
    "0202c0010161, 1 a, listpack",
    "0b0c02000000020000000100ffff, none, damaged",
    "0b0c0200000002000000ffff0100, -1 1, intset",
    "0b0a0200000001000000ffff, -1, intset",
    "140d0d0000000300010102810161, none, damaged",
    "140e0e0000000300 0101 0201 816102 ff, 1 2 a, listpack"
  })
  void formsAreReadAsTheyAreDrawn(String hex, String members, String encoding) throws Exception {
    Bytes payload = Bytes.of(HexFormat.of().parseHex(hex.replace(" ", "")));
    if (encoding.equals("damaged")) {
      assertThatThrownBy(() -> read(payload)).isInstanceOf(RdbFormatException.class);
      return;
    }
    Entry entry = read(payload);
    assertThat(entry.encoding()).isEqualTo(encoding);
    List<Bytes> expected = new ArrayList<>();
    for (String member : members.split(" ")) {
      expected.add(Bytes.of(member));
    }
    assertThat(members(entry)).containsExactlyInAnyOrderElementsOf(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "0200, no members",
    "0203c001c002, fewer members than announced",
    "0202c001c001, a member twice",
    "0202c0010131, a member twice in two spellings",
    "02818000000000000001c001, more members than there can be",
    "0b080200000000000000, no integers",
    "0b0c03000000020000000100 0200, no such width",
    "0b0c0200000002000000 01000100, an integer twice",
    "0b0c0200000002000000 02000100, integers out of order",
    "0b0c0200000003000000 01000200, fewer integers than announced",
    "0b0c02000000ffffffff 01000200, a negative number of integers",
    "1407070000000000ff, no members",
    "140b0b000000020001010101ff, a member twice",
    "140b0c000000020001010201ff, another length than announced",
    "140b0b000000030001010201ff, another count than announced",
    "140b0b000000020001010209ff, a wrong length behind an entry",
    "140b0b0000000200f0010201ff, an entry beyond the end",
    "140b0b000000020001010201fe, no end"
  })
  void damageIsRefused(String hex, String what) {
    Bytes payload = Bytes.of(HexFormat.of().parseHex(hex.replace(" ", "")));
    assertThatThrownBy(() -> read(payload)).as(what).isInstanceOf(RdbFormatException.class);
  }

  @Test
  void randomDamageIsRefusedOrMakesAnotherSet() {
    Random random = new Random(11);
    List<Bytes> payloads = new ArrayList<>();
    payloads.add(written(entry(20, i -> "" + i * 1000)));
    payloads.add(written(entry(20, i -> "member" + i)));
    payloads.add(written(entry(600, i -> "m" + i)));
    payloads.add(Bytes.of(HexFormat.of().parseHex("140e0e000000030001010201816102ff")));
    int refused = 0;
    for (int round = 0; round < 40_000; round++) {
      byte[] bytes = payloads.get(random.nextInt(payloads.size())).toByteArray();
      for (int i = random.nextInt(3); i >= 0; i--) {
        // The kind stays: other types have their own tests.
        bytes[1 + random.nextInt(bytes.length - 1)] = (byte) random.nextInt(256);
      }
      int length = random.nextInt(10) == 0 ? 1 + random.nextInt(bytes.length - 1) : bytes.length;
      try {
        RdbValue value =
            RdbValues.read(false, new RdbReader(Bytes.view(bytes, 0, length)), keyspace);
        Entry entry = newEntry();
        value.putInto(entry);
        assertThat(members(entry)).hasSize(entry.set().size()).isNotEmpty();
      } catch (RdbFormatException expected) {
        refused++;
      }
    }
    assertThat(refused).isBetween(10_000, 39_000);
  }
}

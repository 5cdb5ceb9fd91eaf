package dev.carillon.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ReferenceRedis;
import dev.carillon.engine.store.Words;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.resp.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random operations on a listpack, compared with a list of strings that does the same naively. A
 * failure names its seed; {@code -Dcarillon.seed=…} replays it.
 */
class ListpackModelTest {

  /** Around every border between two encodings, and what only looks like a number. */
  static List<Bytes> texts() {
    List<Bytes> texts = new ArrayList<>();
    long[] borders = {
      0,
      127,
      128,
      4095,
      4096,
      32767,
      32768,
      8388607,
      8388608,
      2147483647L,
      2147483648L,
      Long.MAX_VALUE,
      Long.MIN_VALUE
    };
    for (long border : borders) {
      for (long number :
          new long[] {border - 1, border, border + 1, -border - 1, -border, ~-border}) {
        texts.add(Numerals.of(number));
      }
    }
    String[] words = {
      "",
      "a",
      "-",
      "-0",
      "+1",
      "007",
      "1.0",
      " 1",
      "1 ",
      "0x10",
      "9223372036854775808",
      "-9223372036854775809",
      "99999999999999999999",
      "18446744073709551615"
    };
    for (String word : words) {
      texts.add(Bytes.of(word));
    }
    // The lengths behind the entries of the last six have two and three bytes.
    int[] lengths = {62, 63, 64, 65, 124, 125, 126, 4094, 4095, 4096, 16376, 16377, 16378, 16379};
    for (int length : lengths) {
      byte[] text = new byte[length];
      Arrays.fill(text, (byte) ('a' + length % 26));
      texts.add(Bytes.of(text));
    }
    return texts;
  }

  @ParameterizedTest
  @MethodSource("texts")
  void everyTextReadsBackAsItWas(Bytes text) {
    WanderingBytes packed = new WanderingBytes(new Random(1));
    Listpack.append(packed, Bytes.of("before"));
    int at = Listpack.append(packed, text);
    Listpack.append(packed, Bytes.of("behind"));
    check(packed, List.of(Bytes.of("before"), text, Bytes.of("behind")), "");
    assertThat(Listpack.isInteger(packed.bytes(), at)).isEqualTo(Numerals.isLong(text));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void aListpackHoldsWhatAListHolds(long seed) {
    new Run(Long.getLong("carillon.seed", seed)).play(4_000);
  }

  /** One sequence and its model. */
  private static final class Run {
    private final Random random;
    private final String seedNote;
    private final WanderingBytes packed;
    private final List<Bytes> model = new ArrayList<>();
    private final List<Bytes> texts =
        texts().stream().filter(text -> text.length() < 5000).toList();

    Run(long seed) {
      random = new Random(seed);
      seedNote = "-Dcarillon.seed=" + seed;
      packed = new WanderingBytes(random);
    }

    void play(int steps) {
      for (int step = 0; step < steps; step++) {
        if (model.isEmpty() || random.nextInt(20) < (step / 400 % 2 == 0 ? 11 : 7)) {
          grow();
        } else {
          change();
        }
        packed.assertUntouched();
        find();
        if (step % 16 == 0) {
          check(packed, model, seedNote);
        }
      }
    }

    private void grow() {
      int index = random.nextInt(model.size() + 1);
      int at = index == model.size() ? end() : Listpack.seek(packed.bytes(), index);
      Bytes text = text();
      Bytes second = text();
      int length = Listpack.lengthWith(packed.bytes(), Listpack.entryBytes(text));
      int lengthOfTwo =
          Listpack.lengthWith(
              packed.bytes(), Listpack.entryBytes(text) + Listpack.entryBytes(second));
      int place;
      switch (random.nextInt(4)) {
        case 0 -> {
          place = Listpack.insert(packed, at, text, second);
          model.add(index, second);
          length = lengthOfTwo;
        }
        case 1 -> {
          long number = number();
          length = Listpack.lengthWith(packed.bytes(), Listpack.entryBytes(number));
          text = Numerals.of(number);
          place = Listpack.insert(packed, at, number);
        }
        case 2 -> {
          long number = number();
          second = Numerals.of(number);
          length =
              Listpack.lengthWith(
                  packed.bytes(), Listpack.entryBytes(text) + Listpack.entryBytes(number));
          place = Listpack.insert(packed, at, text, number);
          model.add(index, second);
        }
        default -> place = Listpack.insert(packed, at, text);
      }
      model.add(index, text);
      assertThat(packed.bytes().length()).as(seedNote).isEqualTo(length);
      assertThat(place).as(seedNote).isEqualTo(Listpack.seek(packed.bytes(), index));
    }

    private int end() {
      return random.nextBoolean() ? Listpack.NONE : Listpack.end(packed.bytes());
    }

    private void change() {
      int index = random.nextInt(model.size());
      int at = Listpack.seek(packed.bytes(), index);
      switch (random.nextInt(5)) {
        case 0 -> {
          Bytes text = text();
          Listpack.replace(packed, at, text);
          model.set(index, text);
        }
        case 1 -> {
          long number = number();
          Listpack.replace(packed, at, number);
          model.set(index, Numerals.of(number));
        }
        case 2 -> delete(index, at, 1);
        case 3 -> deleteMatches(random.nextInt(4) == 0 ? text() : model.get(index));
        default -> delete(index, at, 1 + random.nextInt(Math.min(5, model.size() - index)));
      }
    }

    private void delete(int index, int at, int entries) {
      int next = Listpack.delete(packed, at, entries);
      model.subList(index, index + entries).clear();
      assertThat(next)
          .as(seedNote)
          .isEqualTo(index < model.size() ? Listpack.seek(packed.bytes(), index) : Listpack.NONE);
    }

    private void deleteMatches(Bytes text) {
      int skip = random.nextInt(3);
      int limit = random.nextInt(4);
      assertThat(Listpack.countMatches(packed.bytes(), text))
          .as(seedNote)
          .isEqualTo(Collections.frequency(model, text));
      int matches = 0;
      int deleted = 0;
      for (int i = 0; i < model.size() && deleted < limit; i++) {
        if (model.get(i).equals(text) && matches++ >= skip) {
          model.remove(i--);
          deleted++;
        }
      }
      assertThat(Listpack.deleteMatches(packed, text, skip, limit)).as(seedNote).isEqualTo(deleted);
    }

    private void find() {
      Bytes text = random.nextBoolean() || model.isEmpty() ? text() : any();
      int stride = 1 + random.nextInt(3);
      int from = model.isEmpty() ? 0 : random.nextInt(model.size());
      int expected =
          IntStream.iterate(from, i -> i < model.size(), i -> i + stride)
              .filter(i -> model.get(i).equals(text))
              .map(i -> Listpack.seek(packed.bytes(), i))
              .findFirst()
              .orElse(Listpack.NONE);
      int start = Listpack.seek(packed.bytes(), from);
      assertThat(Listpack.find(packed.bytes(), start, text, stride))
          .as("%s in every %dth from %d; %s", text, stride, from, seedNote)
          .isEqualTo(expected);
    }

    private Bytes any() {
      return model.get(random.nextInt(model.size()));
    }

    private Bytes text() {
      return random.nextInt(3) == 0
          ? texts.get(random.nextInt(texts.size()))
          : Bytes.of(Integer.toString(random.nextInt(300), 12));
    }

    private long number() {
      return random.nextLong() >> random.nextInt(64);
    }
  }

  private static void check(Packed packed, List<Bytes> model, String note) {
    Bytes pack = packed.bytes();
    assertThat(Listpack.count(pack)).as(note).isEqualTo(model.size());
    if (model.isEmpty()) {
      assertThat(pack.length()).as(note).isZero();
      assertThat(Listpack.first(pack)).as(note).isEqualTo(Listpack.NONE);
      assertThat(Listpack.last(pack)).as(note).isEqualTo(Listpack.NONE);
      return;
    }
    assertThat(Listpack.isIntact(pack)).as(note).isTrue();
    byte[] scratch = new byte[Numerals.LONG_LENGTH_MAX];
    Bytes view = Bytes.view();
    int at = Listpack.first(pack);
    for (int i = 0; i < model.size(); i++) {
      Bytes expected = model.get(i);
      assertThat(Listpack.seek(pack, i)).as(note).isEqualTo(at);
      assertThat(Listpack.seek(pack, i - model.size())).as(note).isEqualTo(at);
      assertThat(Listpack.text(pack, at, view, scratch)).as(note).isEqualTo(expected);
      assertThat(Listpack.textLength(pack, at)).as(note).isEqualTo(expected.length());
      assertThat(Listpack.isText(pack, at, expected)).as(note).isTrue();
      assertThat(Listpack.isText(pack, at, Bytes.of("x" + expected))).as(note).isFalse();
      int next = Listpack.next(pack, at);
      if (next != Listpack.NONE) {
        assertThat(Listpack.previous(pack, next)).as(note).isEqualTo(at);
      } else {
        assertThat(Listpack.last(pack)).as(note).isEqualTo(at);
      }
      at = next;
    }
    assertThat(at).as(note).isEqualTo(Listpack.NONE);
    assertThat(Listpack.seek(pack, model.size())).as(note).isEqualTo(Listpack.NONE);
    assertThat(Listpack.seek(pack, -model.size() - 1)).as(note).isEqualTo(Listpack.NONE);
  }

  @Test
  void twoSequencesBecomeOne() {
    List<Bytes> texts = texts();
    for (int i = 0; i < texts.size(); i += 7) {
      WanderingBytes packed = new WanderingBytes(new Random(i));
      texts.subList(0, i).forEach(text -> Listpack.append(packed, text));
      PackedArray others = new PackedArray(0);
      texts.subList(i, texts.size()).forEach(text -> Listpack.append(others, text));
      Listpack.appendAll(packed, others.bytes());
      check(packed, texts, "split at " + i);
      Listpack.appendAll(packed, Bytes.EMPTY);
      check(packed, texts, "with nothing more");
    }
  }

  @Test
  void allEntriesAreSeenInEitherDirectionUntilItIsEnough() {
    List<Bytes> texts = texts();
    PackedArray packed = new PackedArray(0);
    texts.forEach(text -> Listpack.append(packed, text));
    assertThat(seen(packed.bytes(), Listpack.NONE, true, 1)).isEmpty();
    int first = Listpack.first(packed.bytes());
    int last = Listpack.last(packed.bytes());
    assertThat(seen(packed.bytes(), first, true, 1000)).isEqualTo(texts);
    assertThat(seen(packed.bytes(), last, false, 1000)).isEqualTo(texts.reversed());
    assertThat(seen(packed.bytes(), first, true, 5)).isEqualTo(texts.subList(0, 5));
  }

  private static List<Bytes> seen(Bytes pack, int at, boolean forward, int enough) {
    List<Bytes> seen = new ArrayList<>();
    boolean all =
        Listpack.visit(
            pack,
            at,
            forward,
            Bytes.view(),
            new byte[Numerals.LONG_LENGTH_MAX],
            text -> {
              seen.add(text.copy());
              return seen.size() < enough;
            });
    assertThat(all).isEqualTo(seen.size() < enough);
    return seen;
  }

  @Test
  void moreEntriesThanTheHeaderCanCountAreCounted() {
    PackedArray packed = new PackedArray(1 << 20);
    for (int i = 0; i < 70_000; i++) {
      Listpack.append(packed, i % 100);
    }
    assertThat(Listpack.count(packed.bytes())).isEqualTo(70_000);
    assertThat(Listpack.isIntact(packed.bytes())).isTrue();
    assertThat(Listpack.integer(packed.bytes(), Listpack.seek(packed.bytes(), 69_999)))
        .isEqualTo(99);
    Listpack.delete(packed, Listpack.first(packed.bytes()), 69_000);
    assertThat(Listpack.count(packed.bytes())).isEqualTo(1_000);
  }

  @Test
  void digitsThatAForeignerKeptAsAStringAreFound() {
    Bytes foreign = Bytes.of(new byte[] {10, 0, 0, 0, 1, 0, (byte) 0x81, '7', 2, (byte) 0xFF});
    assertThat(Listpack.isIntact(foreign)).isTrue();
    assertThat(Listpack.find(foreign, Listpack.first(foreign), Bytes.of("7"), 1)).isEqualTo(6);
    assertThat(Listpack.isText(foreign, 6, Bytes.of("7"))).isTrue();
  }

  // ------------------------------------------------------------------------------------- damage

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whateverIsIntactCanBeWalkedAndNothingElseIsRead(long givenSeed) {
    long seed = Long.getLong("carillon.seed", givenSeed);
    Random random = new Random(seed);
    int intact = 0;
    for (int i = 0; i < 60_000; i++) {
      Bytes damaged = damaged(random);
      if (Listpack.isIntact(damaged)) {
        intact++;
        walk(damaged, "-Dcarillon.seed=" + seed);
      }
    }
    assertThat(intact).as("damage that does not show").isBetween(1_000, 59_000);
  }

  /** A good sequence with a few bytes changed or missing, in an array that ends where it ends. */
  private static Bytes damaged(Random random) {
    PackedArray packed = new PackedArray(64);
    List<Bytes> texts = texts().stream().filter(text -> text.length() < 5000).toList();
    for (int i = random.nextInt(5); i >= 0; i--) {
      Listpack.append(packed, texts.get(random.nextInt(texts.size())));
    }
    byte[] bytes = packed.bytes().toByteArray();
    int[] tempting = {
      0, 0x7F, 0x80, 0xBF, 0xC0, 0xE0, 0xEF, 0xF0, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xFF
    };
    for (int i = random.nextInt(3); i > 0; i--) {
      int at = random.nextInt(random.nextBoolean() ? bytes.length : Math.min(bytes.length, 12));
      bytes[at] = (byte) (random.nextBoolean() ? random.nextInt() : tempting[random.nextInt(14)]);
    }
    if (random.nextInt(8) == 0) {
      bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      if (bytes.length >= 7) {
        Words.int32(bytes, 0, bytes.length);
        bytes[bytes.length - 1] = (byte) 0xFF;
      }
    }
    return Bytes.of(bytes);
  }

  private static void walk(Bytes pack, String note) {
    byte[] scratch = new byte[Numerals.LONG_LENGTH_MAX];
    Bytes view = Bytes.view();
    List<Integer> forth = new ArrayList<>();
    for (int at = Listpack.first(pack); at != Listpack.NONE; at = Listpack.next(pack, at)) {
      forth.add(at);
      Bytes text = Listpack.text(pack, at, view, scratch).copy();
      assertThat(Listpack.textLength(pack, at)).as(note).isEqualTo(text.length());
      assertThat(Listpack.find(pack, at, text, 1)).as(note).isEqualTo(at);
    }
    List<Integer> back = new ArrayList<>();
    for (int at = Listpack.last(pack); at != Listpack.NONE; at = Listpack.previous(pack, at)) {
      back.addFirst(at);
    }
    assertThat(back).as(note).isEqualTo(forth);
    assertThat(Listpack.count(pack)).as(note).isEqualTo(forth.size());
  }

  // ---------------------------------------------------------------------------------- reference

  /** Lists of redis-server hold listpacks; DUMP answers them as they are. */
  @Test
  void theBytesAreThoseOfRedis() {
    try (ReferenceRedis redis =
        ReferenceRedis.startOrSkip("--rdbcompression", "no", "--list-max-listpack-size", "-5")) {
      long seed = Long.getLong("carillon.seed", 11);
      Random random = new Random(seed);
      List<Bytes> texts = texts();
      for (int round = 0; round < 40; round++) {
        redis.ask("DEL k");
        PackedArray packed = new PackedArray(64);
        for (int step = 0; step < 30; step++) {
          int entries = Listpack.count(packed.bytes());
          Bytes text = texts.get(random.nextInt(texts.size()));
          if (packed.bytes().length() + text.length() > 60_000) {
            continue;
          }
          int change = entries == 0 ? 1 : random.nextInt(5);
          switch (change) {
            case 0 -> {
              redis.ask(Bytes.of("LPUSH"), Bytes.of("k"), text);
              Listpack.insert(packed, Listpack.first(packed.bytes()), text);
            }
            case 2 -> {
              int index = random.nextInt(entries);
              redis.ask(Bytes.of("LSET"), Bytes.of("k"), Numerals.of((long) index), text);
              Listpack.replace(packed, Listpack.seek(packed.bytes(), index), text);
            }
            case 3 -> {
              redis.ask("LPOP k");
              Listpack.delete(packed, Listpack.first(packed.bytes()), 1);
            }
            default -> {
              redis.ask(Bytes.of("RPUSH"), Bytes.of("k"), text);
              Listpack.append(packed, text);
            }
          }
        }
        if (redis.ask("DUMP k") instanceof Reply.Bulk(Bytes dump)) {
          Bytes pack = packed.bytes();
          int at = dump.length() - 10 - pack.length();
          assertThat(dump.range(at, at + pack.length()))
              .as("round %d, -Dcarillon.seed=%d", round, seed)
              .isEqualTo(pack);
        } else {
          assertThat(packed.bytes().length()).isZero();
        }
      }
    }
  }
}

package dev.carillon.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ReferenceRedis;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.resp.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random operations on a long list, compared with a list of the JDK, and with the nodes that a
 * redis-server has after the same operations. A failure names its seed; {@code -Dcarillon.seed=…}
 * replays it.
 */
class ListValueModelTest {

  @ParameterizedTest
  @CsvSource({"1, -2", "2, -1", "3, 4", "4, 100", "5, -5", "6, 1", "7, -2"})
  void aLongListHoldsWhatAListHolds(long givenSeed, int fill) {
    long seed = Long.getLong("carillon.seed", givenSeed);
    Random random = new Random(seed);
    String note = "-Dcarillon.seed=" + seed;
    for (int round = 0; round < 6; round++) {
      ListValue list = new ListValue(new ListLimit(fill));
      List<Bytes> model = new ArrayList<>();
      boolean isWhole = round == 5;
      list.whole(isWhole);
      int textBytesMax = round % 2 == 0 ? 12 : 3000;
      for (int step = 0; step < 1_500; step++) {
        change(random, list, model, textBytesMax, step / 300 % 3 < 2, isWhole);
        if (step % 20 == 0) {
          check(random, list, model, note);
        }
      }
      ListValue copy = list.copy();
      check(random, list, model, note);
      check(random, copy, model, note);
      assertThat(copy.isWhole()).isEqualTo(isWhole);
      list.remove(true, model.size());
      check(random, list, List.of(), note);
      check(random, copy, model, note);
    }
  }

  static void change(
      Random random,
      ListValue list,
      List<Bytes> model,
      int textBytesMax,
      boolean isGrowing,
      boolean isWhole) {
    boolean first = random.nextBoolean();
    int size = model.size();
    int choice = size == 0 ? 0 : random.nextInt(isGrowing ? 13 : 17);
    Bytes text = text(random, textBytesMax, isWhole);
    switch (choice) {
      case 0, 1, 2, 3, 4 -> {
        for (int i = random.nextInt(6); i >= 0; i--) {
          list.push(first, text);
          model.add(first ? 0 : model.size(), text);
          text = text(random, textBytesMax, isWhole);
        }
      }
      case 5, 6, 7, 8 -> {
        int index = random.nextInt(size);
        list.insert(index, first, text);
        model.add(first ? index + 1 : index, text);
      }
      case 9, 10 -> {
        int index = random.nextInt(size);
        list.set(index, text);
        model.set(index, text);
      }
      case 11 -> {
        Bytes victim = model.get(random.nextInt(size));
        int limit = 1 + random.nextInt(4);
        assertThat(list.removeMatches(victim, limit, first))
            .isEqualTo(removeMatches(model, victim, limit, first));
      }
      default -> {
        int count = 1 + random.nextInt(random.nextInt(size) + 1);
        list.remove(first, count);
        (first ? model.subList(0, count) : model.subList(size - count, size)).clear();
      }
    }
  }

  private static int removeMatches(List<Bytes> model, Bytes text, int limit, boolean fromHead) {
    int removed = 0;
    while (removed < limit) {
      int index = fromHead ? model.indexOf(text) : model.lastIndexOf(text);
      if (index < 0) {
        break;
      }
      model.remove(index);
      removed++;
    }
    return removed;
  }

  private static Bytes text(Random random, int textBytesMax, boolean isWhole) {
    return switch (random.nextInt(8)) {
      case 0, 1 -> Numerals.of(random.nextLong() >> random.nextInt(64));
      case 2, 3 -> Numerals.of((long) random.nextInt(5));
      case 4 -> {
        int max = isWhole || random.nextInt(12) > 0 ? textBytesMax : 80_000;
        byte[] text = new byte[random.nextInt(max)];
        Arrays.fill(text, (byte) ('a' + random.nextInt(26)));
        yield Bytes.of(text);
      }
      default -> Bytes.of("text" + random.nextInt(100));
    };
  }

  private static void check(Random random, ListValue list, List<Bytes> model, String note) {
    assertThat(list.size()).as(note).isEqualTo(model.size());
    assertThat(list.isEmpty()).as(note).isEqualTo(model.isEmpty());
    long entries = 0;
    long bytes = Listpack.OVERHEAD_BYTES;
    for (int i = 0; i < list.chunkCount(); i++) {
      Bytes chunk = list.chunkBytes(i);
      if (list.isPlain(i)) {
        entries++;
        bytes += chunk.length();
      } else {
        assertThat(Listpack.isIntact(chunk)).as(note).isTrue();
        assertThat(Listpack.count(chunk)).as(note).isPositive();
        entries += Listpack.count(chunk);
        bytes += chunk.length() - Listpack.OVERHEAD_BYTES;
      }
      assertThat(chunk.length()).as(note).isLessThan(90_000);
    }
    assertThat(entries).as(note).isEqualTo(model.size());
    assertThat(list.listpackBytes()).as(note).isEqualTo(bytes);
    assertThat(list.sizeBytes()).as(note).isBetween(bytes, 200 + 4 * bytes + 200 * entries);
    if (model.isEmpty()) {
      assertThat(list.chunkCount()).as(note).isZero();
      return;
    }
    int from = random.nextInt(model.size());
    assertThat(seen(list, from, true)).as(note).isEqualTo(model.subList(from, model.size()));
    assertThat(seen(list, from, false)).as(note).isEqualTo(model.subList(0, from + 1).reversed());
    assertThat(list.get(from, Bytes.view())).as(note).isEqualTo(model.get(from));
  }

  private static List<Bytes> seen(ListValue list, long from, boolean forward) {
    List<Bytes> seen = new ArrayList<>();
    list.visit(
        from,
        forward,
        text -> {
          seen.add(text.copy());
          return true;
        });
    return seen;
  }

  @Test
  void aVisitorThatHasSeenEnoughSeesNoMore() {
    ListValue list = new ListValue(new ListLimit(2));
    for (int i = 0; i < 10; i++) {
      list.push(false, Numerals.of((long) i));
    }
    for (int enough = 1; enough <= 10; enough++) {
      int[] left = {enough};
      list.visit(0, true, text -> --left[0] > 0);
      assertThat(left[0]).isZero();
    }
  }

  @Test
  void memoryIsGivenBackWhenElementsGo() {
    ListValue list = new ListValue(new ListLimit(-2));
    long empty = list.sizeBytes();
    for (int i = 0; i < 100_000; i++) {
      list.push(false, Bytes.of("element" + i));
    }
    long full = list.sizeBytes();
    assertThat(full).isLessThan(1_600_000);
    list.remove(true, 50_000);
    assertThat(list.sizeBytes()).isLessThan(full * 55 / 100);
    list.remove(false, 49_990);
    assertThat(list.sizeBytes()).isLessThan(1_000);
    list.remove(false, 10);
    assertThat(list.sizeBytes()).isEqualTo(empty);
  }

  @Test
  void aListpackThatIsTooLargeForAChunkBecomesSeveral() {
    PackedArray packed = new PackedArray(1 << 20);
    List<Bytes> model = new ArrayList<>();
    for (int i = 0; i < 30_000; i++) {
      model.add(Bytes.of(i % 100 == 0 ? "long".repeat(100) : "" + i));
      Listpack.append(packed, model.getLast());
    }
    ListValue list = new ListValue(new ListLimit(-2));
    list.addListpack(packed.bytes());
    assertThat(list.chunkCount()).isGreaterThan(2);
    check(new Random(1), list, model, "");
  }

  // ---------------------------------------------------------------------------------- reference

  /** DUMP answers the nodes of a list as they are. */
  @ParameterizedTest
  @ValueSource(ints = {-2, -1, 5, 100, 1})
  void theChunksAreTheNodesOfRedis(int fill) {
    try (ReferenceRedis redis =
        ReferenceRedis.startOrSkip(
            "--rdbcompression", "no", "--list-max-listpack-size", "" + fill)) {
      long seed = Long.getLong("carillon.seed", 21);
      Random random = new Random(seed);
      String note = "-Dcarillon.seed=" + seed;
      for (int round = 0; round < 30; round++) {
        int textBytesMax = new int[] {10, 300, 2000}[round % 3];
        redis.ask("DEL k");
        ListValue list = new ListValue(new ListLimit(fill));
        for (int step = 0; step < 300; step++) {
          changeBoth(random, redis, list, textBytesMax);
          if (step % 10 == 0 || list.isEmpty()) {
            List<Bytes> expected = nodes(redis.ask("DUMP k"));
            List<Bytes> chunks = new ArrayList<>();
            for (int i = 0; i < list.chunkCount(); i++) {
              chunks.add(list.chunkBytes(i).copy());
            }
            assertThat(chunks.stream().map(Listpack::count).toList())
                .as("elements of each node; round %d, step %d, %s", round, step, note)
                .isEqualTo(expected.stream().map(Listpack::count).toList());
            assertThat(chunks).isEqualTo(expected);
          }
        }
      }
    }
  }

  /** LINSERT names its pivot by value, so all texts are different but for those of the pivots. */
  private static void changeBoth(
      Random random, ReferenceRedis redis, ListValue list, int textBytesMax) {
    boolean first = random.nextBoolean();
    Bytes key = Bytes.of("k");
    Bytes text =
        Bytes.of(random.nextLong() + "x".repeat(random.nextInt(random.nextInt(textBytesMax) + 1)));
    int choice = list.isEmpty() ? 0 : random.nextInt(14);
    if (choice < 5) {
      for (int i = random.nextInt(10); i >= 0; i--) {
        redis.ask(Bytes.of(first ? "LPUSH" : "RPUSH"), key, text);
        list.push(first, text);
      }
      return;
    }
    int index = random.nextInt((int) list.size());
    switch (choice) {
      case 5, 6, 7, 8, 9 -> {
        Bytes pivot = Bytes.of("pivot" + random.nextLong());
        redis.ask(Bytes.of("LSET"), key, Numerals.of((long) index), pivot);
        list.set(index, pivot);
        redis.ask(Bytes.of("LINSERT"), key, Bytes.of(first ? "AFTER" : "BEFORE"), pivot, text);
        list.insert(index, first, text);
      }
      case 10, 11 -> {
        redis.ask(Bytes.of("LSET"), key, Numerals.of((long) index), text);
        list.set(index, text);
      }
      case 12 -> {
        Bytes victim = list.get(index, Bytes.view()).copy();
        int limit = 1 + random.nextInt(4);
        redis.ask(Bytes.of("LREM"), key, Numerals.of((long) (first ? limit : -limit)), victim);
        list.removeMatches(victim, limit, first);
      }
      default -> {
        int count = random.nextInt(Math.min(30, (int) list.size()));
        redis.ask("LTRIM k " + (first ? count : 0) + " " + (first ? -1 : -1 - count));
        list.remove(first, count);
      }
    }
  }

  /** The listpacks in a reply of DUMP. */
  private static List<Bytes> nodes(Reply reply) {
    List<Bytes> nodes = new ArrayList<>();
    if (reply instanceof Reply.Bulk(Bytes dump)) {
      int[] at = {1};
      for (int left = length(dump, at); left > 0; left--) {
        assertThat(length(dump, at)).as("a listpack").isEqualTo(2);
        int length = length(dump, at);
        nodes.add(dump.range(at[0], at[0] + length));
        at[0] += length;
      }
    }
    return nodes;
  }

  private static int length(Bytes dump, int[] at) {
    int first = dump.at(at[0]++) & 0xFF;
    int more = first < 64 ? 0 : first < 128 ? 1 : 4;
    int length = more == 4 ? 0 : first & 0x3F;
    for (int i = 0; i < more; i++) {
      length = length << 8 | dump.at(at[0]++) & 0xFF;
    }
    return length;
  }
}

package dev.carillon.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random operations on a stream, compared with a map of the JDK. A failure names its seed; {@code
 * -Dcarillon.seed=…} replays it.
 */
class StreamValueModelTest {

  private static final List<String> VALUES =
      List.of(
          "",
          "v",
          "0",
          "-1",
          "127",
          "128",
          "4095",
          "-4096",
          "32768",
          "-8388609",
          "2147483648",
          "9223372036854775807",
          "9223372036854775808",
          "00",
          "x".repeat(63),
          "x".repeat(64),
          "x".repeat(4095),
          "x".repeat(4096));

  private final TreeMap<StreamId, List<Bytes>> model = new TreeMap<>();
  private StreamId last = StreamId.MIN;
  private StreamId maxDeleted = StreamId.MIN;
  private long added;

  @ParameterizedTest
  @CsvSource({
    "1, 4096, 100",
    "2, 4096, 5",
    "3, 0, 3",
    "4, 300, 0",
    "5, 0, 0",
    "6, 0, 300",
    "7, 100, 1",
    "8, 4096, 100"
  })
  void aStreamHoldsWhatAMapHolds(long givenSeed, long bytesMax, long entriesMax) {
    long seed = Long.getLong("carillon.seed", givenSeed);
    String note = "-Dcarillon.seed=" + seed;
    Random random = new Random(seed);
    StreamValue stream = new StreamValue();
    for (int step = 0; step < 4_000; step++) {
      change(random, stream, bytesMax, entriesMax, step / 400 % 2 == 0, note);
      checkCounters(stream, note);
      if (step % 50 == 0) {
        checkAll(stream, random, note);
      }
    }
    StreamValue copy = stream.copy();
    checkAll(copy, random, note);
    assertThat(copy.sizeBytes()).isLessThanOrEqualTo(stream.sizeBytes());
    checkAll(throughBytes(stream), random, note);
    stream.trim(StreamTrim.toLength(0, StreamReferences.KEEP));
    checkAll(copy, random, note);
    assertThat(stream.length()).isZero();
    assertThat(stream.firstId()).isEqualTo(StreamId.MIN);
    assertThat(stream.sizeBytes()).isLessThan(500);
  }

  private void change(
      Random random,
      StreamValue stream,
      long bytesMax,
      long entriesMax,
      boolean isGrowing,
      String note) {
    int choice = random.nextInt(isGrowing ? 20 : 34);
    if (choice < 17) {
      for (int i = random.nextInt(4); i >= 0; i--) {
        StreamId id =
            random.nextInt(3) == 0
                ? new StreamId(last.millis() + 1 + random.nextInt(200), random.nextInt(3))
                : last.next();
        Bytes[] pairs = pairs(random);
        stream.append(id, pairs, bytesMax, entriesMax);
        model.put(id, Arrays.asList(pairs));
        last = id;
        added++;
      }
    } else if (choice < 26) {
      StreamId id = someId(random);
      boolean wasThere = model.remove(id) != null;
      assertThat(stream.contains(id)).as(note).isEqualTo(wasThere);
      assertThat(stream.delete(id)).as(note).isEqualTo(wasThere);
      if (wasThere && id.isAfter(maxDeleted)) {
        maxDeleted = id;
      }
    } else if (choice < 30) {
      trim(random, stream, note);
    } else if (choice == 30) {
      last = new StreamId(last.millis() + random.nextInt(5), last.sequence());
      stream.counters(last, maxDeleted, added);
    }
  }

  private static Bytes[] pairs(Random random) {
    int fields = 1 + random.nextInt(3);
    boolean isUsual = random.nextInt(4) > 0;
    Bytes[] pairs = new Bytes[2 * fields];
    for (int i = 0; i < fields; i++) {
      pairs[2 * i] = Bytes.of(isUsual ? "field" + i : VALUES.get(random.nextInt(14)));
      int most = random.nextInt(50) == 0 ? VALUES.size() : 14;
      pairs[2 * i + 1] = Bytes.of(VALUES.get(random.nextInt(most)));
    }
    return pairs;
  }

  /** Often one that is there. */
  private StreamId someId(Random random) {
    StreamId any = new StreamId(random.nextLong(last.millis() + 2), random.nextInt(4));
    StreamId near = model.isEmpty() ? null : model.ceilingKey(any);
    return near == null || random.nextInt(4) == 0 ? any : near;
  }

  private void trim(Random random, StreamValue stream, String note) {
    boolean isById = random.nextBoolean();
    boolean isApproximate = random.nextBoolean();
    long keep = random.nextInt(4) == 0 ? model.size() / 2 : model.size();
    long length = Math.max(keep - random.nextInt(4), 0);
    StreamId id = someId(random);
    long limit = isApproximate && random.nextBoolean() ? random.nextInt(20) : 0;
    StreamTrim how =
        new StreamTrim(length, id, isById, isApproximate, limit, StreamReferences.KEEP, false);
    long allowed = isById ? model.headMap(id).size() : Math.max(model.size() - length, 0);
    boolean can = stream.canTrim(how);
    long deleted = stream.trim(how);
    assertThat(can).as(note).isEqualTo(deleted > 0);
    if (isApproximate) {
      assertThat(deleted).as(note).isLessThanOrEqualTo(limit == 0 ? allowed : limit);
      assertThat(deleted).as(note).isLessThanOrEqualTo(allowed);
    } else {
      assertThat(deleted).as(note).isEqualTo(allowed);
    }
    for (long i = 0; i < deleted; i++) {
      model.pollFirstEntry();
    }
  }

  private void checkCounters(StreamValue stream, String note) {
    assertThat(stream.length()).as(note).isEqualTo(model.size());
    assertThat(stream.firstId())
        .as(note)
        .isEqualTo(model.isEmpty() ? StreamId.MIN : model.firstKey());
    assertThat(stream.lastEntryId())
        .as(note)
        .isEqualTo(model.isEmpty() ? StreamId.MIN : model.lastKey());
    assertThat(stream.lastId()).as(note).isEqualTo(last);
    assertThat(stream.maxDeletedId()).as(note).isEqualTo(maxDeleted);
    assertThat(stream.entriesAdded()).as(note).isEqualTo(added);
  }

  private void checkAll(StreamValue stream, Random random, String note) {
    checkCounters(stream, note);
    checkRange(stream.cursor(), model, note);
    checkRange(stream.reversed(StreamId.MIN, StreamId.MAX), model.descendingMap(), note);
    StreamId from = someId(random);
    StreamId to = someId(random);
    NavigableMap<StreamId, List<Bytes>> part =
        from.isAfter(to) ? new TreeMap<>() : model.subMap(from, true, to, true);
    checkRange(stream.range(from, to), part, note);
    checkRange(stream.reversed(from, to), part.descendingMap(), note);
    assertThat(stream.hasBehind(from)).as(note).isEqualTo(model.higherKey(from) != null);
    StreamCursor cursor = stream.cursor();
    for (int i = 0; i < 10; i++) {
      StreamId id = someId(random);
      assertThat(cursor.find(id.millis(), id.sequence())).as(note).isEqualTo(model.containsKey(id));
      if (model.containsKey(id) && random.nextBoolean()) {
        assertThat(pairs(cursor)).as(note).isEqualTo(model.get(id));
      }
    }
  }

  private static void checkRange(
      StreamCursor cursor, Map<StreamId, List<Bytes>> expected, String note) {
    Iterator<Map.Entry<StreamId, List<Bytes>>> entries = expected.entrySet().iterator();
    while (cursor.next()) {
      Map.Entry<StreamId, List<Bytes>> entry = entries.next();
      assertThat(cursor.id()).as(note).isEqualTo(entry.getKey());
      assertThat(pairs(cursor)).as(note).isEqualTo(entry.getValue());
    }
    assertThat(entries.hasNext()).as(note).isFalse();
  }

  private static List<Bytes> pairs(StreamCursor cursor) {
    List<Bytes> pairs = new ArrayList<>();
    for (int i = 0; i < cursor.fields(); i++) {
      pairs.add(cursor.nextField().copy());
      pairs.add(cursor.nextValue().copy());
    }
    return pairs;
  }

  /** The same stream, told as files tell it. */
  private StreamValue throughBytes(StreamValue stream) {
    StreamValue other = new StreamValue();
    stream.forEachBlock(
        (millis, sequence, pack) ->
            assertThat(other.addBlock(new StreamId(millis, sequence), pack)).isTrue());
    other.counters(stream.lastId(), stream.maxDeletedId(), stream.entriesAdded());
    return other;
  }

  // ------------------------------------------------------------------------------------ damage

  @Test
  void damagedBlocksAreRefusedOrWalkable() {
    Random random = new Random(11);
    StreamValue stream = new StreamValue();
    for (int i = 1; i <= 12; i++) {
      stream.append(new StreamId(i, i % 3), pairs(random), 0, 0);
    }
    stream.delete(new StreamId(3, 0));
    List<Bytes> packs = new ArrayList<>();
    stream.forEachBlock((millis, sequence, pack) -> packs.add(pack.copy()));
    Bytes pack = packs.getFirst();
    int accepted = 0;
    for (int i = 0; i < 60_000; i++) {
      byte[] damaged = pack.toByteArray();
      for (int hits = random.nextInt(3); hits >= 0; hits--) {
        damaged[random.nextInt(damaged.length)] =
            random.nextBoolean() ? (byte) random.nextInt(256) : (byte) random.nextInt(8);
      }
      StreamValue other = new StreamValue();
      if (other.addBlock(new StreamId(1, 1), Bytes.of(damaged))) {
        accepted++;
        walk(other);
      }
    }
    assertThat(accepted).isPositive();
  }

  private static void walk(StreamValue stream) {
    long seen = 0;
    StreamCursor cursor = stream.cursor();
    while (cursor.next()) {
      pairs(cursor);
      seen++;
    }
    assertThat(seen).isEqualTo(stream.length());
    StreamCursor backwards = stream.reversed(StreamId.MIN, StreamId.MAX);
    while (backwards.next()) {
      pairs(backwards);
      seen--;
    }
    assertThat(seen).isZero();
  }

  @Test
  void blocksInTheWrongOrderAreRefused() {
    StreamValue stream = new StreamValue();
    Bytes[] pairs = {Bytes.of("f"), Bytes.of("v")};
    stream.append(new StreamId(1, 0), pairs, 0, 1);
    stream.append(new StreamId(2, 0), pairs, 0, 1);
    List<Bytes> packs = new ArrayList<>();
    stream.forEachBlock((millis, sequence, pack) -> packs.add(pack.copy()));
    StreamValue other = new StreamValue();
    assertThat(other.addBlock(new StreamId(2, 0), packs.get(1))).isTrue();
    assertThat(other.addBlock(new StreamId(1, 0), packs.get(0))).isFalse();
    assertThat(other.addBlock(new StreamId(2, 0), packs.get(0))).isFalse();
  }

  // ------------------------------------------------------------------------------------- memory

  @Test
  void aMillionEntriesTakeLittleMoreThanTheirBytes() {
    StreamValue stream = new StreamValue();
    Bytes[] pairs = {Bytes.of("event"), Bytes.of("expired"), Bytes.of("key"), Bytes.of("order:42")};
    for (int i = 0; i < 1_000_000; i++) {
      stream.append(new StreamId(1_700_000_000_000L + i, 0), pairs, 4096, 100);
    }
    // Derived: flags, two parts of the id, two values and the count, each with its length behind.
    assertThat(stream.sizeBytes()).isLessThan(1_000_000 * 32L);
  }
}

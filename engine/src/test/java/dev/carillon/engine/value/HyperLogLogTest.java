package dev.carillon.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.value.HyperLogLog.CorruptException;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HyperLogLogs against registers in an array and against what they count. */
class HyperLogLogTest {

  /** Redis' default of hll-sparse-max-bytes. */
  private static final long SPARSE_MAX = 3000;

  /** Of redis-server 7.0.15: PFADD, then PFDEBUG DECODE. */
  @ParameterizedTest
  @CsvSource({
    "a b, 'Z:12711 v:2,1 Z:3068 v:1,1 Z:603'",
    "a b c, 'Z:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603'",
  })
  void elementsBecomeRuns(String elements, String runs) throws CorruptException {
    HyperLogLog counter = HyperLogLog.empty();
    for (String element : elements.split(" ")) {
      counter.add(Bytes.of(element), SPARSE_MAX);
    }
    assertThat(HyperLogLog.describeRuns(counter.written())).isEqualTo(runs);
  }

  @Test
  void theHashIsMurmurHash64A() {
    // Computed with an independent implementation in Python.
    assertThat(MurmurHash.hash(Bytes.EMPTY, 0)).isZero();
    assertThat(MurmurHash.hash(Bytes.of("a"), 0xadc83b19L)).isEqualTo(0x53d2470a9b43b1a7L);
    assertThat(MurmurHash.hash(Bytes.of("0123456789abcdefghi"), 7)).isEqualTo(0xdc8be95fff91397dL);
  }

  @ParameterizedTest
  @ValueSource(longs = {16, 20, 100, 1000, 3000, 20_000})
  void registersAreTheHighestRanksHoweverTheyAreKept(long sparseMax) throws CorruptException {
    long seed = 40 + sparseMax;
    Random random = new Random(seed);
    byte[] model = new byte[HyperLogLog.REGISTERS];
    HyperLogLog counter = HyperLogLog.empty();
    for (int i = 0; i < 6000; i++) {
      int index =
          random.nextBoolean()
              ? random.nextInt(HyperLogLog.REGISTERS)
              : random.nextInt(64) * random.nextInt(3);
      int rank = 1 + Math.min(50, Integer.numberOfTrailingZeros(random.nextInt() | 1 << 30) * 2);
      boolean raised = counter.raise(index, rank, sparseMax);
      assertThat(raised)
          .as("raise %s to %s, seed %s", index, rank, seed)
          .isEqualTo(rank > model[index]);
      model[index] = (byte) Math.max(model[index], rank);
      if (i % 500 == 0) {
        assertHolds(counter, model);
      }
    }
    assertHolds(counter, model);
    boolean dense = HyperLogLog.isDense(counter.written());
    counter.promote();
    assertHolds(counter, model);
    assertThat(dense || counter.written().length() == HyperLogLog.DENSE_BYTES).isTrue();
  }

  private static void assertHolds(HyperLogLog counter, byte[] model) throws CorruptException {
    byte[] registers = new byte[HyperLogLog.REGISTERS];
    HyperLogLog.mergeInto(registers, counter.written());
    assertThat(registers).isEqualTo(model);
    assertThat(HyperLogLog.isHyperLogLog(counter.written())).isTrue();
    assertThat(HyperLogLog.count(counter.written())).isEqualTo(HyperLogLog.count(registers));
  }

  /** The shortcut that ascending registers take must not show. */
  @Test
  void ascendingRegistersGiveTheSameRunsAsOnesRaisedFromTheBeginning() throws CorruptException {
    for (int seed = 1; seed <= 30; seed++) {
      Random random = new Random(seed);
      HyperLogLog atOnce = HyperLogLog.empty();
      HyperLogLog oneByOne = HyperLogLog.empty();
      for (int round = 0; round < 3; round++) {
        for (int index = 0; index < HyperLogLog.REGISTERS; index += 1 + random.nextInt(40)) {
          int rank = 1 + random.nextInt(3);
          atOnce.raise(index, rank, 20_000);
          oneByOne = HyperLogLog.copyOf(oneByOne.written());
          oneByOne.raise(index, rank, 20_000);
        }
        assertThat(atOnce.written()).as("seed %s", seed).isEqualTo(oneByOne.written());
      }
    }
  }

  @Test
  void theErrorIsBelowFourTimesTheStandardError() throws CorruptException {
    HyperLogLog counter = HyperLogLog.empty();
    int added = 0;
    for (int size = 1; size <= 300_000; size *= 3) {
      for (; added < size; added++) {
        counter.add(Numerals.of((long) added), SPARSE_MAX);
      }
      double error = HyperLogLog.count(counter.written()) - (double) size;
      assertThat(Math.abs(error)).isLessThanOrEqualTo(Math.ceil(size * 4 * 1.04 / 128));
    }
  }

  @Test
  void whatWasAddedHasBeenSeen() throws CorruptException {
    Random random = new Random(3);
    HyperLogLog counter = HyperLogLog.empty();
    for (int i = 0; i < 3000; i++) {
      Bytes element = Numerals.of(random.nextLong());
      boolean seen = HyperLogLog.hasSeen(counter.written(), element);
      assertThat(counter.add(element, SPARSE_MAX)).isEqualTo(!seen);
      assertThat(HyperLogLog.hasSeen(counter.written(), element)).isTrue();
    }
    assertThat(HyperLogLog.isDense(counter.written())).isTrue();
  }

  @Test
  void anEstimateIsGoodUntilARegisterIsRaised() throws CorruptException {
    HyperLogLog counter = HyperLogLog.empty();
    assertThat(HyperLogLog.hasCount(counter.written())).isTrue();
    assertThat(HyperLogLog.storedCount(counter.written())).isZero();
    counter.add(Bytes.of("a"), SPARSE_MAX);
    assertThat(HyperLogLog.hasCount(counter.written())).isFalse();
    HyperLogLog.storeCount(counter.written(), 0x123456789aL);
    assertThat(HyperLogLog.hasCount(counter.written())).isTrue();
    assertThat(HyperLogLog.storedCount(counter.written())).isEqualTo(0x123456789aL);
    counter.add(Bytes.of("a"), SPARSE_MAX);
    assertThat(HyperLogLog.hasCount(counter.written())).isTrue();
  }

  /** Whatever the bytes behind a sparse header are: a refusal or an answer, never a defect. */
  @Test
  void brokenRunsAreRefused() {
    Random random = new Random(9);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] runs = new byte[random.nextInt(12)];
      random.nextBytes(runs);
      byte[] bytes = new byte[16 + runs.length];
      HyperLogLog.empty().written().range(0, 16).copyTo(bytes, 0);
      System.arraycopy(runs, 0, bytes, 16, runs.length);
      Bytes text = Bytes.of(bytes);
      assertThat(HyperLogLog.isHyperLogLog(text)).isTrue();
      try {
        HyperLogLog.hasSeen(text, Numerals.of((long) i));
        HyperLogLog counter = HyperLogLog.copyOf(text);
        counter.add(Numerals.of((long) i), i % 40);
        counter.promote();
        HyperLogLog.count(text);
      } catch (CorruptException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(19_000);
  }

  @Test
  void runsThatEndTooEarlyOrTooLateAreRefused() {
    for (int run : new int[] {0x7ffe, 0x7fff00, 0x7f}) {
      Bytes text = sparse(run);
      assertThatThrownBy(() -> HyperLogLog.count(text)).isInstanceOf(CorruptException.class);
      assertThatThrownBy(() -> HyperLogLog.mergeInto(new byte[HyperLogLog.REGISTERS], text))
          .isInstanceOf(CorruptException.class);
    }
  }

  private static Bytes sparse(int runs) {
    int length = runs > 0xffff ? 3 : runs > 0xff ? 2 : 1;
    byte[] bytes = new byte[16 + length];
    HyperLogLog.empty().written().range(0, 16).copyTo(bytes, 0);
    for (int i = 0; i < length; i++) {
      bytes[16 + i] = (byte) (runs >>> 8 * (length - 1 - i));
    }
    return Bytes.of(bytes);
  }
}

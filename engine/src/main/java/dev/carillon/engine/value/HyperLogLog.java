package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Estimates of how many different elements were counted, kept in a string of at most 12 KB, with a
 * standard error of 0.81 %. The strings are those of Redis, bit for bit, so that GET, SET and DUMP
 * carry them either way.
 *
 * <pre>
 *    0  "HYLL"
 *    4  encoding: 0 dense, 1 sparse
 *    5  three zeros
 *    8  the estimate, 8 bytes, lowest first; the highest bit set: it has to be made anew
 *   16  dense: 16384 registers of 6 bits, lowest bits first, 12288 bytes
 *       sparse: runs of registers that are equal, up to 16384
 *         00nnnnnn            n + 1 registers of 0
 *         01nnnnnn nnnnnnnn   n + 1 registers of 0, highest bits first
 *         1vvvvvnn            n + 1 registers of v + 1
 * </pre>
 *
 * <p>The hash of an element names a register by its lowest 14 bits; the rank of the element is the
 * place of the lowest bit set in the others, from 1. A register holds the highest rank it has seen.
 * A string is sparse until a rank above 32 has to be kept or it would grow beyond a limit.
 *
 * <p>How a sparse string is changed decides which of several forms of the same registers comes out,
 * so {@link #raise} follows Redis step by step: split the run, put the new runs in its place, then
 * look at no more than five runs for two to be joined.
 *
 * <p>What is static reads strings where they lie. An instance is a string that is being changed.
 * Engine thread only.
 */
public final class HyperLogLog {

  /** How long a dense string is. */
  public static final int DENSE_BYTES = 16 + 12288;

  private static final VarHandle INT32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int INDEX_BITS = 14;

  /** How many registers there are. */
  public static final int REGISTERS = 1 << INDEX_BITS;

  /** The lowest bit that no hash has left unset, so that there is always a rank: at most 51. */
  private static final long LAST_BIT = 1L << 64 - INDEX_BITS;

  private static final long SEED = 0xadc83b19L;

  private static final byte[] MAGIC = {'H', 'Y', 'L', 'L'};
  private static final int ENCODING = 4;
  private static final int COUNT = 8;
  private static final int HEADER_BYTES = 16;
  private static final byte DENSE = 0;
  private static final byte SPARSE = 1;

  private static final int VALUE_RANK_MAX = 32;
  private static final int VALUE_RUN_MAX = 4;
  private static final int SHORT_ZEROS_MAX = 64;

  /** The most bytes that one run is replaced by: zeros, a value, zeros. */
  private static final int REPLACEMENT_BYTES_MAX = 5;

  /** How many runs are looked at after a change for two that can be joined, as in Redis. */
  private static final int JOINED_RUNS_MAX = 5;

  private static final int NOWHERE = -1;

  /** The string has the header of a sparse one, but its runs do not cover all registers. */
  public static final class CorruptException extends Exception {

    private static final long serialVersionUID = 1;

    private CorruptException() {
      super("the runs do not cover the registers", null, false, false);
    }
  }

  private byte[] array;
  private int offset;
  private int length;

  /** A run before the one that was changed last, and its first register, to go on from there. */
  private int knownRun = NOWHERE;

  private int knownFirst;

  private final byte[] replacement = new byte[REPLACEMENT_BYTES_MAX];

  private HyperLogLog(byte[] array, int offset, int length) {
    this.array = array;
    this.offset = offset;
    this.length = length;
  }

  // ------------------------------------------------------------------------------------- reading

  /** Whether a string has the header and, if dense, the length of a HyperLogLog. */
  public static boolean isHyperLogLog(Bytes text) {
    if (text.length() < HEADER_BYTES
        || !text.range(0, MAGIC.length).equalTo(MAGIC, 0, MAGIC.length)) {
      return false;
    }
    return text.at(ENCODING) == DENSE ? text.length() == DENSE_BYTES : text.at(ENCODING) == SPARSE;
  }

  /** Whether a HyperLogLog is dense; otherwise it is sparse. */
  public static boolean isDense(Bytes text) {
    return text.at(ENCODING) == DENSE;
  }

  /** Whether adding an element would change nothing. O(1) if dense, else O(length). */
  public static boolean hasSeen(Bytes text, Bytes element) throws CorruptException {
    long hash = MurmurHash.hash(element, SEED);
    return register(text, index(hash)) >= rank(hash);
  }

  private static int index(long hash) {
    return (int) hash & REGISTERS - 1;
  }

  private static int rank(long hash) {
    return Long.numberOfTrailingZeros(hash >>> INDEX_BITS | LAST_BIT) + 1;
  }

  private static int register(Bytes text, int index) throws CorruptException {
    byte[] array = text.array();
    if (isDense(text)) {
      return denseRegister(array, text.offset() + HEADER_BYTES, index);
    }
    int end = text.offset() + text.length();
    int behind = 0;
    for (int at = text.offset() + HEADER_BYTES; at < end; at += runBytes(array[at])) {
      behind += run(array, at, end);
      if (index < behind) {
        return runRank(array[at]);
      }
    }
    throw new CorruptException();
  }

  private static int denseRegister(byte[] array, int registers, int index) {
    int bit = 6 * index;
    int at = registers + (bit >>> 3);
    int within = bit & 7;
    int low = (array[at] & 0xff) >>> within;
    // Only registers that begin in the upper half of a byte end in the next one.
    return (within > 2 ? low | array[at + 1] << 8 - within : low) & 63;
  }

  /**
   * Four registers from an index that is a multiple of four: three bytes, of which the first
   * register is the lowest bits. Read as four bytes that begin one earlier, where the header is,
   * and not one later, where the string may have ended.
   */
  private static int fourRegisters(byte[] array, int registers, int index) {
    return (int) INT32.get(array, registers + index / 4 * 3 - 1) >>> 8;
  }

  private static void denseRegister(byte[] array, int registers, int index, int rank) {
    int bit = 6 * index;
    int at = registers + (bit >>> 3);
    int within = bit & 7;
    array[at] = (byte) (array[at] & ~(63 << within) | rank << within);
    if (within > 2) {
      int shift = 8 - within;
      array[at + 1] = (byte) (array[at + 1] & ~(63 >>> shift) | rank >>> shift);
    }
  }

  /** How many registers the run at {@code at} covers. */
  private static int run(byte[] array, int at, int end) throws CorruptException {
    int first = array[at] & 0xff;
    if (first >= 0x80) {
      return (first & 3) + 1;
    }
    if (first < 0x40) {
      return first + 1;
    }
    if (at + 1 == end) {
      throw new CorruptException();
    }
    return ((first & 0x3f) << 8 | array[at + 1] & 0xff) + 1;
  }

  private static int runBytes(byte first) {
    return (first & 0xC0) == 0x40 ? 2 : 1;
  }

  private static int runRank(byte first) {
    return first < 0 ? (first >>> 2 & 31) + 1 : 0;
  }

  /**
   * Raises each of {@link #REGISTERS} bytes to what the register of this number in {@code text}
   * holds.
   */
  public static void mergeInto(byte[] registers, Bytes text) throws CorruptException {
    byte[] array = text.array();
    int at = text.offset() + HEADER_BYTES;
    if (isDense(text)) {
      for (int i = 0; i < REGISTERS; i += 4) {
        int four = fourRegisters(array, at, i);
        registers[i] = (byte) Math.max(registers[i], four & 63);
        registers[i + 1] = (byte) Math.max(registers[i + 1], four >>> 6 & 63);
        registers[i + 2] = (byte) Math.max(registers[i + 2], four >>> 12 & 63);
        registers[i + 3] = (byte) Math.max(registers[i + 3], four >>> 18);
      }
      return;
    }
    int end = text.offset() + text.length();
    int first = 0;
    for (; at < end; at += runBytes(array[at])) {
      int behind = first + run(array, at, end);
      if (behind > REGISTERS) {
        throw new CorruptException();
      }
      int rank = runRank(array[at]);
      for (; rank > 0 && first < behind; first++) {
        registers[first] = (byte) Math.max(registers[first], rank);
      }
      first = behind;
    }
    if (first != REGISTERS) {
      throw new CorruptException();
    }
  }

  /** The runs of a sparse string, for people: {@code Z:12711 v:2,1 Z:3672}. */
  public static String describeRuns(Bytes text) throws CorruptException {
    byte[] array = text.array();
    int end = text.offset() + text.length();
    StringBuilder runs = new StringBuilder();
    for (int at = text.offset() + HEADER_BYTES; at < end; at += runBytes(array[at])) {
      runs.append(runs.isEmpty() ? "" : " ");
      if (array[at] < 0) {
        runs.append("v:").append(runRank(array[at])).append(',');
      } else {
        runs.append(runBytes(array[at]) == 2 ? "Z:" : "z:");
      }
      runs.append(run(array, at, end));
    }
    return runs.toString();
  }

  // ------------------------------------------------------------------------------------ counting

  /** Whether the estimate in the header is that of the registers. */
  public static boolean hasCount(Bytes text) {
    return text.at(HEADER_BYTES - 1) >= 0;
  }

  /** The estimate in the header. */
  public static long storedCount(Bytes text) {
    long count = 0;
    for (int i = HEADER_BYTES - 1; i >= COUNT; i--) {
      count = count << 8 | text.at(i) & 0xff;
    }
    return count;
  }

  /** Writes an estimate into the header, where it stays good until the next change. */
  public static void storeCount(Bytes text, long count) {
    for (int i = COUNT; i < HEADER_BYTES; i++) {
      text.array()[text.offset() + i] = (byte) (count >>> 8 * (i - COUNT));
    }
  }

  /** How many different elements were added, estimated from the registers. O(length). */
  public static long count(Bytes text) throws CorruptException {
    byte[] array = text.array();
    int at = text.offset() + HEADER_BYTES;
    int[] histogram = new int[64];
    if (isDense(text)) {
      for (int i = 0; i < REGISTERS; i += 4) {
        int four = fourRegisters(array, at, i);
        histogram[four & 63]++;
        histogram[four >>> 6 & 63]++;
        histogram[four >>> 12 & 63]++;
        histogram[four >>> 18]++;
      }
      return estimate(histogram);
    }
    int end = text.offset() + text.length();
    long covered = 0;
    for (; at < end; at += runBytes(array[at])) {
      int run = run(array, at, end);
      histogram[runRank(array[at])] += run;
      covered += run;
    }
    if (covered != REGISTERS) {
      throw new CorruptException();
    }
    return estimate(histogram);
  }

  /** As {@link #count(Bytes)} of registers that lie in a byte each. */
  public static long count(byte[] registers) {
    int[] histogram = new int[64];
    for (byte register : registers) {
      histogram[register]++;
    }
    return estimate(histogram);
  }

  /**
   * The improved raw estimator of Otmar Ertl ("New cardinality estimation algorithms for
   * HyperLogLog sketches", arXiv 1702.01284, algorithm 6): no tables, no correction of small or
   * large counts.
   *
   * @param histogram how many registers hold each rank
   */
  private static long estimate(int[] histogram) {
    double m = REGISTERS;
    int rankMax = 64 - INDEX_BITS;
    double z = m * tau((m - histogram[rankMax + 1]) / m);
    for (int rank = rankMax; rank >= 1; rank--) {
      z = (z + histogram[rank]) * 0.5;
    }
    z += m * sigma(histogram[0] / m);
    return roundHalfUp(HALF_OVER_LN_2 * m * m / z);
  }

  private static final double HALF_OVER_LN_2 = 0.721347520444481703680;

  private static double sigma(double share) {
    if (share == 1) {
      return Double.POSITIVE_INFINITY;
    }
    double x = share;
    double y = 1;
    double z = x;
    double before;
    do {
      x *= x;
      before = z;
      z += x * y;
      y += y;
    } while (z != before);
    return z;
  }

  private static double tau(double share) {
    if (share == 0 || share == 1) {
      return 0;
    }
    double x = share;
    double y = 1;
    double z = 1 - x;
    double before;
    do {
      x = Math.sqrt(x);
      before = z;
      y *= 0.5;
      z -= (1 - x) * (1 - x) * y;
    } while (z != before);
    return z / 3;
  }

  /** Math.round adds a half first, which loses it where the number is one ulp below a half. */
  private static long roundHalfUp(double positive) {
    double whole = Math.floor(positive);
    return (long) (positive - whole >= 0.5 ? whole + 1 : whole);
  }

  // ------------------------------------------------------------------------------------ changing

  /** A sparse string that has seen nothing. */
  public static HyperLogLog empty() {
    byte[] bytes = new byte[HEADER_BYTES + 2];
    System.arraycopy(MAGIC, 0, bytes, 0, MAGIC.length);
    bytes[ENCODING] = SPARSE;
    HyperLogLog empty = new HyperLogLog(bytes, 0, HEADER_BYTES);
    empty.length += writeRun(bytes, HEADER_BYTES, 0, REGISTERS);
    return empty;
  }

  /** A copy of a string, to be changed. */
  public static HyperLogLog copyOf(Bytes text) {
    return new HyperLogLog(text.toByteArray(), 0, text.length());
  }

  /** A dense string that is changed where it lies. */
  public static HyperLogLog in(Bytes dense) {
    assert isDense(dense);
    return new HyperLogLog(dense.array(), dense.offset(), dense.length());
  }

  /** The string as it is now; a view that is good until the next change. */
  public Bytes written() {
    return Bytes.view(array, offset, length);
  }

  /** Says that the estimate in the header is not that of the registers any more. */
  public void forgetCount() {
    array[offset + HEADER_BYTES - 1] |= (byte) 0x80;
  }

  /**
   * Adds an element.
   *
   * @param sparseBytesMax how long the string may become while it is sparse, its header included
   * @return whether that changed a register
   */
  public boolean add(Bytes element, long sparseBytesMax) throws CorruptException {
    long hash = MurmurHash.hash(element, SEED);
    return raise(index(hash), rank(hash), sparseBytesMax);
  }

  /**
   * Raises a register to a rank if it is below. Raising registers in ascending order costs O(1)
   * each where the string is sparse, any other order O(length).
   *
   * @param sparseBytesMax how long the string may become while it is sparse, its header included
   * @return whether that changed the register
   */
  public boolean raise(int index, int rank, long sparseBytesMax) throws CorruptException {
    boolean raised =
        array[offset + ENCODING] == DENSE
            ? raiseDense(index, rank)
            : raiseSparse(index, rank, sparseBytesMax);
    if (raised) {
      forgetCount();
    }
    return raised;
  }

  private boolean raiseDense(int index, int rank) {
    if (denseRegister(array, offset + HEADER_BYTES, index) >= rank) {
      return false;
    }
    denseRegister(array, offset + HEADER_BYTES, index, rank);
    return true;
  }

  private boolean raiseSparse(int index, int rank, long sparseBytesMax) throws CorruptException {
    if (rank > VALUE_RANK_MAX) {
      promote();
      return raiseDense(index, rank);
    }
    int at = HEADER_BYTES;
    int first = 0;
    if (knownRun != NOWHERE && index >= knownFirst + run(array, knownRun, length)) {
      at = knownRun;
      first = knownFirst;
    }
    int before = NOWHERE;
    int beforeFirst = 0;
    int run;
    while (true) {
      if (at >= length) {
        throw new CorruptException();
      }
      run = run(array, at, length);
      if (index < first + run) {
        break;
      }
      before = at;
      beforeFirst = first;
      first += run;
      at += runBytes(array[at]);
    }

    int old = runRank(array[at]);
    if (old >= rank) {
      return false;
    }
    int bytes = 0;
    bytes += writeRun(replacement, bytes, old, index - first);
    bytes += writeRun(replacement, bytes, rank, 1);
    bytes += writeRun(replacement, bytes, old, first + run - 1 - index);
    int growth = bytes - runBytes(array[at]);
    if (growth > 0 && length + growth > sparseBytesMax) {
      promote();
      return raiseDense(index, rank);
    }
    replaceRun(at, bytes, growth);
    joinRuns(before == NOWHERE ? HEADER_BYTES : before);
    knownRun = before;
    knownFirst = beforeFirst;
    return true;
  }

  /** Writes a run of registers, which may be none; answers how many bytes it took. */
  private static int writeRun(byte[] target, int at, int rank, int registers) {
    if (registers == 0) {
      return 0;
    }
    int last = registers - 1;
    if (rank > 0) {
      target[at] = (byte) (0x80 | rank - 1 << 2 | last);
      return 1;
    }
    if (registers <= SHORT_ZEROS_MAX) {
      target[at] = (byte) last;
      return 1;
    }
    target[at] = (byte) (0x40 | last >>> 8);
    target[at + 1] = (byte) last;
    return 2;
  }

  /** Puts the replacement in the place of the run at {@code at}. */
  private void replaceRun(int at, int bytes, int growth) {
    if (length + growth > array.length) {
      array = Arrays.copyOf(array, length + Math.max(growth, length >>> 1));
    }
    int behind = at + bytes - growth;
    System.arraycopy(array, behind, array, behind + growth, length - behind);
    System.arraycopy(replacement, 0, array, at, bytes);
    length += growth;
  }

  /** Joins neighbours of equal rank where the result is one run. */
  private void joinRuns(int from) {
    int at = from;
    for (int looked = 0; looked < JOINED_RUNS_MAX && at < length; looked++) {
      byte one = array[at];
      byte next = at + 1 < length ? array[at + 1] : 0;
      boolean areEqual = one < 0 && next < 0 && runRank(one) == runRank(next);
      int together = (one & 3) + (next & 3) + 2;
      if (areEqual && together <= VALUE_RUN_MAX) {
        System.arraycopy(array, at + 1, array, at, length - at - 1);
        length--;
        array[at] = (byte) (one & ~3 | together - 1);
      } else {
        at += runBytes(one);
      }
    }
  }

  /** Makes a sparse string dense; a dense one stays as it is. */
  public void promote() throws CorruptException {
    if (array[offset + ENCODING] == DENSE) {
      return;
    }
    byte[] registers = new byte[REGISTERS];
    mergeInto(registers, written());
    byte[] dense = new byte[DENSE_BYTES];
    System.arraycopy(array, offset, dense, 0, HEADER_BYTES);
    dense[ENCODING] = DENSE;
    for (int i = 0; i < REGISTERS; i++) {
      if (registers[i] > 0) {
        denseRegister(dense, HEADER_BYTES, i, registers[i]);
      }
    }
    array = dense;
    offset = 0;
    length = DENSE_BYTES;
    knownRun = NOWHERE;
  }
}

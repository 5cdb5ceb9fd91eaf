package dev.carillon.simulation.disk;

import java.util.Arrays;
import java.util.BitSet;
import java.util.random.RandomGenerator;

/**
 * The bytes of one file, twice: as every process sees them, and as they are on the disk.
 *
 * <p>A byte is <em>dirty</em> from when it is written until a sync: a power cut may keep it or lose
 * it. A sync that fails decides at once, unseen, which dirty bytes are on the disk; the others are
 * not dirty any more, so that no later sync writes them, and processes see them until the power is
 * cut.
 */
final class Inode {

  /** In units of so many bytes do power cuts and failing syncs keep or lose; the last are real. */
  private static final int[] PAGE_BYTES = {1, 16, 64, 512, 512, 4096};

  private byte[] content = new byte[256];
  private int length;
  private byte[] durable = new byte[0];
  private final BitSet dirty = new BitSet();

  /** What processes appended ends here; zeros that they prepared may follow. */
  private int appended;

  /** The shortest and the longest that the file was since the last sync. */
  private int lengthMin;

  private int lengthMax;

  int length() {
    return length;
  }

  /** How many bytes were appended, without the zeros behind them. */
  int appendedLength() {
    return appended;
  }

  /** Where the last byte ends that is not zero. */
  int contentLength() {
    int end = length;
    while (end > 0 && content[end - 1] == 0) {
      end--;
    }
    return end;
  }

  /** How many bytes a power cut cannot take. */
  int durableLength() {
    return Math.min(durable.length, lengthMin);
  }

  int read(int position, byte[] target, int offset, int count) {
    int part = Math.min(count, length - position);
    System.arraycopy(content, position, target, offset, part);
    return part;
  }

  /** Writes behind what was appended before, over zeros that were prepared. */
  void append(byte[] source, int offset, int count) {
    write(appended, source, offset, count);
    appended += count;
  }

  /** Puts zeros behind the end. */
  void prepare(int count) {
    write(length, new byte[count], 0, count);
  }

  private void write(int position, byte[] source, int offset, int count) {
    int end = position + count;
    if (end > content.length) {
      content = Arrays.copyOf(content, Math.max(end, 2 * content.length));
    }
    System.arraycopy(source, offset, content, position, count);
    dirty.set(position, end);
    length = Math.max(length, end);
    lengthMax = Math.max(lengthMax, length);
  }

  void truncate(int newLength) {
    if (newLength > length) {
      throw new IllegalArgumentException(newLength + " bytes of a file that has " + length);
    }
    length = newLength;
    appended = newLength;
    lengthMin = Math.min(lengthMin, newLength);
    dirty.clear(newLength, Math.max(newLength, dirty.length()));
  }

  void sync() {
    settle(bytes(length, new BitSet(), 1), length);
  }

  /** Some of what is dirty comes onto the disk, and the rest never will. */
  void failSync(RandomGenerator random) {
    int page = pageBytes(random);
    int end = random.nextBoolean() ? length : between(random, durableLength(), length);
    settle(bytes(end, lost(random, page), page), length);
  }

  /** Only what is on the disk stays, and any part of what is dirty. */
  void cutPower(RandomGenerator random) {
    int page = pageBytes(random);
    int end =
        switch (random.nextInt(4)) {
          case 0 -> durable.length;
          case 1 -> length;
          default -> between(random, durableLength(), Math.max(durable.length, lengthMax));
        };
    byte[] left = bytes(end, random.nextInt(3) == 0 ? new BitSet() : lost(random, page), page);
    content = Arrays.copyOf(left, Math.max(left.length, 256));
    settle(left, left.length);
    appended = left.length;
  }

  /** Turns one bit over, on the disk and for whoever reads. */
  void flip(long bit) {
    int at = (int) (bit >>> 3);
    byte mask = (byte) (1 << (bit & 7));
    content[at] ^= mask;
    if (at < durable.length) {
      durable[at] ^= mask;
    }
  }

  /** Puts other bytes in the place of what is there, on the disk and for whoever reads. */
  void replace(int position, byte[] with) {
    System.arraycopy(with, 0, content, position, with.length);
    int onDisk = Math.min(with.length, durable.length - position);
    if (onDisk > 0) {
      System.arraycopy(with, 0, durable, position, onDisk);
    }
  }

  private void settle(byte[] onDisk, int newLength) {
    durable = onDisk;
    length = newLength;
    lengthMin = newLength;
    lengthMax = newLength;
    dirty.clear();
  }

  /**
   * The file as it would be on the disk with so many bytes.
   *
   * @param lost of which pages the dirty bytes are not there
   */
  private byte[] bytes(int end, BitSet lost, int page) {
    byte[] bytes = Arrays.copyOf(durable, end);
    for (int at = dirty.nextSetBit(0); at >= 0 && at < end; at = dirty.nextSetBit(at + 1)) {
      if (!lost.get(at / page)) {
        bytes[at] = content[at];
      }
    }
    return bytes;
  }

  private BitSet lost(RandomGenerator random, int page) {
    BitSet lost = new BitSet();
    if (random.nextInt(4) == 0) {
      lost.set(0, lengthMax / page + 1);
      return lost;
    }
    int kept = 1 + random.nextInt(4);
    for (int i = 0; i <= lengthMax / page; i++) {
      lost.set(i, random.nextInt(kept + 1) == 0);
    }
    return lost;
  }

  private static int pageBytes(RandomGenerator random) {
    return PAGE_BYTES[random.nextInt(PAGE_BYTES.length)];
  }

  private static int between(RandomGenerator random, int low, int high) {
    return low + random.nextInt(high - low + 1);
  }
}

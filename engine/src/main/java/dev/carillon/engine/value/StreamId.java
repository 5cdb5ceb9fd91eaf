package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.nio.charset.StandardCharsets;

/**
 * The id of an entry of a stream: a time and a number within it, both unsigned.
 *
 * <p>Inside a stream ids are pairs of longs, of which there may be millions; this class is for the
 * few that a command names or answers.
 *
 * @param millis unsigned, epoch milliseconds where the server chose it
 * @param sequence unsigned
 */
public record StreamId(long millis, long sequence) implements Comparable<StreamId> {

  /** The lowest id, {@code 0-0}, which no entry has. */
  public static final StreamId MIN = new StreamId(0, 0);

  /** The highest id. */
  public static final StreamId MAX = new StreamId(-1, -1);

  /** The most bytes that {@link #write} writes: twice 20 digits and what is between them. */
  public static final int TEXT_LENGTH_MAX = 41;

  /** Compares two ids given as pairs; negative, 0 or positive. */
  public static int compare(long millis, long sequence, long otherMillis, long otherSequence) {
    return millis != otherMillis
        ? Long.compareUnsigned(millis, otherMillis)
        : Long.compareUnsigned(sequence, otherSequence);
  }

  /** Compares this id with one that is given as a pair. */
  public int compareTo(long otherMillis, long otherSequence) {
    return compare(millis, sequence, otherMillis, otherSequence);
  }

  @Override
  public int compareTo(StreamId other) {
    return compare(millis, sequence, other.millis, other.sequence);
  }

  /** Whether this id comes behind the other one. */
  public boolean isAfter(StreamId other) {
    return compareTo(other) > 0;
  }

  /** Whether this id comes before the other one. */
  public boolean isBefore(StreamId other) {
    return compareTo(other) < 0;
  }

  /** Whether this is {@link #MIN}. */
  public boolean isMin() {
    return millis == 0 && sequence == 0;
  }

  /** Whether this is {@link #MAX}. */
  public boolean isMax() {
    return millis == -1 && sequence == -1;
  }

  /** The id right behind this one, which is not {@link #MAX}. */
  public StreamId next() {
    assert !isMax() : "nothing is behind the highest id";
    return sequence == -1 ? new StreamId(millis + 1, 0) : new StreamId(millis, sequence + 1);
  }

  /** The id right before this one, which is not {@link #MIN}. */
  public StreamId previous() {
    assert !isMin() : "nothing is before the lowest id";
    return sequence == 0 ? new StreamId(millis - 1, -1) : new StreamId(millis, sequence - 1);
  }

  /**
   * Writes an id as clients see it: {@code 1526919030474-55}.
   *
   * @param target room for {@link #TEXT_LENGTH_MAX} bytes from {@code at} on
   * @return the index behind the last byte written
   */
  public static int write(long millis, long sequence, byte[] target, int at) {
    int next = writeUnsigned(millis, target, at);
    target[next++] = '-';
    return writeUnsigned(sequence, target, next);
  }

  private static int writeUnsigned(long number, byte[] target, int at) {
    if (number >= 0) {
      return Numerals.writeLong(number, target, at);
    }
    byte[] digits = Long.toUnsignedString(number).getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(digits, 0, target, at, digits.length);
    return at + digits.length;
  }

  /** The id as clients see it, in an array of its own. */
  public static Bytes text(long millis, long sequence) {
    byte[] text = new byte[TEXT_LENGTH_MAX];
    return Bytes.view(text, 0, write(millis, sequence, text, 0));
  }

  /** The id as clients see it, in an array of its own. */
  public Bytes text() {
    return text(millis, sequence);
  }

  @Override
  public String toString() {
    return Long.toUnsignedString(millis) + "-" + Long.toUnsignedString(sequence);
  }
}

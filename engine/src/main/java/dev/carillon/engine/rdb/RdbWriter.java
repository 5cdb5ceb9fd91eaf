package dev.carillon.engine.rdb;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Appends what RDB is made of to a growing array: bytes, lengths and strings.
 *
 * <p>A length is 1, 2, 5 or 9 bytes; the two highest bits of the first say which:
 *
 * <pre>
 *   00llllll                    0 to 63
 *   01llllll llllllll           to 16383, highest bits first
 *   10000000 and 4 bytes        to 2^32 - 1, highest byte first
 *   10000001 and 8 bytes        above
 *   11eeeeee                    no length: a string in the form e
 * </pre>
 *
 * <p>A string is its length and its bytes, or one of the forms: 0, 1, 2 are the digits of an
 * integer of 1, 2, 4 bytes, lowest byte first; 3 is compressed by {@link Lzf}: the compressed
 * length, the full length, the compressed bytes. {@link RdbReader} reads all this; the two change
 * together.
 *
 * <p>A writer that {@linkplain #deferring defers} leaves compressing to whoever takes its {@link
 * RdbChunk}s, so that it only copies. One thread at a time.
 */
public final class RdbWriter {

  static final int FORM_INT8 = 0;
  static final int FORM_INT16 = 1;
  static final int FORM_INT32 = 2;
  static final int FORM_LZF = 3;

  /** Longer texts are no integers of 4 bytes. */
  private static final int INT32_DIGITS_MAX = 11;

  /** Redis compresses strings that are longer than this. */
  private static final int UNCOMPRESSED_MAX = 20;

  /** What compression has to save at least, as in Redis. */
  private static final int SAVED_MIN = 4;

  private static final int[] NONE = {};

  private final boolean compressing;
  private final boolean deferring;
  private int versionMax = RdbValues.VERSION_READ_MAX;
  private @Nullable Bytes key;
  private byte[] buffer;
  private byte[] compressed = {};
  private int[] hashes = NONE;
  private int length;

  /** Where long strings begin and end that are not compressed yet, by twos. */
  private int[] deferred = NONE;

  private int deferredCount;

  /**
   * @param compressing whether long strings are compressed ({@code rdbcompression})
   * @param expectedBytes how much will be written, about
   */
  public RdbWriter(boolean compressing, int expectedBytes) {
    this(compressing, expectedBytes, false);
  }

  private RdbWriter(boolean compressing, int expectedBytes, boolean deferring) {
    this.compressing = compressing;
    this.deferring = deferring;
    this.buffer = new byte[expectedBytes];
  }

  /** A writer that copies long strings and leaves it to others to compress them. */
  public static RdbWriter deferring(boolean compressing, int expectedBytes) {
    return new RdbWriter(compressing, expectedBytes, compressing);
  }

  /** Readers know this version and no newer one; unless it is said, the newest known here. */
  public RdbWriter versionMax(int version) {
    versionMax = version;
    return this;
  }

  /** The version that readers know. */
  int versionMax() {
    return versionMax;
  }

  /** The value that is written next belongs to a key, as in a file: it stands behind the kind. */
  void key(Bytes nextKey) {
    key = nextKey;
  }

  /** Begins a value. */
  void kind(int kind) {
    int8(kind);
    if (key != null) {
      string(key);
      key = null;
    }
  }

  /** How many bytes were written so far. */
  public int length() {
    return length;
  }

  /**
   * What was written so far, which is forgotten here; the writer begins anew. O(1).
   *
   * @param next what it writes into, which belongs to it from now on
   */
  public RdbChunk take(byte[] next) {
    RdbChunk chunk = new RdbChunk(buffer, length, deferred, deferredCount);
    buffer = next;
    length = 0;
    deferred = NONE;
    deferredCount = 0;
    return chunk;
  }

  /** Forgets what was written. */
  void clear() {
    length = 0;
    deferredCount = 0;
  }

  /** What was written so far; a view that is good until more is written. */
  public Bytes written() {
    return Bytes.view(buffer, 0, length);
  }

  /** Appends one byte. */
  public void int8(int value) {
    room(1);
    buffer[length++] = (byte) value;
  }

  /** Appends 8 bytes, lowest first. */
  public void int64(long value) {
    room(8);
    LittleEndian.int64(buffer, length, value);
    length += 8;
  }

  /** Appends bytes as they are. */
  public void bytes(byte[] source, int offset, int count) {
    room(count);
    System.arraycopy(source, offset, buffer, length, count);
    length += count;
  }

  /** Appends a length; a negative one is taken for the unsigned number with the same bits. */
  public void length(long value) {
    if (value >= 0 && value < 1 << 6) {
      int8((int) value);
    } else if (value >= 0 && value < 1 << 14) {
      int8(0x40 | (int) (value >>> 8));
      int8((int) value);
    } else {
      int bytes = value >= 0 && value < 1L << 32 ? 4 : 8;
      int8(bytes == 4 ? 0x80 : 0x81);
      for (int shift = 8 * bytes - 8; shift >= 0; shift -= 8) {
        int8((int) (value >>> shift));
      }
    }
  }

  /** Appends a string in the shortest of the forms that Redis would use for it. */
  public void string(Bytes text) {
    if (text.length() <= INT32_DIGITS_MAX && Numerals.isLong(text)) {
      long number = Numerals.toLong(text);
      if (number == (int) number) {
        integer((int) number);
        return;
      }
    }
    if (deferring && text.length() > UNCOMPRESSED_MAX) {
      defer(text);
    } else if (!compressing || text.length() <= UNCOMPRESSED_MAX || !compressed(text)) {
      length(text.length());
      bytes(text.array(), text.offset(), text.length());
    }
  }

  private void defer(Bytes text) {
    if (deferredCount == deferred.length) {
      deferred = Arrays.copyOf(deferred, Math.max(64, 2 * deferredCount));
    }
    deferred[deferredCount++] = length;
    bytes(text.array(), text.offset(), text.length());
    deferred[deferredCount++] = length;
  }

  private void integer(int number) {
    int bytes = number == (byte) number ? 1 : number == (short) number ? 2 : 4;
    int8(0xC0 | (bytes == 1 ? FORM_INT8 : bytes == 2 ? FORM_INT16 : FORM_INT32));
    for (int i = 0; i < bytes; i++) {
      int8(number >>> (8 * i));
    }
  }

  private boolean compressed(Bytes text) {
    int sizeMax = text.length() - SAVED_MIN;
    if (compressed.length < sizeMax) {
      compressed = new byte[sizeMax];
    }
    byte[] target = compressed;
    int places = Lzf.hashes(text.length());
    if (hashes.length < places) {
      hashes = new int[places];
    }
    int size = Lzf.compress(text.array(), text.offset(), text.length(), target, 0, sizeMax, hashes);
    if (size == 0) {
      return false;
    }
    int8(0xC0 | FORM_LZF);
    length(size);
    length(text.length());
    bytes(target, 0, size);
    return true;
  }

  private void room(int bytes) {
    if (bytes > buffer.length - length) {
      long wanted = Math.max((long) length + bytes, Math.min(2L * length, Integer.MAX_VALUE - 16));
      buffer = Arrays.copyOf(buffer, Math.toIntExact(wanted));
    }
  }
}

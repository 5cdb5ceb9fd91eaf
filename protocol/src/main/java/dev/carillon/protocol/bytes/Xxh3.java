package dev.carillon.protocol.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * XXH3 with 64 bits, the hash by which DIGEST and the IFDEQ and IFDNE conditions name a string.
 *
 * <p>Written from the algorithm's published description (XXH3 in the xxHash specification), with
 * its default secret and without a seed. It has one formula for each range of lengths:
 *
 * <pre>
 *   0         the mixed secret
 *   1-3       three of the bytes and the length in one word
 *   4-8       the first and the last four bytes, which may overlap
 *   9-16      the first and the last eight bytes, which may overlap
 *   17-128    pairs of 16 bytes from both ends inwards
 *   129-240   16 bytes at a time; after eight of them the secret starts again, three bytes on
 *   more      eight running sums over stripes of 64 bytes; the secret moves on by eight bytes for
 *             each stripe, and after 16 stripes the sums are scrambled and it starts again
 * </pre>
 *
 * <p>Allocates nothing up to 240 bytes. Any thread.
 */
public final class Xxh3 {

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle HALF =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long PRIME32_1 = 0x9E3779B1L;
  private static final long PRIME32_2 = 0x85EBCA77L;
  private static final long PRIME32_3 = 0xC2B2AE3DL;
  private static final long PRIME64_1 = 0x9E3779B185EBCA87L;
  private static final long PRIME64_2 = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME64_3 = 0x165667B19E3779F9L;
  private static final long PRIME64_4 = 0x85EBCA77C2B2AE63L;
  private static final long PRIME64_5 = 0x27D4EB2F165667C5L;
  private static final long PRIME_MX1 = 0x165667919E3779F9L;
  private static final long PRIME_MX2 = 0x9FB21C651E98DF25L;

  private static final byte[] SECRET =
      HexFormat.of()
          .parseHex(
              "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
                  + "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
                  + "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
                  + "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
                  + "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
                  + "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e");

  private static final int STRIPE = 64;
  private static final int SECRET_STEP = 8;
  private static final int STRIPES_PER_BLOCK = (192 - STRIPE) / SECRET_STEP;
  private static final int BLOCK = STRIPE * STRIPES_PER_BLOCK;

  private Xxh3() {}

  /** The hash of the bytes. O(length). */
  public static long hash(Bytes bytes) {
    return hash(bytes.array(), bytes.offset(), bytes.length());
  }

  /** The hash of a range of an array. O(length). */
  public static long hash(byte[] array, int offset, int length) {
    if (length > 240) {
      return hashStripes(array, offset, length);
    }
    if (length > 16) {
      return hashPairs(array, offset, length);
    }
    int end = offset + length;
    if (length > 8) {
      long low = word(array, offset) ^ secret(24) ^ secret(32);
      long high = word(array, end - 8) ^ secret(40) ^ secret(48);
      return avalanche(length + Long.reverseBytes(low) + high + foldedProduct(low, high));
    }
    if (length >= 4) {
      long last = Integer.toUnsignedLong(half(array, end - 4));
      long both = last + ((long) half(array, offset) << 32);
      return mixShort(both ^ secret(8) ^ secret(16), length);
    }
    if (length > 0) {
      long first = array[offset] & 0xff;
      long middle = array[offset + (length >> 1)] & 0xff;
      long last = array[end - 1] & 0xff;
      long flip = Integer.toUnsignedLong(half(SECRET, 0) ^ half(SECRET, 4));
      return avalancheOld((first << 16 | middle << 24 | last | (long) length << 8) ^ flip);
    }
    return avalancheOld(secret(56) ^ secret(64));
  }

  private static long hashPairs(byte[] array, int offset, int length) {
    int end = offset + length;
    long sum = length * PRIME64_1;
    if (length <= 128) {
      for (int pair = (length - 1) / 32; pair >= 0; pair--) {
        sum += mix(array, offset + 16 * pair, 32 * pair);
        sum += mix(array, end - 16 * (pair + 1), 32 * pair + 16);
      }
      return avalanche(sum);
    }
    for (int i = 0; i < 8; i++) {
      sum += mix(array, offset + 16 * i, 16 * i);
    }
    sum = avalanche(sum);
    for (int i = 8; i < length / 16; i++) {
      sum += mix(array, offset + 16 * i, 16 * (i - 8) + 3);
    }
    return avalanche(sum + mix(array, end - 16, 136 - 17));
  }

  private static long hashStripes(byte[] array, int offset, int length) {
    long[] sums = {
      PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1
    };
    int at = offset;
    int stripes = (length - 1) / STRIPE;
    for (int stripe = 0; stripe < stripes; stripe++, at += STRIPE) {
      int inBlock = stripe % STRIPES_PER_BLOCK;
      accumulate(sums, array, at, inBlock * SECRET_STEP);
      if (inBlock == STRIPES_PER_BLOCK - 1) {
        scramble(sums);
      }
    }
    accumulate(sums, array, offset + length - STRIPE, 192 - STRIPE - 7);
    long merged = length * PRIME64_1;
    for (int i = 0; i < 4; i++) {
      merged +=
          foldedProduct(
              sums[2 * i] ^ secret(11 + 16 * i), sums[2 * i + 1] ^ secret(11 + 16 * i + 8));
    }
    return avalanche(merged);
  }

  private static void accumulate(long[] sums, byte[] array, int at, int secretAt) {
    for (int i = 0; i < 8; i++) {
      long data = word(array, at + 8 * i);
      long keyed = data ^ secret(secretAt + 8 * i);
      sums[i ^ 1] += data;
      sums[i] += (keyed & 0xFFFFFFFFL) * (keyed >>> 32);
    }
  }

  private static void scramble(long[] sums) {
    for (int i = 0; i < 8; i++) {
      long sum = sums[i];
      sums[i] = (sum ^ sum >>> 47 ^ secret(192 - STRIPE + 8 * i)) * PRIME32_1;
    }
  }

  private static long mix(byte[] array, int at, int secretAt) {
    return foldedProduct(
        word(array, at) ^ secret(secretAt), word(array, at + 8) ^ secret(secretAt + 8));
  }

  /** Both halves of the unsigned product of 128 bits, combined. */
  private static long foldedProduct(long a, long b) {
    return a * b ^ Math.unsignedMultiplyHigh(a, b);
  }

  private static long avalanche(long value) {
    long hash = (value ^ value >>> 37) * PRIME_MX1;
    return hash ^ hash >>> 32;
  }

  /** How its predecessor XXH64 ends; XXH3 keeps it for the shortest inputs. */
  private static long avalancheOld(long value) {
    long hash = (value ^ value >>> 33) * PRIME64_2;
    hash = (hash ^ hash >>> 29) * PRIME64_3;
    return hash ^ hash >>> 32;
  }

  private static long mixShort(long value, int length) {
    long hash = value ^ Long.rotateLeft(value, 49) ^ Long.rotateLeft(value, 24);
    hash *= PRIME_MX2;
    hash ^= (hash >>> 35) + length;
    hash *= PRIME_MX2;
    return hash ^ hash >>> 28;
  }

  private static long secret(int at) {
    return word(SECRET, at);
  }

  private static long word(byte[] array, int at) {
    return (long) WORD.get(array, at);
  }

  private static int half(byte[] array, int at) {
    return (int) HALF.get(array, at);
  }
}

package dev.carillon.engine.time;

import java.util.Arrays;

/**
 * The lists of two neighbouring windows, one list for each tick: a ring of 2 × 65,536 tails, and a
 * bitmap in three layers that finds the first occupied tick in a few steps however far it is.
 *
 * <p>A tick is a number that only grows; its place in the ring is its low 17 bits. The ring does
 * not store which windows it holds. Its user promises that all occupied ticks lie within two
 * windows, so that no two of them share a place.
 *
 * <p>The tails live in pieces of 1,024 which come into being with their first list and then stay: a
 * ring in which little is scheduled costs 18 KiB, a full one 530 KiB. Owned by the engine thread.
 */
class Ring {
  /** The answer of {@link #first} when nothing is occupied; no tick has this number. */
  static final long NONE = Long.MAX_VALUE;

  /** The number of tails, two windows of 65,536. */
  static final int SIZE = 1 << 17;

  private static final int MASK = SIZE - 1;
  private static final int PIECE_SHIFT = 10;
  private static final int PIECE_MASK = (1 << PIECE_SHIFT) - 1;

  /** Stands for every piece that nobody has written to yet; it is all zeros and stays so. */
  private static final int[] BLANK = new int[1 << PIECE_SHIFT];

  private final int[][] pieces = new int[SIZE >>> PIECE_SHIFT][];

  /** One bit for each tail that is not 0. */
  private final long[] occupied = new long[SIZE >>> 6];

  /** One bit for each word of {@link #occupied} that is not 0. */
  private final long[] summary = new long[SIZE >>> 12];

  /** One bit for each word of {@link #summary} that is not 0; there are 32 of them. */
  private int top;

  Ring() {
    Arrays.fill(pieces, BLANK);
  }

  /** Answers the tail of a tick's list, 0 when it is empty. */
  int tail(long tick) {
    int place = (int) tick & MASK;
    return pieces[place >>> PIECE_SHIFT][place & PIECE_MASK];
  }

  /** Sets the tail of a tick's list; 0 empties it. */
  void tail(long tick, int id) {
    int place = (int) tick & MASK;
    int[] piece = pieces[place >>> PIECE_SHIFT];
    if (piece == BLANK) {
      if (id == 0) {
        return;
      }
      piece = new int[1 << PIECE_SHIFT];
      pieces[place >>> PIECE_SHIFT] = piece;
    }
    int before = piece[place & PIECE_MASK];
    piece[place & PIECE_MASK] = id;
    if (before == 0) {
      if (id != 0) {
        occupy(place);
      }
    } else if (id == 0) {
      vacate(place);
    }
  }

  /** Tells whether no list holds anything. */
  boolean isEmpty() {
    return top == 0;
  }

  /**
   * Answers the first occupied tick at or after {@code from}, {@link #NONE} if there is none. No
   * occupied tick may lie before {@code from}: the search goes once around the ring.
   */
  long first(long from) {
    if (top == 0) {
      return NONE;
    }
    int start = (int) from & MASK;
    int place = firstFrom(start);
    if (place < 0) {
      place = firstFrom(0);
    }
    return from + ((place - start) & MASK);
  }

  /** Answers the first occupied place from {@code start} to the end of the ring, -1 if none. */
  private int firstFrom(int start) {
    int word = start >>> 6;
    long bits = occupied[word] & (-1L << start);
    if (bits == 0) {
      int block = start >>> 12;
      // "After this one" shifts twice, because a shift by the whole width would not shift at all.
      long words = summary[block] & (-1L << word << 1);
      if (words == 0) {
        int blocks = top & (-1 << block << 1);
        if (blocks == 0) {
          return -1;
        }
        block = Integer.numberOfTrailingZeros(blocks);
        words = summary[block];
      }
      word = (block << 6) + Long.numberOfTrailingZeros(words);
      bits = occupied[word];
    }
    return (word << 6) + Long.numberOfTrailingZeros(bits);
  }

  private void occupy(int place) {
    occupied[place >>> 6] |= 1L << place;
    summary[place >>> 12] |= 1L << (place >>> 6);
    top |= 1 << (place >>> 12);
  }

  private void vacate(int place) {
    if ((occupied[place >>> 6] &= ~(1L << place)) == 0
        && (summary[place >>> 12] &= ~(1L << (place >>> 6))) == 0) {
      top &= ~(1 << (place >>> 12));
    }
  }

  /**
   * Answers how many ticks are occupied, after checking the layers against the tails; for tests.
   */
  int audit() {
    int count = 0;
    for (int place = 0; place < SIZE; place++) {
      boolean isOccupied = (occupied[place >>> 6] & 1L << place) != 0;
      check(isOccupied == (tail(place) != 0), "bit of place " + place);
      count += isOccupied ? 1 : 0;
    }
    for (int word = 0; word < occupied.length; word++) {
      boolean isOccupied = (summary[word >>> 6] & 1L << word) != 0;
      check(isOccupied == (occupied[word] != 0), "summary of word " + word);
    }
    for (int block = 0; block < summary.length; block++) {
      check((top & 1 << block) != 0 == (summary[block] != 0), "top of block " + block);
    }
    return count;
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what + " disagrees with what lies below it");
    }
  }
}

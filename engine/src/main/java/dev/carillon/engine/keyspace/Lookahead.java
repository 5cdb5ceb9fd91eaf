package dev.carillon.engine.keyspace;

import dev.carillon.engine.store.KeyTable;
import dev.carillon.engine.store.Slots;
import dev.carillon.protocol.bytes.Bytes;

/**
 * Brings what the searches for several keys will read into the processor's cache, all at once.
 *
 * <p>A search reads three places one after the other (the index, the table of addresses, the slot),
 * and in a large database each of them waits for memory. The searches of a pipeline do not depend
 * on each other, so that reading the first place of all keys, then the second, then the third, lets
 * the waits overlap. Measured on 100,000 keys: the engine's share of a GET in a pipeline of 16
 * falls by a third. Nothing but time depends on it. Engine thread only.
 */
public final class Lookahead {

  /** How many keys are looked ahead at a time; more would not fit into the load buffers. */
  public static final int KEYS_MAX = 16;

  private final long[] hashes = new long[KEYS_MAX];
  private final int[] candidates = new int[KEYS_MAX];
  private int count;

  /** Keeps the reads from being optimised away. */
  private long seen;

  /** Nothing to look at yet. */
  public Lookahead() {}

  /** Adds a key that is about to be searched in {@code database}. */
  public void add(Database database, Bytes key) {
    if (count < KEYS_MAX) {
      hashes[count++] = database.table.hash(key.array(), key.offset(), key.length());
    }
  }

  /** Reads for all keys added, and forgets them. */
  public void run(Database database) {
    KeyTable table = database.table;
    Slots slots = database.slots;
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum += table.touch(hashes[i]);
    }
    for (int i = 0; i < count; i++) {
      int id = table.candidate(hashes[i]);
      candidates[i] = id;
      sum += id == 0 ? 0 : slots.address(id);
    }
    for (int i = 0; i < count; i++) {
      if (candidates[i] != 0) {
        sum += slots.touch(candidates[i]);
      }
    }
    seen += sum;
    count = 0;
  }

  /** What was read so far, in no meaningful form. */
  long seen() {
    return seen;
  }
}

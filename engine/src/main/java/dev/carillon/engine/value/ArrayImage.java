package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an array was at one time, while it goes on changing. Making one is O(1): the array copies a
 * chunk of its past before it changes it, and hands the one that was there over, unless it was
 * passed already.
 *
 * <p><b>How.</b> Chunks of the past do not change, and did not overlap then. Each of them is either
 * still in the array, where its epoch tells it from those that came later, or was handed over. So
 * the lowest of both, from where the walk is, is what comes next. Replacing the index of the chunks
 * as a whole leaves the old one to the image.
 *
 * <p>It is passed once, from the lowest index to the highest. Engine thread only.
 */
public final class ArrayImage {

  /** The epoch of chunks that only an image has. */
  static final int HELD = -1;

  /** Chosen: so many chunks that came later are passed over in a microsecond. */
  private static final int STEPS_MAX = 16;

  private final ArrayValue array;
  private final TreeMap<Long, ArrayChunk> chunks;
  private final int epoch;

  /** Chunks of the past that the array has no more, and that were not passed. */
  private final TreeMap<Long, ArrayChunk> held = new TreeMap<>(Long::compareUnsigned);

  private @Nullable ArrayChunk current;
  private int at;

  /** The first index of the last chunk of the array that was looked at, if any was. */
  private long looked;

  private boolean hasLooked;
  private boolean done;
  private long heldBytes;

  ArrayImage(ArrayValue array, TreeMap<Long, ArrayChunk> chunks, int epoch) {
    this.array = array;
    this.chunks = chunks;
    this.epoch = epoch;
  }

  /**
   * Goes to the next element.
   *
   * @return whether it is there; if not, and it is not {@linkplain #isDone done}, many chunks were
   *     looked at that came later, and it is to be asked again
   */
  public boolean next() {
    ArrayChunk chunk = current;
    if (chunk != null && at + 1 < chunk.count()) {
      at++;
      return true;
    }
    if (chunk != null) {
      pass(chunk);
    }
    current = nextChunk();
    at = 0;
    return current != null;
  }

  /** Whether there are no more elements. */
  public boolean isDone() {
    return done;
  }

  /** The index of the element that {@link #next} went to. */
  public long index() {
    return current().index(at);
  }

  /** Points a view at the value of that element; good until the next one. */
  public Bytes value(Bytes view) {
    return current().value(at, view);
  }

  private ArrayChunk current() {
    ArrayChunk chunk = current;
    if (chunk == null) {
      throw new IllegalStateException("the image is at no element");
    }
    return chunk;
  }

  private void pass(ArrayChunk chunk) {
    if (chunk.epoch == HELD) {
      heldBytes -= chunk.sizeBytes();
    } else {
      chunk.epoch = epoch;
    }
  }

  private @Nullable ArrayChunk nextChunk() {
    Map.Entry<Long, ArrayChunk> gone = held.firstEntry();
    Map.Entry<Long, ArrayChunk> there =
        hasLooked ? chunks.higherEntry(looked) : chunks.firstEntry();
    int steps = 0;
    while (there != null
        && there.getValue().epoch == epoch
        && (gone == null || isBelow(there, gone))) {
      look(there);
      if (++steps == STEPS_MAX) {
        return null;
      }
      there = chunks.higherEntry(looked);
    }
    if (gone != null && (there == null || !isBelow(there, gone))) {
      held.remove(gone.getKey());
      return gone.getValue();
    }
    if (there == null) {
      done = true;
      return null;
    }
    look(there);
    return there.getValue();
  }

  private void look(Map.Entry<Long, ArrayChunk> entry) {
    looked = entry.getKey();
    hasLooked = true;
  }

  private static boolean isBelow(
      Map.Entry<Long, ArrayChunk> one, Map.Entry<Long, ArrayChunk> other) {
    return Long.compareUnsigned(one.getKey(), other.getKey()) < 0;
  }

  /** The array goes on without a chunk of its past that was not passed. */
  void hold(ArrayChunk chunk) {
    heldBytes += chunk.sizeBytes();
    chunk.epoch = HELD;
    if (chunk != current) {
      held.put(chunk.first(), chunk);
    }
  }

  /** The array goes on with other chunks; it does not touch any of the past any more. */
  void holdAll(long bytes) {
    heldBytes += bytes;
  }

  /** How many bytes are in memory for the image alone. O(1). */
  public long heldBytes() {
    return heldBytes;
  }

  /** The array may change its chunks in place again; the image must not be asked any more. */
  public void close() {
    array.forget(this);
  }
}

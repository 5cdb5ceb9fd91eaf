package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * What a long string was at one time, while its bytes go on changing in place: blocks of it are
 * copied before they change, unless they were passed already. Making an image costs a few bytes for
 * each megabyte, and a change what it changes, rounded up to whole blocks.
 *
 * <p>It is passed once, from the first byte to the last. Engine thread only.
 */
public final class StringImage {

  /** Chosen: a single bit costs a kilobyte, and a reference to it 4 bytes. */
  static final int BLOCK_BYTES = 1 << 10;

  /** Chosen: how many blocks share a table of references. */
  private static final int GROUP_BLOCKS = 1 << 10;

  private final StringValue string;
  private final int length;
  private final byte[][][] held;
  private int heldBlocks;
  private int next;

  StringImage(StringValue string) {
    this.string = string;
    this.length = string.length();
    this.held = new byte[length / BLOCK_BYTES / GROUP_BLOCKS + 1][][];
  }

  /** How long the string was. */
  public int length() {
    return length;
  }

  /** How many bytes were not passed. */
  public int left() {
    return length - next;
  }

  /**
   * Points a view at the next bytes, at most so many but at least one, which count as passed then.
   * There must be some left.
   *
   * @return the view, good until the string changes
   */
  public Bytes pass(int most, Bytes view) {
    int block = next / BLOCK_BYTES;
    long end = Math.min(length, (long) next + most);
    long blockEnd = (block + 1L) * BLOCK_BYTES;
    byte[] copy = heldBlock(block);
    if (copy != null) {
      end = Math.min(end, blockEnd);
      view.pointTo(copy, next % BLOCK_BYTES, (int) end - next);
      if (end == Math.min(blockEnd, length)) {
        hold(block, null);
        heldBlocks--;
      }
    } else {
      while (heldBlocks > 0
          && blockEnd < end
          && heldBlock((int) (blockEnd / BLOCK_BYTES)) == null) {
        blockEnd += BLOCK_BYTES;
      }
      end = heldBlocks > 0 ? Math.min(end, blockEnd) : end;
      byte[] array = string.view(view).array();
      view.pointTo(array, next, (int) end - next);
    }
    next = (int) end;
    return view;
  }

  /** Bytes of the string are about to change, from one up to, not including, another. */
  void beforeChange(int from, int to) {
    int start = Math.max(from, next);
    int end = Math.min(to, length);
    if (start >= end) {
      return;
    }
    for (int block = start / BLOCK_BYTES; block <= (end - 1) / BLOCK_BYTES; block++) {
      if (heldBlock(block) == null) {
        byte[] copy = new byte[Math.min(BLOCK_BYTES, length - block * BLOCK_BYTES)];
        System.arraycopy(
            string.view(Bytes.view()).array(), block * BLOCK_BYTES, copy, 0, copy.length);
        hold(block, copy);
        heldBlocks++;
      }
    }
  }

  private byte @Nullable [] heldBlock(int block) {
    byte[][] group = held[block / GROUP_BLOCKS];
    return group == null ? null : group[block % GROUP_BLOCKS];
  }

  private void hold(int block, byte @Nullable [] copy) {
    byte[][] group = held[block / GROUP_BLOCKS];
    if (group == null) {
      group = new byte[GROUP_BLOCKS][];
      held[block / GROUP_BLOCKS] = group;
    }
    group[block % GROUP_BLOCKS] = copy;
  }

  /** How many bytes are in memory for the image alone, about. O(1). */
  public long heldBytes() {
    return (long) heldBlocks * BLOCK_BYTES;
  }

  /** The string may change without copying anything again; nothing may be asked any more. */
  public void close() {
    string.forget(this);
  }
}

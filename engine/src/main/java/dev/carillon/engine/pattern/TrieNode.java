package dev.carillon.engine.pattern;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A node of a {@link Trie}: the bytes from its parent to here, the patterns whose literal ends
 * here, and its children. Up to {@link #SPARSE} children lie in arrays sorted by their first byte,
 * more in an array indexed by it.
 *
 * @param <T> the subscribers
 */
final class TrieNode<T> {

  /** The most children that are searched one by one. Chosen: one line of a cache. */
  static final int SPARSE = 16;

  /** Below so many an indexed node is sorted again; the gap keeps it from going to and fro. */
  static final int SPARSE_AGAIN = 12;

  /** How many bytes there are: the children of an indexed node. */
  private static final int BYTES = 256;

  private static final TrieNode<?>[] NO_CHILDREN = {};

  /** The bytes from the parent to here; empty only in the root. */
  byte[] label;

  /** The patterns whose literal ends here, or null if there are none. */
  @Nullable Bucket<T> bucket;

  /** The first bytes of the children's labels, ascending; null where the children are indexed. */
  byte @Nullable [] firsts = Bytes.EMPTY.array();

  /** In the order of {@link #firsts}, or indexed by the first byte of their labels, with gaps. */
  @Nullable TrieNode<T>[] children = none();

  private int count;

  TrieNode(byte[] label) {
    this.label = label;
  }

  /** The number of children. */
  int children() {
    return count;
  }

  /** The child whose label begins with this byte, or null. */
  @Nullable TrieNode<T> child(byte first) {
    byte[] sorted = firsts;
    if (sorted == null) {
      return children[first & 0xFF];
    }
    for (int i = 0; i < sorted.length; i++) {
      if (sorted[i] == first) {
        return children[i];
      }
    }
    return null;
  }

  /** Adds a child; there is none yet that begins with the same byte. */
  void putChild(TrieNode<T> child) {
    count++;
    if (firsts != null && count > SPARSE) {
      TrieNode<T>[] sorted = children;
      firsts = null;
      children = array(BYTES);
      for (TrieNode<T> one : sorted) {
        children[one.label[0] & 0xFF] = one;
      }
    }
    if (firsts == null) {
      children[child.label[0] & 0xFF] = child;
      return;
    }
    int at = -1 - Arrays.binarySearch(firsts, child.label[0]);
    byte[] newFirsts = new byte[count];
    TrieNode<T>[] newChildren = array(count);
    System.arraycopy(firsts, 0, newFirsts, 0, at);
    System.arraycopy(children, 0, newChildren, 0, at);
    newFirsts[at] = child.label[0];
    newChildren[at] = child;
    System.arraycopy(firsts, at, newFirsts, at + 1, count - 1 - at);
    System.arraycopy(children, at, newChildren, at + 1, count - 1 - at);
    firsts = newFirsts;
    children = newChildren;
  }

  /** Removes a child that is here. */
  void removeChild(TrieNode<T> child) {
    count--;
    if (firsts == null) {
      children[child.label[0] & 0xFF] = null;
      if (count >= SPARSE_AGAIN) {
        return;
      }
    }
    byte[] newFirsts = new byte[count];
    TrieNode<T>[] newChildren = count == 0 ? none() : array(count);
    int at = 0;
    for (int first = Byte.MIN_VALUE; first <= Byte.MAX_VALUE && at < count; first++) {
      TrieNode<T> one = child((byte) first);
      if (one != null && one != child) {
        newFirsts[at] = (byte) first;
        newChildren[at++] = one;
      }
    }
    firsts = newFirsts;
    children = newChildren;
  }

  /** How many bytes of the label the literal has from {@code depth}. */
  int common(Trie<T> trie, byte[] literal, int depth) {
    int limit = Math.min(label.length, literal.length - depth);
    int i = 0;
    while (i < limit && label[i] == trie.at(literal, depth + i)) {
      i++;
    }
    return i;
  }

  /** Keeps the first {@code kept} bytes of the label and moves the rest, and all else, below. */
  void split(int kept) {
    TrieNode<T> lower = new TrieNode<>(Arrays.copyOfRange(label, kept, label.length));
    lower.take(this);
    label = Arrays.copyOf(label, kept);
    bucket = null;
    firsts = Bytes.EMPTY.array();
    children = none();
    count = 0;
    putChild(lower);
  }

  /** Takes the place of the only child, whose label then follows on this one. */
  void mergeOnlyChild() {
    TrieNode<T> child = Objects.requireNonNull(children[0]); // one child never needs an index
    byte[] longer = Arrays.copyOf(label, label.length + child.label.length);
    System.arraycopy(child.label, 0, longer, label.length, child.label.length);
    label = longer;
    take(child);
  }

  private void take(TrieNode<T> other) {
    bucket = other.bucket;
    firsts = other.firsts;
    children = other.children;
    count = other.count;
  }

  @SuppressWarnings("unchecked") // an empty array holds nothing of a wrong type
  private static <T> @Nullable TrieNode<T>[] none() {
    return (TrieNode<T>[]) NO_CHILDREN;
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  private static <T> @Nullable TrieNode<T>[] array(int length) {
    return new TrieNode[length];
  }
}

package dev.carillon.engine.pattern;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Objects;

/**
 * A compressed trie from literals to the patterns that have them. Backwards it is a trie over
 * reversed literals, and follows a channel from its end.
 *
 * <p>Every node but the root holds patterns or divides: what is emptied is pruned and merged.
 *
 * @param <T> the subscribers
 */
final class Trie<T> {
  final TrieNode<T> root = new TrieNode<>(Bytes.EMPTY.array());
  final boolean backwards;

  /** How many patterns all nodes hold together. */
  int patterns;

  Trie(boolean backwards) {
    this.backwards = backwards;
  }

  /** How many patterns share this literal. */
  int crowd(byte[] literal) {
    TrieNode<T> node = root;
    int depth = 0;
    while (depth < literal.length) {
      node = node.child(at(literal, depth));
      if (node == null || node.common(this, literal, depth) < node.label.length) {
        return 0;
      }
      depth += node.label.length;
    }
    return node.bucket == null ? 0 : node.bucket.size;
  }

  /** Adds a pattern under its literal. O(literal), allocates. */
  void add(IndexedPattern<T> pattern) {
    byte[] literal = pattern.literal;
    TrieNode<T> node = root;
    int depth = 0;
    while (depth < literal.length) {
      TrieNode<T> child = node.child(at(literal, depth));
      if (child == null) {
        child = new TrieNode<>(label(literal, depth));
        node.putChild(child);
        depth = literal.length;
      } else {
        int common = child.common(this, literal, depth);
        if (common < child.label.length) {
          child.split(common);
        }
        depth += common;
      }
      node = child;
    }
    if (node.bucket == null) {
      node.bucket = new Bucket<>();
    }
    node.bucket.add(pattern);
    patterns++;
  }

  /** Removes a pattern that is here. O(literal). */
  void remove(IndexedPattern<T> pattern) {
    byte[] literal = pattern.literal;
    TrieNode<T> parent = root;
    TrieNode<T> node = root;
    int depth = 0;
    while (depth < literal.length) {
      parent = node;
      node = Objects.requireNonNull(node.child(at(literal, depth)), "the way to a pattern");
      depth += node.label.length;
    }
    Bucket<T> bucket = Objects.requireNonNull(node.bucket, "the bucket of a pattern");
    bucket.remove(pattern);
    patterns--;
    if (bucket.size > 0) {
      return;
    }
    node.bucket = null;
    if (node.children() == 0 && node != root) {
      parent.removeChild(node);
      node = parent;
    }
    if (node.children() == 1 && node.bucket == null && node != root) {
      node.mergeOnlyChild();
    }
  }

  /** Has the patterns examined whose literal begins the channel, or backwards ends it. */
  void match(
      Examiner<T> examiner,
      byte[] channel,
      int offset,
      int length,
      PatternIndex.Matched<? super T> consumer) {
    int step = backwards ? -1 : 1;
    int at = backwards ? offset + length - 1 : offset;
    int left = length;
    TrieNode<T> node = root;
    while (true) {
      if (node.bucket != null) {
        examiner.examine(node.bucket, length, consumer);
      }
      if (left == 0) {
        return;
      }
      node = node.child(channel[at]);
      if (node == null) {
        return;
      }
      byte[] label = node.label;
      if (label.length > left) {
        return;
      }
      for (int i = 1; i < label.length; i++) {
        if (label[i] != channel[at + i * step]) {
          return;
        }
      }
      at += label.length * step;
      left -= label.length;
    }
  }

  /** Whether a literal begins with these bytes, or they with a literal; only forwards. */
  boolean mayMatch(Bytes beginning) {
    TrieNode<T> node = root;
    int depth = 0;
    while (node.bucket == null) {
      if (depth == beginning.length()) {
        return patterns > 0;
      }
      node = node.child(beginning.at(depth));
      if (node == null) {
        return false;
      }
      for (byte b : node.label) {
        if (depth == beginning.length()) {
          return true;
        }
        if (b != beginning.at(depth)) {
          return false;
        }
        depth++;
      }
    }
    return true;
  }

  /** The byte of a literal that many steps into the trie. */
  byte at(byte[] literal, int depth) {
    return literal[backwards ? literal.length - 1 - depth : depth];
  }

  /** What is left of the literal from {@code depth}, in the direction of the trie. */
  private byte[] label(byte[] literal, int depth) {
    byte[] label = new byte[literal.length - depth];
    for (int i = 0; i < label.length; i++) {
      label[i] = at(literal, depth + i);
    }
    return label;
  }
}

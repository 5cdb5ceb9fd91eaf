package dev.carillon.engine.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.pattern.IndexedPattern.Home;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What must hold in a {@link PatternIndex} between any two calls. */
final class PatternIndexInvariants {

  /**
   * The size of an index, counted piece by piece.
   *
   * @param patterns the patterns in all homes
   * @param nodes the nodes of both tries without their roots
   * @param gramSlots the slots of all gram tables
   */
  record Shape(int patterns, int nodes, int gramSlots) {}

  private int patterns;
  private int nodes;
  private int gramSlots;

  private PatternIndexInvariants() {}

  /** Asserts all invariants and counts the pieces. O(index). */
  static Shape check(PatternIndex<?> index) {
    return new PatternIndexInvariants().walk(index);
  }

  /** Hands over the patterns of an index, in no particular order. O(index). */
  static <T> void forEachPattern(PatternIndex<T> index, Consumer<IndexedPattern<T>> consumer) {
    forEachPattern(index.homes.prefixes.root, consumer);
    forEachPattern(index.homes.suffixes.root, consumer);
    for (GramTable<T> table : index.homes.infixes) {
      if (table != null) {
        for (Bucket<T> bucket : table.buckets) {
          forEachPattern(bucket, consumer);
        }
      }
    }
    forEachPattern(index.homes.scan, consumer);
  }

  private static <T> void forEachPattern(TrieNode<T> node, Consumer<IndexedPattern<T>> consumer) {
    forEachPattern(node.bucket, consumer);
    for (TrieNode<T> child : node.children) {
      if (child != null) {
        forEachPattern(child, consumer);
      }
    }
  }

  private static <T> void forEachPattern(
      @Nullable Bucket<T> bucket, Consumer<IndexedPattern<T>> consumer) {
    IndexedPattern<T> pattern = bucket == null ? null : bucket.first;
    for (; pattern != null; pattern = pattern.next) {
      consumer.accept(pattern);
    }
  }

  private <T> Shape walk(PatternIndex<T> index) {
    trie(index.homes.prefixes, Home.PREFIX);
    trie(index.homes.suffixes, Home.SUFFIX);
    for (int length = 0; length < index.homes.infixes.length; length++) {
      GramTable<T> table = index.homes.infixes[length];
      if (table != null) {
        assertThat(table.gramLength).isEqualTo(length);
        gramTable(table);
      }
    }
    bucket(index.homes.scan, Home.SCAN, null);
    assertThat(patterns).as("each pattern has exactly one home").isEqualTo(index.patterns());
    assertThat(index.isEmpty()).isEqualTo(patterns == 0);
    return new Shape(patterns, nodes, gramSlots);
  }

  private <T> void trie(Trie<T> trie, Home home) {
    int before = patterns;
    assertThat(trie.root.label).as("the root has no label").isEmpty();
    node(trie, trie.root, new byte[0], home);
    assertThat(trie.patterns).as("a trie counts its patterns").isEqualTo(patterns - before);
  }

  private <T> void node(Trie<T> trie, TrieNode<T> node, byte[] path, Home home) {
    if (node.bucket != null) {
      assertThat(node.bucket.size).as("an empty bucket is dropped").isPositive();
      bucket(node.bucket, home, trie.backwards ? reversed(path) : path);
    }
    int found = 0;
    int previous = Integer.MIN_VALUE;
    for (int i = 0; i < node.children.length; i++) {
      TrieNode<T> child = node.children[i];
      if (child == null) {
        assertThat(node.firsts).as("only an indexed node has gaps").isNull();
        continue;
      }
      found++;
      nodes++;
      assertThat(child.label).as("only the root has no label").isNotEmpty();
      byte first = child.label[0];
      assertThat(node.child(first)).as("a child is found by its first byte").isSameAs(child);
      if (node.firsts != null) {
        assertThat(node.firsts[i]).isEqualTo(first);
        assertThat((int) first).as("children are sorted").isGreaterThan(previous);
        previous = first;
      }
      assertThat(child.bucket != null || child.children() > 1)
          .as("a node that holds nothing and divides nothing is pruned or merged")
          .isTrue();
      node(trie, child, joined(path, child.label), home);
    }
    assertThat(found).as("a node counts its children").isEqualTo(node.children());
    if (node.firsts == null) {
      assertThat(found).isGreaterThanOrEqualTo(TrieNode.SPARSE_AGAIN);
    } else {
      assertThat(found).isLessThanOrEqualTo(TrieNode.SPARSE);
    }
  }

  private <T> void gramTable(GramTable<T> table) {
    int found = 0;
    for (Bucket<T> bucket : table.buckets) {
      if (bucket != null) {
        found++;
        assertThat(bucket.size).as("an empty bucket is dropped").isPositive();
        bucket(bucket, Home.INFIX, null);
        for (IndexedPattern<T> pattern = bucket.first; pattern != null; pattern = pattern.next) {
          assertThat(table.crowd(pattern.literal, pattern.window))
              .as("a pattern is found by its gram")
              .isEqualTo(bucket.size);
        }
      }
    }
    gramSlots += table.buckets.length;
    assertThat(found).as("a table counts its grams").isEqualTo(table.size);
    assertThat(found).as("an empty table is dropped").isPositive();
    assertThat(found)
        .as("a table is at most half full")
        .isLessThanOrEqualTo(table.buckets.length / 2);
    assertThat(table.buckets.length)
        .as("a table shrinks with its grams")
        .isLessThanOrEqualTo(Math.max(8, found * 8));
  }

  private <T> void bucket(Bucket<T> bucket, Home home, byte @Nullable [] literal) {
    int found = 0;
    IndexedPattern<T> previous = null;
    for (IndexedPattern<T> pattern = bucket.first; pattern != null; pattern = pattern.next) {
      found++;
      assertThat(pattern.previous).as("a bucket is linked both ways").isSameAs(previous);
      assertThat(pattern.home).isEqualTo(home);
      assertThat(pattern.audience.size())
          .as("a pattern without subscribers is dropped")
          .isPositive();
      if (literal != null) {
        assertThat(pattern.literal).as("the path to a pattern is its literal").isEqualTo(literal);
      }
      previous = pattern;
    }
    assertThat(found).as("a bucket counts its patterns").isEqualTo(bucket.size);
    patterns += found;
  }

  private static byte[] joined(byte[] path, byte[] label) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    joined.writeBytes(path);
    joined.writeBytes(label);
    return joined.toByteArray();
  }

  private static byte[] reversed(byte[] bytes) {
    byte[] reversed = Arrays.copyOf(bytes, bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return reversed;
  }
}

package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The members of a sorted set in order: by score, and by their bytes where scores are equal. The
 * members lie in a {@link MemberTable}; here they are ids.
 *
 * <p>A rank is the number of members before one: 0 is the first. What has to do with an order
 * (bounds by score, by bytes, by rank) is answered in ranks, so that every range is two of them and
 * a walk between. All operations are O(log size) but for the walk itself.
 *
 * <p>Engine thread only.
 */
public final class ScoreIndex {
  /*
   * A B+ tree with counts. A leaf has two arrays, of scores and of ids, in order; leaves are linked
   * to a list. An inner node has, for each child, the score and the id of the first member below it,
   * and how many there are. First members are exact, not mere separators, because an id is only good
   * while its member is in the table: so the removal of a first member is passed on upwards.
   *
   * Comparing two members with different scores reads no member; with equal scores it reads both.
   * Scores are compared as numbers: 0 and -0 are equal, as in Redis, and there is no NaN. So the
   * place of a member is searched by scores first, without a branch that would be guessed wrong half
   * of the time, and by bytes only among equal scores. Where a member that is there lies within its
   * leaf is known by its id.
   *
   * A full node is split in halves, but at the ends of the tree without moving anything: scores are
   * often times, and an index that grows at one end has full leaves then. A node that is less than a
   * quarter full is merged with a neighbour if the two fit into three quarters, so that the next
   * addition does not split them again. Neighbours never lend: the tree stays shallow without it.
   *
   * Why a tree of arrays and not a skip list: 13 to 17 bytes for a member instead of 40, no object
   * for each of them, and a walk that reads memory in order.
   */

  private static final int LEAF_SIZE = 128;
  private static final int INNER_SIZE = 64;
  private static final int FIRST_SIZE = 8;

  /** Higher than any tree of 2^31 members can be. */
  private static final int DEPTH_MAX = 24;

  /** Derived: the node, its arrays' headers, its share of a parent. */
  private static final int LEAF_OVERHEAD = 100;

  private static final int INNER_OVERHEAD = 140;

  private final MemberTable members;
  private final Inner[] path = new Inner[DEPTH_MAX];
  private final int[] pathAt = new int[DEPTH_MAX];
  private final Target target = new Target();
  private final Bytes compared = Bytes.view();
  private Node root = new Node();
  private int size;
  private long nodeBytes;

  /** An empty index of members that will be in {@code members} before they are added here. */
  public ScoreIndex(MemberTable members) {
    this.members = members;
    this.nodeBytes = root.bytes();
  }

  /** Says which members lie before some place in the order. */
  @FunctionalInterface
  public interface Bound {
    /** Whether a member lies before the place; if it does, so do all before it. */
    boolean isBeyond(double score, int id);
  }

  /** The place just behind a member, or where it would be. */
  private final class Target {
    private final Bytes view = Bytes.view();
    private @Nullable Bytes member;
    private double score;
    private int id;

    Target of(double newScore, int newId) {
      score = newScore;
      id = newId;
      member = null;
      return this;
    }

    /** Whether a member with the same score comes no later. */
    boolean isBehind(int other) {
      if (other == id) {
        return true;
      }
      Bytes bytes = member;
      if (bytes == null) {
        bytes = members.member(id, view);
        member = bytes;
      }
      return members.member(other, compared).compareTo(bytes) <= 0;
    }
  }

  /** How many members there are. */
  public int size() {
    return size;
  }

  /** The memory of all nodes, in bytes. O(1). */
  public long sizeBytes() {
    return nodeBytes;
  }

  // ------------------------------------------------------------------------------------ changing

  /** Adds a member that is not in the index. */
  public void add(double score, int id) {
    int depth = descend(target.of(score, id));
    for (int level = 0; level < depth; level++) {
      path[level].counts[pathAt[level]]++;
    }
    Node leaf = leafBelow(depth);
    int at = leaf.countBefore(target);
    size++;
    if (leaf.size < LEAF_SIZE) {
      insert(leaf, at, score, id);
    } else {
      addToFull(leaf, at, score, id, depth);
    }
    if (at == 0) {
      refreshFirsts(depth);
    }
  }

  private void insert(Node node, int at, double score, int id) {
    nodeBytes -= node.bytes();
    node.open(at);
    node.scores[at] = score;
    node.ids[at] = id;
    nodeBytes += node.bytes();
  }

  private void addToFull(Node leaf, int at, double score, int id, int depth) {
    int half = LEAF_SIZE / 2;
    if (at == LEAF_SIZE && leaf.next == null) {
      half = LEAF_SIZE;
    } else if (at == 0 && leaf.previous == null) {
      half = 0;
    }
    Node right = split(leaf, half);
    right.next = leaf.next;
    right.previous = leaf;
    if (right.next != null) {
      right.next.previous = right;
    }
    leaf.next = right;
    if (at > half || half == LEAF_SIZE) {
      insert(right, at - half, score, id);
    } else {
      insert(leaf, at, score, id);
    }
    adopt(leaf, right, right.size, depth);
  }

  private Node split(Node node, int at) {
    nodeBytes -= node.bytes();
    Node right = node.splitAt(at);
    nodeBytes += node.bytes() + right.bytes();
    return right;
  }

  /**
   * Puts a new right neighbour of a node into the tree.
   *
   * @param rightCount how many members it has, which the count of the node includes until now
   * @param depth how many levels of the path are above the node
   */
  private void adopt(Node node, Node right, int rightCount, int depth) {
    Node left = node;
    Node fresh = right;
    int freshCount = rightCount;
    for (int level = depth - 1; level >= 0; level--) {
      Inner parent = path[level];
      int at = pathAt[level] + 1;
      parent.counts[at - 1] -= freshCount;
      parent.scores[at - 1] = left.scores[0];
      parent.ids[at - 1] = left.ids[0];
      Inner holder = parent;
      Inner split = null;
      if (parent.size == INNER_SIZE) {
        int half = at == INNER_SIZE ? INNER_SIZE : INNER_SIZE / 2;
        split = (Inner) split(parent, half);
        if (at > half || half == INNER_SIZE) {
          holder = split;
          at -= half;
        }
      }
      insert(holder, at, fresh.scores[0], fresh.ids[0]);
      holder.children[at] = fresh;
      holder.counts[at] = freshCount;
      if (split == null) {
        return;
      }
      left = parent;
      fresh = split;
      freshCount = split.count();
    }
    Inner newRoot = new Inner();
    nodeBytes += newRoot.bytes();
    insert(newRoot, 0, left.scores[0], left.ids[0]);
    newRoot.children[0] = left;
    newRoot.counts[0] = size - freshCount;
    insert(newRoot, 1, fresh.scores[0], fresh.ids[0]);
    newRoot.children[1] = fresh;
    newRoot.counts[1] = freshCount;
    root = newRoot;
  }

  /** Passes on upwards what the first member of the leaf under the path is. */
  private void refreshFirsts(int depth) {
    for (int level = depth - 1; level >= 0; level--) {
      Inner parent = path[level];
      int at = pathAt[level];
      parent.scores[at] = parent.children[at].scores[0];
      parent.ids[at] = parent.children[at].ids[0];
      if (at > 0) {
        return;
      }
    }
  }

  /** Removes a member, which must still be in the table. */
  public void remove(double score, int id) {
    int depth = descend(target.of(score, id));
    Node leaf = leafBelow(depth);
    int at = leaf.find(score, id);
    removeFrom(leaf, at, 1, depth);
  }

  /**
   * Removes members by rank.
   *
   * @param rank of the first
   * @param count how many; there must be so many
   * @param removed receives the ids, which are out of the index by then, in order; may remove them
   *     from the table
   */
  public void removeRange(int rank, int count, IntConsumer removed) {
    int[] ids = new int[Math.min(count, LEAF_SIZE)];
    int left = count;
    while (left > 0) {
      int at = descend(rank);
      int depth = reached;
      Node leaf = leafBelow(depth);
      int here = Math.min(left, leaf.size - at);
      System.arraycopy(leaf.ids, at, ids, 0, here);
      removeFrom(leaf, at, here, depth);
      for (int i = 0; i < here; i++) {
        removed.accept(ids[i]);
      }
      left -= here;
    }
  }

  private void removeFrom(Node leaf, int from, int count, int depth) {
    size -= count;
    leaf.close(from, count);
    Node node = leaf;
    for (int level = depth - 1; level >= 0; level--) {
      Inner parent = path[level];
      int at = pathAt[level];
      parent.counts[at] -= count;
      if (node.size == 0) {
        drop(node);
        parent.close(at, 1);
      } else {
        parent.scores[at] = node.scores[0];
        parent.ids[at] = node.ids[0];
        if (node.size < node.sizeMax() / 4) {
          merge(parent, at);
        }
      }
      node = parent;
    }
    while (root instanceof Inner top && top.size < 2) {
      nodeBytes -= top.bytes();
      root = top.size == 1 ? top.children[0] : newLeaf();
    }
  }

  private Node newLeaf() {
    Node leaf = new Node();
    nodeBytes += leaf.bytes();
    return leaf;
  }

  /** Takes an empty node out of the list of leaves and out of the count. */
  private void drop(Node node) {
    nodeBytes -= node.bytes();
    if (node.previous != null) {
      node.previous.next = node.next;
    }
    if (node.next != null) {
      node.next.previous = node.previous;
    }
  }

  /** Merges a sparse child with one of its neighbours if one of them has room. */
  private void merge(Inner parent, int at) {
    int sizeMax = parent.children[at].sizeMax() * 3 / 4;
    int left = at;
    if (at + 1 == parent.size
        || parent.children[at].size + parent.children[at + 1].size > sizeMax) {
      left = at - 1;
      if (at == 0 || parent.children[left].size + parent.children[at].size > sizeMax) {
        return;
      }
    }
    Node node = parent.children[left];
    Node absorbed = parent.children[left + 1];
    nodeBytes -= node.bytes();
    node.append(absorbed);
    nodeBytes += node.bytes();
    drop(absorbed);
    absorbed.forget(0, absorbed.size);
    parent.counts[left] += parent.counts[left + 1];
    parent.close(left + 1, 1);
  }

  /**
   * Gives a member another score: where it stays between its neighbours, in place.
   *
   * @param id of a member that is still in the table
   */
  public void move(double score, int id, double newScore) {
    int depth = descend(target.of(score, id));
    Node leaf = leafBelow(depth);
    int at = leaf.find(score, id);
    if (at > 0
        && at + 1 < leaf.size
        && leaf.scores[at - 1] < newScore
        && newScore < leaf.scores[at + 1]) {
      leaf.scores[at] = newScore;
      return;
    }
    removeFrom(leaf, at, 1, depth);
    add(newScore, id);
  }

  // ------------------------------------------------------------------------------------- finding

  /** The rank of a member that is in the index. */
  public int rank(double score, int id) {
    int depth = descend(target.of(score, id));
    int before = 0;
    for (int level = 0; level < depth; level++) {
      for (int i = 0; i < pathAt[level]; i++) {
        before += path[level].counts[i];
      }
    }
    return before + leafBelow(depth).find(score, id);
  }

  /** How many members lie before a place. */
  public int countBefore(Bound bound) {
    int before = 0;
    Node node = root;
    while (node instanceof Inner inner) {
      int at = Math.max(0, inner.countBefore(bound) - 1);
      for (int i = 0; i < at; i++) {
        before += inner.counts[i];
      }
      node = inner.children[at];
    }
    return before + node.countBefore(bound);
  }

  /** How many members have a lower score than this, or one that is no higher. */
  public int countBelow(double score, boolean orEqual) {
    return countBefore(orEqual ? (other, id) -> other <= score : (other, id) -> other < score);
  }

  /**
   * How many members come before these bytes, or are no more than these bytes. Means something only
   * where all scores are equal.
   */
  public int countBelow(Bytes member, boolean orEqual) {
    return countBefore(
        (score, id) -> members.member(id, compared).compareTo(member) < (orEqual ? 1 : 0));
  }

  /** A walk that begins at a rank, which must be one of a member. */
  public Walk walk(int rank) {
    int at = descend(rank);
    return new Walk(leafBelow(reached), at);
  }

  /** The id of the member with this rank. */
  public int select(int rank) {
    int at = descend(rank);
    return leafBelow(reached).ids[at];
  }

  /** A place between the members, good until the next change of the index. */
  public static final class Walk {
    private @Nullable Node leaf;
    private int at;

    private Walk(Node leaf, int at) {
      this.leaf = leaf;
      this.at = at;
    }

    /** Whether this is a member and not beyond the first or last one. */
    public boolean isMember() {
      return leaf != null;
    }

    /** The id of the member here. */
    public int id() {
      return here().ids[at];
    }

    /** The score of the member here. */
    public double score() {
      return here().scores[at];
    }

    private Node here() {
      if (leaf == null) {
        throw new IllegalStateException("the walk has left the index");
      }
      return leaf;
    }

    /** Goes to the next member. */
    public void next() {
      Node node = here();
      if (++at == node.size) {
        leaf = node.next;
        at = 0;
      }
    }

    /** Goes to the previous member. */
    public void previous() {
      Node node = here();
      if (--at < 0) {
        leaf = node.previous;
        at = leaf == null ? 0 : leaf.size - 1;
      }
    }
  }

  // ------------------------------------------------------------------------------------- the path

  /** How deep the latest descent went: so many levels of the path lead to the leaf. */
  private int reached;

  /** Notes the way to the leaf in which the place is; answers how many levels it has. */
  private int descend(Target place) {
    int depth = 0;
    Node node = root;
    while (node instanceof Inner inner) {
      int at = Math.max(0, inner.countBefore(place) - 1);
      path[depth] = inner;
      pathAt[depth++] = at;
      node = inner.children[at];
    }
    reached = depth;
    return depth;
  }

  /** Notes the way to the leaf with a rank; answers where in the leaf the member is. */
  private int descend(int rank) {
    assert rank >= 0 && rank < size : "no member has the rank " + rank;
    int depth = 0;
    int left = rank;
    Node node = root;
    while (node instanceof Inner inner) {
      int at = 0;
      while (left >= inner.counts[at]) {
        left -= inner.counts[at++];
      }
      path[depth] = inner;
      pathAt[depth++] = at;
      node = inner.children[at];
    }
    reached = depth;
    return left;
  }

  private Node leafBelow(int depth) {
    return depth == 0 ? root : path[depth - 1].children[pathAt[depth - 1]];
  }

  /** Fails where a node does not say of its children what they say of themselves. */
  void checkCounts() {
    long[] bytes = {0};
    int counted = check(root, bytes);
    require(counted == size, "the root counts " + counted + " of " + size + " members");
    require(bytes[0] == nodeBytes, "nodes take " + bytes[0] + " bytes, not " + nodeBytes);
  }

  private static int check(Node node, long[] bytes) {
    bytes[0] += node.bytes();
    if (!(node instanceof Inner inner)) {
      return node.size;
    }
    int sum = 0;
    for (int i = 0; i < inner.size; i++) {
      Node child = inner.children[i];
      require(child.size > 0, "a child is empty");
      require(inner.ids[i] == child.ids[0], "a child begins with another member");
      require(inner.scores[i] == child.scores[0], "a child begins with another score");
      int count = check(child, bytes);
      require(inner.counts[i] == count, "a child has " + count + ", not " + inner.counts[i]);
      sum += count;
    }
    return sum;
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }

  // --------------------------------------------------------------------------------------- nodes

  /** A leaf; or the part that an inner node has in common with it. */
  private static class Node {
    double[] scores = new double[FIRST_SIZE];
    int[] ids = new int[FIRST_SIZE];
    int size;
    @Nullable Node previous;
    @Nullable Node next;

    int sizeMax() {
      return LEAF_SIZE;
    }

    int bytes() {
      return LEAF_OVERHEAD + 12 * scores.length;
    }

    Node another() {
      return new Node();
    }

    /** How many of the entries here lie before a place. */
    int countBefore(Bound bound) {
      int low = 0;
      int high = size;
      while (low < high) {
        int middle = low + high >>> 1;
        if (bound.isBeyond(scores[middle], ids[middle])) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    /** The same for a place that is known by its member. */
    final int countBefore(Target place) {
      double score = place.score;
      int low = countBelow(score);
      if (low == size || scores[low] != score) {
        return low;
      }
      int high = low + 1;
      while (high < size && scores[high] == score) {
        high++;
      }
      while (low < high) {
        int middle = low + high >>> 1;
        if (place.isBehind(ids[middle])) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    /** How many of the entries here have a lower score. */
    private int countBelow(double score) {
      double[] all = scores;
      int from = 0;
      int left = size;
      while (left > 1) {
        int half = left >>> 1;
        from = all[from + half - 1] < score ? from + half : from;
        left -= half;
      }
      return left == 1 && all[from] < score ? from + 1 : from;
    }

    /** Where a member is, which must be here. */
    final int find(double score, int id) {
      int at = countBelow(score);
      while (at < size && ids[at] != id && scores[at] == score) {
        at++;
      }
      assert at < size && ids[at] == id : "member " + id + " is not in the index";
      return at;
    }

    /** Makes room for one entry. */
    final void open(int at) {
      reserve(size + 1);
      copy(this, at, this, at + 1, size - at);
      size++;
    }

    /** Takes entries out. */
    final void close(int at, int count) {
      copy(this, at + count, this, at, size - at - count);
      size -= count;
      forget(size, count);
    }

    /** Moves the entries from {@code at} on to a new node. */
    final Node splitAt(int at) {
      Node right = another();
      right.reserve(at == size ? 1 : size - at);
      copy(this, at, right, 0, size - at);
      right.size = size - at;
      forget(at, size - at);
      size = at;
      return right;
    }

    /** Takes over all entries of the next node, which may be forgotten then. */
    final void append(Node other) {
      reserve(size + other.size);
      copy(other, 0, this, size, other.size);
      size += other.size;
    }

    private void reserve(int count) {
      if (count > scores.length) {
        resize(Math.min(Math.max(count, 2 * scores.length), sizeMax()));
      }
    }

    void resize(int length) {
      scores = Arrays.copyOf(scores, length);
      ids = Arrays.copyOf(ids, length);
    }

    void copy(Node from, int fromAt, Node to, int toAt, int count) {
      System.arraycopy(from.scores, fromAt, to.scores, toAt, count);
      System.arraycopy(from.ids, fromAt, to.ids, toAt, count);
    }

    /** Entries there are no longer used. */
    void forget(int from, int count) {}
  }

  /** An inner node: the entries are the first members of its children. */
  private static final class Inner extends Node {
    Node[] children = new Node[FIRST_SIZE];
    int[] counts = new int[FIRST_SIZE];

    @Override
    int sizeMax() {
      return INNER_SIZE;
    }

    @Override
    int bytes() {
      return INNER_OVERHEAD + 20 * scores.length;
    }

    @Override
    Node another() {
      return new Inner();
    }

    int count() {
      int sum = 0;
      for (int i = 0; i < size; i++) {
        sum += counts[i];
      }
      return sum;
    }

    @Override
    void resize(int length) {
      super.resize(length);
      children = Arrays.copyOf(children, length);
      counts = Arrays.copyOf(counts, length);
    }

    @Override
    void copy(Node from, int fromAt, Node to, int toAt, int count) {
      super.copy(from, fromAt, to, toAt, count);
      System.arraycopy(((Inner) from).children, fromAt, ((Inner) to).children, toAt, count);
      System.arraycopy(((Inner) from).counts, fromAt, ((Inner) to).counts, toAt, count);
    }

    /** No reference must stay to children that are elsewhere. */
    @Override
    @SuppressWarnings("NullAway") // places beyond the size hold nothing and are never read
    void forget(int from, int count) {
      Arrays.fill(children, from, from + count, null);
    }
  }
}

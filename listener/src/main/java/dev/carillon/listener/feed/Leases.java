package dev.carillon.listener.feed;

import dev.carillon.listener.connect.Connections;
import io.lettuce.core.CompareCondition;
import io.lettuce.core.KeyValue;
import io.lettuce.core.ScoredValue;
import io.lettuce.core.SetArgs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongUnaryOperator;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who reads which partition: one worker of a group at a time, so that the events of a key stay in
 * order across workers, and each worker about as many as the others.
 *
 * <p>A lease is a key of the server with the worker's name and a number. Its owner renews it by
 * putting the next number there, if it still finds the last one ({@code SET … IFEQ}). A lease that
 * is there has no end that the server knows of: it has ended for whoever has looked on for the
 * whole length of a lease while its number stood still. Who has looked on so long puts its own name
 * there, if that number is there still. So clocks that show the time of day have no part in it:
 * neither a server's clock that is set nor two machines that do not agree end a lease. The owner
 * counts the same length from before it asked for the renewal, and the others from after they saw
 * it, so it ends for its owner before it ends for anybody else; and a worker that was stopped for a
 * while begins nothing any more. A lease is given up by removing the key ({@code DELEX … IFEQ}),
 * and taken at once by {@code SET … NX} then.
 *
 * <p>Rejected: keys with a time to live. They all end at once where the server's clock is set
 * forward by more than a lease; and whatever is done about it afterwards, a worker that is slow to
 * learn of it handles what another one handles too.
 *
 * <p>Workers are members of a sorted set, each scored with a number that it raises with every
 * renewal, and one whose number has stood still for the length of a lease is taken for dead. Their
 * order by name says how many partitions each of them should have, so that all agree and the shares
 * add up: a worker takes free partitions up to its share, and leaves what is above it.
 *
 * <p>Whoever comes, goes or has given a partition up rings the others' {@link Bell}, and they look
 * at once: a partition that moves stands still from the end of the last handler that had begun to
 * the next worker's first read, which is a few requests.
 *
 * <p>One thread: the keeper.
 */
final class Leases {

  private static final Logger LOG = LoggerFactory.getLogger(Leases.class);

  /**
   * When a partition that is left is handed over. A test may put something worse in its place, to
   * show that it would be noticed.
   */
  static volatile Predicate<Partition> handingOver = Partition::isDrained;

  /** How long others look on, of the nanoseconds that they should; for tests, as above. */
  static volatile LongUnaryOperator lookingOn = LongUnaryOperator.identity();

  /**
   * Chosen: clocks of two machines that count nanoseconds differ by less than a part of so many.
   */
  private static final int PRECISION = 64;

  private static final byte[] NONE = {};

  /** A number of somebody else, and since when at least it has stood still. */
  private record Seen(String number, long nanos) {}

  private final Connections connections;
  private final String subscription;
  private final String name;
  private final byte[] worker;
  private final byte[] workersKey;
  private final Bell bell;
  private final List<Partition> partitions;
  private final Duration length;

  /** The number that was given last. */
  private long number;

  /** What this worker's leases say, as far as it knows. */
  private final Map<Partition, String> own = new HashMap<>();

  /** What the leases that it does not have say; none for those that nobody has. */
  private final Map<Partition, Seen> foreign = new HashMap<>();

  /** The numbers of the other workers. */
  private final Map<String, Seen> others = new HashMap<>();

  /** Whether this worker would take more than there is. */
  private boolean isWanting;

  Leases(
      Connections connections,
      String subscription,
      String worker,
      byte[] workersKey,
      Bell bell,
      List<Partition> partitions,
      Duration length) {
    this.connections = connections;
    this.subscription = subscription;
    name = worker;
    this.worker = bytes(worker);
    this.workersKey = workersKey;
    this.bell = bell;
    this.partitions = new ArrayList<>(partitions);
    // Workers that begin together do not all ask for the same one first.
    Collections.shuffle(this.partitions);
    this.length = length;
  }

  /**
   * Renews, takes and gives up.
   *
   * @param closing whether this worker wants nothing any more
   */
  void round(boolean closing) {
    int share = share(closing);
    int owned = 0;
    boolean free = false;
    for (Partition partition : partitions) {
      if (partition.state() != Partition.State.FOREIGN
          && partition.leaseNanosLeft() < length.toNanos() / 6 * 5) {
        renew(partition);
      }
      owned += partition.state() == Partition.State.OWNED ? 1 : 0;
    }
    boolean changed = false;
    for (Partition partition : partitions) {
      if (owned > share && partition.state() == Partition.State.OWNED) {
        LOG.debug("{}: leaves {}", subscription, text(partition.key()));
        partition.leave();
        changed = true;
        owned--;
      }
      if (partition.state() == Partition.State.LEAVING && handingOver.test(partition)) {
        release(partition);
        free = true;
      }
    }
    if (!closing) {
      look();
    }
    for (Partition partition : partitions) {
      if (owned < share && partition.state() == Partition.State.FOREIGN && take(partition)) {
        owned++;
        changed = true;
      }
    }
    isWanting = owned < share;
    if (free) {
      bell.ring(others.keySet());
    }
    if (changed && !closing) {
      // The reader waits for what this worker had before.
      bell.ring(List.of(name));
    }
  }

  /** How many partitions this worker should have. */
  private int share(boolean closing) {
    number++;
    boolean isNews;
    if (closing) {
      isNews = connections.<Long>ask(redis -> redis.zrem(workersKey, worker)) > 0;
    } else {
      double score = number;
      isNews = connections.<Long>ask(redis -> redis.zadd(workersKey, score, worker)) > 0;
    }
    Set<String> dead = lookForDead();
    if (!dead.isEmpty()) {
      connections.ask(
          redis -> redis.zrem(workersKey, dead.stream().map(Leases::bytes).toArray(byte[][]::new)));
      bell.takeDown(dead);
    }
    if (isNews || !dead.isEmpty()) {
      bell.ring(others.keySet());
    }
    if (closing) {
      return 0;
    }
    TreeSet<String> all = new TreeSet<>(others.keySet());
    all.add(name);
    int before = all.headSet(name).size();
    return partitions.size() / all.size() + (before < partitions.size() % all.size() ? 1 : 0);
  }

  /** Looks which other workers there are; answers those that are no more. */
  private Set<String> lookForDead() {
    long asked = System.nanoTime();
    List<ScoredValue<byte[]>> members =
        connections.ask(redis -> redis.zrangeWithScores(workersKey, 0, -1));
    long answered = System.nanoTime();
    Map<String, String> now = new HashMap<>();
    members.forEach(one -> now.put(text(one.getValue()), Double.toString(one.getScore())));
    now.remove(name);
    others.keySet().retainAll(now.keySet());
    Set<String> dead = new HashSet<>();
    now.forEach(
        (one, score) -> {
          Seen seen = others.get(one);
          if (seen == null || !seen.number().equals(score)) {
            others.put(one, new Seen(score, answered));
          } else if (nanosLeft(seen, asked) <= 0) {
            dead.add(one);
          }
        });
    others.keySet().removeAll(dead);
    return dead;
  }

  /** Looks what the leases say that this worker does not have. */
  private void look() {
    List<Partition> wanted =
        partitions.stream().filter(one -> one.state() == Partition.State.FOREIGN).toList();
    foreign.keySet().retainAll(Set.copyOf(wanted));
    if (wanted.isEmpty()) {
      return;
    }
    byte[][] keys = wanted.stream().map(Partition::leaseKey).toArray(byte[][]::new);
    List<KeyValue<byte[], byte[]>> values = connections.ask(redis -> redis.mget(keys));
    long answered = System.nanoTime();
    for (int i = 0; i < keys.length; i++) {
      byte[] value = values.get(i).getValueOrElse(NONE);
      Partition partition = wanted.get(i);
      Seen seen = foreign.get(partition);
      if (value.length == 0) {
        foreign.remove(partition);
      } else if (seen == null || !seen.number().equals(text(value))) {
        foreign.put(partition, new Seen(text(value), answered));
      }
    }
  }

  private long nanosLeft(Seen seen, long now) {
    long nanos = length.toNanos();
    return lookingOn.applyAsLong(nanos + nanos / PRECISION) - (now - seen.nanos());
  }

  /**
   * How long the next round may wait because of what others have; {@link Long#MAX_VALUE} if there
   * is nothing to wait for.
   */
  long nanosLeft() {
    long now = System.nanoTime();
    long left = Long.MAX_VALUE;
    if (isWanting) {
      for (Seen seen : foreign.values()) {
        left = Math.min(left, nanosLeft(seen, now));
      }
    }
    for (Seen seen : others.values()) {
      left = Math.min(left, nanosLeft(seen, now));
    }
    return Math.max(left, 0);
  }

  private boolean take(Partition partition) {
    Seen seen = foreign.get(partition);
    long sent = System.nanoTime();
    SetArgs condition;
    if (seen == null) {
      condition = SetArgs.Builder.nx();
    } else if (isOwn(seen.number()) || nanosLeft(seen, sent) <= 0) {
      condition = is(seen.number());
    } else {
      return false;
    }
    if (!isSet(partition, condition, sent)) {
      return false;
    }
    LOG.debug("{}: reads {}", subscription, text(partition.key()));
    foreign.remove(partition);
    return true;
  }

  private void renew(Partition partition) {
    if (isSet(partition, is(own.getOrDefault(partition, "")), System.nanoTime())) {
      return;
    }
    // The answer to an earlier renewal may have been lost.
    byte[] value = connections.ask(redis -> redis.get(partition.leaseKey()));
    if (value == null
        || !isOwn(text(value))
        || !isSet(partition, is(text(value)), System.nanoTime())) {
      LOG.warn("{}: has lost {}", subscription, text(partition.key()));
      lost(partition);
    }
  }

  /** Whether the lease is this worker's from now on, if it is as it should be. */
  private boolean isSet(Partition partition, SetArgs condition, long sentNanos) {
    String next = name + " " + ++number;
    String reply =
        connections.ask(redis -> redis.set(partition.leaseKey(), bytes(next), condition));
    if (reply == null) {
      return false;
    }
    own.put(partition, next);
    partition.leased(sentNanos + length.toNanos());
    return true;
  }

  private static SetArgs is(String number) {
    return new SetArgs().compareCondition(CompareCondition.valueEq(bytes(number)));
  }

  private boolean isOwn(String number) {
    return number.startsWith(name + " ");
  }

  private void release(Partition partition) {
    String last = own.get(partition);
    if (last != null) {
      connections.ask(
          redis -> redis.delex(partition.leaseKey(), CompareCondition.valueEq(bytes(last))));
    }
    lost(partition);
  }

  private void lost(Partition partition) {
    own.remove(partition);
    partition.lost();
  }

  /**
   * The last round of a worker that closes, when its handlers have ended or were interrupted. What
   * runs all the same keeps its partition until the lease ends by itself.
   */
  void close() {
    try {
      round(true);
    } finally {
      bell.takeDown(List.of(name));
    }
    for (Partition partition : partitions) {
      if (partition.state() != Partition.State.FOREIGN) {
        LOG.warn(
            "{}: a handler of {} has not ended; others begin when its lease ends",
            subscription,
            text(partition.key()));
      }
    }
  }

  private static byte[] bytes(String text) {
    return FeedSource.bytes(text);
  }

  private static String text(byte[] bytes) {
    return FeedSource.text(bytes);
  }
}

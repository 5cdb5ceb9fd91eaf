package dev.carillon.listener.feed;

import dev.carillon.listener.connect.Connections;
import io.lettuce.core.Range;
import io.lettuce.core.SetArgs;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who reads which partition: one worker of a group at a time, so that the events of a key stay in
 * order across workers, and each worker about as many as the others.
 *
 * <p>A lease is a key of the server with the worker's name and a time to live. It is taken with
 * {@code SET NX PX}. It is renewed by {@code PEXPIRE} and then {@code GET}: if the key has this
 * worker's name behind the renewal it is this worker's lease that was renewed; otherwise it was
 * somebody else's, who has it a little longer. A lease counts from before the request was sent, by
 * a monotonic clock, so it ends here before it ends there, and a worker that was stopped for a
 * while begins nothing any more. It is given up by {@code DEL} only while it is certainly there.
 *
 * <p>Workers are members of a sorted set, scored by the server's clock when they were last seen.
 * Their order by name says how many partitions each of them should have, so that all agree and the
 * shares add up: a worker takes free partitions up to its share, and leaves what is above it.
 *
 * <p>Whoever comes, goes or has given a partition up rings the others' {@link Bell}, and they look
 * at once: a partition that moves stands still from the end of the last handler that had begun to
 * the next worker's first read, which is a few requests.
 *
 * <p>A worker that was not seen for longer than a lease is taken for dead: it is no member any
 * more, and its leases have ended. Where the server's clock was set forward it may be alive all the
 * same. So its bell is rung, and whoever took it for dead, or was taken for dead, takes nothing for
 * a tenth of a lease but what it had: in that time those that live come back.
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

  /**
   * Chosen: with the default lease a second, far longer than a worker that lives needs to answer a
   * ring, also on a busy machine.
   */
  private static final int GRACES_PER_LEASE = 10;

  private final Connections connections;
  private final String subscription;
  private final String name;
  private final byte[] worker;
  private final byte[] workersKey;
  private final Bell bell;
  private final List<Partition> partitions;
  private final Duration length;

  /** Who was taken for dead and has time to show that it lives. */
  private final Set<String> suspects = new TreeSet<>();

  /** Whether nothing is taken that this worker did not have, because somebody may come back. */
  private boolean isGrace;

  private long graceUntil;

  private boolean joined;

  /** Whether somebody took this worker for dead, so that it may have lost what it has. */
  private boolean doubted;

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
    this.worker = worker.getBytes(StandardCharsets.US_ASCII);
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
    List<String> others = new ArrayList<>();
    int share = share(closing, others);
    int owned = 0;
    boolean free = false;
    List<Partition> before =
        partitions.stream().filter(one -> one.state() == Partition.State.OWNED).toList();
    for (Partition partition : partitions) {
      if (partition.state() != Partition.State.FOREIGN
          && (doubted || partition.leaseNanosLeft() < length.toNanos() / 6 * 5)) {
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
        renew(partition); // Is it still this worker's?
        release(partition);
        free = true;
      }
    }
    for (Partition partition : partitions) {
      if (owned < share
          && (!isGrace || before.contains(partition))
          && partition.state() == Partition.State.FOREIGN
          && take(partition)) {
        owned++;
        changed = true;
      }
    }
    if (free) {
      bell.ring(others);
    }
    if (changed && !closing) {
      // The reader waits for what this worker had before.
      bell.ring(List.of(name));
    }
  }

  /**
   * How many partitions this worker should have.
   *
   * @param others is told which workers there are beside this one
   */
  private int share(boolean closing, List<String> others) {
    List<byte[]> time = connections.ask(redis -> redis.time());
    long now = Long.parseLong(text(time.getFirst())) * 1000;
    boolean isNews;
    if (closing) {
      isNews = connections.<Long>ask(redis -> redis.zrem(workersKey, worker)) > 0;
    } else {
      isNews = connections.<Long>ask(redis -> redis.zadd(workersKey, (double) now, worker)) > 0;
    }
    doubted = isNews && joined && !closing;
    joined = true;
    if (isGrace && graceNanosLeft() <= 0) {
      isGrace = false;
    }
    if (doubted) {
      beginGrace(); // Others may have been, too.
    }
    suspect(now);
    TreeSet<String> all = new TreeSet<>();
    connections
        .<List<byte[]>>ask(redis -> redis.zrange(workersKey, 0, -1))
        .forEach(one -> all.add(text(one)));
    others.addAll(all);
    others.remove(name);
    boolean areGone = false;
    if (!suspects.isEmpty() && !isGrace) {
      suspects.removeAll(all);
      bell.takeDown(suspects);
      areGone = !suspects.isEmpty();
      suspects.clear();
    }
    if (isNews || areGone) {
      bell.ring(others);
    }
    if (closing) {
      return 0;
    }
    all.add(name);
    int before = all.headSet(name).size();
    return partitions.size() / all.size() + (before < partitions.size() % all.size() ? 1 : 0);
  }

  /** Removes the workers that were not seen for longer than a lease, and asks whether they live. */
  private void suspect(long nowMillis) {
    Range<Double> unseen =
        Range.from(
            Range.Boundary.unbounded(),
            Range.Boundary.excluding((double) nowMillis - length.toMillis() - 1000));
    List<String> dead =
        connections.<List<byte[]>>ask(redis -> redis.zrangebyscore(workersKey, unseen)).stream()
            .map(Leases::text)
            .toList();
    if (!dead.isEmpty()) {
      connections.ask(redis -> redis.zremrangebyscore(workersKey, unseen));
      bell.ring(dead);
      suspects.addAll(dead);
      beginGrace();
    }
  }

  private void beginGrace() {
    isGrace = true;
    graceUntil = System.nanoTime() + length.toNanos() / GRACES_PER_LEASE;
  }

  /** How long the next round may wait; {@link Long#MAX_VALUE} if there is nothing to wait for. */
  long graceNanosLeft() {
    return isGrace ? graceUntil - System.nanoTime() : Long.MAX_VALUE;
  }

  private boolean take(Partition partition) {
    long sent = System.nanoTime();
    String reply =
        connections.ask(
            redis ->
                redis.set(
                    partition.leaseKey(), worker, SetArgs.Builder.nx().px(length.toMillis())));
    if (reply == null) {
      return false;
    }
    partition.leased(sent + length.toNanos());
    LOG.debug("{}: reads {}", subscription, text(partition.key()));
    return true;
  }

  private void renew(Partition partition) {
    long sent = System.nanoTime();
    connections.ask(redis -> redis.pexpire(partition.leaseKey(), length.toMillis()));
    byte[] owner = connections.ask(redis -> redis.get(partition.leaseKey()));
    if (Arrays.equals(owner, worker)) {
      partition.leased(sent + length.toNanos());
    } else {
      LOG.warn("{}: has lost {}", subscription, text(partition.key()));
      partition.lost();
      beginGrace(); // Whatever took it may have taken those of others, who live.
    }
  }

  private void release(Partition partition) {
    if (partition.isLeased() && partition.leaseNanosLeft() > length.toNanos() / 3) {
      connections.ask(redis -> redis.del(partition.leaseKey()));
    }
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

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}

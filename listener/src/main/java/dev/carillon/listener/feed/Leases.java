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
 * <p>Workers are members of a sorted set, scored by the server's clock when they were last seen. A
 * worker takes free partitions up to its share, and leaves what is above it.
 *
 * <p>One thread: the keeper.
 */
final class Leases {

  private static final Logger LOG = LoggerFactory.getLogger(Leases.class);

  private final Connections connections;
  private final String subscription;
  private final byte[] worker;
  private final byte[] workersKey;
  private final List<Partition> partitions;
  private final Duration length;

  Leases(
      Connections connections,
      String subscription,
      String worker,
      byte[] workersKey,
      List<Partition> partitions,
      Duration length) {
    this.connections = connections;
    this.subscription = subscription;
    this.worker = worker.getBytes(StandardCharsets.US_ASCII);
    this.workersKey = workersKey;
    this.partitions = new ArrayList<>(partitions);
    // Workers that begin together do not all ask for the same one first.
    Collections.shuffle(this.partitions);
    this.length = length;
  }

  /** Renews, takes and gives up. */
  void round() {
    int share = share();
    int owned = 0;
    for (Partition partition : partitions) {
      if (partition.state() != Partition.State.FOREIGN) {
        renew(partition);
      }
      if (partition.state() == Partition.State.LEAVING
          && !partition.isBeingRead()
          && partition.underWay().isEmpty()) {
        release(partition);
      }
      owned += partition.state() == Partition.State.OWNED ? 1 : 0;
    }
    for (Partition partition : partitions) {
      if (owned > share && partition.state() == Partition.State.OWNED) {
        LOG.debug("{}: leaves {}", subscription, text(partition.key()));
        partition.leave();
        owned--;
      } else if (owned < share && partition.state() == Partition.State.FOREIGN) {
        owned += take(partition) ? 1 : 0;
      }
    }
  }

  /** How many partitions each worker should have. */
  private int share() {
    List<byte[]> time = connections.ask(redis -> redis.time());
    long now = Long.parseLong(text(time.getFirst())) * 1000;
    connections.ask(redis -> redis.zadd(workersKey, (double) now, worker));
    connections.ask(
        redis ->
            redis.zremrangebyscore(
                workersKey,
                Range.from(
                    Range.Boundary.unbounded(),
                    Range.Boundary.excluding((double) now - length.toMillis() - 1000))));
    long workers = Math.max(1, connections.<Long>ask(redis -> redis.zcard(workersKey)));
    return (int) ((partitions.size() + workers - 1) / workers);
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
    }
  }

  private void release(Partition partition) {
    if (partition.leaseNanosLeft() > length.toNanos() / 3) {
      connections.ask(redis -> redis.del(partition.leaseKey()));
    }
    partition.lost();
  }

  /** Gives everything up whose events are handled or left. */
  void close() {
    for (Partition partition : partitions) {
      if (partition.isLeased()) {
        release(partition);
      }
    }
    connections.ask(redis -> redis.zrem(workersKey, worker));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}

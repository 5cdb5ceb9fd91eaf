package dev.carillon.listener.feed;

import dev.carillon.listener.connect.Connections;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.XGroupCreateArgs;
import io.lettuce.core.XReadArgs;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * By which the workers of a group wake each other: each has a stream that its reader waits for
 * beside its partitions. An entry there says that there is something to look at, a worker that came
 * or went or a partition that is free; what it is the keys say. So nobody has to ask all the time,
 * and a hand-over takes a few requests and not a part of a lease.
 *
 * <p>A ring that gets lost, or that the server does not permit, costs time and nothing else: what
 * it told of is found with the next renewal. Any thread.
 */
final class Bell {

  private static final Logger LOG = LoggerFactory.getLogger(Bell.class);

  private static final byte[] FIELD = "rung".getBytes(StandardCharsets.US_ASCII);

  private final Connections connections;
  private final String prefix;
  private final byte[] group;
  private final String worker;
  private volatile boolean refused;

  /**
   * The bell of a worker; {@link #hang} before it is read.
   *
   * @param prefix of the keys of all bells of the group
   */
  Bell(Connections connections, String prefix, byte[] group, String worker) {
    this.connections = connections;
    this.prefix = prefix;
    this.group = group;
    this.worker = worker;
  }

  /** The stream that the worker reads. */
  byte[] key() {
    return key(worker);
  }

  private byte[] key(String of) {
    return FeedSource.bytes(prefix + of);
  }

  /** Makes the stream if it is not there. */
  void hang() {
    try {
      connections.ask(
          redis ->
              redis.xgroupCreate(
                  XReadArgs.StreamOffset.from(key(), "0"),
                  group,
                  XGroupCreateArgs.Builder.mkstream(true)));
    } catch (RedisCommandExecutionException e) {
      if (!String.valueOf(e.getMessage()).startsWith("BUSYGROUP")) {
        throw e;
      }
    }
  }

  /** Whether what the server said is that the stream is gone: somebody took us for dead. */
  boolean isMissing(RedisCommandExecutionException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains(prefix + worker) || message.startsWith("UNBLOCKED");
  }

  /** Wakes some workers; this one is woken at its reader, too. */
  void ring(Collection<String> workers) {
    if (refused) {
      return;
    }
    try {
      for (String one : workers) {
        // Not to a worker that has gone meanwhile, whose key nobody would remove.
        connections.ask(
            redis ->
                redis.xadd(key(one), new XAddArgs().nomkstream().maxlen(1), Map.of(FIELD, FIELD)));
      }
    } catch (RedisCommandExecutionException e) {
      refused = true;
      LOG.warn(
          "{} refuses {}, by which workers of a group tell each other that partitions are free: {};"
              + " they are found with the next renewal of the leases",
          connections.place(),
          "XADD " + prefix + "*",
          e.getMessage());
    }
  }

  /** Removes the bells of workers that are gone. */
  void takeDown(Collection<String> workers) {
    for (String one : workers) {
      connections.ask(redis -> redis.del(key(one)));
    }
  }
}

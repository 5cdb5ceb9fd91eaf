package dev.carillon.listener.claim;

import dev.carillon.listener.KeyEvent;
import dev.carillon.listener.ListenerException;
import dev.carillon.listener.connect.Connections;
import dev.carillon.listener.dispatch.Outcome;
import dev.carillon.listener.dispatch.Workers;
import dev.carillon.listener.feed.FeedLetters;
import dev.carillon.listener.pubsub.Choir;
import dev.carillon.listener.pubsub.Interest;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.SetArgs;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which worker of a group handles an event that all of them hear.
 *
 * <p>All of them name an event in the same way ({@link Choir} says how), so that its name can be
 * claimed: {@code SET <claim> <worker> NX PX <lease>}. Who gets it handles the event, renews the
 * claim as long as that takes, overwrites it with {@code done}, and tells the others over the
 * channel that they share. Who does not get it waits for that message, with the later events of the
 * same key behind it, and looks again when the claim has run out: then its owner has died, and the
 * next one takes over. A message that is lost costs time and nothing else.
 *
 * <p>What is done is remembered by each worker for a number of events, and by the server for a
 * time. Who lags behind further than both handles an event again.
 *
 * <p>Any thread.
 */
public final class Claims implements Outcome, Choir {

  private static final Logger LOG = LoggerFactory.getLogger(Claims.class);

  private static final byte[] DONE = bytes("done");
  private static final byte DONE_SIGN = 'd';

  /** Chosen: how many events a worker may lag behind without asking the server about each. */
  private static final int DONE_MAX = 50_000;

  /** Chosen: how long the server knows what is done; for workers that come late. */
  private static final Duration DONE_KEPT = Duration.ofMinutes(2);

  /** Chosen: how many dead letters are taken on at once. */
  private static final int REDRIVEN_MAX = 100;

  /** Chosen: how long to wait behind a question that had no answer. */
  private static final Duration BACK_OFF = Duration.ofMillis(200);

  private final Connections connections;
  private final String subscription;
  private final String group;
  private final String feed;
  private final boolean deadLetters;
  private final Duration lease;
  private final byte[] worker =
      bytes(
          ProcessHandle.current().pid()
              + "-"
              + Long.toHexString(ThreadLocalRandom.current().nextLong()));
  private final byte[] channel;

  /** Until when claims are certainly this worker's, by {@link System#nanoTime}. */
  private final Map<String, Long> held = new ConcurrentHashMap<>();

  /** Who waits for the end of an event that another worker handles. */
  private final Map<String, CompletableFuture<Void>> awaited = new ConcurrentHashMap<>();

  /** What others have done, the latest; guarded by itself. */
  private final LinkedHashMap<String, Boolean> done =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > DONE_MAX;
        }
      };

  private final CountDownLatch stopped = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);

  /**
   * Claims of a worker of a group.
   *
   * @param feed after which dead letters are named, though there is none
   * @param lease how long a worker that died keeps an event
   */
  public Claims(
      Connections connections,
      String subscription,
      String group,
      String feed,
      boolean deadLetters,
      Duration lease) {
    this.connections = connections;
    this.subscription = subscription;
    this.group = group;
    this.feed = feed;
    this.deadLetters = deadLetters;
    this.lease = lease;
    channel = bytes("carillon:own:group:" + group);
    Thread.ofVirtual().name("carillon-" + subscription + "-claims").start(this::renew);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private byte[] claimKey(String id) {
    return bytes("carillon:own:claim:" + group + ":" + id);
  }

  // ------------------------------------------------------------------------------------ the choir

  @Override
  public byte[] channel() {
    return channel;
  }

  @Override
  public String group() {
    return group;
  }

  @Override
  public void onMessage(byte[] message) {
    if (message.length > 0 && message[0] == DONE_SIGN) {
      String id = new String(message, 1, message.length - 1, StandardCharsets.UTF_8);
      noteDone(id);
    }
  }

  private void noteDone(String id) {
    synchronized (done) {
      done.put(id, true);
    }
    CompletableFuture<Void> waiting = awaited.remove(id);
    if (waiting != null) {
      waiting.complete(null);
    }
  }

  private boolean isDone(String id) {
    synchronized (done) {
      return done.containsKey(id);
    }
  }

  // ------------------------------------------------------------------------------------- claiming

  /** Waits until the event is claimed here, or done somewhere. */
  @Override
  public boolean mayBegin(KeyEvent event) {
    return mayBegin(event.id());
  }

  private boolean mayBegin(String id) {
    while (stopped.getCount() > 0) {
      if (isHeld(id)) {
        return true; // It is tried again.
      }
      if (isDone(id)) {
        return false;
      }
      CompletableFuture<Void> told = awaited.computeIfAbsent(id, key -> new CompletableFuture<>());
      try {
        Duration wait = claim(id);
        if (wait == null) {
          awaited.remove(id);
          return true;
        }
        told.get(wait.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        // The claim has run out, or the server may answer again.
      } catch (InterruptedException | ExecutionException e) {
        awaited.remove(id);
        return false;
      }
    }
    awaited.remove(id);
    return false;
  }

  private boolean isHeld(String id) {
    Long until = held.get(id);
    return until != null && until - System.nanoTime() > 0;
  }

  /** Claims an event; answers null if that worked, else how long to wait before the next look. */
  private @Nullable Duration claim(String id) {
    byte[] key = claimKey(id);
    try {
      long sent = System.nanoTime();
      String taken =
          connections.ask(
              redis -> redis.set(key, worker, SetArgs.Builder.nx().px(lease.toMillis())));
      if (taken != null) {
        held.put(id, sent + lease.toNanos());
        return null;
      }
      byte[] owner = connections.ask(redis -> redis.get(key));
      if (owner == null) {
        return Duration.ZERO;
      }
      if (Arrays.equals(owner, DONE)) {
        noteDone(id);
        return Duration.ZERO;
      }
      long left = connections.<Long>ask(redis -> redis.pttl(key));
      return Duration.ofMillis(Math.max(1, left + 1));
    } catch (ListenerException | RedisCommandExecutionException e) {
      LOG.debug("{}: no claim on {}: {}", subscription, id, e.getMessage());
      return BACK_OFF;
    }
  }

  /** Renews what is held, so that a handler may take its time and be tried again later. */
  private void renew() {
    try {
      while (!finished.await(lease.toMillis() / 3, TimeUnit.MILLISECONDS)) {
        for (String id : held.keySet()) {
          long sent = System.nanoTime();
          if (!isHeld(id)) {
            // Another worker may have it by now.
            held.remove(id);
            continue;
          }
          try {
            connections.ask(redis -> redis.pexpire(claimKey(id), lease.toMillis()));
            held.computeIfPresent(id, (key, until) -> sent + lease.toNanos());
          } catch (ListenerException | RedisCommandExecutionException e) {
            LOG.debug("{}: {} is not renewed: {}", subscription, id, e.getMessage());
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ------------------------------------------------------------------------------ what came of it

  @Override
  public void onHandled(KeyEvent event) {
    settle(event.id());
  }

  /** It is another worker's, or nobody's any more: then the claim runs out. */
  @Override
  public void onLeft(KeyEvent event) {
    held.remove(event.id());
  }

  @Override
  public void onGivenUp(KeyEvent event, Throwable cause) {
    if (isKept(event, cause)) {
      settle(event.id());
    } else {
      held.remove(event.id()); // Not marked as done, so that the next one tries.
    }
  }

  private boolean isKept(KeyEvent event, Throwable cause) {
    try {
      if (deadLetters) {
        FeedLetters.keep(connections, feed, group, event, cause);
      }
      return true;
    } catch (ListenerException | RedisCommandExecutionException e) {
      LOG.error("{}: {} could not be kept as a dead letter", subscription, event, e);
      return false;
    }
  }

  /** Says that an event is done, as often as it takes while the claim lasts. */
  private void settle(String id) {
    byte[] message = bytes((char) DONE_SIGN + id);
    while (true) {
      try {
        connections.ask(
            redis -> redis.set(claimKey(id), DONE, SetArgs.Builder.px(DONE_KEPT.toMillis())));
        connections.ask(redis -> redis.publish(channel, message));
        break;
      } catch (ListenerException | RedisCommandExecutionException e) {
        if (!isHeld(id)) {
          LOG.warn("{}: {} may be handled again: {}", subscription, id, e.getMessage());
          break;
        }
        try {
          if (finished.await(BACK_OFF.toMillis(), TimeUnit.MILLISECONDS)) {
            break;
          }
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          break;
        }
      }
    }
    held.remove(id);
    noteDone(id);
  }

  // ----------------------------------------------------------------------- dead letters, again

  /** Takes on what dead letters were handed to the group again, until it stops. */
  public void redrive(Interest interest, Workers workers) {
    Thread.ofVirtual()
        .name("carillon-" + subscription + "-redrive")
        .start(() -> lookForRedriven(interest, workers));
  }

  private void lookForRedriven(Interest interest, Workers workers) {
    Set<String> underWay = ConcurrentHashMap.newKeySet();
    try {
      while (!stopped.await(lease.toMillis() / 3, TimeUnit.MILLISECONDS)) {
        try {
          for (FeedLetters.Redriven one :
              FeedLetters.redriven(connections, feed, group, interest, REDRIVEN_MAX)) {
            if (underWay.add(one.entry())) {
              workers.submit(one.event(), new Again(one.entry(), underWay));
            }
          }
        } catch (ListenerException | RedisCommandExecutionException e) {
          LOG.debug("{}: no look at dead letters: {}", subscription, e.getMessage());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A dead letter that is handled again is claimed by its place in the stream. */
  private final class Again implements Outcome {

    private final String entry;
    private final Set<String> underWay;

    Again(String entry, Set<String> underWay) {
      this.entry = entry;
      this.underWay = underWay;
    }

    private String claim() {
      return "redrive/" + entry;
    }

    @Override
    public boolean mayBegin(KeyEvent event) {
      return Claims.this.mayBegin(claim());
    }

    @Override
    public void onHandled(KeyEvent event) {
      end();
    }

    @Override
    public void onGivenUp(KeyEvent event, Throwable cause) {
      if (isKept(event, cause)) {
        end();
      } else {
        onLeft(event);
      }
    }

    @Override
    public void onLeft(KeyEvent event) {
      held.remove(claim());
      underWay.remove(entry);
    }

    private void end() {
      try {
        FeedLetters.endRedriven(connections, feed, group, entry);
      } catch (ListenerException | RedisCommandExecutionException e) {
        LOG.warn("{}: a dead letter may be handled again: {}", subscription, e.getMessage());
      }
      settle(claim());
      underWay.remove(entry);
    }
  }

  /** Nothing is claimed any more, and whoever waits is released. */
  public void stop() {
    stopped.countDown();
    awaited.values().forEach(one -> one.complete(null));
  }

  /** The handlers have ended: nothing is renewed any more. */
  public void finish() {
    finished.countDown();
  }
}

package dev.carillon.engine.tracking;

import dev.carillon.engine.keyspace.ChangeListener;
import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.turn.EventSink;
import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which clients read which keys, and tells each of them once when such a key changes;
 * broadcasting clients are told of all keys with their prefixes.
 *
 * <p>As in Redis, keys are known by their names alone, whatever the database, and a client that is
 * gone stays in the table until the key changes. The table has a limit; the keys read longest ago
 * are then invalidated as if they had changed. Nothing listens to changes while no client tracks.
 *
 * <p>Messages leave at the end of the turn: first those to other clients, then notifications, then
 * those to the client whose request it was. Broadcasts wait for {@link #broadcast}, so that what a
 * request changes and what those change whom it serves are one message. Engine thread only.
 */
public final class ClientTracking {

  /** Chosen: bounds what a lowered limit costs one turn. */
  private static final int TRIMMED_PER_TURN = 10_000;

  /** How a receiver can be told: as a push, on a channel, or not at all. */
  private enum Form {
    PUSH,
    MESSAGE,
    NONE
  }

  /**
   * A message to be sent; without a key it says that all keys are gone.
   *
   * @param receiver who is told, the client or whom it redirects to, or null if that one is gone
   * @param form how the receiver could be told when the key changed: HELLO later in the same
   *     transaction does not matter
   */
  private record Invalidation(
      TrackedClient client, @Nullable TrackedClient receiver, Form form, @Nullable Bytes key) {}

  /** Who is told of a prefix, and the keys of this turn with it, with who changed them last. */
  private static final class Prefix {
    private final Set<TrackedClient> clients = new LinkedHashSet<>();
    private final SortedMap<Bytes, Long> changed = new TreeMap<>();
  }

  private final LongFunction<? extends @Nullable TrackedClient> clientById;
  private final Map<Long, TrackedClient> clients = new LinkedHashMap<>();
  private final SortedMap<Bytes, Prefix> prefixes = new TreeMap<>();

  /** For each key the number of its reader, or a set of such numbers. */
  private final Map<Bytes, Object> readers = new LinkedHashMap<>();

  private @Nullable Keyspace keyspace;
  private @Nullable Turn turn;
  private long items;
  private long keysMax;
  private @Nullable TrackedClient current;
  private final List<Invalidation> toOthers = new ArrayList<>();
  private final List<@Nullable Bytes> toCurrent = new ArrayList<>();
  private boolean flushed;
  private boolean broadcasting;
  private boolean trimming;
  private final InvalidationFrame frame = new InvalidationFrame();

  private final ChangeListener listener =
      new ChangeListener() {
        @Override
        public void onChanged(Database database, Bytes key) {
          invalidate(key, true);
        }

        @Override
        public void onCleared(Database database) {
          invalidateAll();
        }
      };

  /**
   * Nobody tracks, and {@link #watch} must be called before somebody does.
   *
   * @param clientById finds a client that is connected by its number, or answers null
   */
  public ClientTracking(LongFunction<? extends @Nullable TrackedClient> clientById) {
    this.clientById = clientById;
  }

  /** The keyspace whose changes matter; it needs the turn, and the turn needs our sinks. */
  public void watch(Keyspace newKeyspace) {
    keyspace = newKeyspace;
  }

  /** {@code tracking-table-max-keys}; 0 is no limit. */
  public void keysMax(long count) {
    keysMax = count;
  }

  // ------------------------------------------------------------------------------------- clients

  /**
   * Tells a client from now on.
   *
   * @param more for broadcasts, prefixes beside those that the client has; they must not overlap
   */
  public void enable(TrackedClient client, Tracking tracking, Collection<Bytes> more) {
    if (clients.isEmpty() && keyspace != null) {
      keyspace.addChangeListener(listener);
    }
    clients.put(client.id(), client);
    Tracking before = client.tracking();
    if (before != null) {
      before.prefixes().forEach(tracking::add);
    }
    for (Bytes prefix : more) {
      Bytes kept = prefix.copy();
      tracking.add(kept);
      prefixes.computeIfAbsent(kept, unused -> new Prefix()).clients.add(client);
    }
    client.tracking(tracking);
  }

  /** Tells a client no more, or never did. */
  public void disable(TrackedClient client) {
    Tracking tracking = client.tracking();
    if (tracking == null) {
      return;
    }
    for (Bytes name : tracking.prefixes()) {
      Prefix prefix = prefixes.get(name);
      if (prefix != null && prefix.clients.remove(client) && prefix.clients.isEmpty()) {
        prefixes.remove(name);
      }
    }
    client.tracking(null);
    clients.remove(client.id());
    if (clients.isEmpty() && keyspace != null) {
      keyspace.removeChangeListener(listener);
      readers.clear();
      items = 0;
    }
  }

  /** Whose request the turn executes, or null; that client is told after its reply. */
  public void current(@Nullable TrackedClient client) {
    current = client;
    if (client != null && !clients.isEmpty()) {
      deliverAtEnd();
    }
  }

  private void deliverAtEnd() {
    if (turn != null) {
      turn.deliverAtEnd();
    }
  }

  /** A request begins, alone or as a part of a transaction: what it empties is told by itself. */
  public void onRequest() {
    flushed = false;
  }

  /** How many clients track. */
  public int clients() {
    return clients.size();
  }

  /** How many keys are remembered. */
  public long keys() {
    return readers.size();
  }

  /** How many readers are remembered, each once for each key. */
  public long items() {
    return items;
  }

  /** How many prefixes are broadcast. */
  public int prefixes() {
    return prefixes.size();
  }

  // ------------------------------------------------------------------------------------- reading

  /** A client that tracks read a key; it is remembered if the client's mode says so. */
  public void onRead(TrackedClient client, Bytes key) {
    Tracking tracking = client.tracking();
    if (tracking == null || !tracking.remembersReads()) {
      return;
    }
    Long id = client.id();
    Object before = readers.get(key);
    if (before == null) {
      readers.put(key.copy(), id);
      items++;
    } else if (before instanceof Long other) {
      if (!other.equals(id)) {
        Set<Long> both = new LinkedHashSet<>();
        both.add(other);
        both.add(id);
        readers.put(key, both);
        items++;
      }
    } else if (set(before).add(id)) {
      items++;
    }
  }

  @SuppressWarnings("unchecked") // What is no number in the table is such a set.
  private static Set<Long> set(Object readers) {
    return (Set<Long>) readers;
  }

  // ------------------------------------------------------------------------------------ changing

  private void invalidate(Bytes key, boolean broadcast) {
    if (broadcast) {
      forBroadcasts(key);
    }
    Object told = readers.remove(key);
    if (told == null) {
      return;
    }
    Bytes kept = key.copy();
    if (told instanceof Long id) {
      items--;
      invalidate(kept, id);
    } else {
      items -= set(told).size();
      set(told).forEach(id -> invalidate(kept, id));
    }
  }

  private void invalidate(Bytes key, long id) {
    TrackedClient client = clients.get(id);
    Tracking tracking = client == null ? null : client.tracking();
    if (client == null || tracking == null || tracking.isBroadcast()) {
      return;
    }
    if (tracking.isNoLoop() && client == current && !isNobodysChange()) {
      return;
    }
    tell(client, tracking, key);
  }

  /** Remembers whom to tell; the client whose request it is, of whatever it is then. */
  private void tell(TrackedClient client, Tracking tracking, @Nullable Bytes key) {
    if (client == current) {
      toCurrent.add(key);
    } else {
      TrackedClient receiver = receiver(client, tracking);
      toOthers.add(new Invalidation(client, receiver, form(tracking, receiver), key));
    }
    deliverAtEnd();
  }

  private @Nullable TrackedClient receiver(TrackedClient client, Tracking tracking) {
    return tracking.redirect() == 0 ? client : clientById.apply(tracking.redirect());
  }

  private static Form form(Tracking tracking, @Nullable TrackedClient receiver) {
    if (receiver == null) {
      return Form.NONE;
    }
    if (receiver.protocol() == 3) {
      return Form.PUSH;
    }
    return tracking.redirect() != 0 && receiver.isSubscribed() ? Form.MESSAGE : Form.NONE;
  }

  /** Whether a key goes by itself: even the client whose request meets it is told, then. */
  private boolean isNobodysChange() {
    return trimming || keyspace != null && keyspace.isRemovingByItself();
  }

  private void forBroadcasts(Bytes key) {
    Bytes kept = null;
    for (Map.Entry<Bytes, Prefix> entry : prefixes.entrySet()) {
      if (key.startsWith(entry.getKey())) {
        kept = kept == null ? key.copy() : kept;
        long changer = current == null || isNobodysChange() ? 0 : current.id();
        entry.getValue().changed.put(kept, changer);
        broadcasting = true;
      }
    }
  }

  /** Says once, however many databases are emptied one after the other, that all is gone. */
  private void invalidateAll() {
    if (flushed) {
      return;
    }
    for (TrackedClient client : clients.values()) {
      Tracking tracking = client.tracking();
      if (tracking != null) {
        tell(client, tracking, null);
      }
    }
    readers.clear();
    items = 0;
    flushed = true;
  }

  // ------------------------------------------------------------------------------------- telling

  /** Tells other clients than the current one; for the turn, before notifications. */
  public EventSink before() {
    return sink(
        committed -> {
          if (!clients.isEmpty()) {
            trim();
            for (Invalidation each : toOthers) {
              send(each, committed.revealed());
            }
            toOthers.clear();
          }
        });
  }

  /** Tells the current client, after notifications. */
  public EventSink after() {
    return sink(
        committed -> {
          for (Bytes key : toCurrent) {
            if (current != null) {
              send(current, key == null ? null : List.of(key), committed.revealed());
            }
          }
          toCurrent.clear();
        });
  }

  /**
   * Tells those that broadcasts are for, each once for each of its prefixes, of all that changed
   * since this was called last. To be called when a request is done and nobody is left whom it
   * serves. Costs one test where there is nothing to tell.
   *
   * @param sequence the turn that the messages reveal
   */
  public void broadcast(long sequence) {
    if (!broadcasting) {
      return;
    }
    for (Prefix prefix : prefixes.values()) {
      if (!prefix.changed.isEmpty()) {
        for (TrackedClient client : prefix.clients) {
          broadcast(prefix, client, sequence);
        }
        prefix.changed.clear();
      }
    }
    broadcasting = false;
  }

  @FunctionalInterface
  private interface Delivery {
    void deliver(Turn turn);
  }

  private EventSink sink(Delivery delivery) {
    return new EventSink() {
      @Override
      public void attach(Turn newTurn) {
        turn = newTurn;
      }

      @Override
      public int interest() {
        return 0;
      }

      @Override
      public void onEvent(int db, EventType type, Bytes key, List<Bytes> subkeys) {}

      @Override
      public void onCommitted(Turn committed) {
        delivery.deliver(committed);
      }
    };
  }

  private void trim() {
    if (keysMax == 0 || readers.size() <= keysMax) {
      return;
    }
    long excess = Math.min(TRIMMED_PER_TURN, readers.size() - keysMax);
    List<Bytes> oldest = new ArrayList<>();
    for (Iterator<Bytes> keys = readers.keySet().iterator(); oldest.size() < excess; ) {
      oldest.add(keys.next());
    }
    // Nobody has changed them: a client that does not hear of its own changes is told as well.
    trimming = true;
    oldest.forEach(key -> invalidate(key, false));
    trimming = false;
  }

  private void broadcast(Prefix prefix, TrackedClient client, long sequence) {
    Tracking tracking = client.tracking();
    List<Bytes> keys = new ArrayList<>(prefix.changed.size());
    prefix.changed.forEach(
        (key, changer) -> {
          if (tracking == null || !tracking.isNoLoop() || changer != client.id()) {
            keys.add(key);
          }
        });
    if (!keys.isEmpty()) {
      send(client, keys, sequence);
    }
  }

  private void send(TrackedClient client, @Nullable List<Bytes> keys, long sequence) {
    Tracking tracking = client.tracking();
    if (tracking != null) {
      TrackedClient receiver = receiver(client, tracking);
      send(client, tracking, receiver, form(tracking, receiver), keys, sequence);
    }
  }

  private void send(Invalidation one, long sequence) {
    Tracking tracking = one.client().tracking();
    if (tracking != null) {
      Bytes key = one.key();
      List<Bytes> keys = key == null ? null : List.of(key);
      send(one.client(), tracking, one.receiver(), one.form(), keys, sequence);
    }
  }

  private void send(
      TrackedClient client,
      Tracking tracking,
      @Nullable TrackedClient receiver,
      Form form,
      @Nullable List<Bytes> keys,
      long sequence) {
    if (receiver == null) {
      tracking.redirectBroken();
      if (client.protocol() == 3) {
        client.receiveMessage(frame.redirectBroken(tracking.redirect()), sequence);
      }
      return;
    }
    switch (form) {
      case PUSH -> receiver.receiveMessage(frame.push(keys), sequence);
      case MESSAGE -> receiver.receiveMessage(frame.message(keys), sequence);
      case NONE -> {}
    }
  }
}

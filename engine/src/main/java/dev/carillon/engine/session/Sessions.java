package dev.carillon.engine.session;

import dev.carillon.engine.acl.Users;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.reply.ChunkPool;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All clients that are connected, and the list of those to whom the transport has something to do:
 * output to send, or a connection to end. Engine thread only.
 */
public final class Sessions {

  private static final Bytes INTERNAL = Bytes.of("internal");

  private final Keyspace keyspace;
  private final Users users;
  private final ChunkPool chunks = new ChunkPool();
  private final Map<Long, Session> byId = new LinkedHashMap<>();
  private List<Session> listed = new ArrayList<>();
  private List<Session> handling = new ArrayList<>();
  private final List<Session> later = new ArrayList<>();
  private long lastId;
  private long opened;
  private long queuedBytes;
  private long inputBytes;
  private long durableSequence = Long.MAX_VALUE;
  private long writtenSequence = Long.MAX_VALUE;
  private final List<Session> holding = new ArrayList<>();

  /** No clients. */
  public Sessions(Keyspace keyspace, Users users) {
    this.keyspace = keyspace;
    this.users = users;
  }

  /** A client came. */
  public Session open(Peer peer, long nowMillis) {
    Session session = new Session(++lastId, peer, nowMillis, this, chunks, keyspace);
    session.forgetUser();
    byId.put(session.id(), session);
    opened++;
    return session;
  }

  /** A session that belongs to no client: it replays effects or runs internal requests. */
  public Session internal(long nowMillis) {
    Session session =
        new Session(0, new Peer("internal", "internal", -1), nowMillis, this, chunks, keyspace);
    session.become(users.superuser(INTERNAL));
    return session;
  }

  /** A client went; its output and watches are dropped. */
  public void close(Session session) {
    byId.remove(session.id());
    session.transaction().end();
    session.fieldsets().clear();
    session.outbox().clear();
    countInput(-session.inputBytes());
    session.kill();
  }

  /** The client with this number, or null. */
  public @Nullable Session byId(long id) {
    return byId.get(id);
  }

  /** All clients, the oldest first. */
  public Collection<Session> all() {
    return Collections.unmodifiableCollection(byId.values());
  }

  /** Who clients may be. */
  public Users users() {
    return users;
  }

  /** How many clients there are. */
  public int count() {
    return byId.size();
  }

  /** The memory of all output that is not sent yet, in bytes. O(1). */
  public long outputBytes() {
    return chunks.lentBytes();
  }

  /**
   * The memory of what clients have said for later: requests that wait for EXEC, watched keys,
   * subscriptions, fieldsets, prefixes. O(1).
   */
  public long queuedBytes() {
    return queuedBytes;
  }

  /** No less than what all clients take together, as {@link ClientLine#memoryBytes} says. O(1). */
  long bytesAtMost() {
    return byId.size() * ClientLine.SESSION_BYTES + outputBytes() + queuedBytes + inputBytes;
  }

  /**
   * The memory of clients as {@code maxmemory} counts it: output beyond a first chunk for each,
   * what they have said for later, and requests that have not arrived whole. O(1).
   */
  public long countedBytes() {
    return chunks.furtherBytes() + queuedBytes + inputBytes;
  }

  void countInput(long bytes) {
    inputBytes += bytes;
  }

  void countQueued(long bytes) {
    queuedBytes += bytes;
  }

  /** How many clients ever came. */
  public long opened() {
    return opened;
  }

  /** Starts counting clients anew (CONFIG RESETSTAT). */
  public void resetCounters() {
    opened = 0;
  }

  /** The last turn that no crash can take back; {@link Long#MAX_VALUE} without a journal. */
  public long durableSequence() {
    return durableSequence;
  }

  /** Told by the journal: output that reveals turns up to this one may leave. */
  public void durableSequence(long sequence) {
    durableSequence = sequence;
    int left = 0;
    for (int i = 0; i < holding.size(); i++) {
      Session session = holding.get(i);
      if (session.outbox().isReleasable(sequence)) {
        list(session);
      }
      if (session.outbox().isHolding()) {
        holding.set(left++, session);
      } else {
        session.releasedAll();
      }
    }
    holding.subList(left, holding.size()).clear();
  }

  /** The last turn that is written; later ones become durable together. */
  public long writtenSequence() {
    return writtenSequence;
  }

  /** Told by the journal: turns up to this one are written, if not durable yet. */
  public void writtenSequence(long sequence) {
    writtenSequence = sequence;
  }

  /** The output of a session is held back from now on. */
  void onHolding(Session session) {
    holding.add(session);
  }

  /** The one client whose output is held back, or null if there is none, or more than one. */
  public @Nullable Session onlyHolding() {
    return holding.size() == 1 ? holding.getFirst() : null;
  }

  /** The transport has something to do for this session. */
  public void list(Session session) {
    if (!session.isListed() && session.id() != 0) {
      session.listed(true);
      listed.add(session);
    }
  }

  /** The transport has messages to send to this session, which may wait a little for more. */
  void listLater(Session session) {
    if (!session.isListed() && !session.isWaiting() && session.id() != 0) {
      session.waiting(true);
      later.add(session);
    }
  }

  /** Whether there are sessions whose messages may wait a little for more. */
  public boolean hasLater() {
    return !later.isEmpty();
  }

  /** From now on they do not wait any more: {@link #drainListed} hands them out too. */
  public void listWaiting() {
    for (Session session : later) {
      session.waiting(false);
      // What waited may have left in front of a reply.
      if (!session.outbox().isEmpty()) {
        list(session);
      }
    }
    later.clear();
  }

  /** Hands out, once, each session for which the transport has something to do. */
  public void drainListed(Consumer<Session> transport) {
    if (listed.isEmpty()) {
      return;
    }
    List<Session> now = listed;
    listed = handling;
    handling = now;
    for (int i = 0; i < now.size(); i++) {
      Session session = now.get(i);
      session.listed(false);
      transport.accept(session);
    }
    now.clear();
  }
}

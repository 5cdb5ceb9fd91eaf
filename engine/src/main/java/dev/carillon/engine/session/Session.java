package dev.carillon.engine.session;

import dev.carillon.engine.acl.User;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.pubsub.Subscriber;
import dev.carillon.engine.reply.ChunkPool;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.reply.Resp2Writer;
import dev.carillon.engine.reply.Resp3Writer;
import dev.carillon.engine.tracking.TrackedClient;
import dev.carillon.engine.tracking.Tracking;
import dev.carillon.protocol.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * One client's conversation: what it selected, what it is called, what it is subscribed to, and
 * what it still has to be sent. Engine thread only, but for {@link #id} and {@link #peer}.
 */
public final class Session implements Subscriber, TrackedClient {

  /** What {@link #lastCommand()} says where there was none, or none of its name. */
  public static final String NO_COMMAND = "NULL";

  /** Whether replies are written (CLIENT REPLY). */
  public enum Replies {
    ON,
    OFF,
    /** The reply of the next command is left out. */
    SKIP_NEXT,
    /** The reply of this command is left out; then they are on again. */
    SKIP
  }

  /** A session's waiting inside a command, seen by whoever may end it. */
  @FunctionalInterface
  public interface Blocked {
    /**
     * Ends the waiting (CLIENT UNBLOCK).
     *
     * @param withError whether the client gets an error instead of what a timeout answers
     */
    void unblock(boolean withError);
  }

  private final long id;
  private final Peer peer;
  private final Sessions sessions;
  private final long createdMillis;
  private final Outbox outbox;
  private final Resp2Writer resp2;
  private final Resp3Writer resp3;
  private final Transaction transaction;
  private final Subscriptions subscriptions;
  private final Fieldsets fieldsets;

  private ReplyWriter reply;
  private int db;
  private long lastChange;
  private User user;
  private boolean authenticated;
  private Bytes name = Bytes.EMPTY;
  private Bytes libraryName = Bytes.EMPTY;
  private Bytes libraryVersion = Bytes.EMPTY;
  private Replies replies = Replies.ON;
  private boolean noTouch;
  private boolean noEvict;
  private long lastActiveMillis;
  private String lastCommand = NO_COMMAND;
  private int lastArguments;
  private long commands;
  private boolean closingAfterReplies;
  private boolean killed;
  private boolean listed;
  private boolean waiting;
  private boolean holding;
  private long outputSoftSinceMillis;
  private long inputBytes;
  private long parsedBytes;
  private long receivedBytes;
  private @Nullable Object attachment;
  private @Nullable Blocked blocked;
  private boolean paused;
  private boolean monitoring;
  private @Nullable Tracking tracking;

  Session(
      long id, Peer peer, long nowMillis, Sessions sessions, ChunkPool chunks, Keyspace keyspace) {
    this.id = id;
    this.sessions = sessions;
    this.peer = peer;
    this.createdMillis = nowMillis;
    this.lastActiveMillis = nowMillis;
    this.outbox = new Outbox(chunks);
    this.resp2 = new Resp2Writer(outbox);
    this.resp3 = new Resp3Writer(outbox);
    this.reply = resp2;
    this.transaction = new Transaction(keyspace, sessions::countQueued);
    this.subscriptions = new Subscriptions(sessions::countQueued);
    this.user = sessions.users().defaultUser();
    this.fieldsets = new Fieldsets(sessions::countQueued);
  }

  /** The number by which CLIENT KILL and CLIENT LIST know this client. */
  @Override
  public long id() {
    return id;
  }

  /** What the transport knows of the client. */
  public Peer peer() {
    return peer;
  }

  /** When the client came, in epoch milliseconds. */
  public long createdMillis() {
    return createdMillis;
  }

  /** What still has to be sent to the client. */
  public Outbox outbox() {
    return outbox;
  }

  /** The last turn of this client that changed something; 0 if none did. */
  public long lastChange() {
    return lastChange;
  }

  /** A turn of this client has changed something. */
  public void lastChange(long sequence) {
    lastChange = sequence;
  }

  /** Says replies in the protocol that the client speaks. */
  public ReplyWriter reply() {
    return reply;
  }

  @Override
  public int protocol() {
    return reply.version();
  }

  @Override
  public void receiveMessage(Bytes frame, long sequence) {
    long position = outbox.position();
    outbox.put(frame.array(), frame.offset(), frame.length());
    reveal(position, sequence);
    sessions.listLater(this);
  }

  /**
   * Says what the output from {@code position} on reveals: it leaves when no crash can take the
   * turn {@code sequence} back.
   */
  public void reveal(long position, long sequence) {
    if (sequence > sessions.durableSequence() && outbox.position() > position) {
      outbox.hold(position, sequence, sessions.writtenSequence());
      if (!holding) {
        holding = true;
        sessions.onHolding(this);
      }
    }
  }

  /** The outbox holds nothing back any more. */
  void releasedAll() {
    holding = false;
  }

  /** Speaks protocol 2 or 3 from now on. */
  public void protocol(int version) {
    reply = version == 3 ? resp3 : resp2;
  }

  /** The selected database. */
  public int db() {
    return db;
  }

  /** Selects a database, which must exist. */
  public void db(int number) {
    db = number;
  }

  /** The queue of MULTI and the watched keys. */
  public Transaction transaction() {
    return transaction;
  }

  /** Lists of fields that the client gave names to. */
  public Fieldsets fieldsets() {
    return fieldsets;
  }

  /** What the client is subscribed to. */
  public Subscriptions subscriptions() {
    return subscriptions;
  }

  /** Who the client is; the default user until it proves to be somebody else. */
  public User user() {
    return user;
  }

  /** Whether the client may use commands: it proved who it is, or nobody has to. */
  public boolean isAuthenticated() {
    return authenticated || sessions.users().isOpen();
  }

  /** The client proved who it is. */
  public void become(User newUser) {
    user = newUser;
    authenticated = true;
  }

  /**
   * The client is as one that just came: the default user, who keeps what it may do even if
   * passwords are asked for later.
   */
  public void forgetUser() {
    user = sessions.users().defaultUser();
    authenticated = sessions.users().isOpen();
  }

  /** The name of CLIENT SETNAME; empty if none. */
  public Bytes name() {
    return name;
  }

  /** Names the client; the bytes are copied. */
  public void name(Bytes newName) {
    name = newName.copy();
  }

  /** The library's name of CLIENT SETINFO; empty if none. */
  public Bytes libraryName() {
    return libraryName;
  }

  /** Sets the library's name; the bytes are copied. */
  public void libraryName(Bytes newName) {
    libraryName = newName.copy();
  }

  /** The library's version of CLIENT SETINFO; empty if none. */
  public Bytes libraryVersion() {
    return libraryVersion;
  }

  /** Sets the library's version; the bytes are copied. */
  public void libraryVersion(Bytes newVersion) {
    libraryVersion = newVersion.copy();
  }

  /** Whether replies are written. */
  public Replies replies() {
    return replies;
  }

  /** Switches replies. */
  public void replies(Replies mode) {
    replies = mode;
  }

  /** Whether reads of this client leave access clocks alone (CLIENT NO-TOUCH). */
  public boolean isNoTouch() {
    return noTouch;
  }

  /** CLIENT NO-TOUCH. */
  public void noTouch(boolean enabled) {
    noTouch = enabled;
  }

  /** Whether the client is spared when clients are evicted (CLIENT NO-EVICT). */
  public boolean isNoEvict() {
    return noEvict;
  }

  /** CLIENT NO-EVICT. */
  public void noEvict(boolean enabled) {
    noEvict = enabled;
  }

  /**
   * Notes what the client asked for last, also where it is refused at once.
   *
   * @param command in lower case with a bar before a subcommand, or {@link #NO_COMMAND}
   */
  public void lastCommand(String command) {
    lastCommand = command;
  }

  /** Notes that the client asked for something. */
  public void onCommand(String command, int arguments, long nowMillis) {
    lastCommand = command;
    lastArguments = arguments;
    lastActiveMillis = nowMillis;
  }

  /** Notes that something that the client asked for is over: executed, or waited for in vain. */
  public void onExecuted() {
    commands++;
  }

  /** When the client last sent something, in epoch milliseconds. */
  public long lastActiveMillis() {
    return lastActiveMillis;
  }

  /** What the client asked for last, in lower case with a bar before a subcommand. */
  public String lastCommand() {
    return lastCommand;
  }

  /** How many arguments the last request had, its name included. */
  public int lastArguments() {
    return lastArguments;
  }

  /** How many requests of the client were executed and are over; those of EXEC count too. */
  public long commands() {
    return commands;
  }

  /** What the client waits for inside a command, or null if it does not wait. */
  public @Nullable Blocked blocked() {
    return blocked;
  }

  /** Kept by whoever lets the client wait. */
  public void blocked(@Nullable Blocked newBlocked) {
    blocked = newBlocked;
  }

  /** Whether a request of the client waits for the end of a CLIENT PAUSE. */
  public boolean isPaused() {
    return paused;
  }

  /** Kept by whoever lets requests wait. */
  public void paused(boolean isPaused) {
    paused = isPaused;
  }

  /** Whether the client waits, inside a command or for the end of a pause. */
  public boolean isWaitingForReply() {
    return blocked != null || paused;
  }

  /** Whether the client is shown the commands of all clients (MONITOR). */
  public boolean isMonitoring() {
    return monitoring;
  }

  /** MONITOR. */
  public void monitoring(boolean enabled) {
    monitoring = enabled;
  }

  @Override
  public @Nullable Tracking tracking() {
    return tracking;
  }

  @Override
  public void tracking(@Nullable Tracking newTracking) {
    sessions.countQueued(trackingBytes(newTracking) - trackingBytes(tracking));
    tracking = newTracking;
  }

  private static long trackingBytes(@Nullable Tracking tracking) {
    return tracking == null ? 0 : tracking.bytes();
  }

  /**
   * About how much memory the session takes beside its input and output: what it has queued,
   * watches, is subscribed to and keeps names for. O(1).
   */
  public long keptBytes() {
    return transaction.queuedBytes()
        + transaction.watchedBytes()
        + subscriptions.bytes()
        + fieldsets.bytes()
        + trackingBytes(tracking);
  }

  @Override
  public boolean isSubscribed() {
    return !subscriptions.isEmpty();
  }

  /** Bytes received but not executed yet, as the transport last said. */
  public long inputBytes() {
    return inputBytes;
  }

  /**
   * How many of {@link #inputBytes} are arguments, and lengths, of a request that is incomplete.
   */
  public long parsedBytes() {
    return parsedBytes;
  }

  /** Told by the transport, before what it received is executed. */
  public void onReceived(int bytes) {
    receivedBytes += bytes;
  }

  /** Bytes received so far. */
  public long receivedBytes() {
    return receivedBytes;
  }

  /**
   * Told by the transport: something was received.
   *
   * @param waitingBytes what is received and not executed yet
   * @param parsed how many of them belong to a request whose end is missing, and are parsed
   */
  public void onInput(long waitingBytes, long parsed, long nowMillis) {
    sessions.countInput(waitingBytes - inputBytes);
    inputBytes = waitingBytes;
    parsedBytes = parsed;
    lastActiveMillis = nowMillis;
  }

  /** The transport has something to do for this session, although it asked for nothing. */
  public void listForTransport() {
    sessions.list(this);
  }

  /** The connection ends as soon as what is in the outbox is sent (QUIT, protocol errors). */
  public void closeAfterReplies() {
    closingAfterReplies = true;
  }

  /** Whether the connection ends as soon as what is in the outbox is sent. */
  public boolean isClosingAfterReplies() {
    return closingAfterReplies;
  }

  /** The connection ends at once; what is in the outbox is lost. */
  public void kill() {
    killed = true;
    sessions.list(this);
  }

  /**
   * Gives up what waits to be sent, what waits for EXEC, and the count of what has arrived of a
   * request: the client was killed, and memory is needed before the transport gets round to it.
   */
  void forgetKept() {
    outbox.clear();
    transaction.end();
    onInput(0, 0, lastActiveMillis);
  }

  /** Whether the connection ends at once. */
  public boolean isKilled() {
    return killed;
  }

  /** Whether no further request of the client is to be executed. */
  public boolean isEnding() {
    return killed || closingAfterReplies;
  }

  /** Whether the engine's list of sessions with output has this one. */
  public boolean isListed() {
    return listed;
  }

  /** Kept by the engine's list of sessions with output. */
  public void listed(boolean isListed) {
    listed = isListed;
  }

  /** Whether messages of this session wait a little for more. */
  boolean isWaiting() {
    return waiting;
  }

  /** Kept by the engine's list of sessions whose messages wait. */
  void waiting(boolean isWaiting) {
    waiting = isWaiting;
  }

  /** What the transport keeps for this session; null until it sets it. */
  public @Nullable Object attachment() {
    return attachment;
  }

  /** Kept by the transport. */
  public void attachment(Object newAttachment) {
    attachment = newAttachment;
  }

  /** Since when the outbox is above its soft limit, in epoch milliseconds; 0 if it is not. */
  public long outputSoftSinceMillis() {
    return outputSoftSinceMillis;
  }

  /** Kept by whoever enforces the limits of outboxes. */
  public void outputSoftSinceMillis(long millis) {
    outputSoftSinceMillis = millis;
  }
}

package dev.carillon.engine.command;

import dev.carillon.engine.EngineStats;
import dev.carillon.engine.acl.Denial;
import dev.carillon.engine.acl.Users;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.feed.Feeds;
import dev.carillon.engine.journal.Journal;
import dev.carillon.engine.journal.Recovery;
import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Evictor;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.pubsub.PubSubSink;
import dev.carillon.engine.reply.CommandError;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.rewrite.Rewrites;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.session.Sessions;
import dev.carillon.engine.snapshot.Snapshots;
import dev.carillon.engine.tracking.ClientTracking;
import dev.carillon.engine.turn.Subkeys;
import dev.carillon.engine.turn.Turn;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.EventType;
import dev.carillon.protocol.resp.Request;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The one thing that a handler sees: its arguments, the keys, the doors through which they change,
 * and the reply. One instance is reused for all requests. Engine thread only.
 */
public final class CommandContext {

  private final Dispatcher dispatcher;
  private final Services parts;
  private final Turn turn;
  private Session session;
  private Request request;
  private Command command;
  private boolean changed;
  private boolean effectStated;
  private final Subkeys subkeys = new Subkeys();

  /** Chosen: nothing else goes on meanwhile. */
  private static final int REPEATED_BYTES = 1 << 20;

  /**
   * What the families may use beside keys and replies; handed in by the engine's constructor.
   *
   * @param keyspace all databases
   * @param turn the turn that runs
   * @param config the current configuration
   * @param pubsub who is subscribed, and publishing
   * @param stats counters
   * @param random every random choice
   * @param sessions all clients
   * @param commands finds rows
   * @param evictor what memory is used, and its limit
   * @param host what only the surrounding process can do or know
   * @param pause which requests wait
   * @param observers who looks at every execution
   * @param tracking which clients are told of changes of which keys
   * @param blocking which clients wait inside a command
   * @param loading whether data is being loaded
   * @param snapshots when snapshots are taken
   * @param rewrites when the journal is rewritten
   * @param feeds all feeds
   * @param journal the journal while one is kept, else null
   * @param recovery makes a reading of the journal that has not begun
   */
  public record Services(
      Keyspace keyspace,
      Turn turn,
      Configuration config,
      PubSubSink pubsub,
      EngineStats stats,
      RandomGenerator random,
      Sessions sessions,
      CommandTable commands,
      Evictor evictor,
      Host host,
      Pause pause,
      Observers observers,
      ClientTracking tracking,
      Blocking blocking,
      Loading loading,
      Snapshots snapshots,
      Rewrites rewrites,
      Feeds feeds,
      Supplier<@Nullable Journal> journal,
      Supplier<Recovery> recovery) {}

  CommandContext(
      Dispatcher dispatcher, Services parts, Session session, Request request, Command command) {
    this.dispatcher = dispatcher;
    this.parts = parts;
    this.turn = parts.turn();
    this.session = session;
    this.request = request;
    this.command = command;
  }

  /** Points the context at the next request. */
  void begin(Session newSession, Request newRequest, Command newCommand) {
    session = newSession;
    request = newRequest;
    command = newCommand;
    changed = false;
    effectStated = false;
  }

  /** Records what repeats the request, unless the handler said it already. */
  void end() {
    if (changed && !effectStated && turn.isRecording()) {
      turn.effect(session.db(), request);
    }
    keyspace().assertAllClosed();
  }

  // ------------------------------------------------------------------------------------- request

  /** The request itself. */
  public Request request() {
    return request;
  }

  /** The row of the command that runs. */
  public Command command() {
    return command;
  }

  /** How many arguments there are, the command's name included. */
  public int count() {
    return request.count();
  }

  /** An argument; a view that is good until the end of the turn. */
  public Bytes argument(int index) {
    return request.argument(index);
  }

  /** Whether an argument spells {@code word}, given in upper case. */
  public boolean isWord(int index, String word) {
    return request.argument(index).isWord(word);
  }

  /** An argument as an integer; refuses it with Redis' text where it is none. */
  public long longArgument(int index) {
    return longArgument(index, Errors.NOT_AN_INTEGER.error());
  }

  /** An argument as an integer; refuses it with {@code refusal} where it is none. */
  public long longArgument(int index, CommandError refusal) {
    Bytes text = request.argument(index);
    if (!Numerals.isLong(text)) {
      throw refusal;
    }
    return Numerals.toLong(text);
  }

  // -------------------------------------------------------------------------------------- asking

  /** Who asks. */
  public Session session() {
    return session;
  }

  /** Where the answer goes. */
  public ReplyWriter reply() {
    return session.reply();
  }

  /** The time of the turn in epoch milliseconds. */
  public long nowMillis() {
    return turn.nowMillis();
  }

  /** The database that the client selected. */
  public Database db() {
    return parts.keyspace().database(session.db());
  }

  /** All databases. */
  public Keyspace keyspace() {
    return parts.keyspace();
  }

  /** The current configuration. */
  public Configuration config() {
    return parts.config();
  }

  /** Who is subscribed, and publishing. */
  public PubSubSink pubsub() {
    return parts.pubsub();
  }

  /** Which clients are told of changes of which keys. */
  public ClientTracking tracking() {
    return parts.tracking();
  }

  /** All clients. */
  public Sessions sessions() {
    return parts.sessions();
  }

  /** Who clients may be. */
  public Users users() {
    return parts.sessions().users();
  }

  /** Notes that somebody did not prove to be a user. */
  public void wrongPassword(Bytes user) {
    Denial denial = new Denial(Denial.Reason.AUTH, request.argument(0).toLatin1(), 0);
    dispatcher.onDenied(session, denial, user.toLatin1());
  }

  /** Counters. */
  public EngineStats stats() {
    return parts.stats();
  }

  /** Every random choice goes through here. */
  public RandomGenerator random() {
    return parts.random();
  }

  /** What only the surrounding process can do or know. */
  public Host host() {
    return parts.host();
  }

  /** What memory is used, and its limit. */
  public Evictor evictor() {
    return parts.evictor();
  }

  /** The table of commands. */
  public CommandTable commands() {
    return parts.commands();
  }

  /** How far the loading of data has come, if any is being loaded. */
  public Loading loading() {
    return parts.loading();
  }

  /** Lets requests wait, and holds back expiry and eviction, for at least so long. */
  public void pause(Pause.Mode mode, long untilMillis) {
    parts.pause().extend(mode, untilMillis, nowMillis());
    if (!isQueued()) {
      holdRemovals();
    }
  }

  /** Ends a pause. */
  public void unpause() {
    parts.pause().end();
    if (!isQueued()) {
      holdRemovals();
    }
  }

  /**
   * Expiry and eviction are held back from now on as the pause says. A transaction does so at its
   * end: what it changes behind a pause of its own must not take for missing what is over and
   * stays, because who repeats its effects sees that as present.
   */
  public void holdRemovals() {
    keyspace().holdRemovalsUntil(parts.pause().untilMillis());
  }

  /** Whether this request was queued: its client waits for the replies of all of them at once. */
  public boolean isQueued() {
    return dispatcher.isExecutingQueued();
  }

  /**
   * Lets the client wait until there may be something for it; nothing is to be answered. Where a
   * client cannot be kept waiting (in a transaction, or while effects are replayed) it is answered
   * at once as if its time were over.
   */
  public void block(Wait wait) {
    Blocking.Waiter retried = dispatcher.retried();
    if (retried != null) {
      retried.goOn(wait);
    } else if (isQueued() || turn.isReplaying()) {
      wait.onTimeout.accept(reply());
    } else {
      parts.blocking().block(session, command, wait, request);
    }
  }

  /** What the waiting request knew, if this is it, executed again; else null. */
  public @Nullable Object memo() {
    Blocking.Waiter retried = dispatcher.retried();
    return retried == null ? null : retried.memo();
  }

  /** The journal, or null while none is kept. */
  public @Nullable Journal journal() {
    return parts.journal().get();
  }

  /**
   * Repeats what the journal says as files hold it, within the request that is executed. Changes
   * none of them.
   *
   * @return the sequence of the last turn that was repeated
   * @throws IOException if they cannot be read, or not be repeated; a part may have been
   */
  public long repeatJournal() throws IOException {
    Session outerSession = session;
    Request outerRequest = request;
    Command outerCommand = command;
    long nowMillis = turn.nowMillis();
    try (Recovery recovery = parts.recovery().get()) {
      recovery.prepare();
      boolean done = false;
      while (!done) {
        done = recovery.slice(REPEATED_BYTES);
      }
      return recovery.sequence();
    } finally {
      turn.replaying(false);
      turn.begin(nowMillis);
      begin(outerSession, outerRequest, outerCommand);
    }
  }

  /** Which clients wait inside a command. */
  public Blocking blocking() {
    return parts.blocking();
  }

  /** When the journal is rewritten, and what became of it. */
  public Rewrites rewrites() {
    return parts.rewrites();
  }

  /** All feeds. */
  public Feeds feeds() {
    return parts.feeds();
  }

  /** When snapshots are taken, and what became of them. */
  public Snapshots snapshots() {
    return parts.snapshots();
  }

  /** Who looks at every execution. */
  public Observers observers() {
    return parts.observers();
  }

  /** Executes a queued request of the session's transaction as a part of this turn. */
  public void executeQueued(Request queued) {
    dispatcher.executeQueued(session, queued);
  }

  /** The turn that runs. */
  public Turn turn() {
    return turn;
  }

  // ------------------------------------------------------------------------------------- reading

  /** The entry of a key for a command that reads it, or null; a miss is announced and counted. */
  public @Nullable Entry find(Bytes key) {
    return find(db(), key);
  }

  /** As {@link #find(Bytes)} in a database of choice. */
  public @Nullable Entry find(Database db, Bytes key) {
    Entry entry = inspect(db, key);
    if (entry != null) {
      touch(entry);
    }
    return entry;
  }

  /** As {@link #find(Bytes)}, but the look is no use of the entry (TYPE, TTL, EXISTS). */
  public @Nullable Entry inspect(Bytes key) {
    return inspect(db(), key);
  }

  private @Nullable Entry inspect(Database db, Bytes key) {
    Entry entry = db.find(key);
    if (entry == null) {
      parts.stats().keyspaceMisses++;
      db.announce(key, EventType.KEYMISS);
    } else {
      parts.stats().keyspaceHits++;
    }
    return entry;
  }

  /** As {@link #find(Bytes)}; refuses a value of another type. */
  public @Nullable Entry find(Bytes key, ValueType type) {
    return require(find(key), type);
  }

  /** The entry of a key for a command that is about to write, or null; a miss is nobody's news. */
  public @Nullable Entry lookup(Bytes key) {
    Entry entry = db().find(key);
    if (entry != null && (!session.isNoTouch() || keyspace().recency().isOnlyChanges())) {
      keyspace().recency().touch(entry, command.write);
    }
    return entry;
  }

  /** As {@link #lookup(Bytes)}; refuses a value of another type. */
  public @Nullable Entry lookup(Bytes key, ValueType type) {
    return require(lookup(key), type);
  }

  /** The entry of a key for somebody who only looks at it from outside (DEBUG), or null. */
  public @Nullable Entry peek(Bytes key) {
    return db().find(key);
  }

  /** As {@link #peek}, but counted as found or missed (OBJECT); a miss is nobody's news. */
  public @Nullable Entry peekCounted(Bytes key) {
    Entry entry = peek(key);
    if (entry == null) {
      parts.stats().keyspaceMisses++;
    } else {
      parts.stats().keyspaceHits++;
    }
    return entry;
  }

  private void touch(Entry entry) {
    if (!session.isNoTouch() || command.name().equals("touch")) {
      keyspace().recency().touch(entry, false);
    }
  }

  /** Refuses an entry whose value is of another type; null passes. */
  public static @Nullable Entry require(@Nullable Entry entry, ValueType type) {
    if (entry != null && entry.type() != type) {
      throw Errors.WRONG_TYPE.error();
    }
    return entry;
  }

  // ------------------------------------------------------------------------------------ changing

  /** Opens a change of an entry; {@link #changed} closes it. */
  public Entry edit(Entry entry) {
    return entry.database().edit(entry);
  }

  /** Opens the creation of a key that is not there; {@link #changed} closes it. */
  public Entry create(Bytes key, ValueType type) {
    return db().create(key, type);
  }

  /**
   * Opens the creation of a key that is not there and holds a string from the start; {@link
   * #changed} closes it.
   *
   * @param deadlineMillis epoch milliseconds, or {@link Entry#NO_DEADLINE}
   */
  public Entry createString(Bytes key, Bytes value, long deadlineMillis) {
    return db().createString(key, value, deadlineMillis);
  }

  /** Opens a change of the entry if there is one, else creates it; {@link #changed} closes it. */
  public Entry editOrCreate(Bytes key, @Nullable Entry existing, ValueType type) {
    return existing == null ? create(key, type) : edit(existing);
  }

  /**
   * Opens the replacement of whatever a key holds by a value that the caller sets next; announces
   * the key as new or overwritten.
   */
  public Entry overwrite(
      Bytes key, @Nullable Entry existing, ValueType type, boolean keepDeadline) {
    return db().overwrite(key, existing, type, keepDeadline);
  }

  /** As {@link #create(Bytes, ValueType)} in a database of choice. */
  public Entry create(Database db, Bytes key, ValueType type) {
    return db.create(key, type);
  }

  /**
   * Opens the removal of an entry and the creation of a key that is not there, which takes over
   * what the entry held, and does both; {@link #changed} closes each.
   */
  public Entry move(Bytes key, Entry source, Database target, Bytes targetKey) {
    return source.database().move(key, source, target, targetKey);
  }

  /** Removes an entry that another one replaces as a whole, about which Redis is silent. */
  public void deleteSilently(Bytes key, Entry entry) {
    Database db = entry.database();
    db.remove(key, entry);
    changedSilently(db, key);
  }

  /** Removes an entry and announces {@code del}. */
  public void delete(Bytes key, Entry entry) {
    Database db = entry.database();
    db.remove(key, entry);
    changed(db, key, EventType.DEL);
  }

  /** Closes a change of a key in the selected database with the event that says what it was. */
  public void changed(Bytes key, EventType type) {
    changed(db(), key, type);
  }

  /** Closes a change of a key in a database of choice. */
  public void changed(Database db, Bytes key, EventType type) {
    assertDeclared(type);
    changed = true;
    db.changed(key, type);
  }

  /**
   * Closes a change of a collection with the event that says what it was. If the collection is
   * empty now, its key goes, with {@code del}.
   *
   * @return whether the entry is gone
   */
  public boolean changed(Bytes key, Entry entry, EventType type) {
    return changed(key, entry, type, List.of());
  }

  /** As {@link #changed(Bytes, Entry, EventType)} for an event that names fields. */
  public boolean changed(Bytes key, Entry entry, EventType type, Subkeys fields) {
    return changed(key, entry, type, fields.list());
  }

  private boolean changed(Bytes key, Entry entry, EventType type, List<Bytes> fields) {
    assertDeclared(type);
    changed = true;
    boolean gone = entry.database().changed(key, entry, type, fields);
    assert !gone || command.emits().contains(EventType.DEL)
        : command + " emptied a container, and its row does not declare " + EventType.DEL;
    return gone;
  }

  /**
   * The fields that the next event names are collected here, beginning with none; where nobody can
   * hear them that is cheap. There is one collection, which the next call empties.
   */
  public Subkeys subkeys(EventType type) {
    return subkeys.begin(turn, type);
  }

  /**
   * Closes a change of a collection about which Redis is silent. If the collection is empty now,
   * its key goes, with {@code del}.
   *
   * @return whether the entry is gone
   */
  public boolean changedSilently(Bytes key, Entry entry) {
    assertSilent();
    changed = true;
    return entry.database().changedSilently(key, entry);
  }

  /**
   * Closes a change about which Redis is silent even towards those who watch the key, as of what a
   * value notes about its readers; see {@link Database#noted}.
   */
  public void noted(Bytes key, Entry entry) {
    assertSilent();
    changed = true;
    entry.database().noted(key, entry);
  }

  /** As {@link #noted(Bytes, Entry)}, with an event. */
  public void noted(Bytes key, Entry entry, EventType type) {
    assertDeclared(type);
    changed = true;
    entry.database().noted(key, entry);
    entry.database().announce(key, type);
  }

  /** Lets those who wait for a key try again, after a change of which they did not hear. */
  public void wake(Bytes key) {
    parts.blocking().onChanged(db(), key);
  }

  private void assertDeclared(EventType type) {
    assert command.emits().contains(type)
        : command + " caused the event " + type + ", which its row does not declare";
  }

  private void assertSilent() {
    assert command.isSilent() : command + " changed a key silently, which its row does not declare";
  }

  /** Announces a further event of a change that is closed already. */
  public void announce(Bytes key, EventType type) {
    announce(db(), key, type);
  }

  /** Announces a further event of a change that is closed already. */
  public void announce(Database db, Bytes key, EventType type) {
    assertDeclared(type);
    db.announce(key, type);
  }

  /** Closes a change about which Redis is silent. */
  public void changedSilently(Database db, Bytes key) {
    assertSilent();
    changed = true;
    db.changedSilently(key);
  }

  /** Notes a change of whole databases (FLUSHALL, SWAPDB), about which Redis is silent. */
  public void changedAll() {
    assert command.isSilent() : command + " changed databases, which its row does not declare";
    changed = true;
    turn.markChanged();
  }

  /**
   * Says what repeats the change where the request itself would not do so exactly: a relative
   * deadline, a random choice. May be called several times; without a call the request is taken.
   */
  public void effect(Bytes... arguments) {
    effect(session.db(), arguments);
  }

  /** As {@link #effect(Bytes...)} in a database of choice. */
  public void effect(int db, Bytes... arguments) {
    effectStated = true;
    if (turn.isRecording()) {
      turn.effect(db, arguments);
    }
  }

  /** Whether somebody records effects, so that building one is worth it. */
  public boolean isRecording() {
    return turn.isRecording();
  }
}

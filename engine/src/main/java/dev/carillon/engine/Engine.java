package dev.carillon.engine;

import dev.carillon.engine.acl.Users;
import dev.carillon.engine.command.Blocking;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.Dispatcher;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.command.Loading;
import dev.carillon.engine.command.Monitors;
import dev.carillon.engine.command.Observers;
import dev.carillon.engine.command.Pause;
import dev.carillon.engine.command.family.Families;
import dev.carillon.engine.command.family.PubSubCommands;
import dev.carillon.engine.config.ConfigError;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.EvictionPolicy;
import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.config.OutputBufferLimits;
import dev.carillon.engine.config.Parameter;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.feed.Feed;
import dev.carillon.engine.feed.FeedDefinition;
import dev.carillon.engine.feed.Feeds;
import dev.carillon.engine.journal.BaseLoader;
import dev.carillon.engine.journal.Journal;
import dev.carillon.engine.journal.JournalFiles;
import dev.carillon.engine.journal.Recovery;
import dev.carillon.engine.journal.Replayer;
import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Evictor;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.keyspace.Lookahead;
import dev.carillon.engine.load.ImportLoad;
import dev.carillon.engine.load.LoadException;
import dev.carillon.engine.load.LoadSource;
import dev.carillon.engine.load.RdbLoad;
import dev.carillon.engine.load.Replay;
import dev.carillon.engine.pubsub.ChannelRegistry;
import dev.carillon.engine.pubsub.PubSubSink;
import dev.carillon.engine.rdb.DumpPayload;
import dev.carillon.engine.reply.CommandError;
import dev.carillon.engine.reply.Departure;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.rewrite.Rewrites;
import dev.carillon.engine.session.ClientLimits;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.session.Sessions;
import dev.carillon.engine.snapshot.Snapshots;
import dev.carillon.engine.storage.Disk;
import dev.carillon.engine.storage.ReadFile;
import dev.carillon.engine.tracking.ClientTracking;
import dev.carillon.engine.turn.Effect;
import dev.carillon.engine.turn.EffectSink;
import dev.carillon.engine.turn.EventSink;
import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The deterministic state machine: requests and the time go in, replies, notifications and effects
 * come out. It sees no socket, thread, file or clock, so that the same inputs always give the same
 * outputs. Its constructor is the wiring diagram.
 *
 * <p>One thread at a time; whoever embeds it feeds it and drains the sessions' outboxes.
 */
public final class Engine {

  /** Chosen: a slice of this many expiries takes well under a millisecond. */
  public static final int SWEEP_BUDGET = 256;

  /** Chosen: bounds how long evictions keep a client waiting. */
  private static final int EVICTIONS_PER_ROUND = 4096;

  /**
   * In Redis a client has a buffer of this size for replies that no limit counts (its source); one
   * whose length is not known when it begins does not go there, nor what follows it.
   */
  private static final long UNCOUNTED_BYTES = 16 * 1024;

  /** Beyond that, so much may wait for a client that has yet to say its password; as in Redis. */
  private static final long UNAUTHENTICATED_BYTES = 1024;

  /** Output that waits to be read may take one part in so many of the memory; chosen. */
  private static final int OUTPUT_SHARE = 4;

  private static final int COMPACTION_BYTES = 256 * 1024;

  /** Chosen: some ten to a hundred microseconds. */
  private static final int WORK_BUDGET_BYTES = 64 << 10;

  private final @Nullable Disk disk;
  private final RandomGenerator random;
  private final Host host;
  private final Turn turn;
  private final Keyspace keyspace;
  private final Sessions sessions;
  private final ChannelRegistry channels;
  private final Evictor evictor;
  private final Lookahead lookahead = new Lookahead();
  private final Dispatcher dispatcher;
  private final Configuration config;
  private final EngineStats stats;
  private final CommandTable commands;
  private final Users users;
  private final ClientTracking tracking;
  private final Observers observers;
  private final ClientLimits limits;
  private final Blocking blocking;
  private final Snapshots snapshots;
  private final Rewrites rewrites;
  private final Feeds feeds;
  private final Loading loading = new Loading();
  private @Nullable LoadSource source;
  private final Pause pause = new Pause();
  private final Set<Session> paused = new LinkedHashSet<>();
  private final Set<Session> slowReaders = new LinkedHashSet<>();
  private final long outputBytesMax;
  private OutputBufferLimits outputLimits;

  private @Nullable Journal journal;

  /** Builds an empty engine. */
  public Engine(EngineOptions options) {
    config = options.config();
    disk = options.disk();
    random = options.random();
    host = options.host();
    stats = new EngineStats();
    commands = Families.table();
    users = new Users(commands.abilities());
    channels = new ChannelRegistry();
    PubSubSink pubsub = new PubSubSink(channels);
    tracking = new ClientTracking(this::sessionById);
    Monitors monitors = new Monitors();
    int databases = config.get(Parameters.DATABASES).intValue();
    feeds = new Feeds(databases, this::isJournalInForce);
    turn = new Turn(feeds, tracking.before(), pubsub, tracking.after(), monitors);
    observers = new Observers(turn, monitors, options.random());
    keyspace = new Keyspace(databases, turn, options.random());
    feeds.watch(keyspace);
    tracking.watch(keyspace);
    sessions = new Sessions(keyspace, users);
    limits = new ClientLimits(sessions);
    blocking = new Blocking(keyspace, turn);
    evictor = new Evictor(keyspace);
    evictor.otherBytes(() -> sessions.outputBytes() + sessions.queuedBytes());
    evictor.clientBytes(sessions::countedBytes);
    evictor.feedBytes(feeds::sizeBytes);
    evictor.ceilingBytes(options.ceilingBytes());
    outputBytesMax = options.ceilingBytes() / OUTPUT_SHARE;
    snapshots =
        new Snapshots(
            keyspace,
            turn,
            config,
            disk == null ? null : disk.storage(),
            disk == null ? null : disk.bulk(),
            options.host()::warn);
    rewrites = new Rewrites(disk, config, turn, snapshots, new Keeping(), options.host()::warn);
    evictor.passingBytes(() -> snapshots.heldBytes() + (journal == null ? 0 : journal.keptBytes()));
    dispatcher =
        new Dispatcher(
            new CommandContext.Services(
                keyspace,
                turn,
                config,
                pubsub,
                stats,
                options.random(),
                sessions,
                commands,
                evictor,
                options.host(),
                pause,
                observers,
                tracking,
                blocking,
                loading,
                snapshots,
                rewrites,
                feeds,
                () -> journal,
                this::recovery),
            evictor);
    dispatcher.dumps(entry -> DumpPayload.of(entry, false));
    snapshots.facts(Feeds.FACT, feeds::facts);
    outputLimits = config.get(Parameters.CLIENT_OUTPUT_BUFFER_LIMIT);
    listen(pubsub);
  }

  private boolean isJournalInForce() {
    Journal kept = journal;
    return kept != null && kept.isInForce();
  }

  private @Nullable Session sessionById(long id) {
    return sessions.byId(id);
  }

  /** Who obeys which parameter. */
  private void listen(PubSubSink pubsub) {
    obey(Parameters.NOTIFY_KEYSPACE_EVENTS, pubsub::flags);
    obey(Parameters.CLIENT_OUTPUT_BUFFER_LIMIT, this::outputLimits);
    obey(Parameters.REQUIREPASS, users::password);
    obey(Parameters.ACL_PUBSUB_DEFAULT, rule -> users.allChannels(rule.equals("allchannels")));
    obey(Parameters.TIMEOUT, limits::idleSeconds);
    obey(
        Parameters.MAXMEMORY_CLIENTS,
        limit -> limits.bytesMax(limit.bytes(config.get(Parameters.MAXMEMORY))));
    obey(
        Parameters.MAXMEMORY,
        bytes -> limits.bytesMax(config.get(Parameters.MAXMEMORY_CLIENTS).bytes(bytes)));
    obey(Parameters.ACLLOG_MAX_LEN, users.log()::lengthMax);
    obey(Parameters.LATENCY_TRACKING, dispatcher::measuring);
    obey(Parameters.LATENCY_MONITOR_THRESHOLD, observers.latency()::thresholdMillis);
    obey(Parameters.SLOWLOG_LOG_SLOWER_THAN, observers.slowLog()::thresholdMicros);
    obey(Parameters.SLOWLOG_MAX_LEN, observers.slowLog()::entriesMax);
    obey(
        Parameters.SLOWLOG_ENTRY_MAX_ARGC,
        count -> observers.slowLog().argumentsMax(count.intValue()));
    obey(Parameters.SLOWLOG_ENTRY_MAX_STRING_LEN, observers.slowLog()::argumentBytesMax);
    obey(Parameters.TRACKING_TABLE_MAX_KEYS, tracking::keysMax);
    obey(Parameters.HASH_MAX_LISTPACK_ENTRIES, max -> keyspace.limits().hashEntries = max);
    obey(Parameters.HASH_MAX_LISTPACK_VALUE, max -> keyspace.limits().hashValue = max);
    obey(Parameters.LIST_MAX_LISTPACK_SIZE, size -> keyspace.limits().listSize = size);
    obey(Parameters.SET_MAX_INTSET_ENTRIES, max -> keyspace.limits().intsetEntries = max);
    obey(Parameters.SET_MAX_LISTPACK_ENTRIES, max -> keyspace.limits().setEntries = max);
    obey(Parameters.SET_MAX_LISTPACK_VALUE, max -> keyspace.limits().setValue = max);
    obey(Parameters.ZSET_MAX_LISTPACK_ENTRIES, max -> keyspace.limits().sortedSetEntries = max);
    obey(Parameters.ZSET_MAX_LISTPACK_VALUE, max -> keyspace.limits().sortedSetValue = max);
    obey(Parameters.STREAM_NODE_MAX_BYTES, max -> keyspace.limits().streamNodeBytes = max);
    obey(Parameters.STREAM_NODE_MAX_ENTRIES, max -> keyspace.limits().streamNodeEntries = max);
    obey(Parameters.APPENDFSYNC, this::syncPolicy);
    config.onChange(Parameters.APPENDONLY, this::appendOnly);
    keyspace.countMemory(config.get(Parameters.KEY_MEMORY_HISTOGRAMS));
    config.onChange(Parameters.KEY_MEMORY_HISTOGRAMS, this::countMemory);
    obey(Parameters.MAXMEMORY, evictor::limitBytes);
    obey(Parameters.MAXMEMORY_POLICY, this::policy);
    obey(Parameters.MAXMEMORY_SAMPLES, count -> evictor.samples(count.intValue()));
    obey(Parameters.LFU_LOG_FACTOR, factor -> keyspace.recency().logFactor(factor.intValue()));
    obey(Parameters.LFU_DECAY_TIME, minutes -> keyspace.recency().decayMinutes(minutes.intValue()));
  }

  private <T> void obey(Parameter<T> parameter, Consumer<T> listener) {
    listener.accept(config.get(parameter));
    config.onChange(parameter, listener::accept);
  }

  private void syncPolicy(FsyncPolicy policy) {
    if (journal != null) {
      journal.policy(policy);
    }
  }

  private void appendOnly(boolean wanted) throws ConfigError {
    if (wanted && journal == null) {
      if (disk == null) {
        throw new ConfigError("this server was given no directory to keep a journal in");
      }
      rewrites.turnOn();
    } else if (!wanted) {
      if (journal != null && feeds.needJournal()) {
        throw new ConfigError(
            "there are feeds that need the journal; use FEED DROP, or make them VOLATILE");
      }
      rewrites.turnOff();
      endJournal();
    }
  }

  private void countMemory(boolean wanted) throws ConfigError {
    if (wanted && !keyspace.countsMemory()) {
      throw new ConfigError("memory tracking cannot be enabled at runtime");
    }
    if (!wanted) {
      keyspace.countMemory(false);
    }
  }

  /** Keeps no journal any more; nobody waits for it. */
  private void endJournal() {
    Journal kept = journal;
    if (kept != null) {
      turn.recorder(null);
      journal = null;
      kept.abandon(turn.nowMillis());
      blocking.onDurable(Long.MAX_VALUE);
      Release release = new Release();
      release.failing(null);
      release.released(Long.MAX_VALUE);
    }
  }

  private void policy(EvictionPolicy policy) {
    switch (policy) {
      case NOEVICTION -> evictor.policy(Evictor.Rank.NONE, false);
      case ALLKEYS_LRU, ALLKEYS_LRM -> evictor.policy(Evictor.Rank.RECENCY, false);
      case VOLATILE_LRU, VOLATILE_LRM -> evictor.policy(Evictor.Rank.RECENCY, true);
      case ALLKEYS_LFU -> evictor.policy(Evictor.Rank.FREQUENCY, false);
      case VOLATILE_LFU -> evictor.policy(Evictor.Rank.FREQUENCY, true);
      case ALLKEYS_RANDOM -> evictor.policy(Evictor.Rank.RANDOM, false);
      case VOLATILE_RANDOM -> evictor.policy(Evictor.Rank.RANDOM, true);
      case VOLATILE_TTL -> evictor.policy(Evictor.Rank.DEADLINE, true);
    }
    keyspace
        .recency()
        .onlyChanges(policy == EvictionPolicy.ALLKEYS_LRM || policy == EvictionPolicy.VOLATILE_LRM);
  }

  // ------------------------------------------------------------------------------------ sessions

  /** A client came; it is the default user, who may have to say a password first. */
  public Session open(Peer peer, long nowMillis) {
    if (stats.startedMillis == 0) {
      stats.startedMillis = nowMillis;
      snapshots.started(nowMillis);
    }
    return sessions.open(peer, nowMillis);
  }

  /** A client went: its subscriptions, watches and output are dropped. */
  public void close(Session session) {
    PubSubCommands.forget(session, dispatcher.services().pubsub());
    tracking.disable(session);
    observers.monitors().remove(session);
    blocking.forget(session);
    sessions.close(session);
    paused.remove(session);
    slowReaders.remove(session);
  }

  /** Who clients may be. */
  public Users users() {
    return users;
  }

  /** All clients. */
  public Sessions sessions() {
    return sessions;
  }

  /**
   * Lets somebody inside the process hear events, whatever {@code notify-keyspace-events} says:
   * those that happen from now on, as they happen. For tests and tools; there is no way to stop.
   */
  public void hear(EventSink sink) {
    turn.hear(sink);
  }

  /** Whether a key is the stream of a feed, or of one of its partitions. */
  public boolean isFeed(int db, Bytes key) {
    return feeds.partition(db, key) != null;
  }

  // --------------------------------------------------------------------------------------- turns

  /**
   * Executes one request as a turn. The reply and whatever else the session is to be sent are in
   * its outbox afterwards; {@link Sessions#drainListed} names every session that has something to
   * send.
   *
   * @param nowMillis the wall clock in epoch milliseconds
   */
  public void execute(Session session, Request request, long nowMillis) {
    if (session.isEnding()) {
      return;
    }
    if (limits.isLookDue(request.byteSize())) {
      stats.evictedClients += limits.endLargest(session, request.byteSize());
      if (session.isEnding()) {
        return;
      }
    }
    if (evictor.isOverLimit()) {
      evict(nowMillis);
    }
    long position = session.outbox().position();
    turn.begin(nowMillis);
    tracking.current(session);
    dispatcher.dispatch(session, request);
    session.reveal(position, turn.nextRevealed());
    commit(session);
    tracking.current(null);
    sessions.list(session);
    endIfGreedy(session);
    long endMillis = turn.endMillis();
    // Where it may be the clients that take too much, they are looked at first, at the next
    // request: by then this reply may have left.
    if (evictor.isOverLimit() && !limits.isLookDue(0)) {
      evict(endMillis);
    }
    if (blocking.hasReady()) {
      serve(endMillis);
    }
    tracking.broadcast(turn.sequence());
  }

  /**
   * Who is answered more than the hard limit allows goes at once, as in Redis, and is sent nothing
   * of it: what it asked for is done all the same.
   */
  private void endIfGreedy(Session session) {
    Outbox outbox = session.outbox();
    long pending = outbox.pendingBytes() - Math.min(UNCOUNTED_BYTES, outbox.bytesBeforePlaces());
    if (pending <= UNAUTHENTICATED_BYTES) {
      return;
    }
    long hard = hardLimit(session);
    if (hard > 0 && pending > hard && !session.isKilled()) {
      stats.outputBufferDisconnections++;
      session.kill();
    }
  }

  private void outputLimits(OutputBufferLimits limits) {
    outputLimits = limits;
  }

  /** How many bytes may wait for a client, or 0 if any number may. */
  private long hardLimit(Session session) {
    return session.isAuthenticated() ? outputLimit(session).hardBytes() : UNAUTHENTICATED_BYTES;
  }

  private OutputBufferLimits.Limit outputLimit(Session session) {
    return session.subscriptions().isEmpty() ? outputLimits.normal() : outputLimits.pubsub();
  }

  /** Ends the turn of a client. */
  private void commit(Session session) {
    long before = turn.sequence();
    turn.commit();
    if (turn.sequence() != before) {
      session.lastChange(turn.sequence());
    }
  }

  /**
   * Ends connections where what clients have sent or are to be sent takes too much memory ({@code
   * maxmemory-clients}); to be called when input has come that is no request yet. O(1) where it
   * does not.
   */
  public void limitClients() {
    if (limits.isLookDue(0)) {
      stats.evictedClients += limits.endLargest(null, 0);
    }
  }

  /** Executes the requests again of those who wait for something that has come by now. */
  public void serveWaiting(long nowMillis) {
    if (journal != null) {
      blocking.onDurable(journal.durableSequence());
    }
    if (blocking.hasReady()) {
      serve(nowMillis);
    }
  }

  /** Keys changed for which clients wait. */
  private void serve(long nowMillis) {
    blocking.serve(
        waiter -> {
          Session session = waiter.session();
          long position = session.outbox().position();
          turn.begin(nowMillis);
          tracking.current(session);
          dispatcher.retry(waiter);
          session.reveal(position, turn.nextRevealed());
          commit(session);
          tracking.current(null);
          sessions.list(session);
        });
  }

  /**
   * Whether a request of this session has to wait, and requests behind it with it: because the
   * client waits inside a command, because of CLIENT PAUSE, or because output that clients have not
   * read yet fills the memory and this client is one of them. It must be offered again later.
   */
  public boolean isPaused(Session session, Request request, long nowMillis) {
    if (session.blocked() != null) {
      return true;
    }
    boolean behind = sessions.outputBytes() > outputBytesMax && !session.outbox().isEmpty();
    session.paused(dispatcher.isPaused(session, request, nowMillis));
    behind |= isJournalBehind();
    if (!behind && !session.isPaused()) {
      return false;
    }
    paused.add(session);
    return true;
  }

  /** Whether the disk is so slow that nobody may ask for more. */
  private boolean isJournalBehind() {
    return journal != null && journal.isBehind();
  }

  /** When requests that wait may be offered again; {@link Long#MAX_VALUE} if none wait. */
  public long nextUnpauseMillis() {
    return paused.isEmpty() ? Long.MAX_VALUE : pause.untilMillis();
  }

  /** The sessions that stopped waiting inside a command, each once; they may have more requests. */
  public List<Session> unblocked() {
    return blocking.drainEnded();
  }

  /** The sessions whose paused requests may be offered again, each once. */
  public List<Session> resumable(long nowMillis) {
    if (paused.isEmpty() || pause.isActive(nowMillis) || isJournalBehind()) {
      return List.of();
    }
    List<Session> resumable = List.copyOf(paused);
    paused.clear();
    return resumable;
  }

  /**
   * Prepares for requests that will be executed next, in this order: their keys, and what they name
   * in large collections, are brought into the processor's cache together. Changes nothing, and may
   * be left out.
   */
  public void lookAhead(Session session, Request[] requests, int count) {
    Database database = keyspace.database(session.db());
    if (!Lookahead.isWorthIt(database)) {
      return;
    }
    for (int i = 0; i < count; i++) {
      Request request = requests[i];
      int last = request.count() - 1;
      if (last > 0) {
        lookahead.add(
            database,
            request.argument(1),
            request.argument(Math.min(2, last)),
            request.argument(last));
      }
    }
    lookahead.run(database);
  }

  /** Answers input that is no request and ends the conversation. */
  public void refuse(Session session, Bytes protocolError) {
    CommandError error = Errors.PROTOCOL.error(protocolError);
    session.reply().error(error);
    stats.onError(error.code());
    session.closeAfterReplies();
    sessions.list(session);
  }

  private void evict(long nowMillis) {
    if (loading.isActive()) {
      return;
    }
    turn.begin(nowMillis);
    if (!keyspace.holdsRemovals()) {
      evictor.round(EVICTIONS_PER_ROUND);
    }
    turn.commit();
  }

  /**
   * Answers clients that have waited long enough, and removes entries whose time is over, as turns
   * of at most {@link #SWEEP_BUDGET} entries each.
   *
   * @param budget how many entries at most
   * @return whether there may be more to do now
   */
  public boolean sweep(long nowMillis, int budget) {
    if (blocking.nextDeadlineMillis() <= nowMillis) {
      blocking.timeOut(nowMillis);
    }
    if (loading.isActive()) {
      return false;
    }
    int left = budget;
    while (left > 0) {
      int slice = Math.min(left, SWEEP_BUDGET);
      turn.begin(nowMillis);
      int rest = keyspace.sweep(nowMillis, slice);
      turn.commit();
      if (blocking.hasReady()) {
        serve(nowMillis);
      }
      tracking.broadcast(turn.sequence());
      if (rest > 0) {
        return false;
      }
      left -= slice;
    }
    return true;
  }

  /**
   * The earliest time at which {@link #sweep} has something to do, never later than a deadline of a
   * key or of a client that waits.
   */
  public long nextDeadlineMillis() {
    long waiting = blocking.nextDeadlineMillis();
    return loading.isActive() ? waiting : Math.min(keyspace.nextDeadlineMillis(), waiting);
  }

  /**
   * What has to be done now and then, about ten times a second: gives memory back, closes clients
   * that do not read, are idle or take too much, goes on evicting.
   *
   * @return whether there is more to do soon
   */
  public boolean maintain(long nowMillis) {
    stats.peakBytes(evictor.usedBytes(), nowMillis);
    stats.sample(nowMillis);
    snapshots.maintain(nowMillis);
    if (journal != null) {
      journal.maintain(nowMillis);
    }
    rewrites.maintain(nowMillis);
    limits.endIdle(nowMillis);
    // Before keys have to go for what waits for clients.
    stats.evictedClients += limits.endLargest(null, 0);
    if (evictor.isOverLimit()) {
      evict(nowMillis);
      tracking.broadcast(turn.sequence());
    }
    if (feeds.isAgeDue(nowMillis) && !loading.isActive()) {
      age(nowMillis);
    }
    serveWaiting(nowMillis);
    // Nobody has to say anything to a client for its time above the soft limit to run out.
    slowReaders.forEach(sessions::list);
    return keyspace.compact(COMPACTION_BYTES);
  }

  /** Entries of feeds that have become too old go, as a turn of its own. */
  private void age(long nowMillis) {
    turn.begin(nowMillis);
    if (!keyspace.holdsRemovals()) {
      feeds.age();
    }
    turn.commit();
  }

  /** Whether {@link #work} has something to do, now or when the background has done its part. */
  public boolean hasWork() {
    return snapshots.hasWork() || rewrites.hasWork();
  }

  /**
   * Goes on with what is done in slices beside the turns, for some ten to a hundred microseconds: a
   * snapshot that is being taken, a journal that is being rewritten.
   *
   * @return whether there is more to do now; if not, there may be after the background has done
   *     something
   */
  public boolean work(long nowMillis) {
    return work(nowMillis, WORK_BUDGET_BYTES);
  }

  /**
   * As {@link #work(long)} with a slice of another size.
   *
   * @param budgetBytes about how much is written
   */
  public boolean work(long nowMillis, int budgetBytes) {
    rewrites.work(nowMillis);
    return snapshots.work(nowMillis, budgetBytes);
  }

  /**
   * Whether a client reads so slowly that it has to be closed ({@code client-output-buffer-limit}).
   *
   * @param transportBytes what the transport has taken from the outbox but not sent yet
   */
  public boolean isOutputTooLarge(Session session, long transportBytes, long nowMillis) {
    long pending = session.outbox().pendingBytes() + transportBytes;
    OutputBufferLimits.Limit limit = outputLimit(session);
    boolean soft = limit.softBytes() > 0 && pending > limit.softBytes();
    if (!soft) {
      if (session.outputSoftSinceMillis() != 0) {
        session.outputSoftSinceMillis(0);
        slowReaders.remove(session);
      }
    } else if (session.outputSoftSinceMillis() == 0) {
      session.outputSoftSinceMillis(nowMillis);
      slowReaders.add(session);
    }
    boolean tooLarge =
        limit.hardBytes() > 0 && pending > limit.hardBytes()
            || pending > UNCOUNTED_BYTES + UNAUTHENTICATED_BYTES && !session.isAuthenticated()
            || soft && nowMillis - session.outputSoftSinceMillis() >= limit.softSeconds() * 1000L;
    if (tooLarge) {
      stats.outputBufferDisconnections++;
    }
    return tooLarge;
  }

  // ------------------------------------------------------------------------------------- loading

  /**
   * From now on the engine waits for data: commands that need it are refused, and nothing expires
   * or is evicted, until {@link #load} has come to the end.
   */
  public void beginLoading(LoadSource newSource, long nowMillis) {
    source = newSource;
    snapshots.onLoading();
    loading.begin(nowMillis, newSource.totalBytes());
  }

  /**
   * Loads on, as a turn that announces and records nothing.
   *
   * @param budgetBytes about how much
   * @return whether there is more; at the end deadlines come into force again
   * @throws IOException if it cannot be loaded, with a sentence that says why; a part is loaded
   */
  public boolean load(long nowMillis, int budgetBytes) throws IOException {
    LoadSource loaded = Objects.requireNonNull(source);
    boolean more = false;
    turn.begin(nowMillis);
    turn.replaying(true);
    try {
      more = loaded.step(budgetBytes);
      if (!more) {
        adoptFeeds();
      }
      if (evictor.isOverCeiling(0)) {
        throw new LoadException(
            "the data does not fit into memory: "
                + loaded.loadedBytes()
                + " of "
                + loaded.totalBytes()
                + " bytes were read; give the server more memory",
            null);
      }
    } catch (OutOfMemoryError exhausted) {
      throw new LoadException(
          "a value does not fit into memory; give the server more memory", exhausted);
    } finally {
      turn.replaying(false);
      turn.commit();
      loading.progress(loaded.loadedBytes());
      if (!more) {
        loading.end(keys());
        source = null;
      }
    }
    if (!more) {
      snapshots.onLoaded(nowMillis);
    }
    return more;
  }

  /**
   * Streams that the facts of a file say to be feeds are feeds from now on; to be called within
   * {@link #load} by whoever needs them before its end.
   *
   * @throws IOException if one of them is none
   */
  public void adoptFeeds() throws IOException {
    String problem = feeds.adopt();
    if (problem != null) {
      throw new LoadException(problem, null);
    }
  }

  /** Told by whoever loads of each fact that a snapshot holds: name and text. */
  public void onFact(Bytes name, Bytes text) {
    feeds.onFact(name, text);
  }

  private long keys() {
    long keys = 0;
    for (int i = 0; i < keyspace.count(); i++) {
      keys += keyspace.database(i).size();
    }
    return keys;
  }

  /**
   * Who repeats commands that an append-only file holds, within {@link #load}.
   *
   * @param nowMillis when the client that repeats them came
   */
  public Replay commandReplay(long nowMillis) {
    Session replayer = sessions.internal(nowMillis);
    return words -> {
      long errors = stats.errorReplies;
      dispatcher.dispatch(replayer, Request.of(words));
      String error = stats.errorReplies == errors ? null : firstLine(replayer.outbox());
      replayer.outbox().clear();
      return error;
    };
  }

  /** What an outbox begins with, without the marker. */
  private static String firstLine(Outbox outbox) {
    StringBuilder line = new StringBuilder();
    outbox.drain(
        Long.MAX_VALUE,
        Integer.MAX_VALUE,
        (bytes, offset, length) -> {
          for (int i = offset; i < offset + length; i++) {
            line.append((char) (bytes[i] & 0xff));
          }
        });
    int end = line.indexOf("\r\n");
    return line.substring(Math.min(1, line.length()), end < 0 ? line.length() : end);
  }

  // ------------------------------------------------------------------------------------- journal

  /**
   * What an earlier run left in the journal: to be read to its end before clients are served, and
   * handed to {@link #recovered} then. Nothing expires, is evicted or announced by what it repeats.
   */
  public Recovery recovery() {
    return new Recovery(
        disk().storage(), this::base, new Repeating(), config.get(Parameters.AOF_LOAD_TRUNCATED));
  }

  /** The snapshot that a journal goes on from. */
  private BaseLoader.Loading base(String name, ReadFile file) throws IOException {
    boolean checking = config.get(Parameters.RDBCHECKSUM);
    RdbLoad load = new RdbLoad(name, file, checking, keyspace, feeds::onFact);
    return new BaseLoader.Loading() {
      @Override
      public boolean slice(int budgetBytes) throws IOException {
        boolean replaying = turn.isReplaying();
        turn.begin(turn.nowMillis());
        turn.replaying(true);
        try {
          return !load.step(budgetBytes);
        } finally {
          turn.commit();
          turn.replaying(replaying);
        }
      }

      @Override
      public long bytesRead() {
        return load.loadedBytes();
      }
    };
  }

  /**
   * All that an earlier run left is read. Blocks while files are made what they say.
   *
   * @throws IOException if they cannot be
   */
  public void recovered(Recovery recovery) throws IOException {
    recovery.settle();
    recovery.close();
    adoptFeeds();
    turn.sequence(recovery.sequence());
    // The last turn that was repeated is over.
    turn.begin(turn.nowMillis());
    stats.reset();
    keyspace.resetCounters();
    if (recovery.cutBytes() > 0) {
      host.warn(recovery.report());
    } else {
      host.report(recovery.report());
    }
  }

  /**
   * What loads data and then keeps a journal that begins with it, within {@link #load}.
   *
   * @param clock the wall clock in epoch milliseconds
   */
  public LoadSource importing(LoadSource data, LongSupplier clock) {
    return new ImportLoad(data, new Importing(clock));
  }

  /** Makes a journal of what was loaded. */
  private final class Importing implements ImportLoad.Beginning {

    private final LongSupplier clock;

    Importing(LongSupplier clock) {
      this.clock = clock;
    }

    @Override
    public void onLoaded() throws IOException {
      adoptFeeds();
    }

    @Override
    public boolean isWanted() {
      return config.get(Parameters.APPENDONLY);
    }

    @Override
    public void base(Consumer<@Nullable IOException> onWritten) {
      String base = JournalFiles.base(turn.sequence());
      snapshots.begin(base, JournalFiles.unfinished(base), clock.getAsLong(), onWritten);
    }

    @Override
    public void write(int budgetBytes) {
      snapshots.work(clock.getAsLong(), budgetBytes);
    }

    @Override
    public void abandon() {
      snapshots.abandon();
    }

    @Override
    public void begin() throws IOException {
      startJournal(clock.getAsLong());
    }
  }

  /**
   * Keeps a journal from now on: what the keyspace holds now is what a journal or a base in the
   * directory says, or empty. Blocks.
   *
   * @throws IOException if it cannot be kept; then nothing has changed
   */
  public void startJournal(long nowMillis) throws IOException {
    Journal started =
        Journal.start(
            disk(),
            config.get(Parameters.APPENDFSYNC),
            turn.sequence(),
            random.nextLong(),
            nowMillis,
            new Release());
    journal = started;
    turn.recorder(started);
    blocking.onDurable(Long.MAX_VALUE);
  }

  /**
   * Ends the journal in an orderly way: all is durable then. Blocks; nothing that was handed to the
   * backgrounds may be under way.
   *
   * @throws IOException if not all could be made durable
   */
  public void stopJournal(long nowMillis) throws IOException {
    Journal stopped = journal;
    if (stopped != null) {
      turn.recorder(null);
      try {
        stopped.close(nowMillis);
      } finally {
        journal = null;
      }
    }
  }

  /**
   * Writes what turns have recorded, and releases the output that may leave. To be called once for
   * each round, before {@link Sessions#drainListed}.
   */
  public void flushJournal(long nowMillis) {
    Journal kept = journal;
    if (kept != null) {
      kept.flush(nowMillis);
      sessions.writtenSequence(turn.sequence());
    }
  }

  /** How many turns changed something so far, those before a restart included. */
  public long sequence() {
    return turn.sequence();
  }

  /** The journal, or null while none is kept. */
  public @Nullable Journal journal() {
    return journal;
  }

  private Disk disk() {
    if (disk == null) {
      throw new IllegalStateException("this engine was given no disk");
    }
    return disk;
  }

  /** What begins a journal while the server runs. */
  private final class Keeping implements Rewrites.Keeper {

    @Override
    public @Nullable Journal journal() {
      return journal;
    }

    @Override
    public Journal prepare(long lastSequence, long nowMillis) throws IOException {
      Journal prepared =
          Journal.prepare(
              disk(),
              config.get(Parameters.APPENDFSYNC),
              lastSequence,
              random.nextLong(),
              nowMillis,
              new Release());
      journal = prepared;
      turn.recorder(prepared);
      return prepared;
    }

    @Override
    public void drop() {
      endJournal();
    }
  }

  /** Lets output leave, and writes in, as the journal says. */
  private final class Release implements Journal.Listener {

    @Override
    public void released(long sequence) {
      sessions.durableSequence(sequence);
    }

    @Override
    public @Nullable BooleanSupplier departure(long sequence) {
      Session only = sessions.onlyHolding();
      if (only == null || blocking.isDurabilityAwaited()) {
        return null;
      }
      Departure departure = host.departure(only, sequence);
      return departure == null ? null : departure::leave;
    }

    @Override
    public void failing(@Nullable String reason) {
      boolean failing = reason != null;
      dispatcher.refuseWrites(reason == null ? null : Errors.JOURNAL_FAILING.error(reason));
      keyspace.holdRemovals(failing || dispatcher.isHalfDone());
      turn.readable(failing ? sessions.durableSequence() : Long.MAX_VALUE);
      if (journal == null) {
        return;
      }
      host.warn(
          failing
              ? "the journal cannot be written, and writes are refused: " + reason
              : "the journal can be written again, and writes are accepted");
    }
  }

  /** Repeats turns of the journal. */
  private final class Repeating implements Replayer {

    private final Session replayer = sessions.internal(0);

    @Override
    public void begin(long sequence, long nowMillis) {
      turn.replaying(true);
      turn.begin(nowMillis);
    }

    @Override
    public void effect(int db, Request request) throws IOException {
      // The base is complete where the first turn is repeated.
      adoptFeeds();
      if (db >= keyspace.count()) {
        throw new IOException(
            "it concerns database " + db + ", and databases is " + keyspace.count());
      }
      long refusals = stats.errorReplies;
      replayer.db(db);
      dispatcher.dispatch(replayer, request);
      if (stats.errorReplies != refusals) {
        throw new IOException("it is refused with " + said(replayer));
      }
      replayer.outbox().clear();
    }

    @Override
    public void end() {
      turn.commit();
      turn.replaying(false);
    }

    private static String said(Session session) {
      StringBuilder text = new StringBuilder();
      session
          .outbox()
          .drain(
              Long.MAX_VALUE,
              Integer.MAX_VALUE,
              (bytes, offset, length) ->
                  text.append(Bytes.view(bytes, offset, length).toLatin1().strip()));
      return text.toString();
    }
  }

  // --------------------------------------------------------------------------------------- seams

  /** Who records the effects of every turn, or null. */
  public void recorder(@Nullable EffectSink recorder) {
    turn.recorder(recorder);
  }

  /**
   * Repeats recorded effects. Nothing expires, is evicted or is announced meanwhile.
   *
   * @param nowMillis the time at which they were recorded
   */
  public void replay(Iterable<Effect> effects, long nowMillis) {
    Session replayer = sessions.internal(nowMillis);
    turn.replaying(true);
    try {
      for (Effect effect : effects) {
        turn.begin(nowMillis);
        replayer.db(effect.db());
        dispatcher.dispatch(replayer, Request.of(effect.arguments().toArray(Bytes[]::new)));
        turn.commit();
        replayer.outbox().clear();
      }
    } finally {
      turn.replaying(false);
    }
  }

  /** How many bytes there is room for beside keys, values and what clients have not read yet. */
  public long roomBytes() {
    return evictor.roomBytes();
  }

  /**
   * Makes a feed that the configuration names, in database 0, unless it is there already.
   *
   * @param words arguments of FEED CREATE
   * @throws ConfigError with the reason alone if it cannot be, or is another one
   */
  public void configureFeed(List<Bytes> words, long nowMillis) throws ConfigError {
    Feed existing = feeds.find(0, words.getFirst());
    if (existing != null) {
      requireSame(existing.definition(), words);
      return;
    }
    Session configuring = sessions.internal(nowMillis);
    List<Bytes> request = new ArrayList<>(List.of(Bytes.of("FEED"), Bytes.of("CREATE")));
    request.addAll(words);
    long refusals = stats.errorReplies;
    execute(configuring, Request.of(request.toArray(Bytes[]::new)), nowMillis);
    if (stats.errorReplies != refusals) {
      throw new ConfigError(firstLine(configuring.outbox()));
    }
  }

  /**
   * What a {@code feed} line of a configuration that is written anew has to say.
   *
   * @param words what it says behind that word, characters 0 to 255
   * @return the same where the feed is there and is what they say; how to make it where it is
   *     another one; none where it was dropped
   */
  public List<String> feedLine(List<String> words) {
    List<Bytes> said =
        words.stream().map(word -> Bytes.of(word.getBytes(StandardCharsets.ISO_8859_1))).toList();
    Feed feed = feeds.find(0, said.getFirst());
    if (feed == null) {
      return List.of();
    }
    try {
      requireSame(feed.definition(), said);
      return words;
    } catch (ConfigError another) {
      return feed.definition().words().stream().map(Bytes::toLatin1).toList();
    }
  }

  private void requireSame(FeedDefinition existing, List<Bytes> words) throws ConfigError {
    FeedDefinition wanted;
    try {
      wanted = FeedDefinition.parse(0, words, keyspace.count(), existing.bytesMax());
    } catch (FeedDefinition.Unusable unusable) {
      throw new ConfigError(unusable.reason());
    }
    if (!wanted.equals(existing)) {
      throw new ConfigError(
          "there is a feed of this name that was told something else ("
              + existing.words().stream().map(Bytes::toLatin1).collect(Collectors.joining(" "))
              + "): say the same here, or take the line out and use FEED DROP");
    }
  }

  /** All databases; for snapshots, statistics and tests. */
  public Keyspace keyspace() {
    return keyspace;
  }

  /** When snapshots are taken, and what became of them. */
  public Snapshots snapshots() {
    return snapshots;
  }

  /** When the journal is rewritten, and what became of it. */
  public Rewrites rewrites() {
    return rewrites;
  }

  /** Counters. */
  public EngineStats stats() {
    return stats;
  }

  /** The configuration that the engine obeys. */
  public Configuration config() {
    return config;
  }

  /** The table of commands. */
  public CommandTable commands() {
    return commands;
  }

  /** Hooks for whoever watches executions and defects. */
  public Dispatcher dispatcher() {
    return dispatcher;
  }
}

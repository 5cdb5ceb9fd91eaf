package dev.carillon.engine.feed;

import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Departures;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.keyspace.PackingLimits;
import dev.carillon.engine.turn.DatabaseEvent;
import dev.carillon.engine.turn.EventSink;
import dev.carillon.engine.turn.Turn;
import dev.carillon.engine.value.ConsumerGroup;
import dev.carillon.engine.value.StreamCursor;
import dev.carillon.engine.value.StreamId;
import dev.carillon.engine.value.StreamReferences;
import dev.carillon.engine.value.StreamTrim;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.Channels;
import dev.carillon.protocol.event.EventClass;
import dev.carillon.protocol.event.EventType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All feeds: which events they hold is decided when these happen, and entries are made of them when
 * the turn ends, as a part of it, so that a change and its entry are in one record of the journal.
 *
 * <p>An event that no feed can hear costs a test of a mask; any other one what {@link Matching}
 * says. Key, fields and old value are copied once for all feeds that hold it.
 *
 * <p>What is appended is recorded as it is ({@code FEED APPEND}, {@code FEED TRIM}), and repeated
 * from there; while effects are replayed nothing is matched or trimmed by itself. Engine thread
 * only.
 */
public final class Feeds implements EventSink, Departures {

  /** The name of the fact by which a snapshot knows of a feed. */
  public static final String FACT = "carillon-feed";

  private static final Bytes FACT_NAME = Bytes.of(FACT);
  private static final Bytes EVENT = Bytes.of("event");
  private static final Bytes KEY = Bytes.of("key");
  private static final Bytes DB = Bytes.of("db");
  private static final Bytes AT = Bytes.of("at");
  private static final Bytes DEADLINE = Bytes.of("deadline");
  private static final Bytes VALUE = Bytes.of("value");
  private static final Bytes DUMP = Bytes.of("dump");
  private static final Bytes OMITTED = Bytes.of("omitted");
  private static final Bytes FIELDS = Bytes.of("fields");
  private static final Bytes WITH = Bytes.of("with");
  private static final Bytes EVERY = Bytes.of("*");

  /** Chosen: a list that one enormous turn has stretched is dropped after it. */
  private static final int KEPT = 4096;

  /** Chosen: how often feeds are searched for entries that are too old. */
  private static final long AGE_MILLIS = 1000;

  private record Place(int db, Bytes key) {}

  /** An event as all feeds hold it, but for the old value. */
  private record Happened(@Nullable Bytes key, Bytes[] pairs, OldValues.@Nullable Value old) {}

  /** An entry that is made when the turn ends. */
  private record Pending(Feed feed, Happened event) {}

  private @Nullable Keyspace keyspace;
  private final BooleanSupplier journaled;
  private final Map<Place, Feed> feeds = new LinkedHashMap<>();
  private final Map<Place, Feed.Partition> streams = new LinkedHashMap<>();
  private final Matching matching = new Matching();
  private final List<Bytes> facts = new ArrayList<>();
  private long made;
  private final OldValues oldValues = new OldValues();
  private final List<Feed.Partition> touched = new ArrayList<>();
  private List<Pending> pending = new ArrayList<>();
  private @Nullable Turn turn;

  private int interest;
  private int subkeyInterest;
  private final int[] interestByDb;
  private boolean databasesHeard;
  private boolean valuesWanted;
  private long agedMillis;

  /**
   * No feeds.
   *
   * @param databases how many databases there are
   * @param journaled says whether a journal is kept
   */
  public Feeds(int databases, BooleanSupplier journaled) {
    this.journaled = journaled;
    this.interestByDb = new int[databases];
  }

  /** Where the streams are, and what happens that feeds hold. */
  public void watch(Keyspace newKeyspace) {
    keyspace = newKeyspace;
  }

  private Keyspace keyspace() {
    Keyspace watched = keyspace;
    if (watched == null) {
      throw new IllegalStateException("feeds watch a keyspace");
    }
    return watched;
  }

  private Database database(FeedDefinition definition) {
    return keyspace().database(definition.db());
  }

  @Override
  public void attach(Turn newTurn) {
    turn = newTurn;
  }

  private Turn turn() {
    Turn attached = turn;
    if (attached == null) {
      throw new IllegalStateException("feeds belong to a turn");
    }
    return attached;
  }

  // -------------------------------------------------------------------------------------- asking

  /** All feeds, in the order in which they were made. */
  public Collection<Feed> all() {
    return feeds.values();
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return feeds.isEmpty();
  }

  /** A feed by its own key, or null. */
  public @Nullable Feed find(int db, Bytes key) {
    return feeds.get(new Place(db, key));
  }

  /** What holds the entries of a stream key, or null if it is no feed. */
  public Feed.@Nullable Partition partition(int db, Bytes key) {
    return streams.isEmpty() ? null : streams.get(new Place(db, key));
  }

  /** Whether entries of a feed are on the disk before anybody sees them. */
  public boolean isDurable(Feed feed) {
    return !feed.definition().isVolatile() && journaled.getAsBoolean();
  }

  /** Whether there is a feed that needs the journal. */
  public boolean needJournal() {
    return feeds.values().stream().anyMatch(feed -> !feed.definition().isVolatile());
  }

  /** What all feeds take, in bytes. O(partitions). */
  public long sizeBytes() {
    long bytes = 0;
    for (Feed feed : feeds.values()) {
      bytes += feed.sizeBytes();
    }
    return bytes;
  }

  // ------------------------------------------------------------------------------ making, dropping

  /** Whether keys are in the way of a feed that is to be made. */
  public boolean isTaken(FeedDefinition definition) {
    Database database = database(definition);
    boolean taken = find(definition.db(), definition.key()) != null;
    if (definition.partitions() > 0) {
      // No stream gets this key. One that is over, and stays because removals are held back, is in
      // the way: whoever repeats the effects sees it as present.
      taken |= database.find(definition.key()) != null || database.contains(definition.key());
    }
    for (Bytes key : definition.streamKeys()) {
      taken |= database.find(key) != null;
    }
    return taken;
  }

  /** Makes a feed; its keys are free. Announces nothing. */
  public Feed create(FeedDefinition definition) {
    Feed feed = new Feed(definition, ++made);
    Database database = database(definition);
    for (Bytes key : definition.streamKeys()) {
      Entry entry = database.createFeed(key);
      feed.add(key, (StreamValue) entry.object());
      database.changedSilently(key, entry);
    }
    register(feed);
    return feed;
  }

  private void register(Feed feed) {
    int db = feed.definition().db();
    feeds.put(new Place(db, feed.definition().key()), feed);
    matching.add(feed);
    for (Feed.Partition partition : feed.partitions()) {
      streams.put(new Place(db, partition.key()), partition);
    }
    onChanged();
  }

  /** Removes a feed with its entries and groups. Announces nothing. */
  public void drop(Feed feed) {
    Database database = database(feed.definition());
    unregister(feed);
    for (Feed.Partition partition : feed.partitions()) {
      Entry entry = database.findAsIs(partition.key());
      database.endFeed(partition.key());
      if (entry != null) {
        database.remove(partition.key(), entry);
        database.changedSilently(partition.key());
      }
    }
  }

  private void unregister(Feed feed) {
    int db = feed.definition().db();
    feed.drop();
    matching.remove(feed);
    feeds.remove(new Place(db, feed.definition().key()));
    for (Feed.Partition partition : feed.partitions()) {
      streams.remove(new Place(db, partition.key()));
    }
    onChanged();
  }

  /** Their keys are ordinary streams from now on, which something else is about to replace. */
  public void forgetAll() {
    for (Feed feed : List.copyOf(feeds.values())) {
      for (Feed.Partition partition : feed.partitions()) {
        database(feed.definition()).endFeed(partition.key());
      }
      unregister(feed);
    }
    forgetFacts();
  }

  /** Forgets what {@link #onFact} was told of since {@link #adopt}. */
  public void forgetFacts() {
    facts.clear();
  }

  /** Finds out anew what feeds can hear. */
  private void onChanged() {
    interest = 0;
    databasesHeard = false;
    valuesWanted = false;
    Arrays.fill(interestByDb, 0);
    for (Feed feed : feeds.values()) {
      FeedDefinition definition = feed.definition();
      interest |= definition.classes();
      databasesHeard |= definition.databases();
      valuesWanted |= definition.valueBytesMax() != FeedDefinition.NONE;
      for (int i = 0; i < interestByDb.length; i++) {
        interestByDb[i] |= definition.observes(i) ? definition.classes() : 0;
      }
    }
    subkeyInterest = interest & EventClass.HASH.bit();
    boolean needed = valuesWanted || (interest & EventClass.EXPIRED.bit()) != 0;
    keyspace().departures(needed ? this : null, !valuesWanted);
    turn().interestChanged();
  }

  // ------------------------------------------------------------------------------------- matching

  @Override
  public int interest() {
    return interest;
  }

  @Override
  public int subkeyInterest() {
    return subkeyInterest;
  }

  @Override
  public boolean hearsDatabases() {
    return databasesHeard;
  }

  @Override
  public void onLeaving(Database database, Bytes key, Entry entry) {
    Turn current = turn();
    if (current.isReplaying() || interestByDb[database.number()] == 0) {
      return;
    }
    long bytesMax = FeedDefinition.NONE;
    if (valuesWanted) {
      List<Feed> holding = matching.of(database.number(), interest, key);
      for (int i = 0; i < holding.size(); i++) {
        bytesMax = Math.max(bytesMax, holding.get(i).definition().valueBytesMax());
      }
    }
    oldValues.keep(database, key, entry, bytesMax, current.sequence());
  }

  @Override
  public void onAnnounced(Database database, Bytes key) {
    oldValues.forget(database.number(), key);
  }

  @Override
  public void onEvent(int db, EventType type, Bytes key, List<Bytes> subkeys) {
    int bit = type.eventClass().bit();
    if ((interestByDb[db] & bit) == 0) {
      return;
    }
    List<Feed> holding = matching.of(db, bit, key);
    if (!holding.isEmpty()) {
      Happened event = happened(db, type, key, subkeys);
      for (int i = 0; i < holding.size(); i++) {
        add(holding.get(i), event);
      }
    }
  }

  private Happened happened(int db, EventType type, Bytes key, List<Bytes> subkeys) {
    Turn current = turn();
    long sequence = current.sequence();
    long deadline = oldValues.deadlineFor(type, db, key, sequence);
    boolean hasDeadline = deadline != Entry.NO_DEADLINE;
    Bytes copy = key.copy();
    Bytes[] pairs = new Bytes[8 + (hasDeadline ? 2 : 0) + (subkeys.isEmpty() ? 0 : 2)];
    int at = put(pairs, 0, EVENT, type.wireBytes());
    at = put(pairs, at, KEY, copy);
    at = put(pairs, at, DB, Numerals.of(db));
    at = put(pairs, at, AT, Numerals.of(current.nowMillis()));
    if (hasDeadline) {
      at = put(pairs, at, DEADLINE, Numerals.of(deadline));
    }
    if (!subkeys.isEmpty()) {
      byte[] fields = new byte[Channels.fieldsLength(subkeys)];
      Channels.writeFields(subkeys, fields, 0);
      put(pairs, at, FIELDS, Bytes.of(fields));
    }
    return new Happened(copy, pairs, oldValues.valueFor(type, db, key, sequence));
  }

  private static int put(Bytes[] pairs, int at, Bytes field, Bytes value) {
    pairs[at] = field;
    pairs[at + 1] = value;
    return at + 2;
  }

  @Override
  public void onDatabaseEvent(DatabaseEvent event, int db, int other) {
    Happened happened = null;
    for (Feed feed : feeds.values()) {
      FeedDefinition definition = feed.definition();
      boolean observed =
          db == ALL_DATABASES || definition.observes(db) || definition.observes(other);
      if (definition.databases() && observed) {
        if (happened == null) {
          Bytes[] pairs = new Bytes[db == other ? 6 : 8];
          int at = put(pairs, 0, EVENT, event.wireBytes());
          at = put(pairs, at, DB, db == ALL_DATABASES ? EVERY : Numerals.of(db));
          at = put(pairs, at, AT, Numerals.of(turn().nowMillis()));
          if (db != other) {
            put(pairs, at, WITH, Numerals.of(other));
          }
          happened = new Happened(null, pairs, null);
        }
        add(feed, happened);
      }
    }
  }

  private void add(Feed feed, Happened event) {
    pending.add(new Pending(feed, event));
    turn().prepareAtEnd();
  }

  // ------------------------------------------------------------------------------------ appending

  @Override
  public void onCommitting(Turn committing) {
    List<Pending> entries = pending;
    for (int i = 0; i < entries.size(); i++) {
      Feed feed = entries.get(i).feed();
      Happened event = entries.get(i).event();
      if (feed.isDropped()) {
        continue;
      }
      Bytes[] pairs = withOldValue(feed, event);
      if (event.key() != null) {
        append(feed.partitionOf(event.key()), pairs, committing);
      } else {
        // Whoever reads one partition has to know it as well.
        feed.partitions().forEach(partition -> append(partition, pairs, committing));
      }
    }
    if (entries.size() > KEPT) {
      pending = new ArrayList<>();
    } else {
      entries.clear();
    }
    for (Feed.Partition partition : touched) {
      retain(partition, committing);
      close(partition);
    }
    touched.clear();
  }

  private static Bytes[] withOldValue(Feed feed, Happened event) {
    OldValues.Value old = event.old();
    long bytesMax = feed.definition().valueBytesMax();
    if (old == null || bytesMax == FeedDefinition.NONE) {
      return event.pairs();
    }
    int length = event.pairs().length;
    Bytes[] pairs = Arrays.copyOf(event.pairs(), length + 2);
    Bytes bytes = old.bytes();
    if (bytes != null && bytes.length() <= bytesMax) {
      put(pairs, length, old.isString() ? VALUE : DUMP, bytes);
    } else {
      put(pairs, length, OMITTED, Numerals.of(old.sizeBytes()));
      feed.onOmitted();
    }
    return pairs;
  }

  private void append(Feed.Partition partition, Bytes[] pairs, Turn committing) {
    if (!partition.open) {
      open(partition);
      partition.open = true;
      touched.add(partition);
    }
    Feed feed = partition.feed();
    StreamId last = partition.stream().lastId();
    StreamId now = new StreamId(committing.nowMillis(), 0);
    StreamId id = now.isAfter(last) ? now : last.next();
    add(partition.stream(), id, pairs);
    if (committing.isRecording()) {
      committing.effect(feed.definition().db(), FeedEffects.append(partition.key(), id, pairs));
    }
    if (isDurable(feed)) {
      committing.requireDurable();
    }
  }

  private void add(StreamValue stream, StreamId id, Bytes[] pairs) {
    PackingLimits limits = keyspace().limits();
    stream.append(id, pairs, limits.streamNodeBytes, limits.streamNodeEntries);
  }

  private void open(Feed.Partition partition) {
    Database database = database(partition.feed().definition());
    database.edit(entry(database, partition));
  }

  private void close(Feed.Partition partition) {
    Database database = database(partition.feed().definition());
    database.changedSilently(partition.key(), entry(database, partition));
    partition.open = false;
  }

  private static Entry entry(Database database, Feed.Partition partition) {
    Entry entry = database.findAsIs(partition.key());
    if (entry == null) {
      throw new IllegalStateException("the stream of the feed " + partition.key() + " is gone");
    }
    return entry;
  }

  @Override
  public void onCommitted(Turn committed) {
    // Whoever waits for an entry heard of it when the stream changed.
  }

  // ------------------------------------------------------------------------------------- trimming

  /** Removes what is too much or too old, and says so in the turn's record. */
  private void retain(Feed.Partition partition, Turn committing) {
    StreamId bound = bound(partition, committing.nowMillis());
    if (trim(partition, bound) > 0 && committing.isRecording()) {
      committing.effect(
          partition.feed().definition().db(),
          FeedEffects.FEED,
          FeedEffects.TRIM,
          partition.key(),
          bound.text());
    }
  }

  /** The lowest id that stays; {@link StreamId#MIN} if everything does. */
  private static StreamId bound(Feed.Partition partition, long nowMillis) {
    FeedDefinition definition = partition.feed().definition();
    StreamValue stream = partition.stream();
    StreamId bound = stream.boundForBytes(definition.bytesMax());
    if (definition.lengthMax() > 0 && stream.length() > definition.lengthMax()) {
      bound = later(bound, boundForLength(stream, definition.lengthMax()));
    }
    if (definition.ageMillisMax() > 0 && nowMillis > definition.ageMillisMax()) {
      bound = later(bound, new StreamId(nowMillis - definition.ageMillisMax(), 0));
    }
    long hardCap = definition.unacknowledgedBytesMax();
    if (hardCap > 0 && !bound.isMin()) {
      StreamId needed = stream.lowestUnacknowledged();
      bound = needed.isBefore(bound) ? needed : bound;
      bound = later(bound, stream.boundForBytes(hardCap));
    }
    return bound;
  }

  private static StreamId boundForLength(StreamValue stream, long lengthMax) {
    StreamCursor cursor = stream.cursor();
    for (long left = stream.length() - lengthMax; left >= 0; left--) {
      if (!cursor.next()) {
        return StreamId.MIN;
      }
    }
    return cursor.id();
  }

  private static StreamId later(StreamId one, StreamId other) {
    return one.isBefore(other) ? other : one;
  }

  /** Removes entries below an id from an open stream, and counts who still needed them. */
  private static long trim(Feed.Partition partition, StreamId bound) {
    StreamValue stream = partition.stream();
    if (bound.isMin() || stream.length() == 0 || !stream.firstId().isBefore(bound)) {
      return 0;
    }
    Feed feed = partition.feed();
    StreamCursor cursor = stream.range(stream.firstId(), bound.previous());
    while (cursor.next()) {
      boolean unacknowledged = false;
      for (ConsumerGroup group : stream.groups()) {
        if (group.needs(cursor.millis(), cursor.sequence())) {
          unacknowledged = true;
          feed.onLost(group.name());
        }
      }
      feed.onTrimmed(unacknowledged);
      partition.trimmedTo(cursor.id());
    }
    return stream.trim(StreamTrim.before(bound, StreamReferences.KEEP));
  }

  /** Whether {@link #age} has something to do; to be asked about ten times a second. O(feeds). */
  public boolean isAgeDue(long nowMillis) {
    if (feeds.isEmpty() || Math.abs(nowMillis - agedMillis) < AGE_MILLIS) {
      return false;
    }
    agedMillis = nowMillis;
    for (Feed feed : feeds.values()) {
      for (Feed.Partition partition : feed.partitions()) {
        if (isTooOld(partition, nowMillis)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isTooOld(Feed.Partition partition, long nowMillis) {
    long ageMillisMax = partition.feed().definition().ageMillisMax();
    return ageMillisMax > 0
        && partition.stream().length() > 0
        && partition.stream().firstId().millis() < nowMillis - ageMillisMax;
  }

  /** Removes entries that have become too old, as a part of the turn that runs. */
  public void age() {
    Turn current = turn();
    for (Feed feed : feeds.values()) {
      for (Feed.Partition partition : feed.partitions()) {
        if (isTooOld(partition, current.nowMillis())
            && partition.stream().firstId().isBefore(bound(partition, current.nowMillis()))) {
          open(partition);
          retain(partition, current);
          close(partition);
        }
      }
    }
  }

  // ------------------------------------------------------------------------------------ snapshots

  /** What a snapshot that begins now has to say of each feed beside its streams. */
  public List<String> facts() {
    return feeds.values().stream().map(FeedFact::of).toList();
  }

  /** A snapshot that is being read says something; {@link #adopt} makes feeds of it. */
  public void onFact(Bytes name, Bytes text) {
    if (name.equals(FACT_NAME)) {
      facts.add(text.copy());
    }
  }

  /**
   * Makes feeds of the streams of which {@link #onFact} was told, as a part of a turn that
   * announces and records nothing. Costs a test where it was told of none.
   *
   * @return null, or a sentence that says why one cannot be made
   */
  public @Nullable String adopt() {
    if (facts.isEmpty()) {
      return null;
    }
    List<Bytes> told = List.copyOf(facts);
    facts.clear();
    for (Bytes text : told) {
      FeedFact fact;
      try {
        fact = FeedFact.parse(text, interestByDb.length);
      } catch (FeedDefinition.Unusable unusable) {
        return "a feed of the snapshot cannot be used: " + unusable.reason();
      }
      FeedDefinition definition = fact.definition();
      Feed feed = new Feed(definition, ++made);
      Database database = database(definition);
      for (Bytes key : definition.streamKeys()) {
        Entry entry = database.findAsIs(key);
        if (entry == null || entry.type() != ValueType.STREAM || database.isFeed(key)) {
          return "the key " + key + " of a feed is not in the snapshot";
        }
        database.becomeFeed(key);
        feed.add(key, (StreamValue) entry.object());
      }
      fact.restore(feed);
      register(feed);
    }
    return null;
  }

  // ------------------------------------------------------------------------------------ repeating

  /**
   * Appends an entry as it was recorded.
   *
   * @param pairs views that are good until this returns
   * @return whether it follows the last entry of a feed
   */
  public boolean repeatAppend(int db, Bytes key, StreamId id, Bytes[] pairs) {
    Feed.Partition partition = partition(db, key);
    if (partition == null || !id.isAfter(partition.stream().lastId())) {
      return false;
    }
    open(partition);
    add(partition.stream(), id, pairs);
    close(partition);
    return true;
  }

  /**
   * Trims a feed as it was recorded.
   *
   * @return whether the key is one
   */
  public boolean repeatTrim(int db, Bytes key, StreamId bound) {
    Feed.Partition partition = partition(db, key);
    if (partition == null) {
      return false;
    }
    open(partition);
    trim(partition, bound);
    close(partition);
    return true;
  }
}

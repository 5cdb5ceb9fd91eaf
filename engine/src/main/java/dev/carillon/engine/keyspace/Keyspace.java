package dev.carillon.engine.keyspace;

import dev.carillon.engine.store.PagePool;
import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All databases, and what they share: the turn in which their changes happen, who watches keys, who
 * needs old values, and whether deadlines are in force. Engine thread only.
 */
public final class Keyspace {

  /** Whether every change is looked after until it is closed; costs a list of open ones. */
  private static final boolean CHECKED = Keyspace.class.desiredAssertionStatus();

  /** What has no more parts than this is freed at once by UNLINK in Redis (its source). */
  private static final int AT_ONCE_PARTS = 64;

  private static final Bytes DEL = Bytes.of("DEL");
  private static final Bytes HDEL = Bytes.of("HDEL");

  private final Turn turn;
  private final RandomGenerator random;
  private final long seed;
  private final PagePool pages = new PagePool();
  private final Watchers watchers = new Watchers();
  private final Recency recency;
  private final PackingLimits limits = new PackingLimits();
  private final Database[] databases;
  private final List<PreImage> preImages = new ArrayList<>();
  private final List<ChangeListener> listeners = new ArrayList<>();
  private final List<Opened> opened = new ArrayList<>();
  private @Nullable Departures departures;
  private boolean onlyExpiries;

  /** The keys of all feeds, in whichever database. */
  private final KeySieve feedKeys = new KeySieve();

  private long openings;
  private LongConsumer sweptDeadlines = deadlineMillis -> {};
  private boolean sweeping = true;
  private boolean showsExpired;
  private boolean sumsUpDumps = true;
  private boolean removingByItself;
  private long removalsHeldUntilMillis;
  private boolean removalsHeld;
  private long expiredKeys;
  private long expiredFields;
  private long sweptKeys;
  private long sweptFields;
  private long evictedKeys;
  private long lazilyFreed;
  private long changes;
  private int openChanges;
  private boolean countsMemory;
  private int swept;

  /** A change that was opened: MOVE has the same key open in two databases. */
  private record Opened(Database database, Bytes key) {}

  /**
   * Empty databases.
   *
   * @param count how many databases there are
   * @param random decides the seed of the index and what is chosen at random
   */
  public Keyspace(int count, Turn turn, RandomGenerator random) {
    this.turn = turn;
    this.random = random;
    this.seed = random.nextLong();
    this.recency = new Recency(turn, random);
    this.databases = new Database[count];
    for (int i = 0; i < count; i++) {
      databases[i] = new Database(this, i);
    }
  }

  /** Whether collections are counted by the bytes that they take. */
  public boolean countsMemory() {
    return countsMemory;
  }

  /** Counts collections by their bytes, which can begin only while there are none; or no more. */
  public void countMemory(boolean wanted) {
    countsMemory = wanted;
    for (Database database : databases) {
      database.sizes.countMemory(wanted);
    }
  }

  /** How many databases there are. */
  public int count() {
    return databases.length;
  }

  /** The database that clients select by this number, which must be within range. */
  public Database database(int number) {
    return databases[number];
  }

  /**
   * Exchanges what two numbers stand for; watched keys that change by it are touched. Feeds stay
   * where they are, so that {@link Database#isInTheWayOfFeeds} has to be asked before.
   */
  public void swap(int first, int second) {
    if (first == second) {
      return;
    }
    Database a = databases[first];
    Database b = databases[second];
    List<Database.Kept> feedsOfA = a.takeFeeds();
    List<Database.Kept> feedsOfB = b.takeFeeds();
    watchers.replaceAll(a, b);
    watchers.replaceAll(b, a);
    databases[first] = b;
    databases[second] = a;
    b.number(first);
    a.number(second);
    b.putBack(feedsOfA);
    a.putBack(feedsOfB);
    for (int i = 0; i < listeners.size(); i++) {
      listeners.get(i).onReplaced(a);
      listeners.get(i).onReplaced(b);
    }
    turn.markChanged();
    changes++;
  }

  /**
   * Puts an empty database in the place of each, while it is tried whether something else can take
   * the place of what is there. Nobody is told: that is up to {@link #replaceAll}, with what this
   * returns, or {@link Database#clear} of each of them.
   */
  public List<Database> setAside() {
    Database[] empty = new Database[databases.length];
    for (int i = 0; i < empty.length; i++) {
      empty[i] = new Database(this, i);
    }
    return replaceAll(List.of(empty));
  }

  /**
   * Puts other databases in the place of all, by their order, and tells nobody.
   *
   * @return those that were there; {@link Database#drop} gives back what they hold
   */
  public List<Database> replaceAll(List<Database> others) {
    List<Database> before = List.of(databases.clone());
    for (int i = 0; i < databases.length; i++) {
      databases[i] = others.get(i);
    }
    return before;
  }

  /** Who watches which keys. */
  public Watchers watchers() {
    return watchers;
  }

  /** How recently or often entries are used. */
  public Recency recency() {
    return recency;
  }

  /** Up to which sizes collections stay packed. */
  public PackingLimits limits() {
    return limits;
  }

  // --------------------------------------------------------------------------- seams of the doors

  /** From now on {@code preImage} sees every entry before it changes. */
  public void addPreImage(PreImage preImage) {
    preImages.add(preImage);
  }

  /** Undoes {@link #addPreImage}. */
  public void removePreImage(PreImage preImage) {
    preImages.remove(preImage);
  }

  /** Who sees entries before they change, in the order in which they are shown to them. */
  public List<PreImage> preImages() {
    return List.copyOf(preImages);
  }

  /**
   * Who needs values that go as a whole; null for nobody, which costs nothing.
   *
   * @param onlyOfExpiries whether only what expires matters: then other changes cost nothing, and
   *     {@link Departures#onAnnounced} is not called
   */
  public void departures(@Nullable Departures newDepartures, boolean onlyOfExpiries) {
    departures = newDepartures;
    onlyExpiries = onlyOfExpiries;
  }

  void leaving(Database database, Bytes key, Entry entry) {
    if (departures != null && !onlyExpiries) {
      departures.onLeaving(database, key, entry);
    }
  }

  void expiring(Database database, Bytes key, Entry entry) {
    if (departures != null) {
      departures.onLeaving(database, key, entry);
    }
  }

  void announced(Database database, Bytes key) {
    if (departures != null && !onlyExpiries) {
      departures.onAnnounced(database, key);
    }
  }

  // --------------------------------------------------------------------------------------- feeds

  /**
   * Whether a key may be a feed in some database: false is certain, true only a reason to ask that
   * database. O(1).
   */
  public boolean mayBeFeed(Bytes key) {
    return feedKeys.passes(key);
  }

  void onFeed(Bytes key) {
    feedKeys.add(key);
  }

  void onFeedEnded() {
    feedKeys.clear();
    for (Database database : databases) {
      database.feedKeys().forEach(feedKeys::add);
    }
  }

  /** From now on {@code listener} hears of every change. */
  public void addChangeListener(ChangeListener listener) {
    listeners.add(listener);
  }

  /** Undoes {@link #addChangeListener}. */
  public void removeChangeListener(ChangeListener listener) {
    listeners.remove(listener);
  }

  void open(Database database, Bytes key, @Nullable Entry entry) {
    openings++;
    if (entry == null && holdsRemovals()) {
      database.expireHeld(key);
    }
    for (int i = 0; i < preImages.size(); i++) {
      preImages.get(i).beforeChange(database, key, entry);
    }
    openChanges++;
    database.sizes.opened(entry);
    if (CHECKED) {
      opened.add(new Opened(database, key.copy()));
    }
  }

  void close(Database database, Bytes key) {
    watchers.touch(database.number(), key);
    for (int i = 0; i < listeners.size(); i++) {
      listeners.get(i).onChanged(database, key);
    }
    closeUnheard(database, key);
  }

  /** Closes a change of which neither watchers nor listeners hear. */
  void closeUnheard(Database database, Bytes key) {
    turn.markChanged();
    changes++;
    openChanges--;
    database.sizes.closed();
    removingByItself = false;
    if (CHECKED) {
      boolean wasOpen =
          opened.removeIf(change -> change.database == database && change.key.equals(key));
      assert wasOpen : "a change of key \"" + key + "\" was closed that nobody had opened";
    }
  }

  /** The last change was a part of one that is counted already, as save points count. */
  void countedBefore() {
    changes--;
  }

  void clearing(Database database) {
    changes += database.size();
    watchers.replaceAll(database, null);
    // Last: whoever needs the entries may take them away.
    for (PreImage preImage : preImages) {
      preImage.beforeClear(database);
    }
    turn.markChanged();
  }

  void cleared(Database database) {
    for (ChangeListener listener : listeners) {
      listener.onCleared(database);
    }
  }

  /** Fails, where assertions are on, if a change was opened and not closed. */
  public void assertAllClosed() {
    if (CHECKED && !opened.isEmpty()) {
      String keys = opened.stream().map(Opened::key).toList().toString();
      opened.clear();
      throw new AssertionError("changes of " + keys + " were opened but not closed with an event");
    }
  }

  /** How many changes were opened so far; only whether it is another number now says something. */
  public long openings() {
    return openings;
  }

  /** Forgets open changes after a handler failed. */
  public void forgetOpened() {
    opened.clear();
    if (openChanges != 0) {
      openChanges = 0;
      for (Database database : databases) {
        database.sizes.closeAll();
      }
    }
  }

  /**
   * Whether the change that listeners are told of is a removal that nobody asked for: an expiry or
   * an eviction, even if somebody's request brought it about.
   */
  public boolean isRemovingByItself() {
    return removingByItself;
  }

  /** An entry went by itself: what repeats it is its removal. */
  void removedByItself(Database database, Bytes key) {
    removingByItself = true;
    if (turn.isRecording()) {
      turn.effect(database.number(), DEL, key);
    }
  }

  /** The change that is closed next is nobody's, and something else repeats it. */
  void removesByItself() {
    removingByItself = true;
  }

  /** Fields of a hash went by themselves: what repeats it is their removal. */
  void fieldsRemovedByThemselves(Database database, Bytes key, List<Bytes> fields, int count) {
    removesByItself();
    expiredFields += count;
    if (turn.isRecording()) {
      Bytes[] words = new Bytes[fields.size() + 2];
      words[0] = HDEL;
      words[1] = key;
      for (int i = 0; i < fields.size(); i++) {
        words[i + 2] = fields.get(i);
      }
      turn.effect(database.number(), words);
    }
  }

  /** As {@link #fieldsRemovedByThemselves} where the request that met the fields repeats it. */
  void fieldsReplacedByThemselves(int count) {
    removesByItself();
    expiredFields += count;
  }

  // ------------------------------------------------------------------------------------- deadlines

  /**
   * Whether deadlines are in force: while effects are replayed nothing expires by itself, because
   * every expiry is an effect of its own.
   */
  boolean mayExpire() {
    return !turn.isReplaying() && !showsExpired;
  }

  /** Whether RESTORE looks at the checksum of what it is given. */
  public boolean sumsUpDumps() {
    return sumsUpDumps;
  }

  /** Lets RESTORE take payloads for undamaged (DEBUG SET-SKIP-CHECKSUM-VALIDATION). */
  public void sumUpDumps(boolean wanted) {
    sumsUpDumps = wanted;
  }

  boolean showsExpired() {
    return showsExpired;
  }

  /** Lets whoever looks find what is over but not removed yet (DEBUG SET-ALLOW-ACCESS-EXPIRED). */
  public void showExpired(boolean enabled) {
    showsExpired = enabled;
  }

  /**
   * Nothing expires before this time: entries past their deadline count as missing and stay.
   * Whoever evicts asks {@link #holdsRemovals}.
   */
  public void holdRemovalsUntil(long millis) {
    removalsHeldUntilMillis = millis;
  }

  /**
   * Switches all removals that nobody asked for off or on, whatever {@link #holdRemovalsUntil}
   * says: while they could not be recorded.
   */
  public void holdRemovals(boolean held) {
    removalsHeld = held;
  }

  /** Whether nothing is to be removed by itself in this turn. */
  public boolean holdsRemovals() {
    return removalsHeld || turn.nowMillis() < removalsHeldUntilMillis;
  }

  /** Switches the removal of due entries in the background (DEBUG SET-ACTIVE-EXPIRE). */
  public void sweeping(boolean enabled) {
    sweeping = enabled;
  }

  /** The earliest time at which {@link #sweep} has something to do; never later than a deadline. */
  public long nextDeadlineMillis() {
    long next = Long.MAX_VALUE;
    if (sweeping && !removalsHeld) {
      for (Database database : databases) {
        next = Math.min(next, database.nextDeadlineMillis());
      }
    }
    return Math.max(next, removalsHeldUntilMillis);
  }

  /**
   * Removes entries whose time is over, earliest first within a database, with their events.
   * Databases take turns, so that a busy one does not keep the others waiting.
   *
   * @param budget how many entries at most
   * @return what is left of the budget; 0 if there may be more to do
   */
  public int sweep(long nowMillis, int budget) {
    int left = budget;
    if (sweeping && !removalsHeld && nowMillis >= removalsHeldUntilMillis) {
      for (int i = 0; i < databases.length && left > 0; i++) {
        Database database = databases[(swept + i) % databases.length];
        if (database.nextDeadlineMillis() <= nowMillis) {
          left = database.sweep(nowMillis, left);
          if (left == 0) {
            swept = (swept + i + 1) % databases.length;
          }
        }
      }
    }
    return left;
  }

  /**
   * Who is told the deadline of each entry, or field, that a sweep removes, in epoch milliseconds,
   * just before it goes.
   */
  public void sweptDeadlines(LongConsumer consumer) {
    sweptDeadlines = consumer;
  }

  void onSwept(long deadlineMillis) {
    sweptDeadlines.accept(deadlineMillis);
  }

  /** A key went because its time was over, or did not even come because it was over before. */
  public void onExpired() {
    expiredKeys++;
  }

  void onKeySwept() {
    sweptKeys++;
  }

  void onFieldsSwept(int count) {
    sweptFields += count;
  }

  void onEvicted() {
    evictedKeys++;
  }

  // -------------------------------------------------------------------------------------- counting

  /** Keys removed because their time was over, since the start or {@link #resetCounters}. */
  public long expiredKeys() {
    return expiredKeys;
  }

  /** Those of {@link #expiredKeys} that a sweep removed, and not somebody who met them. */
  public long sweptKeys() {
    return sweptKeys;
  }

  /** Fields removed because their time was over, since the start or {@link #resetCounters}. */
  public long expiredFields() {
    return expiredFields;
  }

  /** Those of {@link #expiredFields} that a sweep removed, and not somebody who met them. */
  public long sweptFields() {
    return sweptFields;
  }

  /** Keys removed to make room, since the start or {@link #resetCounters}. */
  public long evictedKeys() {
    return evictedKeys;
  }

  /**
   * Values that Redis would have let another thread free, since the start or {@link
   * #resetCounters}. Here nobody waits for that, so that none is ever pending.
   */
  public long lazilyFreed() {
    return lazilyFreed;
  }

  /** An entry is about to go because of somebody who does not want to wait for it (UNLINK). */
  public void freesLazily(Entry entry) {
    if (entry.parts() > AT_ONCE_PARTS) {
      lazilyFreed++;
    }
  }

  /** So many keys are about to go with their whole database. */
  public void freesLazily(int keys) {
    lazilyFreed += keys;
  }

  /**
   * Changes of keys since the start: one for each key that a request changed, also where it emptied
   * it, and for each key of an emptied database.
   */
  public long changes() {
    return changes;
  }

  /** CONFIG RESETSTAT. */
  public void resetCounters() {
    expiredKeys = 0;
    expiredFields = 0;
    sweptKeys = 0;
    sweptFields = 0;
    evictedKeys = 0;
    lazilyFreed = 0;
  }

  /** Live bytes of all databases. */
  public long usedBytes() {
    long bytes = 0;
    for (Database database : databases) {
      bytes += database.usedBytes();
    }
    return bytes;
  }

  /** Bytes of pages and tables of all databases. */
  public long reservedBytes() {
    long bytes = 0;
    for (Database database : databases) {
      bytes += database.reservedBytes();
    }
    return bytes;
  }

  /** Moves entries together where much has been removed; returns whether there is more to do. */
  public boolean compact(int budgetBytes) {
    boolean more = false;
    for (Database database : databases) {
      more |= database.compact(budgetBytes);
    }
    return more;
  }

  Turn turn() {
    return turn;
  }

  RandomGenerator random() {
    return random;
  }

  long seed() {
    return seed;
  }

  PagePool pages() {
    return pages;
  }
}

package dev.carillon.engine.keyspace;

import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes room when memory is full: removes keys, the least useful first as a sample sees it, until
 * the live bytes are below the limit again.
 *
 * <p>A round looks at a few entries of each database, keeps the best candidates of this and earlier
 * rounds in a small pool (an entry that was nearly chosen before is a better candidate than a
 * random one), and removes the best. Policies that only concern keys with a deadline look for those
 * by a rotating cursor where they are rare. Engine thread only.
 */
public final class Evictor {

  /** How candidates are ranked. */
  public enum Rank {
    /** Nothing is ever removed. */
    NONE,
    /** Those used longest ago go first, by the clock of {@link Recency}. */
    RECENCY,
    /** Those used least often go first. */
    FREQUENCY,
    /** Those whose deadline is nearest go first. */
    DEADLINE,
    /** Any. */
    RANDOM
  }

  /** As many candidates as Redis remembers. */
  private static final int POOL = 16;

  /**
   * Chosen: random entries that are looked at for one with a deadline where an eighth has one, or
   * for one that is no feed.
   */
  private static final int TRIES_MAX = 64;

  /** Chosen: bounds the work of one round where keys with a deadline are rare. */
  private static final int VISITS_MAX = 4096;

  /**
   * Chosen: how many entries the cursor passes at a time; one of those with a deadline is taken.
   */
  private static final int VISITS = 16;

  /** A key that may go, with its rank when it was looked at: higher goes first. */
  private record Candidate(Database database, Bytes key, long score) {}

  private final Keyspace keyspace;
  private final List<Candidate> pool = new ArrayList<>(POOL + 1);
  private Rank rank = Rank.NONE;
  private boolean volatileOnly;
  private int samples = 5;
  private boolean exhausted;
  private long limitBytes;
  private long ceilingBytes = Long.MAX_VALUE;
  private int databaseCursor;
  private long scanCursor;
  private LongSupplier otherBytes = () -> 0;
  private LongSupplier clientBytes = () -> 0;
  private LongSupplier passingBytes = () -> 0;
  private LongSupplier feedBytes = () -> 0;

  /** An evictor without a limit. */
  public Evictor(Keyspace keyspace) {
    this.keyspace = keyspace;
  }

  /**
   * Chooses which keys go first.
   *
   * @param onlyWithDeadline whether keys without a deadline are spared
   */
  public void policy(Rank newRank, boolean onlyWithDeadline) {
    rank = newRank;
    volatileOnly = onlyWithDeadline;
    pool.clear();
    keyspace.recency().frequency(newRank == Rank.FREQUENCY);
  }

  /** {@code maxmemory-samples}: how many entries of a database one round looks at. */
  public void samples(int count) {
    samples = count;
  }

  /** {@code maxmemory} in bytes; 0 is no limit. */
  public void limitBytes(long bytes) {
    limitBytes = bytes;
  }

  /**
   * The bytes that fit into the process, whatever is configured. Writes are refused above it and
   * nothing is removed for it.
   */
  public void ceilingBytes(long bytes) {
    ceilingBytes = bytes;
  }

  /**
   * Memory of the process beside the keyspace: clients' buffers. Asked at every write that may be
   * refused, so that what a client has read, or left behind, counts no longer.
   */
  public void otherBytes(LongSupplier bytes) {
    otherBytes = bytes;
  }

  /**
   * Memory of clients that counts against {@code maxmemory}. Requests that have not arrived whole
   * are a part of it; whoever receives them looks whether they fit into the process.
   */
  public void clientBytes(LongSupplier bytes) {
    clientBytes = bytes;
  }

  /**
   * Memory that the process needs for a while and nobody asked for, such as what a snapshot has yet
   * to write: it counts against the ceiling, and not against {@code maxmemory}.
   */
  public void passingBytes(LongSupplier bytes) {
    passingBytes = bytes;
  }

  /** Memory of the keyspace that does not count against {@code maxmemory}: that of feeds. */
  public void feedBytes(LongSupplier bytes) {
    feedBytes = bytes;
  }

  private long processBytes() {
    return keyspace.reservedBytes() + otherBytes.getAsLong() + passingBytes.getAsLong();
  }

  /** The live bytes that count. */
  public long usedBytes() {
    return keyspace.usedBytes() + clientBytes.getAsLong();
  }

  /** Whether the live bytes, those of feeds left out, are above {@code maxmemory}. */
  public boolean isOverLimit() {
    return limitBytes > 0 && usedBytes() - feedBytes.getAsLong() > limitBytes;
  }

  /**
   * Whether memory is above {@code maxmemory} and the last round found nothing that the policy
   * allows to remove. Where candidates are rare a round may end without having met one; then it is
   * not stuck, and the next round goes on where this one ended.
   */
  public boolean isStuck() {
    return exhausted && isOverLimit();
  }

  /**
   * Whether a request of {@code moreBytes} would not fit into the process any more. Pages count as
   * a whole, because they are what the process holds.
   */
  public boolean isOverCeiling(long moreBytes) {
    return ceilingBytes != Long.MAX_VALUE && processBytes() + moreBytes > ceilingBytes;
  }

  /** How many bytes fit into the process beside what is there; 0 if it is above its ceiling. */
  public long roomBytes() {
    return ceilingBytes == Long.MAX_VALUE
        ? Long.MAX_VALUE
        : Math.max(0, ceilingBytes - processBytes());
  }

  /**
   * One round: removes keys until the live bytes are below the limit, at most {@code budget}.
   *
   * @return whether it got below the limit or has at least more to try; false if there is nothing
   *     left that the policy allows to remove
   */
  public boolean round(int budget) {
    exhausted = false;
    for (int i = 0; i < budget && isOverLimit(); i++) {
      Found found = evictOne();
      if (found == Found.NOTHING) {
        exhausted = true;
        return false;
      }
      if (found == Found.LATER) {
        return true;
      }
    }
    return true;
  }

  private enum Found {
    EVICTED,
    LATER,
    NOTHING
  }

  private Found evictOne() {
    if (rank == Rank.NONE) {
      return Found.NOTHING;
    }
    if (rank == Rank.RANDOM) {
      return evictRandom();
    }
    boolean any = false;
    for (int i = 0; i < keyspace.count(); i++) {
      Database database = keyspace.database(i);
      if (eligible(database) > 0) {
        any = true;
        sample(database);
      }
    }
    if (!any) {
      return Found.NOTHING;
    }
    while (!pool.isEmpty()) {
      Candidate best = pool.remove(pool.size() - 1);
      int id = best.database().table.find(best.key());
      // What was a candidate may have become a feed.
      if (id != 0
          && !best.database().isFeed(best.key())
          && (!volatileOnly || best.database().slots.hasDeadline(id))) {
        best.database().evict(id);
        keyspace.onEvicted();
        return Found.EVICTED;
      }
    }
    return Found.LATER;
  }

  private Found evictRandom() {
    for (int i = 0; i < keyspace.count(); i++) {
      databaseCursor = (databaseCursor + 1) % keyspace.count();
      Database database = keyspace.database(databaseCursor);
      if (eligible(database) > 0) {
        Entry entry = pick(database);
        if (entry == null) {
          return Found.LATER;
        }
        database.evict(entry.id());
        keyspace.onEvicted();
        return Found.EVICTED;
      }
    }
    return Found.NOTHING;
  }

  private int eligible(Database database) {
    return volatileOnly ? database.deadlines() : database.size() - database.feeds();
  }

  private void sample(Database database) {
    for (int i = 0; i < samples; i++) {
      Entry entry = pick(database);
      if (entry == null) {
        return;
      }
      offer(database, entry);
    }
  }

  /** Some entry that the policy allows to remove; null if none was found within the bound. */
  private @Nullable Entry pick(Database database) {
    if (!volatileOnly) {
      return any(database);
    }
    if (database.deadlines() * 8L >= database.size()) {
      for (int i = 0; i < TRIES_MAX; i++) {
        Entry entry = database.random();
        if (entry != null && entry.hasDeadline()) {
          return entry;
        }
      }
    }
    return nextWithDeadline(database);
  }

  /** Some entry that is no feed. */
  private static @Nullable Entry any(Database database) {
    for (int i = 0; i < TRIES_MAX; i++) {
      Entry entry = database.random();
      if (entry == null || database.feeds() == 0 || !database.isFeed(entry.key())) {
        return entry;
      }
    }
    return null;
  }

  private @Nullable Entry nextWithDeadline(Database database) {
    Entry[] found = new Entry[1];
    for (int visited = 0; visited < VISITS_MAX && found[0] == null; visited += VISITS) {
      scanCursor =
          database.scan(
              scanCursor,
              VISITS,
              entry -> {
                if (entry.hasDeadline() && (found[0] == null || keyspace.random().nextBoolean())) {
                  found[0] = entry;
                }
              });
    }
    return found[0];
  }

  private void offer(Database database, Entry entry) {
    long score = score(entry);
    if (pool.size() == POOL && pool.get(0).score() >= score) {
      return;
    }
    Bytes key = entry.key();
    int at = pool.size();
    while (at > 0 && pool.get(at - 1).score() > score) {
      at--;
    }
    for (Candidate candidate : pool) {
      if (candidate.database() == database && candidate.key().equals(key)) {
        return;
      }
    }
    pool.add(at, new Candidate(database, key.copy(), score));
    if (pool.size() > POOL) {
      pool.remove(0);
    }
  }

  private long score(Entry entry) {
    Recency recency = keyspace.recency();
    return switch (rank) {
      case RECENCY -> recency.idleSeconds(entry.access());
      case FREQUENCY -> 255 - recency.decayed(entry.access());
      case DEADLINE -> Long.MAX_VALUE - entry.deadlineMillis();
      case RANDOM, NONE -> 0;
    };
  }
}

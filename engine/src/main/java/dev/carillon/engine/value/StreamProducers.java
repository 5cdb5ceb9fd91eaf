package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which entries producers have added to a stream under ids of their own, so that a producer which
 * repeats itself does not add twice (XADD with IDMP). Of each producer the latest ids are known, up
 * to a number and an age.
 *
 * <p>What is too old goes only when something new is recorded: looking up changes nothing, so that
 * replayed effects lead to the same. Engine thread only.
 */
public final class StreamProducers {

  /** For how many seconds ids are known where nobody says it. */
  public static final long SECONDS_USUAL = 100;

  /** How many ids of one producer are known where nobody says it. */
  public static final long IDS_USUAL = 100;

  /** Derived: nodes of two hash maps, their keys and values. */
  private static final int OVERHEAD_BYTES = 112;

  private final Footprint footprint;

  /** Producers, the one that recorded last at the end. */
  private final LinkedHashMap<Bytes, Producer> producers = new LinkedHashMap<>();

  private long durationSeconds = SECONDS_USUAL;
  private long idsMax = IDS_USUAL;
  private long ids;
  private long added;
  private long repeated;

  /**
   * An id that a producer gave.
   *
   * @param id the producer's id
   * @param entry the entry that was added under it
   * @param recordedMillis when, in epoch milliseconds
   */
  public record Given(Bytes id, StreamId entry, long recordedMillis) {

    private long sizeBytes() {
      return OVERHEAD_BYTES + id.length();
    }
  }

  /** One producer: its name, and what it gave, oldest first. */
  public static final class Producer {
    private final Bytes name;
    private final LinkedHashMap<Bytes, Given> given = new LinkedHashMap<>();

    private Producer(Bytes name) {
      this.name = name;
    }

    /** What it calls itself. */
    public Bytes name() {
      return name;
    }

    /** What it gave, oldest first. */
    public Collection<Given> given() {
      return given.values();
    }

    private long sizeBytes() {
      return OVERHEAD_BYTES + name.length();
    }
  }

  StreamProducers(Footprint footprint) {
    this.footprint = footprint;
    footprint.add(OVERHEAD_BYTES);
  }

  StreamProducers copy(Footprint target) {
    StreamProducers copy = new StreamProducers(target);
    copy.durationSeconds = durationSeconds;
    copy.idsMax = idsMax;
    for (Producer producer : producers.values()) {
      for (Given given : producer.given()) {
        copy.add(producer.name(), given);
      }
    }
    copy.added = added;
    copy.repeated = repeated;
    return copy;
  }

  /** For how many seconds ids are known. */
  public long durationSeconds() {
    return durationSeconds;
  }

  /** How many ids of one producer are known. */
  public long idsMax() {
    return idsMax;
  }

  /**
   * Sets both limits, 0 for the usual one; they apply when something new is recorded. (Files of
   * older versions say 0.)
   */
  public void limits(long newDurationSeconds, long newIdsMax) {
    durationSeconds = newDurationSeconds == 0 ? SECONDS_USUAL : newDurationSeconds;
    idsMax = newIdsMax == 0 ? IDS_USUAL : newIdsMax;
  }

  /** Forgets all producers and what they gave. O(ids). */
  public void forget() {
    for (Producer producer : producers.values()) {
      footprint.add(-producer.sizeBytes());
      producer.given().forEach(given -> footprint.add(-given.sizeBytes()));
    }
    producers.clear();
    ids = 0;
  }

  /** How many producers and ids are known; both are counted without what is too old. */
  public record Known(long producers, long ids) {}

  /**
   * What is known at a time. O(ids).
   *
   * @param seconds how old an id may be
   */
  public Known known(long nowMillis, long seconds) {
    long knownProducers = 0;
    long knownIds = 0;
    for (Producer producer : producers.values()) {
      long before = knownIds;
      for (Given given : producer.given()) {
        if (!isOver(given, nowMillis, seconds)) {
          knownIds++;
        }
      }
      if (knownIds > before) {
        knownProducers++;
      }
    }
    return new Known(knownProducers, knownIds);
  }

  /** The producers that are known. */
  public Collection<Producer> producers() {
    return producers.values();
  }

  /** How many ids are known. */
  public long ids() {
    return ids;
  }

  /** How many ids were ever recorded. */
  public long added() {
    return added;
  }

  /** How often a producer repeated an id that was known. */
  public long repeated() {
    return repeated;
  }

  /** A producer repeated itself. A statistic: no content, in no digest. */
  public void countRepeated() {
    repeated++;
  }

  /**
   * The entry that a producer added under an id, or null if none is known.
   *
   * @param seconds how old it may be
   */
  public @Nullable StreamId find(Bytes producer, Bytes id, long nowMillis, long seconds) {
    Producer known = producers.get(producer);
    Given given = known == null ? null : known.given.get(id);
    return given == null || isOver(given, nowMillis, seconds) ? null : given.entry();
  }

  /**
   * Records what a producer added; names and ids are copied. O(1) amortised.
   *
   * @param seconds for how long ids are known
   * @param most how many ids of one producer are known
   */
  public void record(
      Bytes producer, Bytes id, StreamId entry, long nowMillis, long seconds, long most) {
    Producer known = producers.get(producer);
    if (known != null) {
      remove(known, id);
    }
    known = add(producer, new Given(id.copy(), entry, nowMillis));
    while (known.given.size() > most) {
      removeOldest(known);
    }
    Iterator<Producer> all = producers.values().iterator();
    boolean found = true;
    while (found && all.hasNext()) {
      Producer oldest = all.next();
      Given newest = oldest.given.lastEntry().getValue();
      found = isOver(newest, nowMillis, seconds);
      if (found) {
        oldest.given().forEach(given -> footprint.add(-given.sizeBytes()));
        footprint.add(-oldest.sizeBytes());
        ids -= oldest.given.size();
        all.remove();
      }
    }
    while (isOver(known.given.firstEntry().getValue(), nowMillis, seconds)) {
      removeOldest(known);
    }
  }

  /** Adds what was recorded elsewhere, by a file say, oldest first; nothing is forgotten for it. */
  public void restore(Bytes producer, Bytes id, StreamId entry, long recordedMillis) {
    add(producer, new Given(id.copy(), entry, recordedMillis));
  }

  /** Sets the statistics: {@link #added()} and {@link #repeated()}. */
  public void statistics(long newAdded, long newRepeated) {
    added = newAdded;
    repeated = newRepeated;
  }

  private Producer add(Bytes name, Given given) {
    Producer producer = producers.remove(name);
    if (producer == null) {
      producer = new Producer(name.copy());
      footprint.add(producer.sizeBytes());
    }
    producers.put(producer.name, producer);
    producer.given.put(given.id(), given);
    footprint.add(given.sizeBytes());
    ids++;
    added++;
    return producer;
  }

  private void removeOldest(Producer producer) {
    remove(producer, producer.given.firstEntry().getKey());
  }

  private void remove(Producer producer, Bytes id) {
    Given given = producer.given.remove(id);
    if (given != null) {
      footprint.add(-given.sizeBytes());
      ids--;
    }
  }

  private static boolean isOver(Given given, long nowMillis, long seconds) {
    return nowMillis - given.recordedMillis() >= seconds * 1000;
  }
}

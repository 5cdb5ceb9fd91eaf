package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A consumer group of a stream: how far it has read, and what was delivered to which of its
 * consumers and is still pending.
 *
 * <p>What is pending lies in one {@link SortedRows} by id, with the time and number of deliveries
 * and the consumer's number; each consumer has another one of the ids alone. A third one, by the
 * time of delivery, is made when somebody first asks for what has been idle longest, or when so
 * much is pending that making it later would keep others waiting, and kept from then on: small
 * groups that never ask do not pay for it.
 *
 * <p>Positions name pending entries; they are good until one is added, removed or delivered anew.
 * Engine thread only.
 */
public final class ConsumerGroup {

  /** Nobody knows how many entries of the stream the group has read. */
  public static final long UNKNOWN = -1;

  /** No position. */
  public static final long NONE = SortedRows.NONE;

  // Words of a row.
  private static final int MILLIS = 0;
  private static final int SEQUENCE = 1;
  private static final int DELIVERED = 2;
  private static final int DELIVERIES = 3;
  private static final int CONSUMER = 4;
  private static final int ROW_WORDS = 5;

  /** The number that stands for no consumer. */
  private static final int NOBODY = 0;

  /**
   * With so much pending the order by time is kept, asked for or not. Chosen: it is made in less
   * than a millisecond, or a few where deliveries are in no order.
   */
  static final int ORDERED_FROM = 16_384;

  /**
   * Where a consumer has so many times what all others have, theirs is copied. Chosen: copying a
   * row costs about as much as passing over some, and finding one as much as passing over dozens.
   */
  private static final int FEW_OTHERS = 4;

  /** Derived: this object, its name's, the node in the stream's map, the maps of consumers. */
  private static final int OVERHEAD_BYTES = 240;

  private final Bytes name;
  private final Footprint footprint;
  private SortedRows pending;
  private final TreeMap<Bytes, StreamConsumer> consumers = new TreeMap<>();

  /** Consumers by their numbers; those of deleted ones are used again. */
  private @Nullable StreamConsumer[] numbered = new StreamConsumer[4];

  /** All numbers below this one are taken. */
  private int numberFree = 1;

  private @Nullable SortedRows byTime;
  private long lastMillis;
  private long lastSequence;
  private long entriesRead;

  ConsumerGroup(Bytes name, StreamId lastDelivered, long entriesRead, Footprint footprint) {
    this(name, lastDelivered, entriesRead, footprint, new SortedRows(2, ROW_WORDS, footprint));
  }

  private ConsumerGroup(
      Bytes name,
      StreamId lastDelivered,
      long entriesRead,
      Footprint footprint,
      SortedRows pending) {
    this.name = name;
    this.lastMillis = lastDelivered.millis();
    this.lastSequence = lastDelivered.sequence();
    this.entriesRead = entriesRead;
    this.footprint = footprint;
    this.pending = pending;
    footprint.add(OVERHEAD_BYTES + name.length());
  }

  ConsumerGroup copy(Footprint target) {
    ConsumerGroup copy =
        new ConsumerGroup(name, lastDelivered(), entriesRead, target, pending.copy(target));
    copy.numbered = new StreamConsumer[numbered.length];
    for (StreamConsumer consumer : consumers.values()) {
      copy.add(consumer.copy(target));
    }
    if (byTime != null) {
      copy.byTime = byTime.copy(target);
    }
    return copy;
  }

  /** Stops counting the bytes of this group, which is not needed any more. */
  void release() {
    for (StreamConsumer consumer : consumers.values()) {
      consumer.release(footprint);
    }
    pending.release();
    forgetTimes();
    footprint.add(-(OVERHEAD_BYTES + (long) name.length()));
  }

  /** What it is called; nobody writes to the bytes. */
  public Bytes name() {
    return name;
  }

  /** The id of the last entry that was delivered. */
  public StreamId lastDelivered() {
    return new StreamId(lastMillis, lastSequence);
  }

  /** Compares the last entry that was delivered with an id. */
  int compareLast(long millis, long sequence) {
    return StreamId.compare(lastMillis, lastSequence, millis, sequence);
  }

  /** Whether the group has yet to read an entry, or has it pending. O(log pending). */
  public boolean needs(long millis, long sequence) {
    return compareLast(millis, sequence) < 0 || find(millis, sequence) != NONE;
  }

  /** How many entries of the stream were ever read up to there, or {@link #UNKNOWN}. */
  public long entriesRead() {
    return entriesRead;
  }

  /**
   * Moves the group to another place of the stream.
   *
   * @param entries as {@link #entriesRead()}
   */
  public void moveTo(StreamId id, long entries) {
    moveTo(id.millis(), id.sequence(), entries);
  }

  void moveTo(long millis, long sequence, long entries) {
    lastMillis = millis;
    lastSequence = sequence;
    entriesRead = entries;
  }

  // ----------------------------------------------------------------------------------- consumers

  /** The consumers, sorted by their names. */
  public Collection<StreamConsumer> consumers() {
    return consumers.values();
  }

  /** A consumer by its name, or null. */
  public @Nullable StreamConsumer consumer(Bytes consumerName) {
    return consumers.get(consumerName);
  }

  /** A new consumer; the name, which is copied, must not be taken. */
  public StreamConsumer createConsumer(Bytes consumerName, long nowMillis) {
    while (numberFree < numbered.length && numbered[numberFree] != null) {
      numberFree++;
    }
    StreamConsumer consumer =
        new StreamConsumer(consumerName.copy(), numberFree, nowMillis, footprint);
    add(consumer);
    return consumer;
  }

  private void add(StreamConsumer consumer) {
    if (consumer.number >= numbered.length) {
      numbered = Arrays.copyOf(numbered, 2 * numbered.length);
    }
    numbered[consumer.number] = consumer;
    consumers.put(consumer.name(), consumer);
  }

  /**
   * Deletes a consumer. What is pending for it is forgotten: nobody can claim it any more. O(n log
   * n) of what was pending for it, in one go; but no more than looking at all that is pending where
   * that is mostly its own, and O(1) where it all is.
   */
  public void deleteConsumer(StreamConsumer consumer) {
    SortedRows own = consumer.pending;
    if (pending.size() - own.size() <= own.size() / FEW_OTHERS) {
      keepOthers(consumer);
    } else {
      for (long at = own.first(); at != NONE; at = own.next(at)) {
        long row = pending.find(own.word(at, MILLIS), own.word(at, SEQUENCE));
        forgetTime(row);
        pending.remove(row);
      }
    }
    consumer.release(footprint);
    consumers.remove(consumer.name());
    numbered[consumer.number] = null;
    numberFree = Math.min(numberFree, consumer.number);
  }

  /** Makes new tables of what is pending for others, of which there is little. */
  private void keepOthers(StreamConsumer consumer) {
    SortedRows all = pending;
    boolean wasTimed = byTime != null;
    forgetTimes();
    pending = new SortedRows(2, ROW_WORDS, footprint);
    if (consumer.pending.size() < all.size()) {
      for (long row = all.first(); row != NONE; row = all.next(row)) {
        if (all.word(row, CONSUMER) != consumer.number) {
          long kept = pending.insert(all.word(row, MILLIS), all.word(row, SEQUENCE));
          pending.word(kept, DELIVERED, all.word(row, DELIVERED));
          pending.word(kept, DELIVERIES, all.word(row, DELIVERIES));
          pending.word(kept, CONSUMER, all.word(row, CONSUMER));
        }
      }
    }
    all.release();
    if (wasTimed) {
      times();
    }
  }

  // ------------------------------------------------------------------------------------- pending

  /** How many entries are pending. */
  public long pending() {
    return pending.size();
  }

  /** The position of the pending entry with the lowest id, or {@link #NONE}. */
  public long first() {
    return pending.first();
  }

  /** The position of the pending entry with the highest id, or {@link #NONE}. */
  public long last() {
    return pending.last();
  }

  /** The position of the first pending entry that is not below an id, or {@link #NONE}. */
  public long ceiling(StreamId id) {
    return pending.ceiling(id.millis(), id.sequence());
  }

  /** The position behind another one, or {@link #NONE}. */
  public long next(long position) {
    return pending.next(position);
  }

  /** The position of the pending entry with an id, or {@link #NONE} if it is not pending. */
  public long find(long millis, long sequence) {
    return pending.find(millis, sequence);
  }

  /** The first half of the id at a position. */
  public long millis(long position) {
    return pending.word(position, MILLIS);
  }

  /** The second half of the id at a position. */
  public long sequence(long position) {
    return pending.word(position, SEQUENCE);
  }

  /** When the entry was last delivered, in epoch milliseconds. */
  public long deliveredMillis(long position) {
    return pending.word(position, DELIVERED);
  }

  /** How often it was delivered. */
  public long deliveries(long position) {
    return pending.word(position, DELIVERIES);
  }

  /** For whom the entry is pending, or null if its consumer gave it back. */
  public @Nullable StreamConsumer consumerOf(long position) {
    return numbered[(int) pending.word(position, CONSUMER)];
  }

  /**
   * Makes an entry pending for a consumer, whether or not it was pending for anybody before. O(log
   * n), or less where the id is the highest so far.
   *
   * @param deliveries how often it has been delivered now
   */
  public void deliver(
      long millis, long sequence, StreamConsumer consumer, long nowMillis, long deliveries) {
    long row = pending.find(millis, sequence);
    if (row == NONE) {
      row = pending.insert(millis, sequence);
      pending.word(row, CONSUMER, NOBODY);
      pending.word(row, DELIVERIES, deliveries);
      pending.word(row, DELIVERED, nowMillis);
      noteTime(row);
      pass(row, consumer);
    } else {
      deliver(row, consumer, nowMillis, deliveries);
    }
  }

  /** Delivers a pending entry anew, to the same or another consumer; positions stay good. */
  public void deliver(long row, StreamConsumer consumer, long nowMillis, long deliveries) {
    forgetTime(row);
    pending.word(row, DELIVERED, nowMillis);
    pending.word(row, DELIVERIES, deliveries);
    noteTime(row);
    pass(row, consumer);
  }

  /** Takes a pending entry away from its consumer, if it has one, and leaves it to anybody. */
  public void release(long row, long deliveredMillis, long deliveries) {
    forgetTime(row);
    pending.word(row, DELIVERED, deliveredMillis);
    pending.word(row, DELIVERIES, deliveries);
    noteTime(row);
    pass(row, null);
  }

  /** Makes an entry pending that is not, for nobody in particular; returns its position. */
  public long addReleased(long millis, long sequence, long deliveredMillis, long deliveries) {
    long row = pending.insert(millis, sequence);
    pending.word(row, CONSUMER, NOBODY);
    pending.word(row, DELIVERED, deliveredMillis);
    pending.word(row, DELIVERIES, deliveries);
    noteTime(row);
    return row;
  }

  private void pass(long row, @Nullable StreamConsumer to) {
    StreamConsumer from = consumerOf(row);
    if (from == to) {
      return;
    }
    long millis = millis(row);
    long sequence = sequence(row);
    if (from != null) {
      from.pending.remove(from.pending.find(millis, sequence));
    }
    if (to != null) {
      to.pending.insert(millis, sequence);
    }
    pending.word(row, CONSUMER, to == null ? NOBODY : to.number);
  }

  /** An entry is not pending any more; returns whether it was. O(log n). */
  public boolean acknowledge(long millis, long sequence) {
    long row = pending.find(millis, sequence);
    if (row == NONE) {
      return false;
    }
    acknowledge(row);
    return true;
  }

  /** The entry at a position is not pending any more; returns the position behind it. */
  public long acknowledge(long row) {
    pass(row, null);
    forgetTime(row);
    return pending.remove(row);
  }

  // ---------------------------------------------------------------------------------- idle times

  /**
   * The time of delivery of what has been pending longest, in epoch milliseconds; {@link
   * Long#MAX_VALUE} if nothing is pending. O(1), but where little is pending O(n log n) when asked
   * the first time.
   */
  public long oldestDeliveryMillis() {
    SortedRows times = times();
    long first = times.first();
    return first == NONE ? Long.MAX_VALUE : times.word(first, 0);
  }

  /**
   * The position of what has been pending longest since its last delivery, of several the one with
   * the lowest id; {@link #NONE} if nothing is pending. O(log n), but where little is pending O(n
   * log n) when asked the first time.
   */
  public long longestIdle() {
    return rowAt(times().first());
  }

  /** The position of what has been pending next longest after a position, or {@link #NONE}. */
  public long nextIdle(long row) {
    SortedRows times = times();
    return rowAt(times.next(times.find(deliveredMillis(row), millis(row), sequence(row))));
  }

  private long rowAt(long time) {
    return time == NONE ? NONE : pending.find(times().word(time, 1), times().word(time, 2));
  }

  private SortedRows times() {
    SortedRows times = byTime;
    if (times == null) {
      times = new SortedRows(3, 3, footprint);
      byTime = times;
      for (long row = pending.first(); row != NONE; row = pending.next(row)) {
        noteTime(row);
      }
    }
    return times;
  }

  private void noteTime(long row) {
    if (byTime != null) {
      byTime.insert(deliveredMillis(row), millis(row), sequence(row));
    } else if (pending.size() >= ORDERED_FROM) {
      times();
    }
  }

  private void forgetTime(long row) {
    if (byTime != null) {
      byTime.remove(byTime.find(deliveredMillis(row), millis(row), sequence(row)));
    }
  }

  private void forgetTimes() {
    if (byTime != null) {
      Objects.requireNonNull(byTime).release();
      byTime = null;
    }
  }

  /** Everything but times when consumers were seen, for people; as long as that. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(name.toLatin1());
    text.append(" at ").append(lastDelivered()).append(", read ").append(entriesRead);
    text.append(", consumers");
    consumers.keySet().forEach(consumer -> text.append(' ').append(consumer.toLatin1()));
    for (long row = first(); row != NONE; row = next(row)) {
      StreamConsumer consumer = consumerOf(row);
      text.append(", ").append(new StreamId(millis(row), sequence(row)));
      text.append(" for ").append(consumer == null ? "nobody" : consumer.name().toLatin1());
      text.append(" at ").append(deliveredMillis(row)).append(", ").append(deliveries(row));
      text.append(" times");
    }
    return text.toString();
  }
}

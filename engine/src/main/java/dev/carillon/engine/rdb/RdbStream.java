package dev.carillon.engine.rdb;

import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.value.ConsumerGroup;
import dev.carillon.engine.value.StreamConsumer;
import dev.carillon.engine.value.StreamId;
import dev.carillon.engine.value.StreamProducers;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Streams in RDB: blocks as they lie in memory, counters, and groups. Numbers without a size are
 * lengths in the sense of {@link RdbWriter}, ids two of them, unless they are drawn as 16 bytes,
 * the highest first.
 *
 * <pre>
 *   blocks, for each:      string: id (16 bytes) | string: listpack
 *   entries | last id
 *   first id | max deleted id | entries added                          since form 19
 *   groups, for each:      string: name | last delivered id
 *                          entries read                                since form 19
 *     pending, for each:   id (16 bytes) | delivered (8 bytes) | deliveries
 *     consumers, for each: string: name | seen (8 bytes)
 *                          active (8 bytes)                            since form 21
 *       pending, for each: id (16 bytes)
 *     released, for each:  id (16 bytes)                               since form 27
 *   seconds | ids at most                                              since form 26
 *   producers, for each:   string: name                                since form 26
 *     given, for each:     string: id | id of the entry                since form 26
 *   ids added | ids repeated                                           since form 26
 * </pre>
 *
 * <p>Times are epoch milliseconds, lowest byte first. Entries that are pending and nobody's are
 * named once more as released; before form 27 there are none. When producers gave their ids is not
 * said: the ids of the entries stand for it. Written is form 19, and form 26 where a stream has
 * producers and the reader may be asked to know version 13; what there is no place for goes
 * elsewhere, see {@link RdbStreamExtras}. One thread at a time.
 */
final class RdbStream {

  /** The forms by the version of Redis that had them first. */
  static final int FORM_5_0 = 15;

  static final int FORM_7_0 = 19;
  static final int FORM_7_2 = 21;
  static final int FORM_8_6 = 26;
  static final int FORM_8_8 = 27;

  private static final int ID_BYTES = 16;

  private RdbStream() {}

  // ------------------------------------------------------------------------------------- writing

  /**
   * Writes the kind and the value. Pending entries that nobody has are written as those of a
   * consumer without a name: neither form knows them otherwise.
   */
  static void write(StreamValue stream, RdbWriter out) {
    int form = head(stream, out);
    new Writing(stream, form).write(out, Integer.MAX_VALUE);
  }

  /**
   * Begins to write a stream, which may change as soon as this returns: what is written is a copy,
   * which shares with the stream what does not change.
   */
  static RdbSlices begin(StreamValue stream, RdbWriter out) {
    int form = head(stream, out);
    return new Writing(stream.copy(), form);
  }

  private static int head(StreamValue stream, RdbWriter out) {
    boolean isNew =
        stream.producers() != null && out.versionMax() >= RdbValues.VERSION_OF_PRODUCERS;
    int form = isNew ? FORM_8_6 : FORM_7_0;
    out.kind(form);
    out.length(stream.blocks());
    return form;
  }

  /**
   * The parts that are still to be written, each of which may need several goes, and may put parts
   * of its own in front of the others. The stream is nobody else's, or all is written at once.
   */
  private static final class Writing implements RdbSlices {
    private final Deque<RdbSlices> parts = new ArrayDeque<>();
    private final byte[] id = new byte[ID_BYTES];
    private final int form;

    Writing(StreamValue stream, int form) {
      this.form = form;
      int[] block = {0};
      parts.add((out, bytes) -> blocks(stream, block, out, bytes));
      parts.add(
          (out, bytes) -> {
            out.length(stream.length());
            RdbStream.id(out, stream.lastId());
            RdbStream.id(out, stream.firstId());
            RdbStream.id(out, stream.maxDeletedId());
            out.length(stream.entriesAdded());
            out.length(stream.groups().size());
            return true;
          });
      for (ConsumerGroup group : stream.groups()) {
        parts.add((out, bytes) -> group(group, out));
      }
      StreamProducers producers = stream.producers();
      if (form >= FORM_8_6 && producers != null) {
        parts.add((out, bytes) -> producers(producers, out));
      }
    }

    @Override
    public boolean write(RdbWriter out, int bytes) {
      long end = (long) out.length() + bytes;
      while (!parts.isEmpty() && out.length() < end) {
        RdbSlices part = parts.removeFirst();
        if (!part.write(out, (int) (end - out.length()))) {
          parts.addFirst(part);
        }
      }
      return parts.isEmpty();
    }

    private boolean blocks(StreamValue stream, int[] next, RdbWriter out, int bytes) {
      long end = (long) out.length() + bytes;
      while (next[0] < stream.blocks() && out.length() < end) {
        stream.showBlock(
            next[0]++,
            (millis, sequence, pack) -> {
              put(id, millis, sequence);
              out.string(Bytes.view(id, 0, ID_BYTES));
              out.string(pack);
            });
      }
      return next[0] == stream.blocks();
    }

    private boolean group(ConsumerGroup group, RdbWriter out) {
      out.string(group.name());
      RdbStream.id(out, group.lastDelivered());
      out.length(group.entriesRead());
      out.length(group.pending());
      long[] row = {group.first()};
      parts.addFirst((target, bytes) -> consumers(group, target));
      parts.addFirst((target, bytes) -> pending(group, row, target, bytes));
      return true;
    }

    private boolean pending(ConsumerGroup group, long[] at, RdbWriter out, int bytes) {
      long end = (long) out.length() + bytes;
      long row = at[0];
      for (; row != ConsumerGroup.NONE && out.length() < end; row = group.next(row)) {
        put(id, group.millis(row), group.sequence(row));
        out.bytes(id, 0, ID_BYTES);
        out.int64(group.deliveredMillis(row));
        out.length(group.deliveries(row));
      }
      at[0] = row;
      return row == ConsumerGroup.NONE;
    }

    private boolean consumers(ConsumerGroup group, RdbWriter out) {
      long free = nobodys(group);
      StreamConsumer nameless = group.consumer(Bytes.EMPTY);
      out.length(group.consumers().size() + (free > 0 && nameless == null ? 1 : 0));
      List<RdbSlices> each = new ArrayList<>();
      if (free > 0) {
        out.string(Bytes.EMPTY);
        out.int64(nameless == null ? 0 : nameless.seenMillis());
        if (form >= FORM_7_2) {
          out.int64(nameless == null ? StreamConsumer.NEVER : nameless.activeMillis());
        }
        out.length(free + (nameless == null ? 0 : nameless.pending()));
        long[] row = {group.first()};
        each.add((target, bytes) -> namelessPending(group, row, target, bytes));
      }
      for (StreamConsumer consumer : group.consumers()) {
        if (free == 0 || consumer != nameless) {
          each.add((target, bytes) -> consumer(consumer, target));
        }
      }
      for (int i = each.size() - 1; i >= 0; i--) {
        parts.addFirst(each.get(i));
      }
      return true;
    }

    private boolean namelessPending(ConsumerGroup group, long[] at, RdbWriter out, int bytes) {
      long end = (long) out.length() + bytes;
      StreamConsumer nameless = group.consumer(Bytes.EMPTY);
      long row = at[0];
      for (; row != ConsumerGroup.NONE && out.length() < end; row = group.next(row)) {
        StreamConsumer consumer = group.consumerOf(row);
        if (consumer == null || consumer == nameless) {
          put(id, group.millis(row), group.sequence(row));
          out.bytes(id, 0, ID_BYTES);
        }
      }
      at[0] = row;
      return row == ConsumerGroup.NONE;
    }

    private boolean consumer(StreamConsumer consumer, RdbWriter out) {
      out.string(consumer.name());
      out.int64(consumer.seenMillis());
      if (form >= FORM_7_2) {
        out.int64(consumer.activeMillis());
      }
      out.length(consumer.pending());
      long[] row = {consumer.ceiling(StreamId.MIN)};
      parts.addFirst((target, bytes) -> ownPending(consumer, row, target, bytes));
      return true;
    }

    private boolean ownPending(StreamConsumer consumer, long[] at, RdbWriter out, int bytes) {
      long end = (long) out.length() + bytes;
      long own = at[0];
      for (; own != StreamConsumer.NONE && out.length() < end; own = consumer.next(own)) {
        put(id, consumer.millis(own), consumer.sequence(own));
        out.bytes(id, 0, ID_BYTES);
      }
      at[0] = own;
      return own == StreamConsumer.NONE;
    }
  }

  /** O(ids of producers), which are few: their number is bounded for each producer. */
  private static boolean producers(StreamProducers known, RdbWriter out) {
    out.length(known.durationSeconds());
    out.length(known.idsMax());
    out.length(known.producers().size());
    for (StreamProducers.Producer producer : known.producers()) {
      out.string(producer.name());
      out.length(producer.given().size());
      for (StreamProducers.Given given : producer.given()) {
        out.string(given.id());
        id(out, given.entry());
      }
    }
    out.length(known.added());
    out.length(known.repeated());
    return true;
  }

  /** How many entries are pending that no consumer has. */
  static long nobodys(ConsumerGroup group) {
    long owned = 0;
    for (StreamConsumer consumer : group.consumers()) {
      owned += consumer.pending();
    }
    return group.pending() - owned;
  }

  private static void id(RdbWriter out, StreamId id) {
    out.length(id.millis());
    out.length(id.sequence());
  }

  private static void put(byte[] target, long millis, long sequence) {
    for (int i = 0; i < 8; i++) {
      target[i] = (byte) (millis >>> 56 - 8 * i);
      target[8 + i] = (byte) (sequence >>> 56 - 8 * i);
    }
  }

  // ------------------------------------------------------------------------------------- reading

  /** Begins to read a stream behind its kind; what is not consistent is refused. */
  static RdbValue begin(int form, RdbReader in) throws RdbFormatException {
    return new Reading(form, count(in, "blocks"));
  }

  private static long count(RdbReader in, String what) throws RdbFormatException {
    long count = in.length();
    if (count < 0 || count > in.remaining()) {
      throw new RdbFormatException("a stream claims to have " + count + " " + what);
    }
    return count;
  }

  private static StreamId id(RdbReader in) throws RdbFormatException {
    long millis = in.length();
    return new StreamId(millis, in.length());
  }

  private static StreamId id(Bytes sixteen) {
    return new StreamId(half(sixteen, 0), half(sixteen, 8));
  }

  private static long half(Bytes sixteen, int from) {
    long value = 0;
    for (int i = from; i < from + 8; i++) {
      value = value << 8 | (sixteen.at(i) & 0xff);
    }
    return value;
  }

  /** A stream of which a part is read: what comes next is said by {@link #step}. */
  private static final class Reading implements RdbValue {

    /** What is read next, an element at a time. */
    private enum Step {
      BLOCK,
      GROUP,
      PENDING,
      CONSUMER,
      OWNED,
      RELEASED,
      PRODUCER,
      GIVEN,
      COMPLETE
    }

    private final int form;
    private final StreamValue stream = new StreamValue();
    private Step step = Step.BLOCK;
    private long blocks;
    private long groups;
    private @Nullable ConsumerGroup group;
    private long pending;
    private long consumers;
    private @Nullable StreamConsumer consumer;
    private long ownedByConsumer;
    private long owned;
    private long released;
    private long producers;
    private Bytes producer = Bytes.EMPTY;
    private long given;

    Reading(int form, long blocks) {
      this.form = form;
      this.blocks = blocks;
    }

    @Override
    public ValueType type() {
      return ValueType.STREAM;
    }

    @Override
    public void putInto(Entry entry) {
      entry.object(stream);
    }

    @Override
    public boolean readOn(RdbReader in, long untilPosition) throws RdbFormatException {
      while (step != Step.COMPLETE && in.position() < untilPosition) {
        switch (step) {
          case BLOCK -> block(in);
          case GROUP -> group(in);
          case PENDING -> pending(in);
          case CONSUMER -> consumer(in);
          case OWNED -> owned(in);
          case RELEASED -> released(in);
          case PRODUCER -> producer(in);
          case GIVEN -> given(in);
          case COMPLETE -> throw new IllegalStateException("the stream is complete");
        }
      }
      return step == Step.COMPLETE;
    }

    private void block(RdbReader in) throws RdbFormatException {
      if (blocks == 0) {
        counters(in);
        groups = count(in, "groups");
        step = Step.GROUP;
        return;
      }
      Bytes key = in.string();
      if (key.length() != ID_BYTES) {
        throw new RdbFormatException("the id of a block has " + key.length() + " bytes");
      }
      StreamId id = id(key);
      if (!stream.addBlock(id, in.string())) {
        throw new RdbFormatException("block " + id + " of a stream is damaged");
      }
      blocks--;
    }

    private void counters(RdbReader in) throws RdbFormatException {
      long length = in.length();
      if (length != stream.length()) {
        throw new RdbFormatException(
            "a stream of " + stream.length() + " entries claims to have " + length);
      }
      StreamId last = id(in);
      if (last.isBefore(stream.lastIdInBlocks())) {
        throw new RdbFormatException("the last id of a stream is below that of an entry");
      }
      StreamId maxDeleted = StreamId.MIN;
      long added = length;
      if (form >= FORM_7_0) {
        id(in); // The first id, which the entries say too.
        maxDeleted = id(in);
        added = in.length();
      }
      if (added < 0) {
        throw new RdbFormatException("a stream claims that " + added + " entries were added");
      }
      stream.counters(last, maxDeleted, added);
    }

    private void group(RdbReader in) throws RdbFormatException {
      if (groups == 0) {
        afterGroups(in);
        return;
      }
      Bytes name = in.string();
      StreamId delivered = id(in);
      long read =
          form >= FORM_7_0
              ? in.length()
              : stream.entriesUpTo(delivered.millis(), delivered.sequence());
      if (stream.group(name) != null) {
        throw new RdbFormatException("two groups of a stream have the same name");
      }
      if (read < ConsumerGroup.UNKNOWN) {
        throw new RdbFormatException("a group claims to have read " + read + " entries");
      }
      group = stream.createGroup(name, delivered, read);
      owned = 0;
      pending = count(in, "pending entries");
      step = Step.PENDING;
      groups--;
    }

    private ConsumerGroup group() {
      return Objects.requireNonNull(group);
    }

    /** What is pending is nobody's at first. */
    private void pending(RdbReader in) throws RdbFormatException {
      if (pending == 0) {
        consumers = count(in, "consumers");
        step = Step.CONSUMER;
        return;
      }
      StreamId id = id(in.bytes(ID_BYTES));
      long delivered = in.int64();
      long deliveries = in.length();
      if (group().find(id.millis(), id.sequence()) != ConsumerGroup.NONE) {
        throw new RdbFormatException("an entry is pending twice in a group");
      }
      if (delivered < 0 || deliveries < 0) {
        throw new RdbFormatException("an entry was delivered " + deliveries + " times");
      }
      group().addReleased(id.millis(), id.sequence(), delivered, deliveries);
      pending--;
    }

    private void consumer(RdbReader in) throws RdbFormatException {
      if (consumers == 0) {
        afterConsumers(in);
        return;
      }
      Bytes name = in.string();
      long seen = in.int64();
      long active = form >= FORM_7_2 ? in.int64() : seen;
      if (group().consumer(name) != null) {
        throw new RdbFormatException("two consumers of a group have the same name");
      }
      StreamConsumer created = group().createConsumer(name, seen);
      created.seen(seen, Math.max(active, StreamConsumer.NEVER));
      consumer = created;
      ownedByConsumer = count(in, "pending entries");
      step = Step.OWNED;
      consumers--;
    }

    private void owned(RdbReader in) throws RdbFormatException {
      if (ownedByConsumer == 0) {
        step = Step.CONSUMER;
        return;
      }
      long row = unowned(in);
      group()
          .deliver(
              row,
              Objects.requireNonNull(consumer),
              group().deliveredMillis(row),
              group().deliveries(row));
      ownedByConsumer--;
      owned++;
    }

    /** An entry that is pending and nobody's so far. */
    private long unowned(RdbReader in) throws RdbFormatException {
      StreamId id = id(in.bytes(ID_BYTES));
      long row = group().find(id.millis(), id.sequence());
      if (row == ConsumerGroup.NONE || group().consumerOf(row) != null) {
        throw new RdbFormatException("an entry is pending for two consumers, or not at all");
      }
      return row;
    }

    private void afterConsumers(RdbReader in) throws RdbFormatException {
      released = form >= FORM_8_8 ? count(in, "released entries") : 0;
      long nobodys = group().pending() - owned;
      if (nobodys != released) {
        throw new RdbFormatException(nobodys + " pending entries of a group are nobody's");
      }
      step = Step.RELEASED;
    }

    private void released(RdbReader in) throws RdbFormatException {
      if (released == 0) {
        step = Step.GROUP;
        return;
      }
      var unused = unowned(in);
      released--;
    }

    private void afterGroups(RdbReader in) throws RdbFormatException {
      if (form < FORM_8_6) {
        step = Step.COMPLETE;
        return;
      }
      long seconds = in.length();
      long most = in.length();
      if (seconds < 0 || most < 0) {
        throw new RdbFormatException("ids of producers are known for " + seconds + " seconds");
      }
      producers = count(in, "producers");
      if (producers > 0
          || seconds != StreamProducers.SECONDS_USUAL
          || most != StreamProducers.IDS_USUAL) {
        stream.editProducers().limits(seconds, most);
      }
      step = Step.PRODUCER;
    }

    private void producer(RdbReader in) throws RdbFormatException {
      if (producers == 0) {
        long added = in.length();
        long repeated = in.length();
        if (added < 0 || repeated < 0) {
          throw new RdbFormatException("producers gave " + added + " ids");
        }
        if (added > 0 || repeated > 0 || stream.producers() != null) {
          stream.editProducers().statistics(added, repeated);
        }
        step = Step.COMPLETE;
        return;
      }
      producer = in.string();
      given = count(in, "ids of a producer");
      step = Step.GIVEN;
      producers--;
    }

    /** Nothing is too old or too much here: what the file says is what its server knew. */
    private void given(RdbReader in) throws RdbFormatException {
      if (given == 0) {
        step = Step.PRODUCER;
        return;
      }
      Bytes id = in.string();
      StreamId entry = id(in);
      long millis = entry.millis();
      stream
          .editProducers()
          .record(producer, id, entry, millis, Long.MAX_VALUE / 1000, Long.MAX_VALUE);
      given--;
    }
  }
}

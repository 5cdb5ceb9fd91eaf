package dev.carillon.engine.rdb;

import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.value.ConsumerGroup;
import dev.carillon.engine.value.StreamConsumer;
import dev.carillon.engine.value.StreamId;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;

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
 * </pre>
 *
 * <p>Times are epoch milliseconds, lowest byte first. What producers have added under ids of their
 * own has no place here. One thread at a time.
 */
final class RdbStream {

  /** The forms by the version of Redis that had them first. */
  static final int FORM_5_0 = 15;

  static final int FORM_7_0 = 19;
  static final int FORM_7_2 = 21;

  private static final int ID_BYTES = 16;

  private RdbStream() {}

  // ------------------------------------------------------------------------------------- writing

  /**
   * Writes the kind and the value, in the form of Redis 7.0. Pending entries that nobody has are
   * written as those of a consumer without a name: no version knows them otherwise.
   */
  static void write(StreamValue stream, RdbWriter out) {
    byte[] id = new byte[ID_BYTES];
    out.int8(FORM_7_0);
    out.length(stream.blocks());
    stream.forEachBlock(
        (millis, sequence, pack) -> {
          put(id, millis, sequence);
          out.string(Bytes.view(id, 0, ID_BYTES));
          out.string(pack);
        });
    out.length(stream.length());
    id(out, stream.lastId());
    id(out, stream.firstId());
    id(out, stream.maxDeletedId());
    out.length(stream.entriesAdded());
    out.length(stream.groups().size());
    for (ConsumerGroup group : stream.groups()) {
      out.string(group.name());
      id(out, group.lastDelivered());
      out.length(group.entriesRead());
      pending(out, group, id);
      consumers(out, group, id);
    }
  }

  private static void pending(RdbWriter out, ConsumerGroup group, byte[] id) {
    out.length(group.pending());
    for (long row = group.first(); row != ConsumerGroup.NONE; row = group.next(row)) {
      put(id, group.millis(row), group.sequence(row));
      out.bytes(id, 0, ID_BYTES);
      out.int64(group.deliveredMillis(row));
      out.length(group.deliveries(row));
    }
  }

  private static void consumers(RdbWriter out, ConsumerGroup group, byte[] id) {
    long owned = 0;
    for (StreamConsumer consumer : group.consumers()) {
      owned += consumer.pending();
    }
    long free = group.pending() - owned;
    StreamConsumer nameless = group.consumer(Bytes.EMPTY);
    out.length(group.consumers().size() + (free > 0 && nameless == null ? 1 : 0));
    if (free > 0) {
      out.string(Bytes.EMPTY);
      out.int64(nameless == null ? 0 : nameless.seenMillis());
      out.length(free + (nameless == null ? 0 : nameless.pending()));
      for (long row = group.first(); row != ConsumerGroup.NONE; row = group.next(row)) {
        StreamConsumer consumer = group.consumerOf(row);
        if (consumer == null || consumer == nameless) {
          put(id, group.millis(row), group.sequence(row));
          out.bytes(id, 0, ID_BYTES);
        }
      }
    }
    for (StreamConsumer consumer : group.consumers()) {
      if (free == 0 || consumer != nameless) {
        out.string(consumer.name());
        out.int64(consumer.seenMillis());
        out.length(consumer.pending());
        long own = consumer.ceiling(StreamId.MIN);
        while (own != StreamConsumer.NONE) {
          put(id, consumer.millis(own), consumer.sequence(own));
          out.bytes(id, 0, ID_BYTES);
          own = consumer.next(own);
        }
      }
    }
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

  /** Reads a stream behind its kind; what is not consistent is refused, wherever it is. */
  static RdbValue read(int form, RdbReader in) throws RdbFormatException {
    StreamValue stream = new StreamValue();
    long blocks = in.length();
    for (long i = 0; i < blocks || blocks < 0; i++) {
      Bytes key = in.string();
      if (key.length() != ID_BYTES) {
        throw new RdbFormatException("the id of a block has " + key.length() + " bytes");
      }
      if (!stream.addBlock(id(key), in.string())) {
        throw new RdbFormatException("block " + i + " of a stream is damaged");
      }
    }
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
    long groups = in.length();
    for (long i = 0; i < groups || groups < 0; i++) {
      group(form, in, stream);
    }
    return new Read(stream);
  }

  private static void group(int form, RdbReader in, StreamValue stream) throws RdbFormatException {
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
    ConsumerGroup group = stream.createGroup(name, delivered, read);
    pending(in, group);
    long consumers = in.length();
    List<StreamConsumer> seen = new ArrayList<>();
    for (long i = 0; i < consumers || consumers < 0; i++) {
      seen.add(consumer(form, in, group));
    }
    long owned = 0;
    for (StreamConsumer consumer : seen) {
      owned += consumer.pending();
    }
    if (owned != group.pending()) {
      throw new RdbFormatException(
          group.pending() - owned + " pending entries of a group are nobody's");
    }
  }

  /** What is pending is nobody's at first. */
  private static void pending(RdbReader in, ConsumerGroup group) throws RdbFormatException {
    long pending = in.length();
    for (long i = 0; i < pending || pending < 0; i++) {
      StreamId id = id(in.bytes(ID_BYTES));
      long delivered = in.int64();
      long deliveries = in.length();
      if (group.find(id.millis(), id.sequence()) != ConsumerGroup.NONE) {
        throw new RdbFormatException("an entry is pending twice in a group");
      }
      if (delivered < 0 || deliveries < 0) {
        throw new RdbFormatException("an entry was delivered " + deliveries + " times");
      }
      group.addReleased(id.millis(), id.sequence(), delivered, deliveries);
    }
  }

  private static StreamConsumer consumer(int form, RdbReader in, ConsumerGroup group)
      throws RdbFormatException {
    Bytes name = in.string();
    long seen = in.int64();
    long active = form >= FORM_7_2 ? in.int64() : seen;
    if (group.consumer(name) != null) {
      throw new RdbFormatException("two consumers of a group have the same name");
    }
    StreamConsumer consumer = group.createConsumer(name, seen);
    consumer.seen(seen, Math.max(active, StreamConsumer.NEVER));
    long pending = in.length();
    for (long i = 0; i < pending || pending < 0; i++) {
      StreamId id = id(in.bytes(ID_BYTES));
      long row = group.find(id.millis(), id.sequence());
      if (row == ConsumerGroup.NONE || group.consumerOf(row) != null) {
        throw new RdbFormatException("an entry is pending for two consumers, or not at all");
      }
      group.deliver(row, consumer, group.deliveredMillis(row), group.deliveries(row));
    }
    return consumer;
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

  private record Read(StreamValue stream) implements RdbValue {

    @Override
    public ValueType type() {
      return ValueType.STREAM;
    }

    @Override
    public void putInto(Entry entry) {
      entry.object(stream);
    }
  }
}

package dev.carillon.engine.rdb;

import dev.carillon.engine.value.ConsumerGroup;
import dev.carillon.engine.value.StreamConsumer;
import dev.carillon.engine.value.StreamId;
import dev.carillon.engine.value.StreamProducers;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.protocol.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * What a stream holds that the RDB forms of streams have no place for. In a file it is an AUX field
 * behind the key, {@link #NAME}, which Redis passes by.
 *
 * <pre>
 *   string: key of the stream, in the database that is selected there
 *   0, or 1 | seconds | ids at most | recorded | repeated
 *       producers, for each: string: name
 *         ids, for each:     string: id | id of the entry | recorded (8 bytes)
 *   groups, for each:        string: name | whether it has a consumer without a name (1 byte)
 *     pending for nobody, for each: id
 * </pre>
 *
 * <p>Numbers without a size are lengths in the sense of {@link RdbWriter}, ids two of them. One
 * thread at a time.
 */
public final class RdbStreamExtras {

  /** The name of the AUX field. */
  public static final String NAME = "carillon-stream";

  private static final int EXPECTED_BYTES = 256;

  private RdbStreamExtras() {}

  /** The value of the AUX field, or null if there is nothing to say. O(size of what is said). */
  static @Nullable Bytes of(Bytes key, StreamValue stream) {
    StreamProducers producers = stream.producers();
    int groups = 0;
    for (ConsumerGroup group : stream.groups()) {
      groups += RdbStream.nobodys(group) > 0 ? 1 : 0;
    }
    if (producers == null && groups == 0) {
      return null;
    }
    RdbWriter out = new RdbWriter(false, EXPECTED_BYTES + key.length());
    out.string(key);
    out.int8(producers == null ? 0 : 1);
    if (producers != null) {
      write(producers, out);
    }
    out.length(groups);
    for (ConsumerGroup group : stream.groups()) {
      long free = RdbStream.nobodys(group);
      if (free > 0) {
        write(group, free, out);
      }
    }
    return out.written();
  }

  private static void write(StreamProducers producers, RdbWriter out) {
    out.length(producers.durationSeconds());
    out.length(producers.idsMax());
    out.length(producers.added());
    out.length(producers.repeated());
    out.length(producers.producers().size());
    for (StreamProducers.Producer producer : producers.producers()) {
      out.string(producer.name());
      out.length(producer.given().size());
      for (StreamProducers.Given given : producer.given()) {
        out.string(given.id());
        out.length(given.entry().millis());
        out.length(given.entry().sequence());
        out.int64(given.recordedMillis());
      }
    }
  }

  private static void write(ConsumerGroup group, long free, RdbWriter out) {
    out.string(group.name());
    out.int8(group.consumer(Bytes.EMPTY) == null ? 0 : 1);
    out.length(free);
    for (long row = group.first(); row != ConsumerGroup.NONE; row = group.next(row)) {
      if (group.consumerOf(row) == null) {
        out.length(group.millis(row));
        out.length(group.sequence(row));
      }
    }
  }

  /** The key that the value of an AUX field is about. */
  public static Bytes key(Bytes value) throws RdbFormatException {
    return new RdbReader(value).string();
  }

  /**
   * Adds to a stream that was just read what the value of an AUX field says of it. Where that is
   * refused the stream may have got a part of it.
   */
  public static void apply(Bytes value, StreamValue stream) throws RdbFormatException {
    RdbReader in = new RdbReader(value);
    in.string();
    if (in.int8() == 1) {
      readProducers(in, stream.editProducers());
    }
    for (long left = in.length(); left > 0; left--) {
      readGroup(in, stream);
    }
  }

  private static void readProducers(RdbReader in, StreamProducers producers)
      throws RdbFormatException {
    producers.limits(in.length(), in.length());
    long added = in.length();
    long repeated = in.length();
    for (long left = in.length(); left > 0; left--) {
      Bytes name = in.string();
      for (long ids = in.length(); ids > 0; ids--) {
        Bytes id = in.string();
        producers.restore(name, id, id(in), in.int64());
      }
    }
    producers.statistics(added, repeated);
  }

  private static void readGroup(RdbReader in, StreamValue stream) throws RdbFormatException {
    ConsumerGroup group = stream.group(in.string());
    boolean hasNameless = in.int8() == 1;
    long free = in.length();
    if (group == null) {
      throw new RdbFormatException("a stream has not the group that something is pending in");
    }
    for (long left = free; left > 0; left--) {
      StreamId id = id(in);
      long row = group.find(id.millis(), id.sequence());
      if (row == ConsumerGroup.NONE) {
        throw new RdbFormatException("an entry is not pending that is nobody's");
      }
      group.release(row, group.deliveredMillis(row), group.deliveries(row));
    }
    StreamConsumer nameless = group.consumer(Bytes.EMPTY);
    if (nameless != null && !hasNameless) {
      if (nameless.pending() > 0) {
        throw new RdbFormatException("a consumer that does not exist has pending entries");
      }
      group.deleteConsumer(nameless);
    }
  }

  private static StreamId id(RdbReader in) throws RdbFormatException {
    long millis = in.length();
    return new StreamId(millis, in.length());
  }
}

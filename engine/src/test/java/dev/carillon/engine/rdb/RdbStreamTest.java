package dev.carillon.engine.rdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.keyspace.KeyspaceDigest;
import dev.carillon.engine.turn.Turn;
import dev.carillon.engine.value.ConsumerGroup;
import dev.carillon.engine.value.StreamConsumer;
import dev.carillon.engine.value.StreamCursor;
import dev.carillon.engine.value.StreamId;
import dev.carillon.engine.value.StreamProducers;
import dev.carillon.engine.value.StreamReferences;
import dev.carillon.engine.value.StreamTrim;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams as RDB has them: every form that is read, and the damage that is refused. */
class RdbStreamTest {

  /**
   * What DUMP of 7.0.15 says, without its footer: nodes of three entries, of which one was deleted
   * and one has other fields; a group with two consumers, one without any.
   */
  private static final String OF_7_0 =
      "130210000000000000000100000000000000013636000000140002010101010181660200010201000100"
          + "01827631030401030101010101827632030401020102010201827633030401ff10000000000000000400"
          + "000000000000043e3e000000160003010001010181660200010201000100018276340304010201010101"
          + "0182763503040100010201dffc020101856f746865720611010601ff0506000101020206020167040481"
          + "ffffffffffffffff030000000000000001000000000000000101806e8774010000010000000000000003"
          + "000000000000000300806e8774010000070000000000000004000000000000000402806e877401000001"
          + "0205616c696365835ec203a2010000010000000000000001000000000000000103626f62835ec203a201"
          + "00000200000000000000030000000000000003000000000000000400000000000000040469646c650600"
          + "81ffffffffffffffff0000";

  private static final Bytes KEY = Bytes.of("key");

  private final Turn turn = new Turn();
  private final Keyspace keyspace;
  private @Nullable Entry held;

  RdbStreamTest() {
    turn.begin(0);
    keyspace = new Keyspace(1, turn, new Random(1));
  }

  private StreamValue read(Bytes payload) throws RdbFormatException {
    RdbReader in = new RdbReader(payload);
    RdbValue value = RdbValues.read(false, in, keyspace);
    assertThat(value.type()).isEqualTo(ValueType.STREAM);
    assertThat(in.remaining()).isZero();
    Entry entry = newEntry();
    value.putInto(entry);
    return (StreamValue) entry.object();
  }

  /** An entry of its own that replaces the one before. */
  private Entry newEntry() {
    if (held != null) {
      keyspace.database(0).remove(KEY, held);
    }
    held = keyspace.database(0).create(KEY, ValueType.STREAM);
    return held;
  }

  private String digest() {
    return KeyspaceDigest.ofValue(Objects.requireNonNull(held));
  }

  private static Bytes bytes(String hex) {
    return Bytes.of(HexFormat.of().parseHex(hex));
  }

  private Bytes written(StreamValue stream) {
    RdbWriter out = new RdbWriter(false, 64);
    RdbStream.write(stream, out);
    return out.written().copy();
  }

  private static StreamValue stream() {
    StreamValue stream = new StreamValue();
    for (int i = 1; i <= 10; i++) {
      Bytes[] pairs = {Bytes.of("f"), Bytes.of("v" + i)};
      stream.append(new StreamId(i, 0), pairs, 0, 4);
    }
    stream.delete(new StreamId(2, 0));
    ConsumerGroup group = stream.createGroup(Bytes.of("g"), new StreamId(3, 0), 3);
    StreamConsumer alice = group.createConsumer(Bytes.of("alice"), 70);
    alice.seen(70, 60);
    group.createConsumer(Bytes.of("bob"), 80);
    group.deliver(1, 0, alice, 50, 2);
    group.deliver(3, 0, alice, 51, 1);
    return stream;
  }

  // ------------------------------------------------------------------------------------- reading

  @Test
  void readsWhatRedisDumps() throws RdbFormatException {
    StreamValue stream = read(bytes(OF_7_0));
    assertThat(stream.length()).isEqualTo(5);
    assertThat(stream.blocks()).isEqualTo(2);
    assertThat(stream.firstId()).isEqualTo(new StreamId(1, 1));
    assertThat(stream.lastId()).isEqualTo(new StreamId(6, 0));
    assertThat(stream.maxDeletedId()).isEqualTo(new StreamId(2, 2));
    assertThat(stream.entriesAdded()).isEqualTo(6);
    StringBuilder entries = new StringBuilder();
    StreamCursor cursor = stream.cursor();
    while (cursor.next()) {
      entries.append(cursor.id()).append(' ').append(cursor.nextField()).append('=');
      entries.append(cursor.nextValue()).append(' ');
    }
    assertThat(entries.toString()).isEqualTo("1-1 f=v1 3-3 f=v3 4-4 f=v4 5-5 f=v5 6-0 other=17 ");
    ConsumerGroup group = Objects.requireNonNull(stream.group(Bytes.of("g")));
    assertThat(group.lastDelivered()).isEqualTo(new StreamId(4, 4));
    assertThat(group.entriesRead()).isEqualTo(ConsumerGroup.UNKNOWN);
    assertThat(group.pending()).isEqualTo(3);
    long row = group.find(3, 3);
    assertThat(group.deliveredMillis(row)).isEqualTo(1_600_000_000_000L);
    assertThat(group.deliveries(row)).isEqualTo(7);
    StreamConsumer owner = Objects.requireNonNull(group.consumerOf(row));
    assertThat(owner.name()).isEqualTo(Bytes.of("bob"));
    assertThat(owner.pending()).isEqualTo(2);
    assertThat(Objects.requireNonNull(stream.group(Bytes.of("idle"))).consumers()).isEmpty();
  }

  @Test
  void readsWhatItWrites() throws RdbFormatException {
    StreamValue stream = stream();
    Bytes payload = written(stream);
    assertThat(payload.at(0)).isEqualTo((byte) RdbStream.FORM_7_0);
    StreamValue same = read(payload);
    String digest = digest();
    newEntry().object(stream);
    assertThat(digest()).isEqualTo(digest);
    StreamConsumer alice = consumer(same, "alice");
    assertThat(alice.seenMillis()).isEqualTo(70);
    assertThat(written(same)).isEqualTo(payload);
  }

  private static StreamConsumer consumer(StreamValue stream, String name) {
    return Objects.requireNonNull(
        Objects.requireNonNull(stream.group(Bytes.of("g"))).consumer(Bytes.of(name)));
  }

  @Test
  void anEmptyStreamIsAStream() throws RdbFormatException {
    StreamValue stream = new StreamValue();
    stream.counters(new StreamId(-1, -1), new StreamId(5, 0), Long.MAX_VALUE);
    StreamValue same = read(written(stream));
    assertThat(same.lastId()).isEqualTo(StreamId.MAX);
    assertThat(same.entriesAdded()).isEqualTo(Long.MAX_VALUE);
    assertThat(same.length()).isZero();
  }

  /** Before 7.0 counters were not written; what they would be is derived as Redis does it. */
  @Test
  void readsTheFormOf50() throws RdbFormatException {
    StreamValue stream = read(oldOrNew(RdbStream.FORM_5_0, stream()));
    assertThat(stream.firstId()).isEqualTo(new StreamId(1, 0));
    assertThat(stream.maxDeletedId()).isEqualTo(StreamId.MIN);
    assertThat(stream.entriesAdded()).isEqualTo(9);
    ConsumerGroup group = Objects.requireNonNull(stream.group(Bytes.of("g")));
    assertThat(group.lastDelivered()).isEqualTo(new StreamId(3, 0));
    assertThat(group.entriesRead()).isEqualTo(ConsumerGroup.UNKNOWN);
    assertThat(consumer(stream, "alice").pending()).isEqualTo(2);
  }

  @Test
  void readsTheFormOf72() throws RdbFormatException {
    StreamValue stream = read(oldOrNew(RdbStream.FORM_7_2, stream()));
    assertThat(stream.maxDeletedId()).isEqualTo(new StreamId(2, 0));
    assertThat(consumer(stream, "alice").activeMillis()).isEqualTo(60);
    assertThat(consumer(stream, "bob").activeMillis()).isEqualTo(StreamConsumer.NEVER);
  }

  /** As {@link RdbStream#write}, in forms that it does not write. */
  private static Bytes oldOrNew(int form, StreamValue stream) {
    RdbWriter out = new RdbWriter(true, 64);
    out.int8(form);
    out.length(stream.blocks());
    stream.forEachBlock(
        (millis, sequence, pack) -> {
          out.length(16);
          id16(out, millis, sequence);
          out.string(pack);
        });
    out.length(stream.length());
    id(out, stream.lastId());
    if (form >= RdbStream.FORM_7_0) {
      id(out, stream.firstId());
      id(out, stream.maxDeletedId());
      out.length(stream.entriesAdded());
    }
    out.length(stream.groups().size());
    for (ConsumerGroup group : stream.groups()) {
      out.string(group.name());
      id(out, group.lastDelivered());
      if (form >= RdbStream.FORM_7_0) {
        out.length(group.entriesRead());
      }
      out.length(group.pending());
      for (long row = group.first(); row != ConsumerGroup.NONE; row = group.next(row)) {
        id16(out, group.millis(row), group.sequence(row));
        out.int64(group.deliveredMillis(row));
        out.length(group.deliveries(row));
      }
      out.length(group.consumers().size());
      for (StreamConsumer consumer : group.consumers()) {
        out.string(consumer.name());
        out.int64(consumer.seenMillis());
        if (form >= RdbStream.FORM_7_2) {
          out.int64(consumer.activeMillis());
        }
        out.length(consumer.pending());
        long own = consumer.ceiling(StreamId.MIN);
        while (own != StreamConsumer.NONE) {
          id16(out, consumer.millis(own), consumer.sequence(own));
          own = consumer.next(own);
        }
      }
    }
    return out.written().copy();
  }

  private static void id(RdbWriter out, StreamId id) {
    out.length(id.millis());
    out.length(id.sequence());
  }

  private static void id16(RdbWriter out, long millis, long sequence) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      out.int8((int) (millis >>> shift));
    }
    for (int shift = 56; shift >= 0; shift -= 8) {
      out.int8((int) (sequence >>> shift));
    }
  }

  @Test
  void aStreamWithProducersIsWrittenInTheFormOf86() throws RdbFormatException {
    StreamValue stream = stream();
    StreamProducers producers = stream.editProducers();
    producers.limits(300, 77);
    producers.record(Bytes.of("p"), Bytes.of("first"), new StreamId(4, 0), 4, 300, 77);
    producers.record(Bytes.of("p"), Bytes.of("second"), new StreamId(5, 0), 5, 300, 77);
    producers.countRepeated();
    Bytes payload = written(stream);

    StreamProducers same = Objects.requireNonNull(read(payload).producers());

    assertThat(payload.at(0)).isEqualTo((byte) RdbStream.FORM_8_6);
    assertThat(same.find(Bytes.of("p"), Bytes.of("second"), 6, 300)).isEqualTo(new StreamId(5, 0));
    assertThat(same.durationSeconds()).isEqualTo(300);
    assertThat(same.idsMax()).isEqualTo(77);
    assertThat(same.added()).isEqualTo(2);
    assertThat(same.repeated()).isEqualTo(1);
    assertThat(consumer(stream, "alice").activeMillis()).isEqualTo(60);
  }

  @Test
  void aReaderThatKnowsNoProducersGetsTheFormOf70() {
    StreamValue stream = stream();
    stream.editProducers().limits(300, 100);
    RdbWriter out = new RdbWriter(false, 64).versionMax(RdbHash.VERSION_OF_DEADLINES);
    RdbStream.write(stream, out);

    assertThat(out.written().at(0)).isEqualTo((byte) RdbStream.FORM_7_0);
  }

  /** No version of Redis knows a pending entry without a consumer. */
  @Test
  void whatWasGivenBackIsWrittenForAConsumerWithoutAName() throws RdbFormatException {
    StreamValue stream = stream();
    ConsumerGroup group = Objects.requireNonNull(stream.group(Bytes.of("g")));
    group.release(group.find(1, 0), 0, 1);
    StreamValue other = read(written(stream));
    assertThat(consumer(other, "").pending()).isEqualTo(1);
    assertThat(consumer(other, "alice").pending()).isEqualTo(1);
    group.deliver(3, 0, group.createConsumer(Bytes.EMPTY, 7), 1, 1);
    other = read(written(stream));
    assertThat(consumer(other, "").pending()).isEqualTo(2);
    assertThat(consumer(other, "").seenMillis()).isEqualTo(7);
  }

  // -------------------------------------------------------------------------------------- damage

  private void refuses(Bytes payload, String why) {
    assertThatThrownBy(() -> RdbValues.read(false, new RdbReader(payload), keyspace))
        .isInstanceOf(RdbFormatException.class)
        .hasMessageContaining(why);
  }

  @Test
  void whatIsNotConsistentIsRefused() {
    StreamValue stream = stream();
    stream.counters(new StreamId(9, 0), StreamId.MIN, 10);
    refuses(written(stream), "below that of an entry");
    StreamValue negative = stream();
    negative.counters(new StreamId(10, 0), StreamId.MIN, -1);
    refuses(written(negative), "were added");
    StreamValue ahead = stream();
    Objects.requireNonNull(ahead.group(Bytes.of("g"))).moveTo(StreamId.MIN, -2);
    refuses(written(ahead), "to have read");
    String hex = HexFormat.of().formatHex(written(stream()).toByteArray());
    // The length of the stream, behind its last block.
    refuses(bytes(hex.replace("ff090a00", "ff080a00")), "claims to have 8");
    refuses(bytes(hex.substring(0, hex.length() - 2)), "are left");
  }

  @Test
  void whatBelongsToNobodyOrTwiceIsRefused() {
    String hex = OF_7_0;
    String aliceOwns = "0000010000000000000001000000000000000103626f62";
    assertThat(hex).contains(aliceOwns);
    refuses(
        bytes(
            hex.replace(
                aliceOwns, aliceOwns.replace("0000010000000000000001", "00000100000000000000ff"))),
        "not at all");
    refuses(
        bytes(
            hex.replace(
                aliceOwns,
                aliceOwns.replace("00000001000000000000000103", "00000003000000000000000303"))),
        "pending for two consumers");
    refuses(bytes(hex.replace("05616c696365", "03626f62")), "the same name");
    refuses(bytes(hex.replace("0469646c65", "0167")), "the same name");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void damageIsRefusedOrHarmless(long givenSeed) {
    long seed = Long.getLong("carillon.seed", givenSeed);
    Random random = new Random(seed);
    StreamValue base = stream();
    Bytes[] payloads = {
      bytes(OF_7_0),
      written(base),
      oldOrNew(RdbStream.FORM_5_0, base),
      oldOrNew(RdbStream.FORM_7_2, base)
    };
    int accepted = 0;
    for (int i = 0; i < 15_000; i++) {
      byte[] damaged = payloads[random.nextInt(payloads.length)].toByteArray();
      for (int hits = random.nextInt(3); hits >= 0; hits--) {
        damaged[1 + random.nextInt(damaged.length - 1)] =
            random.nextBoolean() ? (byte) random.nextInt(256) : (byte) random.nextInt(4);
      }
      try {
        RdbReader in = new RdbReader(Bytes.of(damaged));
        RdbValue value = RdbValues.read(false, in, keyspace);
        if (in.remaining() == 0) {
          Entry entry = newEntry();
          value.putInto(entry);
          use((StreamValue) entry.object());
          accepted++;
        }
      } catch (RdbFormatException expected) {
        // Refused.
      } catch (RuntimeException defect) {
        throw new AssertionError(
            "-Dcarillon.seed=" + seed + ": " + HexFormat.of().formatHex(damaged), defect);
      }
    }
    assertThat(accepted).isPositive();
  }

  /** What was accepted can be used. */
  private void use(StreamValue stream) {
    digest();
    written(stream.copy());
    if (!stream.lastId().isMax()) {
      Bytes[] pairs = {Bytes.of("f"), Bytes.of("v")};
      stream.append(stream.lastId().next(), pairs, 0, 4);
    }
    stream.delete(new StreamId(5, 0));
    stream.trim(StreamTrim.toLength(2, StreamReferences.DELETE));
    for (ConsumerGroup group : stream.groups()) {
      group.longestIdle();
      group.acknowledge(3, 0);
      stream.lag(group);
    }
    digest();
  }
}

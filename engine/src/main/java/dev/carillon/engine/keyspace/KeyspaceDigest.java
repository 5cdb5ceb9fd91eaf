package dev.carillon.engine.keyspace;

import dev.carillon.engine.value.ArrayValue;
import dev.carillon.engine.value.ConsumerGroup;
import dev.carillon.engine.value.StreamConsumer;
import dev.carillon.engine.value.StreamCursor;
import dev.carillon.engine.value.StreamId;
import dev.carillon.engine.value.StreamProducers;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.protocol.bytes.Bytes;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.Consumer;

/**
 * A fingerprint of all databases: 20 bytes that depend on each entry's database, key, type, value
 * and deadline, and on nothing else. Neither the order in which entries were made nor how a value
 * is stored matters, so two engines that hold the same have the same digest.
 *
 * <p>Each entry is hashed by itself with SHA-1, and the hashes are combined by exclusive or, which
 * needs no order. That is no defence against an adversary; it compares what honest engines hold.
 * Entries past their deadline count until something removes them.
 */
public final class KeyspaceDigest {

  private static final int LENGTH = 20;

  private final MessageDigest hash = sha1();
  private final MessageDigest element = sha1();
  private final ByteBuffer number = ByteBuffer.allocate(Long.BYTES);
  private final byte[] combined = new byte[LENGTH];

  private KeyspaceDigest() {}

  /**
   * The digest of all databases as 40 hexadecimal digits; only zeros if all are empty. O(bytes).
   */
  public static String of(Keyspace keyspace) {
    KeyspaceDigest digest = new KeyspaceDigest();
    for (int i = 0; i < keyspace.count(); i++) {
      Database database = keyspace.database(i);
      assert database.sizes.areRight() : "the sizes of keys in database " + i;
      long cursor = 0;
      do {
        cursor = database.scan(cursor, 1024, digest::add);
      } while (cursor != 0);
    }
    return HexFormat.of().formatHex(digest.combined);
  }

  /**
   * The digest of one entry's type, value and whether it has a deadline, as 40 hexadecimal digits:
   * keys that hold the same have the same.
   */
  public static String ofValue(Entry entry) {
    KeyspaceDigest digest = new KeyspaceDigest();
    digest.add(entry.type().code());
    digest.addValue(entry);
    digest.add(entry.hasDeadline() ? 1 : 0);
    return HexFormat.of().formatHex(digest.hash.digest());
  }

  private void add(Entry entry) {
    hash.reset();
    add(entry.database().number());
    add(entry.key());
    add(entry.type().code());
    addValue(entry);
    add(entry.hasDeadline() ? entry.deadlineMillis() : -1);
    combine();
  }

  private void addValue(Entry entry) {
    switch (entry.type()) {
      case STRING -> add(entry.string());
      case ARRAY -> addArray((ArrayValue) entry.object());
      case HASH -> addHash(entry.hash());
      case LIST -> {
        ListView list = entry.list();
        add(list.size());
        list.visit(0, list.size(), true, this::add);
      }
      case SET -> addUnordered(entry.set()::forEach);
      case SORTED_SET -> addSorted(entry.sortedSet());
      case STREAM -> add((StreamValue) entry.object());
      default -> throw new IllegalStateException("no digest of a " + entry.type() + " yet");
    }
  }

  /** The cursor belongs to the value: it decides where the next element goes. */
  private void addArray(ArrayValue array) {
    add(array.cursor());
    add(array.count());
    array.visit(
        0,
        ArrayValue.INDEX_MAX,
        (index, value) -> {
          add(index);
          add(value);
          return true;
        });
  }

  /**
   * Adds strings whose order means nothing: each is hashed by itself, and the hashes are combined
   * as those of entries are.
   *
   * @param forEach tells its argument each of the strings
   */
  private void addUnordered(Consumer<Consumer<Bytes>> forEach) {
    byte[] all = new byte[LENGTH];
    forEach.accept(
        text -> {
          element.update(text.array(), text.offset(), text.length());
          byte[] one = element.digest();
          for (int i = 0; i < LENGTH; i++) {
            all[i] ^= one[i];
          }
        });
    hash.update(all);
  }

  /** Fields have no order: each is hashed by itself, as entries are. */
  private void addHash(HashView fields) {
    KeyspaceDigest each = new KeyspaceDigest();
    fields.forEach(
        place -> {
          each.add(fields.field(place));
          each.add(fields.value(place));
          each.add(fields.deadlineMillis(place));
          each.combine();
        });
    hash.update(each.combined);
  }

  private void combine() {
    byte[] one = hash.digest();
    for (int i = 0; i < LENGTH; i++) {
      combined[i] ^= one[i];
    }
  }

  /** Adds members and scores in order; 0 and -0 are one score, and one form knows only 0. */
  private void addSorted(SortedSetView sorted) {
    for (SortedSetView.Walk walk = sorted.walk(0, false); walk.isMember(); walk.next()) {
      add(walk.member());
      add(Double.doubleToLongBits(walk.score() + 0.0));
    }
  }

  /** Without the times when consumers were seen, and statistics: they are no content. */
  private void add(StreamValue stream) {
    add(stream.length());
    StreamCursor cursor = stream.cursor();
    while (cursor.next()) {
      add(cursor.millis());
      add(cursor.sequence());
      add(cursor.fields());
      for (int i = 0; i < cursor.fields(); i++) {
        add(cursor.nextField());
        add(cursor.nextValue());
      }
    }
    add(stream.lastId());
    add(stream.maxDeletedId());
    add(stream.entriesAdded());
    add(stream.groups().size());
    stream.groups().forEach(this::add);
    StreamProducers producers = stream.producers();
    add(producers == null ? StreamProducers.SECONDS_USUAL : producers.durationSeconds());
    add(producers == null ? StreamProducers.IDS_USUAL : producers.idsMax());
    if (producers != null) {
      producers.producers().forEach(this::add);
    }
  }

  private void add(ConsumerGroup group) {
    add(group.name());
    add(group.lastDelivered());
    add(group.entriesRead());
    add(group.consumers().size());
    group.consumers().forEach(consumer -> add(consumer.name()));
    add(group.pending());
    for (long row = group.first(); row != ConsumerGroup.NONE; row = group.next(row)) {
      add(group.millis(row));
      add(group.sequence(row));
      add(group.deliveredMillis(row));
      add(group.deliveries(row));
      StreamConsumer consumer = group.consumerOf(row);
      add(consumer == null ? 0 : 1);
      if (consumer != null) {
        add(consumer.name());
      }
    }
  }

  private void add(StreamProducers.Producer producer) {
    add(producer.name());
    add(producer.given().size());
    for (StreamProducers.Given given : producer.given()) {
      add(given.id());
      add(given.entry());
      add(given.recordedMillis());
    }
  }

  private void add(StreamId id) {
    add(id.millis());
    add(id.sequence());
  }

  /** The length goes in first, so that no two sequences of strings are hashed alike. */
  private void add(Bytes text) {
    add(text.length());
    hash.update(text.array(), text.offset(), text.length());
  }

  private void add(long value) {
    hash.update(number.putLong(0, value).array());
  }

  private static MessageDigest sha1() {
    try {
      return MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }
}

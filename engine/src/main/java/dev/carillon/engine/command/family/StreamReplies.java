package dev.carillon.engine.command.family;

import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.StreamCursor;
import dev.carillon.engine.value.StreamId;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.protocol.bytes.Bytes;

/** Entries and ids of streams as replies show them. One for each execution. */
final class StreamReplies {

  private final ReplyWriter reply;
  private final byte[] text = new byte[StreamId.TEXT_LENGTH_MAX];

  StreamReplies(ReplyWriter reply) {
    this.reply = reply;
  }

  /** The stream that an entry of that type holds. */
  static StreamValue stream(Entry entry) {
    return (StreamValue) entry.object();
  }

  void id(long millis, long sequence) {
    reply.bulk(text, 0, StreamId.write(millis, sequence, text, 0));
  }

  void id(StreamId id) {
    id(id.millis(), id.sequence());
  }

  /** An array of the id and the fields of the entry that a cursor is at; its bytes, as below. */
  long entry(StreamCursor cursor) {
    reply.array(2);
    return idAndFields(cursor);
  }

  /**
   * The id of the entry that a cursor is at, then an array of its fields and values.
   *
   * @return how many bytes fields and values have together
   */
  long idAndFields(StreamCursor cursor) {
    id(cursor.millis(), cursor.sequence());
    int fields = cursor.fields();
    long bytes = 0;
    reply.array(2L * fields);
    for (int i = 0; i < fields; i++) {
      Bytes field = cursor.nextField();
      Bytes value = cursor.nextValue();
      reply.bulk(field);
      reply.bulk(value);
      bytes += field.length() + value.length();
    }
    return bytes;
  }

  /**
   * An array of entries.
   *
   * @param count how many at most; 0 for all
   */
  void entries(StreamCursor cursor, long count) {
    var place = reply.arrayLater();
    long shown = 0;
    while ((count == 0 || shown < count) && cursor.next()) {
      entry(cursor);
      shown++;
    }
    reply.endArray(place, shown);
  }

  /** The entry that a cursor comes to next, or nil. */
  void firstOf(StreamCursor cursor) {
    if (cursor.next()) {
      entry(cursor);
    } else {
      reply.nil();
    }
  }
}

package dev.carillon.engine.journal;

import dev.carillon.engine.storage.AppendFile;
import dev.carillon.engine.storage.ReadFile;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of one segment, front to back, as far as they are intact; behind the first one
 * that is not it can search for records that say what was durable. The record that was read last is
 * a view into the buffer. One thread at a time.
 */
final class SegmentReader implements Closeable {

  private static final int BUFFER_BYTES = 1 << 20;

  private final ReadFile file;
  private final long length;
  private final SegmentHeader header;
  private final CRC32C crc = new CRC32C();
  private final RecordCursor items = new RecordCursor();
  private byte[] buffer = new byte[BUFFER_BYTES];

  /** What the buffer has is from here to there; the first byte of it has the file's offset. */
  private int from;

  private int to;
  private long offset;

  /** Where the record begins that was read last, or the first one that could not be read. */
  private long recordOffset;

  /** What is not zero ends here; known when all was searched. */
  private long contentEnd;

  private int recordBytes;
  private int kind;
  private long sequence;
  private long durable;
  private long millis;
  private @Nullable String problem;

  /** Opens a segment; the file is closed if its header cannot be used. */
  SegmentReader(ReadFile file) throws IOException, SegmentHeader.Unusable {
    this.file = file;
    try {
      length = file.length();
      fill(SegmentHeader.LENGTH);
      header = SegmentHeader.decode(buffer, to);
    } catch (IOException | SegmentHeader.Unusable e) {
      file.close();
      throw e;
    }
    from = SegmentHeader.LENGTH;
    offset = from;
    recordOffset = offset;
  }

  /** Reads until the buffer has so many bytes, or the file has no more. */
  private boolean fill(int bytes) throws IOException {
    if (to - from >= bytes) {
      return true;
    }
    if (buffer.length - from < bytes) {
      byte[] target = bytes > buffer.length ? new byte[Math.max(bytes, BUFFER_BYTES)] : buffer;
      System.arraycopy(buffer, from, target, 0, to - from);
      buffer = target;
      to -= from;
      from = 0;
    }
    while (to - from < bytes) {
      int read = file.read(buffer, to, buffer.length - to);
      if (read < 0) {
        return false;
      }
      to += read;
    }
    return true;
  }

  // ------------------------------------------------------------------------------------- reading

  /** Goes on at an offset at or behind the next record, where a record begins. */
  void skipTo(long target) throws IOException {
    long bytes = target - offset;
    int buffered = (int) Math.min(bytes, to - from);
    from += buffered;
    file.skip(bytes - buffered);
    offset = target;
    recordOffset = target;
  }

  /**
   * Reads the next record.
   *
   * @return false at the end of what is intact; {@link #problem} says whether that is the end of
   *     the file, or of all in it that is not zero
   */
  boolean next() throws IOException {
    from += recordBytes;
    offset += recordBytes;
    recordOffset = offset;
    recordBytes = 0;
    if (buffer.length > BUFFER_BYTES && to - from < BUFFER_BYTES / 2) {
      byte[] smaller = new byte[BUFFER_BYTES];
      System.arraycopy(buffer, from, smaller, 0, to - from);
      buffer = smaller;
      to -= from;
      from = 0;
    }
    if (!fill(Records.BODY_OFFSET)) {
      if (!onlyZerosFollow()) {
        problem = "the file ends inside a record";
      }
      return false;
    }
    int body = (int) Records.INTS.get(buffer, from + Records.LENGTH_OFFSET);
    if (!isLength(body, from)) {
      if (!onlyZerosFollow()) {
        problem = "there is no record";
      }
      return false;
    }
    if (body > length - offset - Records.BODY_OFFSET || !fill(Records.BODY_OFFSET + body)) {
      problem = "the file ends inside a record";
      return false;
    }
    crc.reset();
    crc.update(buffer, from + Records.LENGTH_OFFSET, Records.BODY_OFFSET - 4 + body);
    if (((int) crc.getValue() ^ (int) header.salt()) != (int) Records.INTS.get(buffer, from)) {
      problem = "the checksum of the record differs";
      return false;
    }
    try {
      items.reset(buffer, from + Records.BODY_OFFSET, from + Records.BODY_OFFSET + body);
      readHead(items);
    } catch (RecordCursor.Malformed e) {
      problem = e.getMessage();
      return false;
    }
    recordBytes = Records.BODY_OFFSET + body;
    return true;
  }

  /**
   * Whether nothing but room that was prepared lies between here and the end of the file. What is
   * passed by is no part of a record that a search might find.
   */
  private boolean onlyZerosFollow() throws IOException {
    int at = from;
    while (true) {
      while (at < to) {
        if (buffer[at++] != 0) {
          return false;
        }
      }
      // A record may begin with zeros.
      int passed = Math.max(0, to - from - (Records.BODY_OFFSET - 1));
      from += passed;
      offset += passed;
      int looked = to - from;
      if (!fill(looked + 1)) {
        return true;
      }
      at = from + looked;
    }
  }

  private boolean isLength(int body, int at) {
    return body >= Records.BODY_MIN
        && body <= Records.BODY_MAX
        && Records.guard(body, header.salt())
            == (short) Records.SHORTS.get(buffer, at + Records.GUARD_OFFSET);
  }

  private void readHead(RecordCursor cursor) throws RecordCursor.Malformed {
    kind = cursor.octet();
    sequence = header.baseSequence() + cursor.varint();
    durable = sequence - cursor.varint();
    millis = header.baseMillis() + Records.unzigzag(cursor.varint());
  }

  /** Says that the record that was read last cannot be used, although it is intact. */
  void reject(String reason) {
    problem = reason;
    recordBytes = 0;
  }

  SegmentHeader header() {
    return header;
  }

  /** How many bytes the file has. */
  long length() {
    return length;
  }

  /** Where the record begins that was read last, or the first one that could not be read. */
  long offset() {
    return recordOffset;
  }

  int recordBytes() {
    return recordBytes;
  }

  int kind() {
    return kind;
  }

  long sequence() {
    return sequence;
  }

  /** The last turn that was known to be durable when the record was written. */
  long durable() {
    return durable;
  }

  long millis() {
    return millis;
  }

  /** What follows the head of the record that was read last. */
  RecordCursor items() {
    return items;
  }

  /** Appends the record that was read last as it is. */
  void copyTo(AppendFile target) throws IOException {
    target.append(buffer, from, recordBytes);
  }

  byte[] buffer() {
    return buffer;
  }

  /**
   * Why there is no next record, or null at the end of the file or where only zeros are left of it.
   */
  @Nullable String problem() {
    return problem;
  }

  // ----------------------------------------------------------------------------------- searching

  /** What may be a record: its checksum is computed as its bytes pass by. */
  private static final class Candidate {
    final long start;
    final long end;
    final int checksum;
    final byte[] head = new byte[Records.BODY_HEAD_MAX];
    final CRC32C crc = new CRC32C();
    int headBytes;
    long fed;

    Candidate(long start, int body, int checksum) {
      this.start = start;
      this.end = start + Records.BODY_OFFSET + body;
      this.checksum = checksum;
      this.fed = start + Records.LENGTH_OFFSET;
    }
  }

  /**
   * Searches all that follows the last intact record, byte for byte, for intact records that say
   * that a turn is durable. O(bytes). Nothing can be read afterwards.
   *
   * @return the offset of one that says that the turn {@code threshold} is durable, or -1
   */
  long findVouching(long threshold) throws IOException {
    contentEnd = recordOffset;
    List<Candidate> candidates = new ArrayList<>();
    // Where the place itself holds a record (one that was rejected) it may vouch too.
    while (true) {
      boolean more = fill(Math.min(buffer.length, Math.max(to - from + 1, BUFFER_BYTES)));
      int starts = to - Records.BODY_OFFSET;
      for (int at = from; at <= starts; at++) {
        int body = (int) Records.INTS.get(buffer, at + Records.LENGTH_OFFSET);
        long start = offset + (at - from);
        if (buffer[at] != 0) {
          contentEnd = start + 1;
        }
        if (isLength(body, at) && body <= length - start - Records.BODY_OFFSET) {
          candidates.add(new Candidate(start, body, (int) Records.INTS.get(buffer, at)));
        }
      }
      for (Iterator<Candidate> all = candidates.iterator(); all.hasNext(); ) {
        Candidate candidate = all.next();
        feed(candidate);
        if (candidate.fed == candidate.end) {
          all.remove();
          if (vouches(candidate, threshold)) {
            return candidate.start;
          }
        }
      }
      if (!more && to - from < Records.BODY_OFFSET) {
        lookAtRest();
        return -1;
      }
      int passed = Math.max(0, Math.max(starts + 1, from) - from);
      offset += passed;
      from += passed;
      if (!more && passed == 0) {
        lookAtRest();
        return -1;
      }
    }
  }

  private void lookAtRest() {
    for (int at = from; at < to; at++) {
      if (buffer[at] != 0) {
        contentEnd = offset + (at - from) + 1;
      }
    }
  }

  /**
   * Where what is not zero ends in the file, after {@link #findVouching} found nothing; the place
   * of the missing record if nothing follows it.
   */
  long contentEnd() {
    return contentEnd;
  }

  private void feed(Candidate candidate) {
    long end = Math.min(candidate.end, offset + (to - from));
    int at = from + (int) (candidate.fed - offset);
    int bytes = (int) (end - candidate.fed);
    if (bytes <= 0) {
      return;
    }
    candidate.crc.update(buffer, at, bytes);
    long body = candidate.start + Records.BODY_OFFSET;
    for (long place = Math.max(candidate.fed, body);
        place < end && candidate.headBytes < candidate.head.length;
        place++) {
      candidate.head[candidate.headBytes++] = buffer[from + (int) (place - offset)];
    }
    candidate.fed = end;
  }

  private boolean vouches(Candidate candidate, long threshold) {
    if (((int) candidate.crc.getValue() ^ (int) header.salt()) != candidate.checksum) {
      return false;
    }
    RecordCursor cursor = new RecordCursor();
    cursor.reset(Arrays.copyOf(candidate.head, candidate.headBytes), 0, candidate.headBytes);
    try {
      readHead(cursor);
    } catch (RecordCursor.Malformed e) {
      return false;
    }
    return durable >= threshold;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}

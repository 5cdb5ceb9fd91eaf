package dev.carillon.protocol.resp;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * Turns a stream of bytes into requests. One per connection; one thread at a time.
 *
 * <pre>{@code
 * decoder.feed(chunk, offset, length);
 * while (decoder.next(request)) {
 *   engine.execute(session, request, now);
 * }
 * }</pre>
 *
 * <p><b>In place.</b> A request that lies wholly in the fed chunk is parsed where it lies: its
 * arguments are views of the chunk, nothing is copied or allocated. The caller leaves the chunk
 * alone until {@link #next} has returned false or {@link #hold} was called (a client that blocks in
 * the middle of a pipeline).
 *
 * <p><b>Held bytes.</b> The beginning of a request whose end has not arrived is copied to an array
 * of the decoder's own. Later chunks complete that request there and are then parsed in place
 * again, so that a byte is copied once at most, not counting growth. The array grows with what has
 * arrived, at most to its double, and never by what a length merely announces. It is dropped when
 * the stream pauses between two requests: an idle connection holds no array.
 *
 * <p><b>Suspended state.</b> What has been parsed of an incomplete request is kept relative to the
 * request's first byte: how many arguments are to come, the announced length of the current one,
 * the finished arguments as pairs of offset and length, and how far the search for a line end got.
 * No byte is looked at twice, so decoding is O(bytes) however the stream is cut, and the outcome
 * does not depend on the cuts.
 *
 * <p><b>Too large.</b> A request for which there is no room ({@link #requestRoom}) is not held: its
 * bytes are dropped as they come, and at its end it is returned without arguments, {@link
 * Request#isTooLarge}, so that the client gets an error in its place and the stream goes on.
 *
 * <p><b>Syntax</b> as in Redis, measured on redis-server 7.0.15 ({@code RequestDecoderTest}).
 * Counts end at a carriage return; the byte after it is not looked at, nor are the two bytes after
 * a bulk. A count of zero or below is no request. Two differences are deliberate: an inline request
 * longer than 64 KB is always refused (Redis accepts it if it arrives in one read), and a zero byte
 * is an ordinary byte (Redis does not find the end of a line behind one and waits).
 */
public final class RequestDecoder {

  /**
   * The sizes that a decoder accepts; one object may serve all connections and may change at any
   * time between calls. Read each time; the thread of the decoders.
   */
  public static final class Limits {

    private long bulkBytesMax = 512L << 20;

    /** The limits of Redis' defaults. */
    public Limits() {}

    /** The longest argument in bytes: {@code proto-max-bulk-len}, 512 MB unless set. */
    public long bulkBytesMax() {
      return bulkBytesMax;
    }

    /** Sets the longest argument in bytes, for requests that are parsed from now on. */
    public void bulkBytesMax(long bytes) {
      bulkBytesMax = bytes;
    }
  }

  /** How long a line may be, up to its end: a count, or a whole inline request. As in Redis. */
  static final int LINE_BYTES_MAX = 64 << 10;

  /** What a client may send before it has authenticated. As in Redis. */
  private static final int UNAUTHENTICATED_ARGUMENTS_MAX = 10;

  private static final int UNAUTHENTICATED_BULK_BYTES_MAX = 16384;

  /** The largest array that virtual machines agree on. */
  private static final int ARRAY_MAX = Integer.MAX_VALUE - 8;

  /** A held array up to this size is reused while requests keep arriving in pieces: chosen. */
  private static final int HELD_KEPT_MAX = 64 << 10;

  /** Requests up to this size are not worth asking whether there is room: chosen. */
  private static final int SMALL_BYTES = 64 << 10;

  private static final byte[] NOTHING = Bytes.EMPTY.array();
  private static final int[] NO_SPANS = new int[0];

  /** Which part of a request comes next. */
  private enum Expecting {
    /** The first byte of a request. */
    REQUEST,
    /** The end of an inline request. */
    INLINE,
    /** The count of arguments. */
    COUNT,
    /** The length of an argument. */
    LENGTH,
    /** The bytes of an argument. */
    BULK
  }

  private final Limits limits;
  private boolean authenticated = true;
  private LongSupplier requestRoom = () -> Long.MAX_VALUE;

  // The fed chunk: what is not consumed yet.
  private byte[] chunk = NOTHING;
  private int chunkAt;
  private int chunkEnd;

  // The held bytes that are not consumed yet; they come before those of the chunk.
  private byte[] held = NOTHING;
  private int heldAt;
  private int heldEnd;

  // The request that is being parsed. Positions count from its first byte.
  private Expecting expecting = Expecting.REQUEST;
  private int at;
  private int searched;
  private int argumentsLeft;
  private int bulkLength;
  private boolean suspended;
  private int[] spans = NO_SPANS;
  private int spanCount;

  /** How large the request may become, as far as that was asked. */
  private long room;

  /** Whether the request is too large, and each of its arguments is dropped. */
  private boolean dropping;

  /** How many bytes of the current argument are still to be dropped. */
  private long dropLeft;

  /** A decoder with the limits of Redis' defaults. */
  public RequestDecoder() {
    this(new Limits());
  }

  /** A decoder that reads {@code limits} whenever it meets a length. */
  public RequestDecoder(Limits limits) {
    this.limits = limits;
  }

  /**
   * Whether the client may send requests of any size. A server that asks for a password sets this
   * to false for a new connection and to true once it has authenticated; true unless set. It
   * applies from the next count or length on, also within a pipeline.
   */
  public void authenticated(boolean isAuthenticated) {
    authenticated = isAuthenticated;
  }

  /**
   * Says how large a request may become before its bytes are dropped; no limit unless set. Asked
   * when a request turns out to become larger than {@value #SMALL_BYTES} bytes, and again when it
   * becomes larger than was answered before.
   */
  public void requestRoom(LongSupplier bytes) {
    requestRoom = bytes;
  }

  /**
   * Hands over bytes that have arrived. All bytes fed before have been consumed by {@link #next} or
   * taken over by {@link #hold}.
   */
  public void feed(byte[] bytes, int offset, int length) {
    assert chunkAt == chunkEnd : "the last chunk is neither consumed nor held";
    chunk = bytes;
    chunkAt = offset;
    chunkEnd = offset + length;
  }

  /**
   * Fills {@code into} with the next complete request; its arguments stay valid until the bytes
   * that were fed are reused, or, if {@link Request#isInDecoder}, until the next call of any method
   * of this decoder.
   *
   * @return false if no complete request is left; the chunk is then free for reuse
   * @throws ProtocolError if the bytes are no request; the decoder is of no use after that
   */
  public boolean next(Request into) throws ProtocolError {
    into.clear();
    while (true) {
      boolean inHeld = heldAt < heldEnd;
      if (!inHeld) {
        emptyHeld();
        if (chunkAt == chunkEnd) {
          goIdle();
          return false;
        }
      }
      if (dropLeft > 0) {
        drop(inHeld);
        if (dropLeft == 0 && endArgument()) {
          into.tooLarge();
          return true;
        }
        continue;
      }
      byte[] source = inHeld ? held : chunk;
      int base = inHeld ? heldAt : chunkAt;
      int end = inHeld ? heldEnd : chunkEnd;
      if (parse(source, base, end, into)) {
        if (inHeld) {
          heldAt += at;
          into.pinsBuffer();
        } else {
          chunkAt += at;
        }
        if (dropping) {
          into.clear();
          at = 0;
          searched = 0;
          continue;
        }
        startRequest();
        if (into.count() > 0) {
          return true;
        }
      } else {
        suspend(into, base);
        if (chunkAt == chunkEnd) {
          goIdle();
          return false;
        }
        takeFromChunk(inHeld ? wanted() : chunkEnd - chunkAt);
      }
    }
  }

  /**
   * Takes over what is left of the chunk, so that the caller may reuse it although requests are
   * left: for a client that blocks, or is paused, in the middle of a pipeline. Arguments of the
   * last request are not valid any more. O(bytes left).
   */
  public void hold() {
    if (chunkAt < chunkEnd) {
      append(chunkEnd - chunkAt, 0);
    }
    chunk = NOTHING;
    chunkAt = 0;
    chunkEnd = 0;
  }

  /**
   * The bytes that have arrived and were not returned as requests yet, with what the decoder keeps
   * about them: what {@code client-query-buffer-limit} bounds. The caller compares and closes.
   */
  public long bufferedBytes() {
    return (long) (heldEnd - heldAt) + (chunkEnd - chunkAt) + 4L * spanCount;
  }

  /**
   * How many of {@link #bufferedBytes} need not be looked at again: what is known of an incomplete
   * request, its lengths and the arguments that are there.
   */
  public long parsedBytes() {
    return at + 4L * spanCount;
  }

  /** The memory that the decoder itself occupies in arrays, in bytes; 0 while it is idle. */
  public long memoryBytes() {
    return held.length + 4L * spans.length;
  }

  // Parsing. True if the request is complete; `at` is then its length.

  private boolean parse(byte[] source, int base, int end, Request into) throws ProtocolError {
    if (expecting == Expecting.REQUEST) {
      expecting = source[base] == '*' ? Expecting.COUNT : Expecting.INLINE;
    }
    if (expecting == Expecting.INLINE) {
      return parseInline(source, base, end, into);
    }
    if (expecting == Expecting.COUNT) {
      if (!parseCount(source, base, end)) {
        return false;
      }
      if (argumentsLeft == 0) {
        return true;
      }
      expecting = Expecting.LENGTH;
    }
    do {
      if (expecting == Expecting.LENGTH) {
        if (!parseLength(source, base, end)) {
          return false;
        }
        if (dropping) {
          dropLeft = bulkLength + 2L;
          return true;
        }
        expecting = Expecting.BULK;
      }
      int from = base + at;
      if (end - from < bulkLength + 2) {
        return false;
      }
      if (suspended) {
        addSpan(at, bulkLength);
      } else {
        into.add(source, from, bulkLength);
      }
      at += bulkLength + 2;
      expecting = Expecting.LENGTH;
    } while (--argumentsLeft > 0);
    if (suspended) {
      for (int i = 0; i < spanCount; i += 2) {
        into.add(source, base + spans[i], spans[i + 1]);
      }
    }
    return true;
  }

  private boolean parseCount(byte[] source, int base, int end) throws ProtocolError {
    int lineEnd = lineEnd(source, base, end, (byte) '\r', "too big mbulk count string");
    if (lineEnd < 0) {
      return false;
    }
    int from = base + 1;
    int length = lineEnd - from;
    if (!Numerals.isLong(source, from, length)) {
      throw error("invalid multibulk length");
    }
    long count = Numerals.toLong(source, from, length);
    if (count > Integer.MAX_VALUE) {
      throw error("invalid multibulk length");
    }
    if (count > UNAUTHENTICATED_ARGUMENTS_MAX && !authenticated) {
      throw error("unauthenticated multibulk length");
    }
    argumentsLeft = (int) Math.max(0, count);
    endLine(lineEnd + 2 - base);
    return true;
  }

  private boolean parseLength(byte[] source, int base, int end) throws ProtocolError {
    int from = base + at;
    int next = from + 1;
    long length = 0;
    int lineEnd = -1;
    // The common case in one pass: up to eight digits and the line end are there.
    if (end - from > 10 && source[from] == '$') {
      while (next <= from + 8 && source[next] >= '0' && source[next] <= '9') {
        length = length * 10 + (source[next++] - '0');
      }
      boolean canonical = next == from + 2 || (next > from + 2 && source[from + 1] != '0');
      if (canonical && source[next] == '\r') {
        lineEnd = next;
      }
    }
    if (lineEnd < 0) {
      lineEnd = lineEnd(source, base, end, (byte) '\r', "too big bulk count string");
      if (lineEnd < 0) {
        return false;
      }
      if (source[from] != '$') {
        throw error("expected '$', got '" + printable(source[from]) + "'");
      }
      if (!Numerals.isLong(source, from + 1, lineEnd - from - 1)) {
        throw error("invalid bulk length");
      }
      length = Numerals.toLong(source, from + 1, lineEnd - from - 1);
    }
    if (length < 0 || length > limits.bulkBytesMax) {
      throw error("invalid bulk length");
    }
    if (length > UNAUTHENTICATED_BULK_BYTES_MAX && !authenticated) {
      throw error("unauthenticated bulk length");
    }
    int afterLine = lineEnd + 2 - base;
    if (afterLine + length + 2 > SMALL_BYTES) {
      measure(afterLine + length + 2);
    }
    bulkLength = (int) length;
    endLine(afterLine);
    return true;
  }

  /** Looks whether there is room for what is known to come of the request. */
  private void measure(long bytes) throws ProtocolError {
    if (bytes > ARRAY_MAX) {
      throw error("request exceeds 2 GB");
    }
    if (dropping || bytes <= room) {
      return;
    }
    room = requestRoom.getAsLong();
    if (bytes > room) {
      dropping = true;
      // The arguments so far go with what held them.
      suspended = true;
      spanCount = 0;
    }
  }

  /** Drops what has arrived of the current argument of a request that is too large. */
  private void drop(boolean inHeld) {
    int available = inHeld ? heldEnd - heldAt : chunkEnd - chunkAt;
    int count = (int) Math.min(available, dropLeft);
    dropLeft -= count;
    if (inHeld) {
      heldAt += count;
    } else {
      chunkAt += count;
    }
  }

  /** An argument was dropped; answers whether it was the last one. */
  private boolean endArgument() {
    argumentsLeft--;
    if (argumentsLeft == 0) {
      startRequest();
      return true;
    }
    expecting = Expecting.LENGTH;
    return false;
  }

  /**
   * Where the line that begins at {@code at} ends, as an index of {@code source}; -1 if its end, or
   * for a carriage return the byte after it, has not arrived.
   */
  private int lineEnd(byte[] source, int base, int end, byte terminator, String complaint)
      throws ProtocolError {
    int from = base + at;
    int last = (int) Math.min(end, (long) from + LINE_BYTES_MAX + 1);
    int i = base + Math.max(at, searched);
    while (i < last && source[i] != terminator) {
      i++;
    }
    if (i == last) {
      if (last < end || last - from > LINE_BYTES_MAX) {
        throw error(complaint);
      }
      searched = i - base;
      return -1;
    }
    if (terminator == '\r' && i + 1 == end) {
      searched = i - base;
      return -1;
    }
    return i;
  }

  private void endLine(int next) {
    at = next;
    searched = next;
  }

  private static char printable(byte c) {
    return c == '\r' || c == '\n' ? ' ' : (char) (c & 0xff);
  }

  private static ProtocolError error(String message) {
    return new ProtocolError("Protocol error: " + message);
  }

  // Inline requests: words of a line, as people type them.

  private boolean parseInline(byte[] source, int base, int end, Request into) throws ProtocolError {
    int lineFeed = lineEnd(source, base, end, (byte) '\n', "too big inline request");
    if (lineFeed < 0) {
      return false;
    }
    int lineEnd = lineFeed > base && source[lineFeed - 1] == '\r' ? lineFeed - 1 : lineFeed;
    splitWords(source, base, lineEnd, into);
    at = lineFeed + 1 - base;
    return true;
  }

  /**
   * Splits a line as Redis does. Words that hold quotes are unescaped into an array of their own,
   * the others are views.
   *
   * <p>Between words lies white space of C: space, \t, \n, \v, \f, \r. A word without quotes ends
   * only at space, \t, \n, \r. A closing quote must be followed by white space or the end.
   */
  private static void splitWords(byte[] source, int from, int end, Request into)
      throws ProtocolError {
    int i = from;
    while (true) {
      while (i < end && isWhiteSpace(source[i])) {
        i++;
      }
      if (i == end) {
        return;
      }
      int start = i;
      while (i < end && !endsWord(source[i]) && source[i] != '"' && source[i] != '\'') {
        i++;
      }
      if (i < end && !endsWord(source[i])) {
        i = unquoteWord(source, start, i, end, into);
      } else {
        into.add(source, start, i - start);
      }
    }
  }

  /**
   * Adds the word that begins at {@code start} and has its first quote at {@code quote}.
   *
   * @return the index after the word
   */
  private static int unquoteWord(byte[] source, int start, int quote, int end, Request into)
      throws ProtocolError {
    byte[] word = new byte[end - start];
    int length = quote - start;
    System.arraycopy(source, start, word, 0, length);
    int i = quote;
    while (i < end && !endsWord(source[i])) {
      byte c = source[i++];
      if (c != '"' && c != '\'') {
        word[length++] = c;
        continue;
      }
      boolean escapes = c == '"';
      while (true) {
        if (i == end) {
          throw error("unbalanced quotes in request");
        }
        byte inner = source[i++];
        if (inner == c) {
          break;
        }
        if (inner == '\\' && i < end && (escapes || source[i] == '\'')) {
          if (escapes && i + 2 < end && source[i] == 'x' && isHex(source[i + 1], source[i + 2])) {
            word[length++] = (byte) (hex(source[i + 1]) << 4 | hex(source[i + 2]));
            i += 3;
          } else {
            word[length++] = escapes ? unescape(source[i]) : source[i];
            i++;
          }
        } else {
          word[length++] = inner;
        }
      }
      if (i < end && !isWhiteSpace(source[i])) {
        throw error("unbalanced quotes in request");
      }
      break;
    }
    into.add(word, 0, length);
    return i;
  }

  private static boolean isWhiteSpace(byte c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  private static boolean endsWord(byte c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  }

  private static byte unescape(byte c) {
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'a' -> 7;
      default -> c;
    };
  }

  private static boolean isHex(byte high, byte low) {
    return hex(high) >= 0 && hex(low) >= 0;
  }

  private static int hex(byte c) {
    return Character.digit(c & 0xff, 16);
  }

  // Suspending and resuming.

  private void startRequest() {
    expecting = Expecting.REQUEST;
    at = 0;
    searched = 0;
    argumentsLeft = 0;
    bulkLength = 0;
    suspended = false;
    spanCount = 0;
    dropping = false;
    room = 0;
  }

  /** Keeps the arguments parsed so far by their places, for their array is about to change. */
  private void suspend(Request into, int base) {
    if (!suspended) {
      suspended = true;
      for (int i = 0; i < into.count(); i++) {
        Bytes argument = into.argument(i);
        addSpan(argument.offset() - base, argument.length());
      }
    }
    into.clear();
  }

  private void addSpan(int offset, int length) {
    if (spanCount == spans.length) {
      spans = Arrays.copyOf(spans, Math.max(8, spanCount * 2));
    }
    spans[spanCount] = offset;
    spans[spanCount + 1] = length;
    spanCount += 2;
  }

  /** How many bytes of the chunk carry the suspended request to its next step. */
  private int wanted() {
    int available = chunkEnd - chunkAt;
    if (expecting == Expecting.BULK) {
      return (int) Math.min(available, (long) at + bulkLength + 2 - (heldEnd - heldAt));
    }
    if (expecting != Expecting.INLINE && heldAt + searched < heldEnd) {
      // The carriage return is there, the byte after it is not.
      return 1;
    }
    byte terminator = (byte) (expecting == Expecting.INLINE ? '\n' : '\r');
    for (int i = chunkAt; i < chunkEnd; i++) {
      if (chunk[i] == terminator) {
        int through = i + 1 - chunkAt;
        return terminator == '\r' ? Math.min(available, through + 1) : through;
      }
    }
    return available;
  }

  private void takeFromChunk(int count) throws ProtocolError {
    int length = heldEnd - heldAt;
    if (count > ARRAY_MAX - length) {
      throw error("request exceeds 2 GB");
    }
    long announced = expecting == Expecting.BULK ? (long) at + bulkLength + 2 : 0;
    append(count, announced);
  }

  /**
   * Moves {@code count} bytes from the chunk behind the held ones.
   *
   * @param announced the length of the held bytes that is known to come, or 0
   */
  private void append(int count, long announced) {
    int length = heldEnd - heldAt;
    int needed = Math.addExact(length, count);
    if (needed > held.length - heldAt) {
      byte[] target = held;
      if (needed > held.length) {
        long doubled = Math.max(256, 2L * needed);
        long capacity = announced >= needed ? Math.min(announced, doubled) : doubled;
        target = new byte[(int) Math.min(ARRAY_MAX, capacity)];
      }
      System.arraycopy(held, heldAt, target, 0, length);
      held = target;
      heldAt = 0;
      heldEnd = length;
    }
    System.arraycopy(chunk, chunkAt, held, heldEnd, count);
    heldEnd += count;
    chunkAt += count;
  }

  /** All held bytes are consumed: the array serves the next piece, unless it is a large one. */
  private void emptyHeld() {
    heldAt = 0;
    heldEnd = 0;
    if (held.length > HELD_KEPT_MAX) {
      held = NOTHING;
    }
    if (spans.length > HELD_KEPT_MAX / 4) {
      spans = NO_SPANS;
    }
  }

  /** Everything fed is consumed or held; between two requests nothing needs to stay. */
  private void goIdle() {
    chunk = NOTHING;
    chunkAt = 0;
    chunkEnd = 0;
    if (heldAt == heldEnd) {
      held = NOTHING;
      spans = NO_SPANS;
    }
  }
}

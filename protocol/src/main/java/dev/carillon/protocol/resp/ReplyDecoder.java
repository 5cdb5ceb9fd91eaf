package dev.carillon.protocol.resp;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns a stream of bytes into {@link Reply replies}, RESP2 and RESP3. One per connection; one
 * thread at a time.
 *
 * <p>Fed bytes are copied, so the caller may reuse the chunk at once. Open collections stay on a
 * stack between chunks, and the search for a line end goes on where it stopped; only a bulk waits
 * as a whole. So decoding is O(bytes). Attributes are read and dropped. Nesting is bounded by
 * {@link #DEPTH_MAX}, and no announced size is allocated before its bytes have arrived.
 */
public final class ReplyDecoder {

  /** How deep collections may be nested: chosen, far above what any reply of Redis needs. */
  public static final int DEPTH_MAX = 128;

  private static final int LINE_BYTES_MAX = 1 << 20;
  private static final int BUFFER_INITIAL = 256;
  private static final int BUFFER_KEPT_MAX = 64 << 10;

  /** A collection whose elements have not all arrived. */
  private static final class Open {

    final RespType type;
    final List<Reply> elements = new ArrayList<>();
    long left;

    Open(RespType type, long left) {
      this.type = type;
      this.left = left;
    }
  }

  private final Deque<Open> open = new ArrayDeque<>();
  private byte[] buffer = new byte[BUFFER_INITIAL];
  private int at;
  private int end;
  private int searched;

  /** Whether the last step opened a collection instead of finishing a value. */
  private boolean opened;

  /** Creates a decoder at the beginning of a stream. */
  public ReplyDecoder() {}

  /** Appends bytes that have arrived; they are copied. */
  public void feed(byte[] chunk, int offset, int length) {
    if (length > buffer.length - end) {
      int kept = end - at;
      int needed = Math.addExact(kept, length);
      byte[] target =
          needed > buffer.length / 2
              ? new byte[(int) Math.min(Integer.MAX_VALUE - 8, 2L * needed)]
              : buffer;
      System.arraycopy(buffer, at, target, 0, kept);
      buffer = target;
      searched = Math.max(0, searched - at);
      at = 0;
      end = kept;
    }
    System.arraycopy(chunk, offset, buffer, end, length);
    end += length;
  }

  /** As {@link #feed(byte[], int, int)}, for a whole array. */
  public void feed(byte[] chunk) {
    feed(chunk, 0, chunk.length);
  }

  /**
   * The next complete reply.
   *
   * @return null if more bytes are needed
   * @throws ProtocolError if the bytes are no reply; the decoder is of no use after that
   */
  public @Nullable Reply next() throws ProtocolError {
    while (true) {
      Reply reply = scalarOrOpen();
      if (reply == null) {
        if (!opened) {
          return null;
        }
        opened = false;
      }
      // Hand the value to the collections that wait for it; each may become complete by it.
      reply = settle(reply);
      if (reply != null) {
        return reply;
      }
    }
  }

  /** One scalar, or null after it has opened a collection or because bytes are missing. */
  private @Nullable Reply scalarOrOpen() throws ProtocolError {
    int lineEnd = lineEnd();
    if (lineEnd < 0) {
      return null;
    }
    RespType type = RespType.of(buffer[at]);
    if (type == null) {
      throw new ProtocolError(
          "Protocol error: no reply begins with byte 0x" + Integer.toHexString(buffer[at] & 0xff));
    }
    Bytes line = Bytes.view(buffer, at + 1, lineEnd - at - 1);
    return switch (type) {
      case BULK, BULK_ERROR, VERBATIM -> bulk(type, line, lineEnd + 2);
      case ARRAY, SET, PUSH, MAP, ATTRIBUTE -> {
        long count = number(type, line);
        consumeTo(lineEnd + 2);
        if (count == -1 && type == RespType.ARRAY) {
          yield Reply.Null.ARRAY;
        }
        if (count < 0 || count > Integer.MAX_VALUE) {
          throw malformed(type, line);
        }
        if (open.size() == DEPTH_MAX) {
          throw new ProtocolError("Protocol error: reply is nested deeper than " + DEPTH_MAX);
        }
        boolean paired = type == RespType.MAP || type == RespType.ATTRIBUTE;
        open.push(new Open(type, paired ? 2 * count : count));
        opened = true;
        yield null;
      }
      default -> {
        Reply reply = scalar(type, line);
        consumeTo(lineEnd + 2);
        yield reply;
      }
    };
  }

  private static Reply scalar(RespType type, Bytes line) throws ProtocolError {
    return switch (type) {
      case SIMPLE -> new Reply.Simple(line.copy());
      case ERROR -> new Reply.Failure(line.copy());
      case INTEGER -> new Reply.Int(number(type, line));
      case NULL -> Reply.Null.VALUE;
      case BOOL -> {
        if (line.length() != 1 || (line.at(0) != 't' && line.at(0) != 'f')) {
          throw malformed(type, line);
        }
        yield new Reply.Bool(line.at(0) == 't');
      }
      case REAL -> {
        double value = Numerals.parseDouble(line);
        if (Double.isNaN(value) && !line.isWord("NAN") && !line.isWord("-NAN")) {
          throw malformed(type, line);
        }
        yield new Reply.Real(value);
      }
      case BIG_NUMBER -> new Reply.BigNumber(bigNumber(line));
      default -> throw new AssertionError("not a scalar: " + type);
    };
  }

  private @Nullable Reply bulk(RespType type, Bytes line, int from) throws ProtocolError {
    long length = number(type, line);
    if (length == -1 && type == RespType.BULK) {
      consumeTo(from);
      return Reply.Null.BULK;
    }
    if (length < 0 || length > Integer.MAX_VALUE - 64) {
      throw malformed(type, line);
    }
    if (end - from < length + 2) {
      return null;
    }
    Bytes text = Bytes.of(Arrays.copyOfRange(buffer, from, from + (int) length));
    consumeTo(from + (int) length + 2);
    return switch (type) {
      case BULK_ERROR -> new Reply.Failure(text);
      case VERBATIM -> {
        if (text.length() < 4 || text.at(3) != ':') {
          throw malformed(type, text);
        }
        yield new Reply.Verbatim(text.range(0, 3).toLatin1(), text.range(4, text.length()).copy());
      }
      default -> new Reply.Bulk(text);
    };
  }

  /**
   * Gives {@code reply} to the innermost open collection, and a collection that becomes complete to
   * the one around it.
   *
   * @param reply a complete value, or null if a collection was just opened
   * @return a complete value at the top level, or null
   */
  private @Nullable Reply settle(@Nullable Reply reply) {
    Reply value = reply;
    while (true) {
      Open innermost = open.peek();
      if (innermost == null) {
        return value;
      }
      if (value != null) {
        innermost.elements.add(value);
        innermost.left--;
      }
      if (innermost.left > 0) {
        return null;
      }
      open.pop();
      value = complete(innermost);
      if (value == null) {
        // Attributes say something about the next value and are no value themselves.
        return null;
      }
    }
  }

  private static @Nullable Reply complete(Open collection) {
    List<Reply> elements = collection.elements;
    return switch (collection.type) {
      case ARRAY -> new Reply.Array(elements);
      case SET -> new Reply.Set(elements);
      case PUSH -> new Reply.Push(elements);
      case MAP -> {
        List<Reply.Entry> entries = new ArrayList<>(elements.size() / 2);
        for (int i = 0; i < elements.size(); i += 2) {
          entries.add(new Reply.Entry(elements.get(i), elements.get(i + 1)));
        }
        yield new Reply.Map(entries);
      }
      default -> null;
    };
  }

  private static long number(RespType type, Bytes line) throws ProtocolError {
    Bytes digits = line.length() > 1 && line.at(0) == '+' ? line.range(1, line.length()) : line;
    if (!Numerals.isLong(digits)) {
      throw malformed(type, line);
    }
    return Numerals.toLong(digits);
  }

  private static BigInteger bigNumber(Bytes line) throws ProtocolError {
    int first = line.length() > 1 && (line.at(0) == '-' || line.at(0) == '+') ? 1 : 0;
    for (int i = first; i < line.length(); i++) {
      if (line.at(i) < '0' || line.at(i) > '9') {
        throw malformed(RespType.BIG_NUMBER, line);
      }
    }
    if (line.isEmpty()) {
      throw malformed(RespType.BIG_NUMBER, line);
    }
    return new BigInteger(line.toLatin1());
  }

  private static ProtocolError malformed(RespType type, Bytes text) {
    String shown = text.range(0, Math.min(32, text.length())).toLatin1();
    return new ProtocolError(
        "Protocol error: '" + (char) type.marker() + "' is followed by '" + shown + "'");
  }

  /** The index of the carriage return that ends the current line, or -1. */
  private int lineEnd() throws ProtocolError {
    for (int i = Math.max(at, searched); i + 1 < end; i++) {
      if (buffer[i] == '\r' && buffer[i + 1] == '\n') {
        searched = i;
        return i;
      }
    }
    searched = Math.max(at, end - 1);
    if (end - at > LINE_BYTES_MAX) {
      throw new ProtocolError("Protocol error: a line of a reply exceeds 1 MB");
    }
    return -1;
  }

  private void consumeTo(int next) {
    at = next;
    searched = next;
    if (at == end) {
      at = 0;
      end = 0;
      searched = 0;
      if (buffer.length > BUFFER_KEPT_MAX) {
        buffer = new byte[BUFFER_INITIAL];
      }
    }
  }
}

package dev.carillon.conformance.differential;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Splits what a server sends into frames without interpreting it, so that not even the spelling of
 * a number can differ unseen.
 *
 * <p>Redis before 7.2 lets a client's own messages (pushes of RESP3) appear between the elements of
 * its reply to EXEC. They are no elements; here they come out as frames before that reply.
 */
final class Frames {

  /** Thrown when the input ends within a frame. */
  private static final class Incomplete extends Exception {
    private static final long serialVersionUID = 1L;
    private static final Incomplete INSTANCE = new Incomplete();

    private Incomplete() {
      super(null, null, false, false);
    }
  }

  private record Range(int from, int to) {}

  private static final Pattern CONFIRMATION = Pattern.compile("\\$\\d+\r\n[ps]?(un)?subscribe\r\n");

  private static final int CONFIRMATION_LENGTH_MAX = 32;

  private byte[] bytes = new byte[1024];
  private int size;
  private int at;
  private final List<Range> nested = new ArrayList<>();

  /** Adds what arrived. */
  void feed(byte[] source, int offset, int length) {
    if (size + length > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(size + length, bytes.length * 2));
    }
    System.arraycopy(source, offset, bytes, size, length);
    size += length;
  }

  /** The frames that are complete, each once. */
  List<Frame> take() {
    if (size == 0) {
      return List.of();
    }
    List<Frame> frames = new ArrayList<>();
    int from = 0;
    try {
      for (at = 0; at < size; from = at) {
        nested.clear();
        skip(false);
        frames.addAll(cut(from, at));
      }
    } catch (Incomplete more) {
      // The rest comes later.
    }
    System.arraycopy(bytes, from, bytes, 0, size - from);
    size -= from;
    return frames;
  }

  private List<Frame> cut(int from, int to) {
    if (nested.isEmpty()) {
      return List.of(new Frame(text(from, to)));
    }
    List<Frame> frames = new ArrayList<>();
    StringBuilder outer = new StringBuilder();
    int last = from;
    for (Range push : nested) {
      frames.add(new Frame(text(push.from(), push.to())));
      outer.append(text(last, push.from()));
      last = push.to();
    }
    outer.append(text(last, to));
    frames.add(new Frame(outer.toString()));
    return frames;
  }

  private String text(int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /** Steps over one value and what stands before it. */
  private void skip(boolean isElement) throws Incomplete {
    int start = at;
    int marker = next();
    long count = line(marker);
    switch (marker) {
      case '$', '=', '!' -> {
        if (count >= 0) {
          at += (int) count + 2;
          if (at > size) {
            throw Incomplete.INSTANCE;
          }
        }
      }
      case '*', '~' -> skipAll(count);
      case '%' -> skipAll(2 * count);
      case '|' -> {
        skipAll(2 * count);
        skip(isElement);
      }
      case '>' -> {
        boolean isReply = isConfirmation();
        skipAll(count);
        if (isElement && !isReply) {
          nested.add(new Range(start, at));
          skip(true);
        }
      }
      default -> {
        // The line is all there is.
      }
    }
  }

  /** Whether the message here answers a request to subscribe or unsubscribe, and so is counted. */
  private boolean isConfirmation() {
    int end = Math.min(size, at + CONFIRMATION_LENGTH_MAX);
    String start = new String(bytes, at, end - at, StandardCharsets.ISO_8859_1);
    return CONFIRMATION.matcher(start).lookingAt();
  }

  private void skipAll(long count) throws Incomplete {
    for (long i = 0; i < count; i++) {
      skip(true);
    }
  }

  private int next() throws Incomplete {
    if (at == size) {
      throw Incomplete.INSTANCE;
    }
    return bytes[at++];
  }

  /** Steps over the rest of a line; the number in it where the marker promises one. */
  private long line(int marker) throws Incomplete {
    boolean isCounted = "$=!*~%|>".indexOf(marker) >= 0;
    long number = 0;
    boolean negative = false;
    for (int c = next(); c != '\r'; c = next()) {
      if (isCounted && c == '-') {
        negative = true;
      } else if (isCounted) {
        number = number * 10 + c - '0';
      }
    }
    next();
    return negative ? -number : number;
  }
}

package dev.carillon.protocol.resp;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.util.Arrays;

/**
 * One request: the name of a command and its arguments.
 *
 * <p>There are two kinds, as with {@link Bytes}. A request that a {@link RequestDecoder} fills is a
 * set of reused views into the network buffer, valid until the decoder is asked for the next one;
 * one made by {@link #copy} or {@link #of(Bytes...)} holds its bytes in one compact array of its
 * own and can be kept. One reused request serves all connections of a thread; after warm-up,
 * filling it allocates nothing.
 *
 * <p>One thread at a time.
 */
public final class Request {

  private static final int VIEWS_INITIAL = 8;

  /** Beyond this many arguments the views are not kept for the next request: chosen, 32 KB. */
  private static final int VIEWS_KEPT_MAX = 1024;

  private Bytes[] views;
  private int count;
  private long byteSize;
  private boolean pinsBuffer;
  private boolean tooLarge;

  /** A request without arguments, for a decoder to fill. */
  public Request() {
    this(VIEWS_INITIAL);
  }

  private Request(int capacity) {
    views = new Bytes[capacity];
  }

  /** A request of its own with copies of these arguments. */
  public static Request of(Bytes... arguments) {
    return compact(arguments, arguments.length);
  }

  /** A request of its own with the UTF-8 forms of these arguments. */
  public static Request of(String... arguments) {
    Request request = new Request(arguments.length);
    for (String argument : arguments) {
      Bytes text = Bytes.of(argument);
      request.add(text.array(), text.offset(), text.length());
    }
    return request.copy();
  }

  /** How many arguments there are, the command's name included. */
  public int count() {
    return count;
  }

  /**
   * The argument at {@code index}, from 0, which is the command's name. The same object for the
   * same index until the request is filled again. Allocates nothing.
   */
  public Bytes argument(int index) {
    assert index < count : "the request has fewer arguments";
    return views[index];
  }

  /** The lengths of all arguments together, in bytes. */
  public long byteSize() {
    return byteSize;
  }

  /** How many bytes the request has on the wire, where it is no inline one. O(arguments). */
  public long wireBytes() {
    long bytes = 3 + Numerals.digits(count);
    for (int i = 0; i < count; i++) {
      bytes += 5 + Numerals.digits(views[i].length()) + views[i].length();
    }
    return bytes;
  }

  /** The same request in one array of its own, safe to keep. O(bytes), allocates. */
  public Request copy() {
    Request copy = compact(views, count);
    copy.tooLarge = tooLarge;
    return copy;
  }

  /**
   * Whether the request was larger than there was room for, so that its bytes were dropped as they
   * came; it has no arguments then, and is to be answered with an error.
   */
  public boolean isTooLarge() {
    return tooLarge;
  }

  /** Marks that the bytes of the request were dropped. */
  void tooLarge() {
    tooLarge = true;
  }

  /**
   * Forgets the arguments. A request that has shown the bytes of a large buffer keeps that buffer
   * alive until it is cleared or filled again; whoever parks one calls this.
   */
  public void clear() {
    if (count > VIEWS_KEPT_MAX) {
      views = new Bytes[VIEWS_INITIAL];
    } else if (pinsBuffer) {
      for (int i = 0; i < count; i++) {
        views[i].pointTo(Bytes.EMPTY.array(), 0, 0);
      }
    }
    pinsBuffer = false;
    tooLarge = false;
    count = 0;
    byteSize = 0;
  }

  /**
   * Appends an argument as a view: the array is not copied, and must stay as it is for as long as
   * the request is used.
   */
  public void add(byte[] array, int offset, int length) {
    if (count == views.length) {
      views = Arrays.copyOf(views, Math.max(VIEWS_INITIAL, count * 2));
    }
    Bytes view = views[count];
    if (view == null) {
      views[count] = Bytes.view(array, offset, length);
    } else {
      view.pointTo(array, offset, length);
    }
    count++;
    byteSize += length;
  }

  /**
   * Whether the arguments lie in the buffer of the decoder itself, so that they are only valid
   * until its next call; those of other requests are valid as long as the bytes that were fed.
   */
  public boolean isInDecoder() {
    return pinsBuffer;
  }

  /** Marks that the views lie in an array that nobody else may keep alive. */
  void pinsBuffer() {
    pinsBuffer = true;
  }

  private static Request compact(Bytes[] arguments, int count) {
    long size = 0;
    for (int i = 0; i < count; i++) {
      size += arguments[i].length();
    }
    byte[] array = new byte[Math.toIntExact(size)];
    Request request = new Request(count);
    int at = 0;
    for (int i = 0; i < count; i++) {
      arguments[i].copyTo(array, at);
      request.add(array, at, arguments[i].length());
      at += arguments[i].length();
    }
    return request;
  }

  /** The arguments for people, separated by spaces; not reversible. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(i == 0 ? "" : " ").append(views[i]);
    }
    return text.toString();
  }
}

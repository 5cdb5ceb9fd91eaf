package dev.carillon.listener.feed;

import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.CommandOutput;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A reply of any shape in Java's types: byte arrays, numbers, lists; a map as a list of keys and
 * values. The client library's own outputs for this lose their place behind an empty list.
 */
final class ReplyOutput extends CommandOutput<byte[], byte[], List<Object>> {

  /** A list whose elements have not all come. */
  private static final class Open {
    private final List<Object> elements;
    private int left;

    Open(List<Object> elements, int left) {
      this.elements = elements;
      this.left = left;
    }
  }

  private final Deque<Open> open = new ArrayDeque<>();

  /** An output whose {@link #get} is a list with the reply as its only element. */
  ReplyOutput() {
    super(ByteArrayCodec.INSTANCE, new ArrayList<>());
    open.push(new Open(output, 1));
  }

  @Override
  public void set(@Nullable ByteBuffer bytes) {
    byte[] copy = null;
    if (bytes != null) {
      copy = new byte[bytes.remaining()];
      bytes.get(copy);
    }
    add(copy == null ? "" : copy);
  }

  @Override
  public void set(long integer) {
    add(integer);
  }

  @Override
  public void set(double number) {
    add(number);
  }

  @Override
  public void set(boolean value) {
    add(value);
  }

  @Override
  public void multi(int count) {
    List<Object> list = new ArrayList<>();
    add(list);
    if (count > 0) {
      open.push(new Open(list, count));
    }
  }

  private void add(Object value) {
    // A list is finished with its last element, and so is the one around it if that was its last.
    while (open.size() > 1 && open.element().left == 0) {
      open.pop();
    }
    Open innermost = open.element();
    innermost.elements.add(value);
    innermost.left--;
  }
}

package dev.carillon.listener.connect;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.FastThreadLocal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes messages out of what a Pub/Sub connection brings before the client library sees it, and
 * passes everything else on as it came: whole replies, in their order. It stands first in the
 * pipeline.
 *
 * <p>The client library would do it too, and does until somebody hears here; but it makes so many
 * objects of each message that they cost more than everything else that is done about an event. The
 * layout of a message is fixed:
 *
 * <pre>
 *   * or >  3 CRLF $7 CRLF message  CRLF $n CRLF channel CRLF                    $n CRLF text CRLF
 *   * or >  4 CRLF $8 CRLF pmessage CRLF $n CRLF pattern CRLF $n CRLF channel CRLF $n CRLF text CRLF
 * </pre>
 *
 * <p>What does not look like RESP, such as TLS, is passed on untouched from then on.
 *
 * <p>It also knows when everything has been taken apart that came at once, so that many events can
 * be handed over together.
 */
final class Skimmer extends ChannelInboundHandlerAdapter {

  private static final FastThreadLocal<@Nullable Skimmer> CURRENT = new FastThreadLocal<>();

  // How a message begins, behind the byte that says * or >.
  private static final byte[] MESSAGE = ascii("3\r\n$7\r\nmessage\r\n");
  private static final byte[] PATTERN = ascii("4\r\n$8\r\npmessage\r\n");

  private static final byte[] NONE = {};

  /** What {@link #messageEnd} says of what is no message, or goes on behind what there is. */
  private static final int NOT_YET = -1;

  /** Chosen: several times what a connection reads at once; a copy of more is not kept. */
  private static final int KEPT_MAX = 256 * 1024;

  private final List<Runnable> atEnd = new ArrayList<>();
  private @Nullable Hearer hearer;

  /** The beginning of a frame whose end has not come. */
  private @Nullable ByteBuf held;

  /** How long that frame is at least. */
  private int wanted;

  private boolean transparent;

  /**
   * A copy of what was read: to look at a byte of an array costs a fraction of what it costs to ask
   * a buffer for it, and the copy costs less than one message.
   */
  private byte[] copy = NONE;

  // Names come again and again: two, because a message by a pattern has two of them.

  private byte[] lastName = NONE;
  private byte[] nameBefore = NONE;

  // So do the beginnings of messages up to the end of the first name, which are compared as one.

  private byte[] head = NONE;
  private byte[] headName = NONE;
  private boolean isHeadPatterned;

  // The message that was read last.

  private byte @Nullable [] pattern;
  private byte[] channel = NONE;
  private int textAt;
  private int textLength;

  Skimmer() {}

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Tells {@code hearer} of the messages of the connection whose thread this is, and which reads
   * just now, from the next frame on; does nothing if nobody reads.
   */
  static void hear(Hearer hearer) {
    Skimmer current = CURRENT.get();
    if (current != null) {
      current.hearer = hearer;
    }
  }

  /**
   * Runs {@code work} when what is read just now has been taken apart, on this thread, which is a
   * connection's; at once if nobody knows when that is.
   */
  static void atEnd(Runnable work) {
    Skimmer current = CURRENT.get();
    if (current == null) {
      work.run();
    } else {
      current.atEnd.add(work);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object read) {
    CURRENT.set(this);
    try {
      if (transparent || !(read instanceof ByteBuf bytes)) {
        context.fireChannelRead(read);
      } else if (held == null) {
        skim(context, bytes);
      } else {
        ByteBuf all = held.writeBytes(bytes);
        bytes.release();
        if (all.readableBytes() >= wanted) {
          held = null;
          skim(context, all);
        }
      }
    } finally {
      CURRENT.set(null);
      for (Runnable work : atEnd) {
        work.run();
      }
      atEnd.clear();
    }
  }

  private void skim(ChannelHandlerContext context, ByteBuf in) {
    Hearer ear = hearer;
    int base = in.readerIndex();
    int length = in.readableBytes();
    if (ear != null) {
      copy(in, base, length);
    }
    int passed = base;
    int frame = base;
    wanted = 0;
    try {
      while (frame < in.writerIndex()) {
        int end = ear == null ? NOT_YET : messageEnd(copy, frame - base, length);
        if (ear != null && end > 0) {
          pass(context, in, passed, frame);
          ear.onMessage(pattern, channel, Arrays.copyOfRange(copy, textAt, textAt + textLength));
          end += base;
          passed = end;
        } else {
          end = Frames.end(in, frame);
        }
        if (end == Frames.UNKNOWN) {
          transparent = true;
          frame = in.writerIndex();
        } else if (end == Frames.INCOMPLETE) {
          break;
        } else {
          frame = end;
        }
      }
      pass(context, in, passed, frame);
      if (frame < in.writerIndex()) {
        held = context.alloc().buffer();
        held.writeBytes(in, frame, in.writerIndex() - frame);
      }
    } finally {
      in.release();
      if (copy.length > KEPT_MAX) {
        copy = NONE;
      }
    }
  }

  private void copy(ByteBuf in, int from, int length) {
    if (copy.length < length) {
      copy = new byte[Math.max(length, 2 * copy.length)];
    }
    in.getBytes(from, copy, 0, length);
  }

  private static void pass(ChannelHandlerContext context, ByteBuf in, int from, int to) {
    if (from < to) {
      context.fireChannelRead(in.retainedSlice(from, to - from));
    }
  }

  // ----------------------------------------------------------------------------------- messages

  /**
   * The index behind the message that begins at {@code from}, whose parts are known then; {@link
   * #NOT_YET} if it is none, or not all there.
   */
  private int messageEnd(byte[] in, int from, int to) {
    wanted = 0;
    boolean patterned;
    byte[] first;
    int end;
    if (isAt(in, from, to, head) && head.length > 0) {
      patterned = isHeadPatterned;
      first = headName;
      end = from + head.length;
    } else {
      patterned = isAt(in, from + 1, to, PATTERN);
      if ((in[from] != '*' && in[from] != '>') || !(patterned || isAt(in, from + 1, to, MESSAGE))) {
        return NOT_YET;
      }
      end = textEnd(in, from, from + 1 + (patterned ? PATTERN.length : MESSAGE.length), to);
      if (end < 0) {
        return NOT_YET;
      }
      first = name(in);
      head = Arrays.copyOfRange(in, from, end);
      headName = first;
      isHeadPatterned = patterned;
    }
    if (patterned) {
      end = textEnd(in, from, end, to);
      if (end < 0) {
        return NOT_YET;
      }
      pattern = first;
      channel = name(in);
    } else {
      pattern = null;
      channel = first;
    }
    return textEnd(in, from, end, to);
  }

  private static boolean isAt(byte[] in, int from, int to, byte[] text) {
    return to - from >= text.length
        && Arrays.equals(in, from, from + text.length, text, 0, text.length);
  }

  /**
   * The index behind the text that is announced at {@code at}, in the frame from {@code frame} on;
   * {@link #textAt} and {@link #textLength} say where it is. {@link #NOT_YET} as above.
   */
  private int textEnd(byte[] in, int frame, int at, int to) {
    int index = at;
    if (index >= to || in[index++] != '$') {
      return NOT_YET;
    }
    long length = 0;
    while (index < to) {
      int digit = in[index++] - '0';
      if (digit >= 0 && digit <= 9) {
        length = length * 10 + digit;
        if (length > Integer.MAX_VALUE / 2) {
          return NOT_YET;
        }
      } else if (digit == '\r' - '0') {
        textAt = index + 1;
        textLength = (int) length;
        long end = textAt + length + 2;
        if (end > to) {
          wanted = (int) Math.min(end - frame, Integer.MAX_VALUE);
          return NOT_YET;
        }
        return (int) end;
      } else {
        return NOT_YET;
      }
    }
    return NOT_YET;
  }

  /** The text that was found last, as a name. */
  private byte[] name(byte[] in) {
    int end = textAt + textLength;
    if (textLength == lastName.length && isAt(in, textAt, end, lastName)) {
      return lastName;
    }
    byte[] name =
        textLength == nameBefore.length && isAt(in, textAt, end, nameBefore)
            ? nameBefore
            : Arrays.copyOfRange(in, textAt, end);
    nameBefore = lastName;
    lastName = name;
    return name;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    if (held != null) {
      held.release();
      held = null;
    }
  }
}

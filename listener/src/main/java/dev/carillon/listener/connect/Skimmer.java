package dev.carillon.listener.connect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayList;
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

  // Bytes 1 to 8 and 9 to 16 of a message's head.
  private static final long MESSAGE_1 = longOf("3\r\n$7\r\nm");
  private static final long MESSAGE_2 = longOf("essage\r\n");
  private static final int MESSAGE_HEAD = 17;
  private static final long PATTERN_1 = longOf("4\r\n$8\r\np");
  private static final long PATTERN_2 = longOf("message\r");
  private static final int PATTERN_HEAD = 18;

  private final List<Runnable> atEnd = new ArrayList<>();
  private @Nullable Hearer hearer;

  /** The beginning of a frame whose end has not come. */
  private @Nullable ByteBuf held;

  private boolean transparent;

  // Names come again and again: two, because a message by a pattern has two of them.

  private byte[] lastName = {};
  private ByteBuf last = Unpooled.EMPTY_BUFFER;
  private byte[] nameBefore = {};
  private ByteBuf before = Unpooled.EMPTY_BUFFER;

  // Where the reading of a message has got to.

  private int at;

  Skimmer() {}

  private static long longOf(String text) {
    long value = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      value = value << Byte.SIZE | text.charAt(i);
    }
    return value;
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
        held = null;
        skim(context, all);
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
    int passed = in.readerIndex();
    int frame = passed;
    try {
      while (frame < in.writerIndex()) {
        int end = hearer == null ? Frames.INCOMPLETE : messageEnd(in, frame);
        if (end > 0) {
          pass(context, in, passed, frame);
          tell(in, frame);
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
    }
  }

  private static void pass(ChannelHandlerContext context, ByteBuf in, int from, int to) {
    if (from < to) {
      context.fireChannelRead(in.retainedSlice(from, to - from));
    }
  }

  // ----------------------------------------------------------------------------------- messages

  /**
   * The index behind the message that begins at {@code from}; -1 if it is none, or not all there.
   */
  private int messageEnd(ByteBuf in, int from) {
    if (in.writerIndex() - from < PATTERN_HEAD) {
      return -1;
    }
    byte type = in.getByte(from);
    long first = in.getLong(from + 1);
    long second = in.getLong(from + 1 + Long.BYTES);
    boolean plain = first == MESSAGE_1 && second == MESSAGE_2;
    boolean patterned =
        first == PATTERN_1 && second == PATTERN_2 && in.getByte(from + PATTERN_HEAD - 1) == '\n';
    if ((type != '*' && type != '>') || (!plain && !patterned)) {
      return -1;
    }
    int end = from + (plain ? MESSAGE_HEAD : PATTERN_HEAD);
    for (int texts = plain ? 2 : 3; texts > 0; texts--) {
      long length = length(in, end);
      if (length < 0 || in.writerIndex() - at < length + 2) {
        return -1;
      }
      end = at + (int) length + 2;
    }
    return end;
  }

  /** Tells of the message that begins at {@code from}, which is all there. */
  private void tell(ByteBuf in, int from) {
    boolean plain = in.getByte(from + 1) == '3';
    at = from + (plain ? MESSAGE_HEAD : PATTERN_HEAD);
    byte[] pattern = plain ? null : name(in);
    byte[] channel = name(in);
    byte[] text = new byte[(int) length(in, at)];
    in.getBytes(at, text);
    if (hearer != null) {
      hearer.onMessage(pattern, channel, text);
    }
  }

  /** The length of the text that is announced at {@code from}, and {@link #at} its beginning. */
  private long length(ByteBuf in, int from) {
    int index = from;
    int end = in.writerIndex();
    if (index >= end || in.getByte(index++) != '$') {
      return -1;
    }
    long length = 0;
    while (index < end) {
      int digit = in.getByte(index++) - '0';
      if (digit < 0 || digit > 9) {
        at = index + 1;
        return digit == '\r' - '0' && index < end ? length : -1;
      }
      length = length * 10 + digit;
    }
    return -1;
  }

  /** The name at {@link #at}, which moves behind it. */
  private byte[] name(ByteBuf in) {
    int length = (int) length(in, at);
    int from = at;
    at = from + length + 2;
    if (isAt(in, from, length, last)) {
      return lastName;
    }
    byte[] name = nameBefore;
    ByteBuf buffer = before;
    if (!isAt(in, from, length, buffer)) {
      name = new byte[length];
      in.getBytes(from, name);
      buffer = Unpooled.wrappedBuffer(name);
    }
    nameBefore = lastName;
    before = last;
    lastName = name;
    last = buffer;
    return name;
  }

  private static boolean isAt(ByteBuf in, int from, int length, ByteBuf name) {
    return length == name.readableBytes() && ByteBufUtil.equals(in, from, name, 0, length);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    if (held != null) {
      held.release();
      held = null;
    }
  }
}

package dev.carillon.server.transport;

import dev.carillon.engine.command.Conversation;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.ReplyDecoder;
import dev.carillon.server.loop.EngineLoop;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Holds the conversations that commands want with other servers, each over a connection of its own,
 * on the thread of the engine but without ever keeping it waiting.
 */
public final class Conversations {

  private final EngineLoop loop;
  private final NetworkKind network;

  /** For the engine that {@code loop} owns. */
  public Conversations(EngineLoop loop, NetworkKind network) {
    this.loop = loop;
    this.network = network;
  }

  /** Begins a conversation; its listener is told later. Engine thread only. */
  public void begin(Conversation conversation) {
    Talk talk = new Talk(conversation);
    byte[] address = NetUtil.createByteArrayFromIpAddressString(conversation.host());
    if (address != null) {
      try {
        InetAddress known = InetAddress.getByAddress(address);
        loop.thread().execute(() -> talk.connect(known));
      } catch (UnknownHostException e) {
        throw new IllegalStateException("an address of a wrong length was made", e);
      }
      return;
    }
    // A name may take seconds to be looked up, which nobody else should wait for.
    Thread resolver =
        new Thread(
            () -> {
              InetAddress found;
              try {
                found = InetAddress.getByName(conversation.host());
              } catch (UnknownHostException e) {
                loop.thread().execute(() -> talk.end(Conversation.End.UNKNOWN_HOST));
                return;
              }
              loop.thread().execute(() -> talk.connect(found));
            },
            "carillon-resolve");
    resolver.setDaemon(true);
    resolver.start();
  }

  /** One conversation. On the loop's thread. */
  private final class Talk extends ChannelInboundHandlerAdapter {
    private final Conversation conversation;
    private final ReplyDecoder decoder = new ReplyDecoder();
    private final List<String> replies = new ArrayList<>();
    private @Nullable Channel channel;
    private @Nullable ScheduledFuture<?> alarm;
    private boolean sent;
    private boolean ended;

    Talk(Conversation conversation) {
      this.conversation = conversation;
    }

    void connect(InetAddress address) {
      if (conversation.port() == 0) {
        end(Conversation.End.NOT_SENT);
        return;
      }
      int millis = (int) Math.min(conversation.timeoutMillis(), Integer.MAX_VALUE);
      ChannelFuture connecting =
          new Bootstrap()
              .group(loop.thread())
              .channel(network.channel())
              .option(ChannelOption.TCP_NODELAY, true)
              .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, millis)
              .handler(this)
              .connect(new InetSocketAddress(address, conversation.port()));
      connecting.addListener(
          done -> {
            if (done.isSuccess()) {
              send(connecting.channel());
            } else {
              end(Conversation.End.NOT_SENT);
            }
          });
    }

    private void send(Channel connected) {
      channel = connected;
      for (List<Bytes> request : conversation.requests()) {
        connected.write(encoded(request));
      }
      await();
      connected
          .writeAndFlush(Unpooled.EMPTY_BUFFER)
          .addListener(
              done -> {
                sent = done.isSuccess();
                if (!sent) {
                  end(Conversation.End.NOT_SENT);
                }
              });
    }

    /** The bytes of the words are not copied: nobody changes them. */
    private static ByteBuf encoded(List<Bytes> request) {
      List<ByteBuf> parts = new ArrayList<>();
      parts.add(line("*" + request.size() + "\r\n"));
      for (Bytes word : request) {
        parts.add(line("$" + word.length() + "\r\n"));
        parts.add(Unpooled.wrappedBuffer(word.array(), word.offset(), word.length()));
        parts.add(line("\r\n"));
      }
      return Unpooled.wrappedBuffer(parts.size(), parts.toArray(ByteBuf[]::new));
    }

    private static ByteBuf line(String text) {
      return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** The other one has so long to say something. */
    private void await() {
      if (alarm != null) {
        alarm.cancel(false);
      }
      alarm =
          loop.thread()
              .schedule(
                  () -> end(sent ? Conversation.End.NOT_ANSWERED : Conversation.End.NOT_SENT),
                  conversation.timeoutMillis(),
                  TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf read = (ByteBuf) message;
      try {
        byte[] bytes = new byte[read.readableBytes()];
        read.readBytes(bytes);
        decoder.feed(bytes);
        for (Reply reply = decoder.next(); reply != null; reply = decoder.next()) {
          replies.add(reply instanceof Reply.Failure(Bytes text) ? text.toLatin1() : "");
        }
      } catch (ProtocolError e) {
        end(Conversation.End.NOT_ANSWERED);
        return;
      } finally {
        read.release();
      }
      if (replies.size() >= conversation.requests().size()) {
        end(Conversation.End.COMPLETE);
      } else {
        await();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      end(Conversation.End.NOT_ANSWERED);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      end(Conversation.End.NOT_ANSWERED);
    }

    void end(Conversation.End how) {
      if (ended) {
        return;
      }
      ended = true;
      if (alarm != null) {
        alarm.cancel(false);
      }
      if (channel != null) {
        channel.close();
      }
      conversation.listener().onEnd(how, List.copyOf(replies));
      loop.serveWaiting();
    }
  }
}

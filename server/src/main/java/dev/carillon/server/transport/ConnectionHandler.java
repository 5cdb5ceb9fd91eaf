package dev.carillon.server.transport;

import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Request;
import dev.carillon.protocol.resp.RequestDecoder;
import dev.carillon.server.loop.Connection;
import dev.carillon.server.loop.EngineLoop;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's socket: bytes that arrive become requests, which the loop executes at once; what the
 * session's outbox releases is written. A client that does not read is not written to beyond the
 * socket's and Netty's small buffers: its outbox grows, and has a limit. Loop thread only.
 */
final class ConnectionHandler extends ChannelInboundHandlerAdapter implements Connection {

  private static final Logger LOG = LoggerFactory.getLogger(ConnectionHandler.class);

  private final Transport transport;
  private final EngineLoop loop;
  private final RequestDecoder decoder;
  private final Peer peer;
  private @Nullable Session session;
  private @Nullable ChannelHandlerContext context;
  private boolean paused;
  private boolean ended;

  ConnectionHandler(Transport transport, Peer peer) {
    this.transport = transport;
    this.loop = transport.loop();
    this.peer = peer;
    this.decoder = new RequestDecoder(transport.limits());
  }

  @Override
  public Session session() {
    Session opened = session;
    if (opened == null) {
      throw new IllegalStateException("the connection is not active yet");
    }
    return opened;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    Session opened = loop.open(peer);
    opened.attachment(this);
    decoder.authenticated(opened.isAuthenticated());
    session = opened;
    transport.onOpened(this);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ended = true;
    Session closed = session;
    if (closed != null) {
      session = null;
      loop.close(closed);
      transport.onClosed(this);
      loop.flush();
    }
  }

  // ------------------------------------------------------------------------------------- reading

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf received = (ByteBuf) message;
    try {
      int length = received.readableBytes();
      byte[] input = transport.input(length);
      received.readBytes(input, 0, length);
      transport.countInput(length);
      if (session != null && !session.isEnding()) {
        decoder.feed(input, 0, length);
        executeAll(session);
      }
    } finally {
      received.release();
    }
  }

  private void executeAll(Session current) {
    Request request = transport.request();
    loop.beginBatch();
    try {
      while (!paused && decoder.next(request)) {
        if (!loop.execute(current, request)) {
          pause(request);
        } else if (current.isEnding()) {
          break;
        }
      }
      decoder.authenticated(current.isAuthenticated());
    } catch (ProtocolError error) {
      loop.engine().refuse(current, error.text());
    }
    if (paused || current.isEnding()) {
      decoder.hold();
    }
    current.inputBytes(decoder.bufferedBytes());
    if (decoder.bufferedBytes() > transport.inputBytesMax()) {
      LOG.warn(
          "client {} at {} is closed: it sent {} bytes without completing a request, and"
              + " client-query-buffer-limit is {}",
          current.id(),
          current.peer().address(),
          decoder.bufferedBytes(),
          transport.inputBytesMax());
      loop.engine().stats().queryBufferDisconnections++;
      current.kill();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    loop.endBatch();
  }

  // ------------------------------------------------------------------------------------- pausing

  private @Nullable Request heldRequest;

  private void pause(Request request) {
    paused = true;
    heldRequest = request.copy();
    if (context != null) {
      context.channel().config().setAutoRead(false);
    }
  }

  @Override
  public void resume() {
    Request held = heldRequest;
    if (!paused || held == null || session == null) {
      return;
    }
    loop.beginBatch();
    if (!loop.execute(session, held)) {
      return;
    }
    paused = false;
    heldRequest = null;
    if (context != null) {
      context.channel().config().setAutoRead(true);
    }
    if (!session.isEnding()) {
      executeAll(session);
    }
  }

  // ------------------------------------------------------------------------------------- writing

  @Override
  public void flush() {
    ChannelHandlerContext ctx = context;
    Session current = session;
    if (ctx == null || current == null || ended) {
      return;
    }
    if (current.isKilled()) {
      end(ctx);
      return;
    }
    while (!current.outbox().isEmpty() && ctx.channel().isWritable()) {
      ByteBuf buffer = transport.output();
      boolean more =
          current
              .outbox()
              .drain(
                  loop.engine().sessions().durableSequence(),
                  Transport.OUTPUT_BYTES,
                  buffer::writeBytes);
      int length = buffer.readableBytes();
      if (length == 0) {
        transport.written(buffer);
        break;
      }
      transport.countOutput(length);
      ctx.writeAndFlush(buffer.retain(), ctx.voidPromise());
      transport.written(buffer);
      if (!more) {
        break;
      }
    }
    if (current.isClosingAfterReplies() && current.outbox().isEmpty()) {
      ended = true;
      ctx.writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER)
          .addListener(ChannelFutureListener.CLOSE);
      return;
    }
    if (loop.engine().isOutputTooLarge(current, 0)) {
      end(ctx);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      flush();
    }
  }

  private void end(ChannelHandlerContext ctx) {
    ended = true;
    ctx.close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.error("connection of client {} failed", peer.address(), cause);
    }
    ctx.close();
  }
}

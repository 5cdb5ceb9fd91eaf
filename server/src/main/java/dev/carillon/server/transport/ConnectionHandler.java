package dev.carillon.server.transport;

import dev.carillon.engine.reply.Departure;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Request;
import dev.carillon.protocol.resp.RequestDecoder;
import dev.carillon.server.loop.Connection;
import dev.carillon.server.loop.EngineLoop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.util.ArrayDeque;
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

  /** Chosen: replies that a client leaves unread before it is not read from any more. */
  private static final long BACKLOG_BYTES = 32L << 20;

  private final Transport transport;
  private final EngineLoop loop;
  private final RequestDecoder decoder;
  private final Peer peer;
  private @Nullable Session session;
  private @Nullable ChannelHandlerContext context;

  /** Requests that were decoded but must wait, in order; empty unless the session is paused. */
  private final ArrayDeque<Request> held = new ArrayDeque<>(2);

  /** What was wrong with the bytes behind the last request, if anything. */
  private @Nullable Bytes refusal;

  /** Output that waits for a sync to leave from the thread that syncs, until it is settled. */
  private @Nullable SocketDeparture departing;

  private boolean ended;
  private boolean behind;
  private long inputMemory;

  ConnectionHandler(Transport transport, Peer peer) {
    this.transport = transport;
    this.loop = transport.loop();
    this.peer = peer;
    this.decoder = new RequestDecoder(transport.limits());
    // What this connection holds already is a part of the request for which there must be room.
    decoder.requestRoom(() -> transport.inputRoom() + inputMemory);
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
    settle();
    ended = true;
    Session closed = session;
    transport.countInputMemory(-inputMemory);
    inputMemory = 0;
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
        session.onReceived(length);
        decoder.feed(input, 0, length);
        if (decoder.bufferedBytes() > transport.inputBytesMax()) {
          // Also where the request would be complete now, as in Redis.
          refuseTooMuchInput(session);
        } else {
          executeAll(session);
        }
      }
    } finally {
      received.release();
    }
  }

  private void executeAll(Session current) {
    Request[] requests = transport.requests();
    loop.beginBatch();
    int count;
    do {
      count = decode(requests);
      if (count > 1) {
        loop.engine().lookAhead(current, requests, count);
      }
      execute(current, requests, count);
      decoder.authenticated(current.isAuthenticated());
      if (refusal != null && !isWaiting() && !current.isEnding()) {
        loop.engine().refuse(current, refusal);
      }
    } while (count > 0 && refusal == null && !isWaiting() && !current.isEnding());
    if (isWaiting() || current.isEnding()) {
      decoder.hold();
    }
    current.onInput(decoder.bufferedBytes(), decoder.parsedBytes(), loop.nowMillis());
    refuseTooMuchInput(current);
  }

  /**
   * Decodes as many requests as can be executed one after the other without decoding in between.
   */
  private int decode(Request[] requests) {
    int count = 0;
    if (refusal != null) {
      return count;
    }
    try {
      while (count < requests.length && decoder.next(requests[count])) {
        count++;
        if (requests[count - 1].isInDecoder() || !session().isAuthenticated()) {
          break;
        }
      }
    } catch (ProtocolError error) {
      refusal = error.text();
    }
    return count;
  }

  private void execute(Session current, Request[] requests, int count) {
    if (count > 1) {
      loop.beginRun();
    }
    for (int i = 0; i < count && !current.isEnding(); i++) {
      if (isWaiting() || !loop.execute(current, requests[i])) {
        hold(requests[i]);
      }
    }
    loop.endRun(current);
  }

  private void refuseTooMuchInput(Session current) {
    long bytes = decoder.bufferedBytes();
    long all = transport.countInputMemory(decoder.memoryBytes() - inputMemory);
    inputMemory = decoder.memoryBytes();
    boolean tooMuch = bytes > transport.inputBytesMax();
    if (tooMuch || bytes > 0 && transport.inputRoom() < 0) {
      if (transport.tooMuchInput().isDue()) {
        LOG.warn(
            "client {} at {} is closed: it sent {} bytes without completing a request; {}",
            current.id(),
            current.peer().address(),
            bytes,
            tooMuch
                ? "client-query-buffer-limit is " + transport.inputBytesMax()
                : "incomplete requests of all clients take "
                    + all
                    + " bytes, for which there is no room");
      }
      loop.engine().stats().queryBufferDisconnections++;
      current.kill();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    // Netty may have read the end, and closes the socket next.
    settle();
    loop.endBatch();
  }

  // ------------------------------------------------------------------------------------- pausing

  /** Whether decoded requests wait until the session is not paused any more. */
  private boolean isWaiting() {
    return !held.isEmpty();
  }

  private void hold(Request request) {
    if (held.isEmpty() && context != null) {
      context.channel().config().setAutoRead(false);
    }
    held.add(request.copy());
  }

  @Override
  public void resume() {
    Session current = session;
    if (current == null || !isWaiting()) {
      return;
    }
    loop.beginBatch();
    while (isWaiting() && !current.isEnding()) {
      if (!loop.execute(current, held.element())) {
        return;
      }
      held.remove();
    }
    if (context != null) {
      context.channel().config().setAutoRead(!behind);
    }
    if (!current.isEnding()) {
      executeAll(current);
    }
  }

  // ------------------------------------------------------------------------------------- writing

  @Override
  public @Nullable Departure departure(long sequence) {
    Session current = session;
    ChannelHandlerContext ctx = context;
    if (current == null || ctx == null || ended || departing != null) {
      return null;
    }
    SocketDeparture prepared = transport.departure(ctx.channel(), current.outbox(), sequence);
    departing = prepared;
    return prepared;
  }

  /**
   * From here on the socket is this thread's alone, and the outbox says what is left to be sent.
   */
  private void settle() {
    SocketDeparture settled = departing;
    if (settled != null) {
      departing = null;
      int left = settled.settle();
      transport.settled(left);
      if (session != null) {
        session.outbox().skip(left);
      }
    }
  }

  @Override
  public void flush() {
    ChannelHandlerContext ctx = context;
    Session current = session;
    if (ctx == null || current == null || ended) {
      return;
    }
    if (current.isKilled()
        || current.isClosingAfterReplies()
        || current.outbox().isReleasable(loop.engine().sessions().durableSequence())) {
      settle();
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
      ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    if (loop.isOutputTooLarge(current)) {
      end(ctx);
      return;
    }
    readOnlyFrom(current, ctx);
  }

  /** A client that asks faster than it reads is not read from until it has caught up. */
  private void readOnlyFrom(Session current, ChannelHandlerContext ctx) {
    long pending = current.outbox().pendingBytes();
    if (pending > BACKLOG_BYTES && !behind) {
      behind = true;
      ctx.channel().config().setAutoRead(false);
    } else if (behind && pending < BACKLOG_BYTES / 2) {
      behind = false;
      ctx.channel().config().setAutoRead(!isWaiting());
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      flush();
    }
  }

  private void end(ChannelHandlerContext ctx) {
    settle();
    ended = true;
    ctx.close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    settle();
    if (!(cause instanceof IOException)) {
      LOG.error("connection of client {} failed", peer.address(), cause);
    }
    ctx.close();
  }
}

package dev.carillon.server.transport;

import dev.carillon.engine.keyspace.Lookahead;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.session.Peer;
import dev.carillon.protocol.resp.Request;
import dev.carillon.protocol.resp.RequestDecoder;
import dev.carillon.server.loop.EngineLoop;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.FileDescriptor;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening sockets and all connections of one loop, and the buffers that they share: because
 * one thread serves them one after the other, one input, one output buffer and one request do for
 * all. Loop thread only, but for {@link #listen}.
 */
public final class Transport {

  private static final Logger LOG = LoggerFactory.getLogger(Transport.class);

  /** Chosen: what one write hands to the socket at most. */
  static final int OUTPUT_BYTES = 64 * 1024;

  private static final int OUTPUT_CAPACITY = 2 * OUTPUT_BYTES;

  /** Requests that are still arriving may take one part in so many of the memory; chosen. */
  private static final int INPUT_SHARE = 4;

  /** What they may take, one part in so many, where keys and values fill the memory; chosen. */
  private static final int INPUT_SHARE_LEAST = 32;

  /** Chosen: the replies to a pipeline of small requests. */
  private static final int DEPARTURE_BYTES = 16 * 1024;

  private final EngineLoop loop;
  private final NetworkKind network;
  private final RequestDecoder.Limits limits = new RequestDecoder.Limits();
  private final Request[] requests = new Request[Lookahead.REQUESTS_MAX];
  private final Set<ConnectionHandler> connections = new LinkedHashSet<>();
  private final List<Channel> listeners = new ArrayList<>();
  private byte[] input = new byte[SharedReceiveBuffer.BYTES];
  private final SharedReceiveBuffer receiveBuffer = new SharedReceiveBuffer();
  private ByteBuf output = Unpooled.directBuffer(OUTPUT_CAPACITY, OUTPUT_CAPACITY);
  private final ByteBuffer departure = ByteBuffer.allocateDirect(DEPARTURE_BYTES);
  private boolean departing;
  private long inputBytesMax = 1L << 30;
  private long inputBytesUsual = Long.MAX_VALUE;
  private long inputBytesLeast = Long.MAX_VALUE;
  private final RepeatedWarning tooMuchInput;
  private long inputMemory;
  private long connectionsMax = 10_000;
  private boolean protectedMode;
  private int keepAliveSeconds;

  /** A transport without sockets. */
  @SuppressWarnings("exports") // Of this package, only NetworkKind is for other modules.
  public Transport(EngineLoop loop, NetworkKind network) {
    this.loop = loop;
    this.network = network;
    this.tooMuchInput =
        new RepeatedWarning(
            loop.thread(),
            count ->
                LOG.warn(
                    "{} more clients were closed in the last {} seconds because they sent too much"
                        + " without completing a request",
                    count,
                    RepeatedWarning.PAUSE_SECONDS));
    Arrays.setAll(requests, i -> new Request());
  }

  /** {@code client-query-buffer-limit}: what a client may send without completing a request. */
  public void inputBytesMax(long bytes) {
    inputBytesMax = bytes;
  }

  /** How many bytes fit into the process: requests that are still arriving get a share of them. */
  public void ceilingBytes(long bytes) {
    inputBytesUsual = bytes / INPUT_SHARE;
    inputBytesLeast = bytes / INPUT_SHARE_LEAST;
  }

  /** {@code proto-max-bulk-len}: the longest argument. */
  public void bulkBytesMax(long bytes) {
    limits.bulkBytesMax(bytes);
  }

  /** {@code maxclients}: further connections are refused. */
  public void connectionsMax(long count) {
    connectionsMax = count;
  }

  /** Refuses connections from other machines as long as nobody has to prove who it is. */
  public void protectedMode(boolean enabled) {
    protectedMode = enabled;
  }

  /**
   * {@code tcp-keepalive}: seconds between probes of an idle connection; 0 is off. Applies to
   * connections that come from now on.
   */
  public void keepAliveSeconds(int seconds) {
    keepAliveSeconds = seconds;
  }

  /**
   * Listens at an address. Blocks until the socket is bound. Any thread but the loop's.
   *
   * @return the address that was bound, with its port where 0 was asked for
   * @throws Exception what the system says, if it cannot be bound
   */
  public SocketAddress listen(SocketAddress address, int backlog) throws Exception {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop.thread().parent(), loop.thread().parent())
            .channel(network.serverChannel())
            .option(ChannelOption.SO_BACKLOG, backlog)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.RCVBUF_ALLOCATOR, receiveBuffer)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(OUTPUT_BYTES, 4 * OUTPUT_BYTES))
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    accept(channel);
                  }
                });
    Channel listener = bootstrap.bind(address).sync().channel();
    listeners.add(listener);
    return listener.localAddress();
  }

  private void accept(SocketChannel channel) {
    String refusal = null;
    InetSocketAddress remote = channel.remoteAddress();
    if (connections.size() >= connectionsMax) {
      loop.engine().stats().rejectedConnections++;
      refusal = "-ERR max number of clients reached\r\n";
    } else if (protectedMode
        && loop.engine().users().isOpen()
        && !remote.getAddress().isLoopbackAddress()) {
      loop.engine().stats().rejectedConnections++;
      refusal =
          "-DENIED Carillon is running in protected mode because no password is set for the default"
              + " user: only clients on this machine may connect. Set a password with requirepass,"
              + " or say --protected-mode no if everybody who can reach this port may use it.\r\n";
    }
    if (refusal != null) {
      channel
          .writeAndFlush(Unpooled.wrappedBuffer(refusal.getBytes(StandardCharsets.US_ASCII)))
          .addListener(ChannelFutureListener.CLOSE);
      return;
    }
    channel.config().setKeepAlive(keepAliveSeconds > 0);
    if (keepAliveSeconds > 0) {
      network.keepAlive(channel, keepAliveSeconds);
    }
    Peer peer =
        new Peer(text(remote), text(channel.localAddress()), network.fileDescriptor(channel));
    channel.pipeline().addLast(new ConnectionHandler(this, peer));
  }

  /** An address as CLIENT LIST shows it: {@code 127.0.0.1:6379}, {@code [::1]:6379}. */
  static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    int zone = host.indexOf('%');
    String bare = zone < 0 ? host : host.substring(0, zone);
    return (bare.indexOf(':') < 0 ? bare : "[" + bare + "]") + ":" + address.getPort();
  }

  /** Stops listening; connections stay. */
  public void stopListening() {
    listeners.forEach(Channel::close);
    listeners.clear();
  }

  /** Ends every connection after what can be sent at once is sent. */
  public void closeAll() {
    for (ConnectionHandler connection : List.copyOf(connections)) {
      connection.session().closeAfterReplies();
      connection.flush();
    }
  }

  /**
   * Gives back the memory outside the heap that all connections share. The last call: the loop's
   * thread has ended, and with it every connection.
   */
  public void release() {
    receiveBuffer.release();
    output.release();
  }

  /** Ends every connection without a word, as a broken network would. */
  public void dropAll() {
    for (ConnectionHandler connection : List.copyOf(connections)) {
      connection.session().kill();
      connection.flush();
    }
  }

  // ----------------------------------------------------------------- what connections share

  EngineLoop loop() {
    return loop;
  }

  RequestDecoder.Limits limits() {
    return limits;
  }

  Request[] requests() {
    return requests;
  }

  byte[] input(int length) {
    if (input.length < length) {
      input = new byte[length];
    }
    return input;
  }

  long inputBytesMax() {
    return inputBytesMax;
  }

  /**
   * How many bytes of incomplete requests there is still room for; below 0 if there is none. Where
   * keys and values fill the memory there is little, so that what is answered with an error in the
   * end is not held before; but always enough for requests of the usual sizes.
   */
  long inputRoom() {
    long room = Math.min(inputBytesUsual, loop.engine().roomBytes());
    return Math.max(room, inputBytesLeast) - inputMemory;
  }

  /** When to warn that clients send more than there is room for. */
  RepeatedWarning tooMuchInput() {
    return tooMuchInput;
  }

  /** Counts memory in which decoders hold incomplete requests; answers how much it is in all. */
  long countInputMemory(long more) {
    inputMemory += more;
    return inputMemory;
  }

  /** An empty buffer for one write; {@link #written} takes it back. */
  ByteBuf output() {
    return output.clear();
  }

  /**
   * The buffer was handed to a socket, with a reference of its own. If the socket took all at once
   * it is used again, else it is left to the socket.
   */
  void written(ByteBuf buffer) {
    if (buffer.refCnt() > 1) {
      buffer.release();
      output = Unpooled.directBuffer(OUTPUT_CAPACITY, OUTPUT_CAPACITY);
    }
  }

  /**
   * Prepares that output leaves from another thread.
   *
   * @return null if it is too much for that, or the socket cannot take it now, or not in that way
   */
  @Nullable SocketDeparture departure(Channel channel, Outbox outbox, long sequence) {
    FileDescriptor socket = network.socket(channel);
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    if (departing
        || socket == null
        || pending == null
        || !pending.isEmpty()
        || outbox.pendingBytes() > DEPARTURE_BYTES) {
      return null;
    }
    departing = true;
    departure.clear();
    outbox.peek(sequence, departure::put);
    return new SocketDeparture(socket, departure);
  }

  /** The departure is over, and so many bytes have left. */
  void settled(int bytes) {
    departing = false;
    countOutput(bytes);
  }

  void countInput(int bytes) {
    loop.engine().stats().netInputBytes += bytes;
  }

  void countOutput(int bytes) {
    loop.engine().stats().netOutputBytes += bytes;
  }

  void onOpened(ConnectionHandler connection) {
    connections.add(connection);
    LOG.debug("client {} connected", connection.session().peer().address());
  }

  void onClosed(ConnectionHandler connection) {
    connections.remove(connection);
  }
}

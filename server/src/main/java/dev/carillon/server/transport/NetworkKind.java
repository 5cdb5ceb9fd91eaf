package dev.carillon.server.transport;

import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * Which system calls carry the sockets. The native one parks with nanoseconds and costs less per
 * command; Java's own runs everywhere and is there at once, but rounds its parking up to
 * milliseconds.
 */
public enum NetworkKind {
  /** Linux' epoll through Netty's native library. */
  EPOLL {
    @Override
    public IoHandlerFactory handlers() {
      // Where the clients share the one processor, looking would only keep them from sending.
      return Runtime.getRuntime().availableProcessors() == 1
          ? EpollIoHandler.newFactory()
          : EpollIoHandler.newFactory(0, () -> new LingeringSelect(System::nanoTime));
    }

    @Override
    Class<? extends ServerChannel> serverChannel() {
      return EpollServerSocketChannel.class;
    }

    @Override
    Class<? extends Channel> channel() {
      return EpollSocketChannel.class;
    }

    @Override
    void keepAlive(SocketChannel channel, int seconds) {
      channel.config().setOption(EpollChannelOption.TCP_KEEPIDLE, seconds);
      // As Redis: three more probes within as much time again, then the client is gone.
      channel.config().setOption(EpollChannelOption.TCP_KEEPINTVL, Math.max(1, seconds / 3));
      channel.config().setOption(EpollChannelOption.TCP_KEEPCNT, 3);
    }

    @Override
    @Nullable FileDescriptor socket(Channel channel) {
      return channel instanceof EpollSocketChannel epoll ? epoll.fd() : null;
    }
  },

  /** Java's own selector. */
  NIO {
    @Override
    public IoHandlerFactory handlers() {
      return NioIoHandler.newFactory();
    }

    @Override
    Class<? extends ServerChannel> serverChannel() {
      return NioServerSocketChannel.class;
    }

    @Override
    Class<? extends Channel> channel() {
      return NioSocketChannel.class;
    }

    /** The interval stays what the system says; the transport only switches probing on. */
    @Override
    void keepAlive(SocketChannel channel, int seconds) {}

    @Override
    @Nullable FileDescriptor socket(Channel channel) {
      return null;
    }
  };

  /** The best one that this machine offers. */
  public static NetworkKind best() {
    return isNativeAvailable() ? EPOLL : NIO;
  }

  /** Whether the native library is there and fits this machine. */
  public static boolean isNativeAvailable() {
    try {
      return Epoll.isAvailable();
    } catch (LinkageError missing) {
      return false;
    }
  }

  /** What makes an event loop of this kind. */
  public abstract IoHandlerFactory handlers();

  /** What listens with it. */
  abstract Class<? extends ServerChannel> serverChannel();

  /** What connects to somebody else with it. */
  abstract Class<? extends Channel> channel();

  /** Probes a connection after so many seconds of silence. */
  abstract void keepAlive(SocketChannel channel, int seconds);

  /** The socket itself, to be written to from another thread; null where there is no way to it. */
  abstract @Nullable FileDescriptor socket(Channel channel);

  /** The number of a socket, for CLIENT LIST; -1 where it has none. */
  final int fileDescriptor(SocketChannel channel) {
    FileDescriptor socket = socket(channel);
    return socket == null ? -1 : socket.intValue();
  }
}

package dev.carillon.listener;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.ReplyDecoder;
import dev.carillon.server.CarillonServer;
import dev.carillon.server.Clock;
import dev.carillon.server.ServerOptions;
import dev.carillon.server.SystemClock;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/**
 * A server of its own for a test: ours inside the JVM, or the redis-server of the machine, or
 * whatever program {@link Peer} names instead.
 */
abstract class TestServer implements AutoCloseable {

  /** Which servers there are; {@code REDIS} is the one of {@link Peer}. */
  enum Kind {
    CARILLON,
    REDIS;

    /** Starts one, or skips the test where it is not installed. */
    TestServer start(String flags) {
      TestServer server =
          this == CARILLON ? new Ours(ServerOptions.embedded()) : Reference.startOrSkip();
      server.call("CONFIG", "SET", "notify-keyspace-events", flags);
      return server;
    }
  }

  private Socket socket;
  private ReplyDecoder decoder = new ReplyDecoder();

  abstract int port();

  /** Ours, with a journal in a directory, so that feeds are durable. */
  static TestServer journaled(Path directory) {
    return journaled(directory, 0);
  }

  /** As {@link #journaled(Path)}, at a port. */
  static TestServer journaled(Path directory, int port) {
    return journaled(directory, port, new SystemClock());
  }

  /** As {@link #journaled(Path, int)}, with a clock that may be set. */
  static TestServer journaled(Path directory, int port, Clock clock) {
    return new Ours(
        ServerOptions.embedded()
            .directory(directory)
            .configure("appendonly yes")
            .port(port)
            .clock(clock));
  }

  /** Ends all connections, as a broken network would. */
  void dropAll() {
    throw new UnsupportedOperationException();
  }

  /** Ends the connections of all who subscribe. */
  void dropSubscribers() {
    call("CLIENT", "KILL", "TYPE", "pubsub");
  }

  String uri() {
    return "redis://127.0.0.1:" + port();
  }

  /** Sends a command and renders its reply. */
  synchronized String call(String... words) {
    try {
      if (socket == null) {
        socket = new Socket(InetAddress.getLoopbackAddress(), port());
        socket.setSoTimeout((int) Patience.LONG.toMillis());
        socket.setTcpNoDelay(true);
        decoder = new ReplyDecoder();
      }
      socket.getOutputStream().write(request(words));
      return text(reply());
    } catch (IOException | ProtocolError e) {
      throw new IllegalStateException(e);
    }
  }

  private Reply reply() throws IOException, ProtocolError {
    byte[] chunk = new byte[16 * 1024];
    Reply reply = decoder.next();
    while (reply == null) {
      int length = socket.getInputStream().read(chunk);
      if (length < 0) {
        throw new EOFException();
      }
      decoder.feed(chunk, 0, length);
      reply = decoder.next();
    }
    return reply;
  }

  private static byte[] request(String... words) {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(("*" + words.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (String word : words) {
      byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
      request.writeBytes(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      request.writeBytes(bytes);
      request.writeBytes(new byte[] {'\r', '\n'});
    }
    return request.toByteArray();
  }

  private static String text(Reply reply) {
    return switch (reply) {
      case Reply.Simple(Bytes line) -> line.toString();
      case Reply.Failure(Bytes line) -> "-" + line;
      case Reply.Bulk(Bytes bulk) -> bulk.toString();
      case Reply.Int(long value) -> Long.toString(value);
      case Reply.Null none -> "(nil)";
      case Reply.Array(var elements) -> elements.stream().map(TestServer::text).toList().toString();
      default -> reply.toString();
    };
  }

  @Override
  public synchronized void close() {
    try {
      if (socket != null) {
        socket.close();
        socket = null;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Ours extends TestServer {

    private final CarillonServer server;

    Ours(ServerOptions options) {
      server = CarillonServer.start(options);
    }

    @Override
    void dropAll() {
      super.close(); // Its own would be dropped too, between a request and its reply perhaps.
      server.dropConnections();
    }

    @Override
    int port() {
      return server.port();
    }

    @Override
    public void close() {
      super.close();
      server.close();
    }
  }

  private static final class Reference extends TestServer {

    private final Process process;
    private final Path directory;
    private final int port;

    private Reference(Process process, Path directory, int port) {
      this.process = process;
      this.directory = directory;
      this.port = port;
    }

    static Reference startOrSkip() {
      Assumptions.assumeTrue(Peer.isInstalled(), "no " + Peer.PROGRAM + " on the PATH");
      int port = FreePort.next();
      try {
        Path directory = Files.createTempDirectory("carillon-listener");
        Process process =
            new ProcessBuilder(
                    List.of(
                        Peer.PROGRAM,
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        "127.0.0.1",
                        "--dir",
                        directory.toString(),
                        "--save",
                        ""))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Reference server = new Reference(process, directory, port);
        Awaitility.await()
            .atMost(Patience.LONG)
            .pollInterval(Duration.ofMillis(20))
            .ignoreExceptions()
            .until(() -> server.call("PING").equals("PONG"));
        return server;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    int port() {
      return port;
    }

    @Override
    public void close() {
      super.close();
      process.destroy();
      process.onExit().join();
      try {
        Files.deleteIfExists(directory);
      } catch (IOException e) {
        // It holds nothing.
      }
    }
  }
}

package dev.carillon.engine;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.ReplyDecoder;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A redis-server of its own on a free port and one connection to it, for tests that compare what
 * the engine does with what the reference does. The program is redis-server, or the one that {@code
 * -Dcarillon.reference} names, a path or a name on the PATH. Such tests are skipped where it is not
 * there.
 */
public final class ReferenceRedis implements AutoCloseable {

  private static final String PROGRAM = System.getProperty("carillon.reference", "redis-server");

  private final Process process;
  private final Socket socket;
  private final ReplyDecoder decoder = new ReplyDecoder();

  private ReferenceRedis(Process process, Socket socket) {
    this.process = process;
    this.socket = socket;
  }

  /**
   * Starts the server, or skips the calling test.
   *
   * @param options further words of the command line: {@code --name value}
   */
  public static ReferenceRedis startOrSkip(String... options) {
    Assumptions.assumeTrue(isOnPath(), "no " + PROGRAM + " on the PATH");
    try {
      return start(options);
    } catch (IOException | InterruptedException e) {
      throw new AssertionError("redis-server does not start", e);
    }
  }

  private static boolean isOnPath() {
    if (PROGRAM.contains(File.separator)) {
      return Files.isExecutable(Path.of(PROGRAM));
    }
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, PROGRAM)));
  }

  private static ReferenceRedis start(String... options) throws IOException, InterruptedException {
    int port;
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = probe.getLocalPort();
    }
    List<String> command =
        new ArrayList<>(List.of(PROGRAM, "--port", "" + port, "--bind", "127.0.0.1", "--save", ""));
    command.addAll(List.of(options));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    for (int attempt = 0; attempt < 100; attempt++) {
      try {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(5000);
        return new ReferenceRedis(process, socket);
      } catch (IOException notYet) {
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
    process.destroy();
    throw new IOException("nobody listens after 5 s");
  }

  /** Sends a request and returns its reply. */
  public Reply ask(Bytes... words) {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(("*" + words.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (Bytes word : words) {
      request.writeBytes(("$" + word.length() + "\r\n").getBytes(StandardCharsets.US_ASCII));
      request.writeBytes(word.toByteArray());
      request.writeBytes(new byte[] {'\r', '\n'});
    }
    try {
      socket.getOutputStream().write(request.toByteArray());
      return next();
    } catch (IOException | ProtocolError e) {
      throw new AssertionError("redis-server does not answer " + Arrays.toString(words), e);
    }
  }

  /** As {@link #ask(Bytes...)}, with the words of a line that are separated by single spaces. */
  public Reply ask(String line) {
    return ask(Arrays.stream(line.split(" ")).map(Bytes::of).toArray(Bytes[]::new));
  }

  /** Waits for the next reply or message. */
  public Reply next() throws IOException, ProtocolError {
    byte[] chunk = new byte[65536];
    Reply reply = decoder.next();
    while (reply == null) {
      int count = socket.getInputStream().read(chunk);
      if (count < 0) {
        throw new IOException("redis-server closed the connection");
      }
      decoder.feed(chunk, 0, count);
      reply = decoder.next();
    }
    return reply;
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    } finally {
      process.destroy();
      process.onExit().join();
    }
  }
}

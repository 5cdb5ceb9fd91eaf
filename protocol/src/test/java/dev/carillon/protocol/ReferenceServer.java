package dev.carillon.protocol;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/**
 * A redis-server of its own on a free port, for tests that compare what they expect with what the
 * reference does. Such tests are skipped where no redis-server is on the PATH.
 */
public final class ReferenceServer implements AutoCloseable {

  private final Process process;
  private final int port;

  private ReferenceServer(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts the server, or skips the calling test. */
  public static ReferenceServer startOrSkip() throws IOException, InterruptedException {
    Assumptions.assumeTrue(isOnPath(), "no redis-server on the PATH");
    int port;
    try (ServerSocket probe = new ServerSocket(0)) {
      port = probe.getLocalPort();
    }
    Process process =
        new ProcessBuilder(
                List.of(
                    "redis-server",
                    "--port",
                    Integer.toString(port),
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                    "--appendonly",
                    "no"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    ReferenceServer server = new ReferenceServer(process, port);
    for (int attempt = 0; attempt < 100; attempt++) {
      if (server.ask("PING\r\n").startsWith("+PONG")) {
        return server;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    server.close();
    throw new IOException("redis-server did not start within 5 s");
  }

  private static boolean isOnPath() {
    String path = System.getenv().getOrDefault("PATH", "");
    return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
        .splitAsStream(path)
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "redis-server")));
  }

  /**
   * Sends {@code request} on a connection of its own, then half-closes it, and returns all that the
   * server answers until it closes; one char per byte in both directions.
   */
  public String ask(String request) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(5000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.shutdownOutput();
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      InputStream in = socket.getInputStream();
      byte[] chunk = new byte[65536];
      try {
        for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
          answer.write(chunk, 0, n);
        }
      } catch (SocketTimeoutException slow) {
        answer.writeBytes("<no end>".getBytes(StandardCharsets.ISO_8859_1));
      }
      return answer.toString(StandardCharsets.ISO_8859_1);
    } catch (IOException refused) {
      return "<" + refused.getMessage() + ">";
    }
  }

  /** A command as RESP; one char per byte. */
  public static String command(String... arguments) {
    StringBuilder text = new StringBuilder("*" + arguments.length + "\r\n");
    for (String argument : arguments) {
      text.append('$').append(argument.length()).append("\r\n").append(argument).append("\r\n");
    }
    return text.toString();
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}

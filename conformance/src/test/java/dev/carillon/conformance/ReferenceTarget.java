package dev.carillon.conformance;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A redis-server of our own, where one is installed: what cases expect is verified against it, as
 * far as it knows their commands. Its time is real.
 */
public final class ReferenceTarget implements Target {

  private static final long SETTLING_MILLIS = 40;

  private final Process process;
  private final int port;
  private final Version version;
  private final Set<String> commands = new TreeSet<>();
  private @Nullable SocketClient control;

  private ReferenceTarget() throws IOException, InterruptedException {
    try (ServerSocket probe = new ServerSocket(0)) {
      port = probe.getLocalPort();
    }
    process =
        new ProcessBuilder(
                List.of(
                    program(),
                    "--port",
                    Integer.toString(port),
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                    "--appendonly",
                    "no",
                    "--enable-debug-command",
                    "yes"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    awaitStart();
    version = Version.ofInfo(((Reply.Bulk) must("INFO server")).text().toLatin1());
    for (Reply name : ((Reply.Array) must("COMMAND LIST")).elements()) {
      commands.add(((Reply.Bulk) name).text().toLatin1());
    }
  }

  /**
   * The program to start as the reference: that of the system property {@code carillon.reference},
   * a path or a name that is looked up on the PATH, or else {@code redis-server}.
   */
  public static String program() {
    return System.getProperty("carillon.reference", "redis-server");
  }

  /** Whether there is such a program. */
  public static boolean isInstalled() {
    String program = program();
    if (program.contains(java.io.File.separator)) {
      return Files.isExecutable(Path.of(program));
    }
    String path = System.getenv().getOrDefault("PATH", "");
    for (String directory : path.split(java.io.File.pathSeparator)) {
      if (Files.isExecutable(Path.of(directory, program))) {
        return true;
      }
    }
    return false;
  }

  /** Starts a server on a free port. */
  static ReferenceTarget start() throws IOException, InterruptedException {
    return new ReferenceTarget();
  }

  private void awaitStart() throws InterruptedException {
    for (int attempt = 0; attempt < 200 && control == null; attempt++) {
      try {
        control = new SocketClient(port);
      } catch (RuntimeException notYet) {
        TimeUnit.MILLISECONDS.sleep(25);
      }
    }
    if (control == null) {
      close();
      throw new IllegalStateException("redis-server did not start within 5 s");
    }
  }

  private Reply must(String request) {
    return must(Notation.words(request));
  }

  private Reply must(List<Bytes> words) {
    SocketClient client = control;
    if (client == null) {
      throw new IllegalStateException("not connected");
    }
    client.send(words);
    Reply reply = client.receive(true);
    if (reply == null || reply instanceof Reply.Failure) {
      throw new Runner.Interruption(
          words + " was answered with " + (reply == null ? "nothing" : Notation.show(reply)));
    }
    return reply;
  }

  /** Whether this version has what a case needs. */
  boolean isFor(Case one) {
    return version.isSince(one.settings().since())
        && commands.containsAll(Commands.namedBy(one, commands));
  }

  @Override
  public World open(Case one) {
    List<List<Bytes>> restoring = new ArrayList<>();
    for (Case.Ask ask : one.requests()) {
      List<Bytes> words = Notation.words(ask.request());
      if (words.size() > 3
          && ask.request().toUpperCase(java.util.Locale.ROOT).startsWith("CONFIG SET ")) {
        for (int i = 2; i + 1 < words.size(); i += 2) {
          Reply value = must(List.of(Bytes.of("CONFIG"), Bytes.of("GET"), words.get(i)));
          if (value instanceof Reply.Array(List<Reply> pair)
              && pair.size() == 2
              && pair.get(1) instanceof Reply.Bulk(Bytes text)) {
            restoring.add(List.of(Bytes.of("CONFIG"), Bytes.of("SET"), words.get(i), text));
          }
        }
      }
    }
    must("CONFIG SET notify-keyspace-events \"\"");
    must("FLUSHALL");
    must("DEBUG SET-ACTIVE-EXPIRE " + (one.settings().sweep() ? "1" : "0"));
    must("CONFIG SET notify-keyspace-events \"" + one.settings().flags() + "\"");
    return new ReferenceWorld(restoring);
  }

  @Override
  public void close() {
    if (control != null) {
      control.close();
    }
    process.destroy();
    process.onExit().join();
  }

  private final class ReferenceWorld implements World {

    private final List<List<Bytes>> restoring;
    private final List<SocketClient> clients = new ArrayList<>();

    ReferenceWorld(List<List<Bytes>> restoring) {
      this.restoring = restoring;
    }

    @Override
    public Client connect() {
      SocketClient client = new SocketClient(port);
      clients.add(client);
      return client;
    }

    @Override
    public long nowMillis() {
      return System.currentTimeMillis();
    }

    @Override
    public void pass(long millis) {
      try {
        TimeUnit.MILLISECONDS.sleep(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Runner.Interruption("interrupted", e);
      }
    }

    @Override
    public long tickMillis() {
      return 5;
    }

    @Override
    public void settle(Runnable action) {
      action.run();
      pass(SETTLING_MILLIS);
    }

    @Override
    public Optional<String> verify() {
      return Optional.empty();
    }

    @Override
    public void close() {
      clients.forEach(SocketClient::close);
      restoring.forEach(ReferenceTarget.this::must);
    }
  }
}

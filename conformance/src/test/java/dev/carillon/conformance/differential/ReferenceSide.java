package dev.carillon.conformance.differential;

import dev.carillon.conformance.Notation;
import dev.carillon.conformance.ReferenceTarget;
import dev.carillon.conformance.Version;
import dev.carillon.engine.acl.Users;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A redis-server of our own, in a directory of its own, where one is installed. It listens on a
 * Unix socket only: that takes no port from anybody, and costs half the time of TCP.
 */
final class ReferenceSide implements Side {

  private static final Pattern CLIENT_LIST_ID = Pattern.compile("(?m)^id=(\\d+) ");
  private static final int LOG_LINES = 10;
  private static final int START_ATTEMPTS = 400;

  private final Path directory;
  private final Process process;
  private final SocketLink control;
  private final SocketLink barrier;
  private final Version version;
  private final List<SocketLink> links = new ArrayList<>();
  private final List<Bytes> defaults = new ArrayList<>();
  private boolean configured = true;
  private boolean peopled;

  private ReferenceSide(Path directory, Process process) throws IOException, InterruptedException {
    this.directory = directory;
    this.process = process;
    awaitStart();
    for (int i = 0; i < EngineSide.SMALL_IDS; i++) {
      new SocketLink(socket()).close();
    }
    control = new SocketLink(socket());
    barrier = new SocketLink(socket());
    version = Version.ofInfo(((Reply.Bulk) must(Notation.words("INFO server"))).text().toLatin1());
    must(Notation.words("CONFIG SET notify-keyspace-events " + EngineSide.flags(version)));
  }

  /**
   * Starts a server.
   *
   * @param parameters whose values {@link #begin} restores
   */
  static ReferenceSide start(List<String> parameters) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("carillon-reference-");
    Process process =
        new ProcessBuilder(
                ReferenceTarget.program(),
                "--port",
                "0",
                "--unixsocket",
                directory.resolve("socket").toString(),
                "--dir",
                directory.toString(),
                "--save",
                "",
                "--appendonly",
                "no",
                "--enable-debug-command",
                "yes",
                "--proto-max-bulk-len",
                Long.toString(EngineSide.BULK_BYTES_MAX))
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    // However this process ends, that one does not stay behind.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
    ReferenceSide side = new ReferenceSide(directory, process);
    side.remember(parameters);
    return side;
  }

  private String log() {
    try {
      List<String> lines =
          Files.readAllLines(directory.resolve("log"), StandardCharsets.ISO_8859_1);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private Path socket() {
    return directory.resolve("socket");
  }

  private void awaitStart() throws IOException, InterruptedException {
    for (int attempt = 0; attempt < START_ATTEMPTS && process.isAlive(); attempt++) {
      if (Files.exists(socket())) {
        try {
          new SocketLink(socket()).close();
          return;
        } catch (IOException notYet) {
          // It is bound but does not listen yet.
        }
      }
      TimeUnit.MILLISECONDS.sleep(25);
    }
    process.destroy();
    throw new IOException("redis-server did not start");
  }

  private void remember(List<String> parameters) {
    defaults.add(Bytes.of("CONFIG"));
    defaults.add(Bytes.of("SET"));
    for (String parameter : parameters) {
      Reply reply = must(List.of(Bytes.of("CONFIG"), Bytes.of("GET"), Bytes.of(parameter)));
      if (reply instanceof Reply.Array(List<Reply> pair)
          && pair.size() == 2
          && pair.get(1) instanceof Reply.Bulk(Bytes value)) {
        defaults.add(Bytes.of(parameter));
        defaults.add(value);
        control.send(defaults);
        if (control.await() instanceof Reply.Failure) {
          // It cannot be set, or is another name of one that is there already.
          defaults.subList(defaults.size() - 2, defaults.size()).clear();
        }
      }
    }
  }

  /** The number of the connection that came last, for one that has to say a password first. */
  private long newestId() {
    long newest = 0;
    String clients = ((Reply.Bulk) must(Notation.words("CLIENT LIST"))).text().toLatin1();
    for (Matcher id = CLIENT_LIST_ID.matcher(clients); id.find(); ) {
      newest = Math.max(newest, Long.parseLong(id.group(1)));
    }
    return newest;
  }

  private Reply must(List<Bytes> words) {
    control.send(words);
    Reply reply = control.await();
    if (reply instanceof Reply.Failure) {
      throw new IllegalStateException(words + " was answered with " + Notation.show(reply));
    }
    return reply;
  }

  @Override
  public Version version() {
    return version;
  }

  @Override
  public void begin() {
    links.forEach(SocketLink::close);
    links.clear();
    if (configured && defaults.size() > 2) {
      must(defaults);
      configured = false;
    }
    for (String request :
        List.of(
            "FLUSHALL",
            "CLIENT UNPAUSE",
            "DEBUG SET-ACTIVE-EXPIRE 0",
            "CONFIG RESETSTAT",
            "SLOWLOG RESET",
            "ACL LOG RESET")) {
      must(Notation.words(request));
    }
    if (peopled) {
      removeUsers();
      peopled = false;
    }
  }

  private void removeUsers() {
    List<Bytes> words = new ArrayList<>(Notation.words("ACL DELUSER"));
    for (Reply user : ((Reply.Array) must(Notation.words("ACL USERS"))).elements()) {
      if (user instanceof Reply.Bulk(Bytes name) && !name.equals(Users.DEFAULT)) {
        words.add(name);
      }
    }
    if (words.size() > 2) {
      must(words);
    }
  }

  @Override
  public Link connect() {
    try {
      SocketLink link = new SocketLink(socket()).impatient();
      links.add(link);
      return link;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Two turns of the server's event loop. What was sent before the first question is executed in
   * the same turn as that question or before; and before the second is read, everything the first
   * turn had to say has been written to whom it concerns.
   */
  @Override
  public void settle() {
    barrier.ping();
    barrier.ping();
  }

  @Override
  public Counters counters() {
    barrier.send(Counters.REQUEST);
    return barrier.await() instanceof Reply.Bulk(Bytes info) ? Counters.of(info) : Counters.none();
  }

  @Override
  public void close() {
    links.forEach(SocketLink::close);
    control.close();
    barrier.close();
    process.destroy();
    process.onExit().join();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final class SocketLink implements Link {

    private static final List<Bytes> PING = List.of(Bytes.of("PING"));
    private static final List<Bytes> CLIENT_ID = List.of(Bytes.of("CLIENT"), Bytes.of("ID"));

    private final SocketChannel channel;
    private final ByteBuffer input = ByteBuffer.allocateDirect(64 * 1024);
    private final byte[] chunk = new byte[64 * 1024];
    private final Frames frames = new Frames();
    private final long id;
    private boolean open = true;

    SocketLink(Path socket) throws IOException {
      channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.connect(UnixDomainSocketAddress.of(socket));
      send(CLIENT_ID);
      id = await() instanceof Reply.Int(long number) ? number : newestId();
    }

    /** From here on {@link #take} answers what is there, and does not wait. */
    SocketLink impatient() throws IOException {
      channel.configureBlocking(false);
      return this;
    }

    @Override
    public long id() {
      return id;
    }

    void ping() {
      send(PING);
      await();
    }

    /** The next reply, however long it takes. */
    Reply await() {
      try {
        while (true) {
          List<Frame> arrived = frames.take();
          if (!arrived.isEmpty()) {
            return arrived.getFirst().reply();
          }
          if (read() < 0) {
            throw new IOException("end of input");
          }
        }
      } catch (IOException e) {
        throw new IllegalStateException("redis-server has gone; its last words:\n" + log(), e);
      }
    }

    @Override
    public void send(List<Bytes> words) {
      if (words.getFirst().isWord("CONFIG")) {
        configured = true;
      }
      if (words.getFirst().isWord("ACL")) {
        peopled = true;
      }
      ByteArrayOutputStream request = new ByteArrayOutputStream();
      request.writeBytes(ascii("*" + words.size() + "\r\n"));
      for (Bytes word : words) {
        request.writeBytes(ascii("$" + word.length() + "\r\n"));
        request.write(word.array(), word.offset(), word.length());
        request.writeBytes(ascii("\r\n"));
      }
      ByteBuffer output = ByteBuffer.wrap(request.toByteArray());
      try {
        while (output.hasRemaining()) {
          if (channel.write(output) == 0) {
            Thread.onSpinWait();
          }
        }
      } catch (IOException e) {
        open = false;
      }
    }

    private static byte[] ascii(String text) {
      return text.getBytes(StandardCharsets.US_ASCII);
    }

    private int read() throws IOException {
      input.clear();
      int count = channel.read(input);
      if (count > 0) {
        input.flip().get(chunk, 0, count);
        frames.feed(chunk, 0, count);
      }
      return count;
    }

    @Override
    public List<Frame> take() {
      try {
        if (open) {
          int count = read();
          while (count == chunk.length) {
            count = read();
          }
          open = count >= 0;
        }
      } catch (IOException e) {
        open = false;
      }
      return frames.take();
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      open = false;
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}

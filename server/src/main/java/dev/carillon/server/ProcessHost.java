package dev.carillon.server;

import com.sun.management.OperatingSystemMXBean;
import dev.carillon.engine.command.Conversation;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.ConfigError;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.reply.Departure;
import dev.carillon.engine.session.Session;
import dev.carillon.server.loop.Connection;
import dev.carillon.server.loop.Lateness;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process around an engine: what INFO says of it, and what only it can do. */
final class ProcessHost implements Host {

  private static final Logger LOG = LoggerFactory.getLogger(ProcessHost.class);

  private final @Nullable Path configFile;
  private final Configuration config;
  private final Clock clock;
  private final Lateness lateness;
  private final long startedMillis;
  private final String runId;
  private final SecureRandom secrets = new SecureRandom();
  private volatile int port;
  private volatile Supplier<List<String>> users = List::of;
  private volatile UnaryOperator<List<String>> feeds = UnaryOperator.identity();
  private volatile Runnable stop = () -> {};
  private volatile Runnable slept = () -> {};
  private volatile Consumer<Conversation> conversations = conversation -> {};

  ProcessHost(
      @Nullable Path configFile,
      Configuration config,
      Clock clock,
      Lateness lateness,
      String runId) {
    this.configFile = configFile;
    this.config = config;
    this.clock = clock;
    this.lateness = lateness;
    this.startedMillis = clock.millis();
    this.runId = runId;
  }

  void port(int boundPort) {
    port = boundPort;
  }

  /** Who knows the {@code user} lines that belong into the configuration file. */
  void users(Supplier<List<String>> lines) {
    users = lines;
  }

  /** Who knows what {@code feed} lines of the configuration file have to say. */
  void feeds(UnaryOperator<List<String>> lines) {
    feeds = lines;
  }

  /** Who speaks to other servers. */
  void conversations(Consumer<Conversation> newConversations) {
    conversations = newConversations;
  }

  @Override
  public void converse(Conversation conversation) {
    conversations.accept(conversation);
  }

  void onShutdown(Runnable newStop) {
    stop = newStop;
  }

  /** Who has to look at the clock again where the whole server stood still. */
  void onSlept(Runnable newSlept) {
    slept = newSlept;
  }

  @Override
  public Map<String, String> facts() {
    Runtime runtime = Runtime.getRuntime();
    Map<String, String> all = new LinkedHashMap<>();
    all.put("carillon_version", Version.text());
    all.put("carillon_commit", Version.commit());
    all.put("process_id", Long.toString(ProcessHandle.current().pid()));
    all.put("run_id", runId);
    all.put("tcp_port", Integer.toString(port));
    all.put("started_millis", Long.toString(startedMillis));
    all.put("uptime_in_seconds", Long.toString((clock.millis() - startedMillis) / 1000));
    all.put("config_file", configFile == null ? "" : configFile.toString());
    all.put("executable", ProcessHandle.current().info().command().orElse(""));
    all.put(
        "os",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch"));
    all.put("java_version", System.getProperty("java.version"));
    all.put("heap_used_bytes", Long.toString(runtime.totalMemory() - runtime.freeMemory()));
    all.put("heap_committed_bytes", Long.toString(runtime.totalMemory()));
    all.put("heap_max_bytes", Long.toString(runtime.maxMemory()));
    all.put("used_memory_rss", Long.toString(residentBytes(runtime)));
    all.put("total_system_memory", Long.toString(systemBytes()));
    all.put("used_cpu_nanos", Long.toString(cpuNanos()));
    all.putAll(lateness.facts());
    return all;
  }

  private static long residentBytes(Runtime runtime) {
    try {
      String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ");
      return Long.parseLong(pages[1]) * 4096;
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException elsewhere) {
      return runtime.totalMemory();
    }
  }

  private static long systemBytes() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : 0;
  }

  private static long cpuNanos() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getProcessCpuTime()
        : 0;
  }

  @Override
  public void report(String sentence) {
    LOG.info("{}", sentence);
  }

  @Override
  public void resetCounters() {
    lateness.reset();
  }

  @Override
  public long sleep(long micros) {
    long before = clock.millis();
    try {
      TimeUnit.MICROSECONDS.sleep(micros);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
    slept.run();
    return clock.millis() - before;
  }

  @Override
  public void warn(String sentence) {
    LOG.warn(sentence);
  }

  @Override
  public void shutdown() {
    stop.run();
  }

  @Override
  public String rewriteConfig() {
    Path file = configFile;
    if (file == null) {
      return "The server is running without a config file";
    }
    try {
      String original =
          Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
      String text = config.rewrite(original, users.get(), feeds);
      replace(file, text.getBytes(StandardCharsets.ISO_8859_1));
      return "";
    } catch (IOException e) {
      return "Rewriting config file: " + e;
    }
  }

  /** Either the old text or the new one is there, whatever happens meanwhile. */
  private static void replace(Path file, byte[] text) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.write(fresh, text);
    try {
      Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  // ---------------------------------------------------------------------------------------- users

  private Path usersFile() {
    return Path.of(utf8(config.get(Parameters.DIR)))
        .resolve(utf8(config.get(Parameters.ACLFILE)))
        .toAbsolutePath();
  }

  /** The text whose UTF-8 bytes the characters 0 to 255 of a parameter stand for. */
  private static String utf8(String characters) {
    return new String(characters.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  @Override
  public String readUsers() throws ConfigError {
    try {
      return Files.readString(usersFile(), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw new ConfigError("No such file or directory");
    } catch (AccessDeniedException e) {
      throw new ConfigError("Permission denied");
    } catch (IOException | InvalidPathException e) {
      throw new ConfigError(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public boolean writeUsers(String text) {
    try {
      replace(usersFile(), text.getBytes(StandardCharsets.ISO_8859_1));
      return true;
    } catch (IOException | InvalidPathException e) {
      LOG.warn("cannot write the users into aclfile {}", config.get(Parameters.ACLFILE), e);
      return false;
    }
  }

  @Override
  public byte[] secret(int length) {
    byte[] secret = new byte[length];
    secrets.nextBytes(secret);
    return secret;
  }

  @Override
  public long ticker() {
    return clock.ticker();
  }

  @Override
  public @Nullable Departure departure(Session session, long sequence) {
    return session.attachment() instanceof Connection connection
        ? connection.departure(sequence)
        : null;
  }
}

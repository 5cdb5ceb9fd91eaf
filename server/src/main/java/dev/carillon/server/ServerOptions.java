package dev.carillon.server;

import dev.carillon.engine.config.ConfigError;
import dev.carillon.engine.config.ConfigFile;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.server.transport.NetworkKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What a server is started with. The defaults are those of a server inside a test or an
 * application: a free port of the loopback address, Java's own sockets, the machine's clock.
 *
 * <pre>{@code
 * try (CarillonServer server = CarillonServer.start()) {
 *   connectTo(server.uri());
 * }
 * }</pre>
 */
public final class ServerOptions {

  private Configuration config = new Configuration();
  private Clock clock = new SystemClock();
  private NetworkKind network = NetworkKind.NIO;
  private RandomGenerator random = new Random();
  private long ceilingBytes = Runtime.getRuntime().maxMemory() / 100 * 85;
  private @Nullable Path configFile;
  private @Nullable Path directory;
  private List<ConfigFile.Line> users = List.of();
  private List<ConfigFile.Line> renames = List.of();
  private List<ConfigFile.Line> feeds = List.of();

  private ServerOptions() {
    config.put(Parameters.PORT, 0L);
    config.put(Parameters.BIND, List.of("127.0.0.1"));
    config.put(Parameters.SAVE, List.of());
  }

  /** The defaults of an embedded server. */
  public static ServerOptions embedded() {
    return new ServerOptions();
  }

  /** The configuration to start with; port 0 is a free one. */
  public ServerOptions config(Configuration newConfig) {
    config = newConfig;
    return this;
  }

  /**
   * Lines of redis.conf on top of what is configured so far, such as {@code maxmemory 100mb}.
   *
   * @throws StartException with a sentence that names the first line that is refused; then nothing
   *     has changed
   */
  public ServerOptions configure(String... lines) {
    try {
      ConfigFile.Source source = new ConfigFile.Source("configuration", String.join("\n", lines));
      config.load(ConfigFile.parse(source, ConfigFile.Includes.NONE));
    } catch (ConfigError e) {
      throw new StartException(e.text(), e);
    }
    return this;
  }

  /** The port to listen at; 0 is a free one. */
  public ServerOptions port(int port) {
    config.put(Parameters.PORT, (long) port);
    return this;
  }

  /** Where the server takes the time from. */
  public ServerOptions clock(Clock newClock) {
    clock = newClock;
    return this;
  }

  /** Which system calls carry the sockets. */
  public ServerOptions network(NetworkKind kind) {
    network = kind;
    return this;
  }

  /** Every random choice of the engine, for tests that want to repeat them. */
  public ServerOptions random(RandomGenerator generator) {
    random = generator;
    return this;
  }

  /** Above this many bytes of keys and values writes are refused; 85 % of the heap unless set. */
  public ServerOptions ceilingBytes(long bytes) {
    ceilingBytes = bytes;
    return this;
  }

  /** The file that CONFIG REWRITE writes and INFO names; none unless set. */
  public ServerOptions configFile(@Nullable Path file) {
    configFile = file;
    return this;
  }

  /**
   * Keeps what clients write in a directory, which has to be there: each change goes into a journal
   * ({@code appendonly yes} in the configuration given so far), and the next server that is given
   * the directory has it again. A crash of the machine may take back the last second, or nothing if
   * {@code appendfsync} is {@code always}. No other server may use the directory meanwhile.
   */
  public ServerOptions durable(Path newDirectory) {
    config.put(Parameters.APPENDONLY, true);
    return directory(newDirectory);
  }

  /**
   * Where the server's files lie, which has to be there; null, as at first, if it keeps nothing. It
   * begins with what lies there. What is written later is kept by snapshots only, on request (SAVE,
   * BGSAVE) and by themselves if the configuration has save points; {@link #durable} keeps all of
   * it.
   */
  public ServerOptions directory(@Nullable Path newDirectory) {
    directory = newDirectory;
    return this;
  }

  /** The {@code user} lines of the configuration, which say who may do what. */
  public ServerOptions users(List<ConfigFile.Line> lines) {
    users = List.copyOf(lines);
    return this;
  }

  /** The {@code rename-command} lines of the configuration: what clients call commands. */
  public ServerOptions renames(List<ConfigFile.Line> lines) {
    renames = List.copyOf(lines);
    return this;
  }

  List<ConfigFile.Line> renames() {
    return renames;
  }

  /** The {@code feed} lines of the configuration: feeds that there are to be. */
  public ServerOptions feeds(List<ConfigFile.Line> lines) {
    feeds = List.copyOf(lines);
    return this;
  }

  List<ConfigFile.Line> feeds() {
    return feeds;
  }

  Configuration config() {
    return config;
  }

  Clock clock() {
    return clock;
  }

  NetworkKind network() {
    return network;
  }

  RandomGenerator random() {
    return random;
  }

  long ceilingBytes() {
    return ceilingBytes;
  }

  @Nullable Path configFile() {
    return configFile;
  }

  @Nullable Path directory() {
    return directory;
  }

  List<ConfigFile.Line> users() {
    return users;
  }
}

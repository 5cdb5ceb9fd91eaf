package dev.carillon.server.cli;

import dev.carillon.engine.config.ConfigError;
import dev.carillon.engine.config.ConfigFile;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.LogLevel;
import dev.carillon.engine.config.Parameter;
import dev.carillon.engine.config.Parameters;
import dev.carillon.server.CarillonServer;
import dev.carillon.server.ServerOptions;
import dev.carillon.server.StartException;
import dev.carillon.server.Version;
import dev.carillon.server.transport.NetworkKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code carillon serve}: a server in the foreground until somebody stops it. Its arguments are
 * read as a configuration is; what is annotated here is only its help.
 */
@Command(
    name = "serve",
    customSynopsis = "carillon serve [file.conf | -] [--parameter value ...]",
    header = "Start a server in the foreground.",
    description = {
      "%nThe file has the syntax and the parameters of redis.conf; - reads it from standard input."
          + " Parameters on the command line come after the file and win.%n",
      "Examples%n"
          + "  carillon serve%n"
          + "  carillon serve --port 6380 --notify-keyspace-events KEA%n"
          + "  carillon serve /etc/carillon.conf --loglevel verbose%n",
      "The exit code is 0 after Ctrl-C, SIGTERM or SHUTDOWN, and 1 if the server could not start."
    })
final class Serve {

  private static final String STDIN = "-";

  private final Streams streams;
  private final Consumer<Running> started;

  @Option(names = "--help", usageHelp = true, description = "Show this text.")
  boolean help;

  /**
   * A server that listens.
   *
   * @param cause why it stopped, for the last line that it says
   */
  record Running(CarillonServer server, AtomicReference<String> cause) {

    /** Stops the server in an orderly way; any thread but the server's own. */
    void stop(String reason) {
      boolean saved =
          server.saveToStop(
              reason.equals(StopSignals.INTERRUPT)
                  ? Parameters.SHUTDOWN_ON_SIGINT
                  : Parameters.SHUTDOWN_ON_SIGTERM);
      if (!saved) {
        LoggerFactory.getLogger(Serve.class)
            .warn(
                "{} came, but the snapshot could not be saved: Carillon goes on; another signal"
                    + " stops it without",
                reason);
        return;
      }
      cause.set(reason);
      server.close();
    }
  }

  Serve(Streams streams) {
    this(streams, running -> StopSignals.onStop(running::stop));
  }

  /** For those who have other means than signals to stop what they started. */
  Serve(Streams streams, Consumer<Running> started) {
    this.streams = streams;
    this.started = started;
  }

  /** Starts, says so, and returns the exit code when the server has stopped. */
  int serve(List<String> words) throws InterruptedException {
    Path pidFile = null;
    try {
      ConfigFile file = read(words);
      Configuration config = new Configuration();
      // What is embedded forgets by default; what runs by itself does not.
      config.initially(Parameters.APPENDONLY, true);
      config.load(file);
      refuse(file);
      Path directory = directory(config);
      Path logFile = logFile(config, directory);
      LogSetup.start(config.get(Parameters.LOGLEVEL), logFile, streams.out());
      config.onChange(Parameters.LOGLEVEL, LogSetup::level);
      NetworkKind network = NetworkKind.best();
      CarillonServer server =
          CarillonServer.start(
              ServerOptions.embedded()
                  .config(config)
                  .network(network)
                  .users(file.users())
                  .renames(file.renames())
                  .feeds(file.feeds())
                  .directory(directory)
                  .configFile(configFile(words)));
      try (server) {
        pidFile = writePid(config, directory);
        Running running = new Running(server, new AtomicReference<>("SHUTDOWN"));
        remark(file, network);
        greet(config, server, logFile);
        started.accept(running);
        server.awaitStop();
        LoggerFactory.getLogger(Serve.class).info("Carillon has stopped ({})", running.cause());
      }
      return Main.OK;
    } catch (ConfigError e) {
      streams.complain(e.text());
      return Main.FAILED;
    } catch (StartException e) {
      streams.complain(String.valueOf(e.getMessage()));
      return Main.FAILED;
    } finally {
      removePid(pidFile);
    }
  }

  // -------------------------------------------------------------------------------- configuration

  private ConfigFile read(List<String> words) throws ConfigError {
    ConfigFiles files = new ConfigFiles();
    if (words.isEmpty() || words.get(0).startsWith("--")) {
      return ConfigFile.arguments(separated(words), files);
    }
    ConfigFile.Source source =
        words.get(0).equals(STDIN) ? standardInput() : ConfigFiles.read(words.get(0));
    return ConfigFile.parse(source, files)
        .then(ConfigFile.arguments(separated(words.subList(1, words.size())), files));
  }

  private ConfigFile.Source standardInput() throws ConfigError {
    try {
      return ConfigFiles.source("standard input", streams.in().readAllBytes());
    } catch (IOException e) {
      throw new ConfigError("cannot read the configuration from standard input: " + e.getMessage());
    }
  }

  /** {@code --port=7000} is what many people type; Redis only knows {@code --port 7000}. */
  private static List<String> separated(List<String> words) {
    List<String> separated = new ArrayList<>();
    for (String word : words) {
      int sign = word.indexOf('=');
      if (word.startsWith("--") && sign > 2 && Parameters.find(word.substring(2, sign)) != null) {
        separated.add(word.substring(0, sign));
        separated.add(word.substring(sign + 1));
      } else {
        separated.add(word);
      }
    }
    return separated;
  }

  private static @Nullable Path configFile(List<String> words) {
    boolean named =
        !words.isEmpty() && !words.get(0).startsWith("--") && !words.get(0).equals(STDIN);
    return named ? Path.of(words.get(0)).toAbsolutePath().normalize() : null;
  }

  /** Lines that would protect or promise something here if they were obeyed, and are not. */
  private static void refuse(ConfigFile file) throws ConfigError {
    for (ConfigFile.Line line : file.modules()) {
      throw line.error("modules of Redis cannot be loaded");
    }
  }

  // ---------------------------------------------------------------------------------------- files

  private static Path directory(Configuration config) {
    String name = utf8(config.get(Parameters.DIR));
    Path directory = path("dir", name);
    if (!config.isInitial(Parameters.DIR)) {
      if (!Files.isDirectory(directory)) {
        throw new StartException(
            "dir is "
                + name
                + ", which is "
                + (Files.exists(directory) ? "no directory" : "not there")
                + "; make it, or name another one with --dir");
      }
      if (!Files.isWritable(directory)) {
        throw new StartException(
            "dir is " + name + ", which this user may not write to; name another one with --dir");
      }
    }
    return directory;
  }

  /** The log file, after a try to write to it; null for none. */
  private static @Nullable Path logFile(Configuration config, Path directory) {
    String name = utf8(config.get(Parameters.LOGFILE));
    if (name.isEmpty()) {
      return null;
    }
    Path file = directory.resolve(path("logfile", name));
    try {
      Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND).close();
    } catch (IOException e) {
      throw cannotWrite("logfile", file, e);
    }
    return file;
  }

  private static @Nullable Path writePid(Configuration config, Path directory) {
    String name = utf8(config.get(Parameters.PIDFILE));
    if (name.isEmpty()) {
      return null;
    }
    Path file = directory.resolve(path("pidfile", name));
    try {
      Files.writeString(file, ProcessHandle.current().pid() + "\n");
    } catch (IOException e) {
      throw cannotWrite("pidfile", file, e);
    }
    return file;
  }

  private static void removePid(@Nullable Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      LoggerFactory.getLogger(Serve.class).warn("cannot remove the pidfile {}", file, e);
    }
  }

  private static StartException cannotWrite(String parameter, Path file, IOException cause) {
    return new StartException(
        "cannot write to " + parameter + " " + file + ": " + ConfigFiles.reason(cause), cause);
  }

  private static Path path(String parameter, String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new StartException(parameter + " is " + name + ", which is no path here", e);
    }
  }

  /** The text whose UTF-8 bytes the characters 0 to 255 of a parameter stand for. */
  private static String utf8(String characters) {
    return new String(characters.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  // --------------------------------------------------------------------------------------- saying

  private static void remark(ConfigFile file, NetworkKind network) {
    Logger log = LoggerFactory.getLogger(Serve.class);
    List<Parameter<?>> idle = new ArrayList<>(file.withoutEffect());
    if (idle.remove(Parameters.DAEMONIZE)) {
      log.warn(
          "daemonize has no effect: Carillon stays in the foreground; let systemd keep it running,"
              + " or put nohup before it and & behind it");
    }
    if (!idle.isEmpty()) {
      log.warn(
          "accepted, but without effect in Carillon: {}",
          String.join(", ", idle.stream().map(Parameter::name).toList()));
    }
    if (!file.obsolete().isEmpty()) {
      log.warn(
          "accepted, but without meaning since Redis 7: {}",
          String.join(
              ", ", file.obsolete().stream().map(ConfigFile.Line::name).distinct().toList()));
    }
    if (network == NetworkKind.NIO) {
      log.info(
          "Netty's native epoll is not available here: Java's own sockets are used, and events of"
              + " expired keys may come a millisecond later");
    }
  }

  private void greet(Configuration config, CarillonServer server, @Nullable Path logFile) {
    String listening =
        "Carillon "
            + Version.text()
            + " listens at "
            + server.uri()
            + " (process "
            + ProcessHandle.current().pid()
            + ")";
    if (logFile != null) {
      LoggerFactory.getLogger(Serve.class).info(listening);
    }
    LogLevel level = config.get(Parameters.LOGLEVEL);
    if (level == LogLevel.WARNING || level == LogLevel.NOTHING) {
      return;
    }
    streams.out().println(listening);
    streams.out().println("  try it     redis-cli -p " + server.port() + " ping");
    streams.out().println("  see events carillon watch --url " + server.uri());
    streams.out().println("  stop it    Ctrl-C");
    if (logFile != null) {
      streams.out().println("  read on    " + logFile);
    }
  }
}

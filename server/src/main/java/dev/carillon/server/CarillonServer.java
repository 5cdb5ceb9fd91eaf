package dev.carillon.server;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.acl.RuleError;
import dev.carillon.engine.acl.Users;
import dev.carillon.engine.command.Renames;
import dev.carillon.engine.config.ConfigError;
import dev.carillon.engine.config.ConfigFile;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameter;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.journal.JournalFiles;
import dev.carillon.engine.journal.Recovery;
import dev.carillon.engine.load.JournalLoad;
import dev.carillon.engine.load.LoadSource;
import dev.carillon.engine.load.Startup;
import dev.carillon.engine.storage.Disk;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.server.disk.DirectoryLock;
import dev.carillon.server.disk.FileStorage;
import dev.carillon.server.disk.Worker;
import dev.carillon.server.loop.EngineLoop;
import dev.carillon.server.loop.Lateness;
import dev.carillon.server.loop.Loader;
import dev.carillon.server.transport.Conversations;
import dev.carillon.server.transport.Transport;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.AbstractEventExecutor;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running server: an engine, the thread that owns it, and its sockets. Several may run in one
 * JVM; they share nothing.
 *
 * <p>All public methods may be called from any thread but the server's own.
 */
public final class CarillonServer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(CarillonServer.class);

  private final MultiThreadIoEventLoopGroup group;
  private final EngineLoop loop;
  private final Transport transport;
  private final @Nullable Worker bulk;
  private final @Nullable Worker syncs;
  private @Nullable DirectoryLock lock;
  private final Clock clock;
  private final List<SocketAddress> addresses = new ArrayList<>();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Starts a server at a free port of the loopback address. */
  public static CarillonServer start() {
    return start(ServerOptions.embedded());
  }

  /**
   * Starts a server and returns when it listens and has loaded what lies in its directory. While it
   * loads, clients may come and are told so.
   *
   * @throws StartException if it cannot, with one sentence that says why
   */
  public static CarillonServer start(ServerOptions options) {
    return new CarillonServer(options);
  }

  private CarillonServer(ServerOptions options) {
    Configuration config = options.config();
    clock = options.clock();
    group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("carillon", true), options.network().handlers());
    EventLoop thread = group.next();
    Lateness lateness = new Lateness();
    String runId = runId(options.random().nextLong(), options.random().nextLong());
    ProcessHost host = new ProcessHost(options.configFile(), config, clock, lateness, runId);
    host.onShutdown(() -> new Thread(this::close, "carillon-stop").start());
    Path directory = options.directory();
    bulk = directory == null ? null : worker("carillon-files", thread);
    syncs = directory == null ? null : worker("carillon-disk", thread);
    Disk disk =
        directory == null || bulk == null || syncs == null
            ? null
            : new Disk(new FileStorage(directory), syncs, bulk);
    Engine engine =
        new Engine(new EngineOptions(config, options.random(), host, options.ceilingBytes(), disk));
    engine
        .dispatcher()
        .defects(
            (request, defect) ->
                LOG.error("a defect: the request {} failed; please report it", request, defect));
    boolean usersInFile = !config.get(Parameters.ACLFILE).isEmpty();
    host.users(
        () -> usersInFile || !engine.users().isConfigured() ? List.of() : engine.users().lines());
    host.feeds(engine::feedLine);
    loop = new EngineLoop(engine, clock, thread, lateness);
    transport = new Transport(loop, options.network());
    host.onSlept(loop::readClock);
    host.conversations(new Conversations(loop, options.network())::begin);
    transport.ceilingBytes(options.ceilingBytes());
    obey(config, Parameters.PROTO_MAX_BULK_LEN, transport::bulkBytesMax);
    obey(config, Parameters.CLIENT_QUERY_BUFFER_LIMIT, transport::inputBytesMax);
    obey(config, Parameters.MAXCLIENTS, transport::connectionsMax);
    obey(
        config,
        Parameters.TCP_KEEPALIVE,
        seconds -> transport.keepAliveSeconds(seconds.intValue()));
    obey(config, Parameters.PROTECTED_MODE, transport::protectedMode);
    keep(config, Parameters.PORT);
    keep(config, Parameters.BIND);
    if (directory != null) {
      keep(config, Parameters.DIR);
    }
    Loader loader;
    try {
      define(engine.users(), options.users(), host, config.get(Parameters.ACLFILE));
      rename(engine.dispatcher().renames(), options.renames());
      // Before anybody can come, and see that nothing is there, or change what no journal holds.
      loader = loader(config, directory);
      listen(config);
    } catch (StartException e) {
      stopWorkers();
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
      transport.release();
      throw e;
    }
    host.port(port());
    loop.start();
    try {
      if (loader != null) {
        await(loader);
      }
      configureFeeds(options.feeds(), thread);
    } catch (StartException e) {
      close();
      throw e;
    }
  }

  private Worker worker(String name, EventLoop thread) {
    Executor later =
        thread instanceof AbstractEventExecutor lazy ? lazy::lazyExecute : thread::execute;
    return new Worker(name, thread, later, this::onBackground);
  }

  /** Feeds that the configuration names are made when it is known which ones there are. */
  private void configureFeeds(List<ConfigFile.Line> lines, EventLoop thread) {
    for (ConfigFile.Line line : lines) {
      List<Bytes> words =
          line.words().stream()
              .map(word -> Bytes.of(word.getBytes(StandardCharsets.ISO_8859_1)))
              .toList();
      try {
        thread
            .submit(
                () -> {
                  loop.engine().configureFeed(words, clock.millis());
                  loop.endBatch();
                  return words;
                })
            .get();
      } catch (ExecutionException e) {
        String reason =
            e.getCause() instanceof ConfigError refused
                ? refused.text()
                : String.valueOf(e.getCause());
        throw new StartException(line.error(reason).text(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StartException("interrupted while feeds were made", e);
      }
    }
  }

  /** Finds what there is to begin with; whoever comes from now on is told to wait for it. */
  private @Nullable Loader loader(Configuration config, @Nullable Path directory) {
    if (directory == null) {
      return null;
    }
    boolean journaled = config.get(Parameters.APPENDONLY);
    try {
      FileStorage storage = new FileStorage(directory);
      if (journaled) {
        lock = DirectoryLock.take(directory);
      }
      config.onChange(
          Parameters.APPENDONLY,
          wanted -> {
            if (wanted && lock == null) {
              lock(directory);
            }
          });
      if (journaled && Recovery.isPresent(storage)) {
        LoadSource source = new JournalLoad(loop.engine().recovery(), this::goOn);
        return new Loader(loop, clock, JournalFiles.DIRECTORY, source);
      }
      Startup startup = new Startup(storage, config);
      Startup.Found found = startup.find();
      if (found == null) {
        if (journaled) {
          loop.engine().startJournal(clock.millis());
        }
        return null;
      }
      if (found.ignored() != null) {
        LOG.warn(
            "{} is loaded; {} lies there too and is not looked at", found.name(), found.ignored());
      }
      Engine engine = loop.engine();
      LoadSource data =
          startup.open(
              found, engine.keyspace(), engine.commandReplay(clock.millis()), engine::onFact);
      LoadSource source = journaled ? engine.importing(data, clock::millis) : data;
      return new Loader(loop, clock, found.name(), source);
    } catch (IOException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Begins a new segment behind what an earlier run has left. */
  private void goOn(Recovery recovery) throws IOException {
    Engine engine = loop.engine();
    engine.recovered(recovery);
    // Somebody may have said no while it was read.
    if (engine.config().get(Parameters.APPENDONLY)) {
      engine.startJournal(clock.millis());
    }
  }

  private void lock(Path directory) throws ConfigError {
    try {
      lock = DirectoryLock.take(directory);
    } catch (IOException e) {
      throw new ConfigError(String.valueOf(e.getMessage()));
    }
  }

  private static void await(Loader loader) {
    try {
      loader.start().get();
    } catch (ExecutionException e) {
      Throwable cause = Objects.requireNonNull(e.getCause());
      throw new StartException(String.valueOf(cause.getMessage()), cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartException("interrupted while data was being loaded", e);
    }
  }

  private void stopJournal() {
    try {
      loop.engine().stopJournal(clock.millis());
    } catch (IOException e) {
      LOG.error("the last changes could not be written to the journal", e);
    }
  }

  private void onBackground() {
    loop.onBackground();
  }

  private static <T> void obey(Configuration config, Parameter<T> parameter, Consumer<T> listener) {
    listener.accept(config.get(parameter));
    config.onChange(parameter, listener::accept);
  }

  /** Refuses to change what this server cannot change while it runs. */
  private static <T> void keep(Configuration config, Parameter<T> parameter) {
    T atStart = config.get(parameter);
    config.onChange(
        parameter,
        value -> {
          if (!value.equals(atStart)) {
            throw new ConfigError(
                "Carillon stays where it is; restart it to let it listen, or keep its files,"
                    + " elsewhere");
          }
        });
  }

  /** Who may do what, as lines of the configuration or a file of its own say. */
  private static void define(
      Users users, List<ConfigFile.Line> lines, ProcessHost host, String file) {
    if (!file.isEmpty() && !lines.isEmpty()) {
      throw new StartException(
          lines.getFirst().place()
              + ": users are defined here and in aclfile "
              + file
              + "; keep one of the two");
    }
    Set<String> names = new HashSet<>();
    for (ConfigFile.Line line : lines) {
      String name = line.words().getFirst();
      try {
        if (Users.hasSpaceOrZero(name)) {
          throw line.error("names of users have no spaces");
        }
        if (!names.add(name)) {
          throw line.error("the user is defined twice");
        }
        // The lines say all there is to say of a user, also of the default one.
        List<String> rules = new ArrayList<>(line.words());
        rules.set(0, "reset");
        users.change(name(name), rules);
      } catch (RuleError error) {
        throw new StartException(line.error(error.reason().text()).text(), error);
      } catch (ConfigError error) {
        throw new StartException(error.text(), error);
      }
    }
    if (!file.isEmpty()) {
      load(users, host, file);
    }
  }

  /** What clients call commands, as lines of the configuration say. */
  private static void rename(Renames renames, List<ConfigFile.Line> lines) {
    try {
      for (ConfigFile.Line line : lines) {
        Bytes from = name(line.words().get(0));
        Bytes to = name(line.words().get(1));
        if (!renames.isKnown(from)) {
          throw line.error("No such command in rename-command");
        }
        if (!renames.rename(from, to)) {
          throw line.error("Target command name already exists");
        }
      }
    } catch (ConfigError error) {
      throw new StartException(error.text(), error);
    }
  }

  private static Bytes name(String text) {
    return Bytes.of(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void load(Users users, ProcessHost host, String file) {
    String errors;
    try {
      errors = users.load(file, host.readUsers());
    } catch (ConfigError error) {
      throw new StartException("cannot read aclfile " + file + ": " + error.text(), error);
    }
    if (!errors.isEmpty()) {
      throw new StartException("aclfile " + errors);
    }
  }

  private static String runId(long high, long low) {
    return String.format("%016x%016x%08x", high, low, (int) (high ^ low));
  }

  private void listen(Configuration config) {
    int port = config.get(Parameters.PORT).intValue();
    int backlog = config.get(Parameters.TCP_BACKLOG).intValue();
    for (String host : config.get(Parameters.BIND)) {
      boolean optional = host.startsWith("-");
      String name = optional ? host.substring(1) : host;
      InetSocketAddress address =
          name.equals("*")
              ? new InetSocketAddress("0.0.0.0", port)
              : new InetSocketAddress(name.equals("::*") ? "::" : name, port);
      try {
        SocketAddress bound = transport.listen(address, backlog);
        addresses.add(bound);
        if (port == 0 && bound instanceof InetSocketAddress inet) {
          port = inet.getPort();
        }
      } catch (Exception e) {
        if (optional && !addresses.isEmpty()) {
          LOG.debug("not listening at {}", address, e);
          continue;
        }
        throw new StartException(
            "cannot listen at " + name + " port " + port + ": " + reason(e), e);
      }
    }
    if (addresses.isEmpty()) {
      throw new StartException("bind names no address, so that nobody could connect");
    }
  }

  private static String reason(Exception e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    if (e instanceof UnresolvedAddressException || e instanceof UnknownHostException) {
      return "the name of the host is unknown";
    }
    if (message.contains("Address already in use")) {
      return "something else listens there already; choose another port, or stop it";
    }
    if (message.contains("Cannot assign requested address")) {
      return "this machine has no such address";
    }
    return message;
  }

  /** The port that the server listens at. */
  public int port() {
    return addresses.get(0) instanceof InetSocketAddress inet ? inet.getPort() : 0;
  }

  /** Where clients connect to: {@code redis://127.0.0.1:port}. */
  public URI uri() {
    InetSocketAddress inet = (InetSocketAddress) addresses.get(0);
    String host =
        inet.getAddress().isAnyLocalAddress() ? "127.0.0.1" : inet.getAddress().getHostAddress();
    return URI.create(
        "redis://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + inet.getPort());
  }

  /** The clock that the server was given. */
  public Clock clock() {
    return clock;
  }

  /**
   * Ends every client's connection without a word, as a broken network would; they may come back.
   */
  public void dropConnections() {
    onLoop(transport::dropAll);
  }

  /** Runs something with the engine on its own thread and waits for it; for tools and tests. */
  public void onEngine(Consumer<Engine> work) {
    onLoop(
        () -> {
          work.accept(loop.engine());
          loop.flush();
        });
  }

  private void onLoop(Runnable work) {
    loop.thread().submit(work).syncUninterruptibly();
  }

  /** Waits until the server has stopped. */
  public void awaitStop() throws InterruptedException {
    group.terminationFuture().await();
  }

  /**
   * Takes a snapshot, if a server that stops should, and waits until it is on the disk.
   *
   * @param how the parameter that says in the words of SHUTDOWN what should be done
   * @return whether the server may stop: false if there should be a snapshot and there is none
   */
  public boolean saveToStop(Parameter<List<String>> how) {
    boolean[] saved = {true};
    onLoop(
        () -> {
          Engine engine = loop.engine();
          List<String> words = engine.config().get(how);
          boolean points = !engine.config().get(Parameters.SAVE).isEmpty();
          if (engine.rewrites().isBeginning() && !words.contains("force")) {
            LOG.warn("the first base of the journal is being written: stop the server when it is");
            saved[0] = false;
          } else if (words.contains("save") || points && !words.contains("nosave")) {
            saved[0] = engine.snapshots().saveToStop(clock.millis()) || words.contains("force");
          }
        });
    return saved[0];
  }

  /**
   * Stops: no new clients, replies that are ready leave, then every connection ends. Idempotent.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      onLoop(
          () -> {
            transport.stopListening();
            loop.engine().snapshots().abandon();
            loop.stop();
          });
      if (syncs != null) {
        syncs.close();
      }
      if (bulk != null) {
        // Files may be on their way out: on a failing disk the journal is mended only after that.
        bulk.close();
      }
      onLoop(
          () -> {
            // In one go: what a turn changed behind the end of the journal would be in no file.
            stopJournal();
            loop.flush();
            transport.closeAll();
          });
      stopWorkers();
      group.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
      transport.release();
    }
  }

  /** Ends what is done beside the loop, and lets others use the directory. */
  private void stopWorkers() {
    if (syncs != null) {
      syncs.close();
    }
    if (bulk != null) {
      bulk.close();
    }
    try {
      if (lock != null) {
        lock.close();
      }
    } catch (IOException e) {
      LOG.debug("the lock ends with the process", e);
    }
  }
}

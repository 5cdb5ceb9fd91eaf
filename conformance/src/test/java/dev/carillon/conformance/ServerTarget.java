package dev.carillon.conformance;

import dev.carillon.engine.Engine;
import dev.carillon.engine.config.Access;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.server.CarillonServer;
import dev.carillon.server.ManualClock;
import dev.carillon.server.ServerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The server as clients meet it, over sockets, with a clock that only moves when a case says so.
 */
final class ServerTarget implements Target {

  private static final int ATTEMPTS = 2000;

  /** Chosen: who has no answer by then may be waiting inside a command. */
  private static final int AT_ONCE_MILLIS = 200;

  @Override
  public World open(Case one) {
    return new ServerWorld(one);
  }

  @Override
  public void close() {}

  /** A client that gives a server without a moving clock time to answer. */
  private record ServerClient(ServerWorld world, SocketClient client) implements Client {

    @Override
    public void send(List<Bytes> words) {
      client.send(words);
    }

    /** Time passes for a client that waits inside a command. */
    @Override
    public @Nullable Reply receive(boolean patient) {
      if (!patient) {
        return client.receive(false);
      }
      Reply reply = client.receiveWithin(AT_ONCE_MILLIS);
      int passed = 0;
      // Nobody may be waiting because the server has not come to read the request.
      for (int attempts = 0; reply == null && attempts < ATTEMPTS; attempts++) {
        while (reply == null && passed < EngineTarget.PATIENCE_MILLIS && world.isAnybodyWaiting()) {
          world.pass(1);
          passed++;
          reply = client.receive(false);
        }
        if (passed == EngineTarget.PATIENCE_MILLIS) {
          break;
        }
        reply = reply == null ? client.receiveWithin(AT_ONCE_MILLIS) : reply;
      }
      return reply;
    }

    @Override
    public void close() {
      client.close();
    }
  }

  /** A server of its own for each case: starting one costs less than undoing what a case did. */
  private static final class ServerWorld implements World {

    private final ManualClock clock = new ManualClock(EngineTarget.START_MILLIS);
    private final Journal journal = new Journal();
    private final CarillonServer server;
    private final List<SocketClient> clients = new ArrayList<>();

    ServerWorld(Case one) {
      Configuration config = new Configuration();
      ServerOptions options = ServerOptions.embedded().config(config).clock(clock).port(0);
      config.put(Parameters.BIND, List.of("127.0.0.1"));
      config.put(Parameters.ENABLE_DEBUG_COMMAND, Access.YES);
      config.put(Parameters.NOTIFY_KEYSPACE_EVENTS, EngineTarget.flags(one));
      server = CarillonServer.start(options);
      server.onEngine(
          engine -> {
            engine.recorder(journal.sink());
            engine.keyspace().sweeping(one.settings().sweep());
          });
    }

    @Override
    public Client connect() {
      SocketClient client = new SocketClient(server.port());
      clients.add(client);
      return new ServerClient(this, client);
    }

    boolean isAnybodyWaiting() {
      return ask(
              engine -> engine.sessions().all().stream().filter(it -> it.blocked() != null).count())
          > 0;
    }

    @Override
    public long nowMillis() {
      return clock.millis();
    }

    @Override
    public void pass(long millis) {
      clock.advance(Duration.ofMillis(millis));
      // Behind what the loop does about it.
      server.onEngine(engine -> {});
    }

    @Override
    public long tickMillis() {
      return 5;
    }

    /** Waits until the server has executed something or lost a client; what is paused never is. */
    @Override
    public void settle(Runnable action) {
      long before = ask(ServerWorld::traces);
      action.run();
      int attempt = 0;
      while (ask(ServerWorld::traces) == before && attempt < ATTEMPTS) {
        attempt++;
      }
    }

    private static long traces(Engine engine) {
      return engine.stats().commandsProcessed
          + engine.stats().errorReplies
          - engine.sessions().count();
    }

    private long ask(ToLongFunction<Engine> question) {
      AtomicLong answer = new AtomicLong();
      server.onEngine(engine -> answer.set(question.applyAsLong(engine)));
      return answer.get();
    }

    @Override
    public Optional<String> verify() {
      AtomicReference<Optional<String>> result = new AtomicReference<>(Optional.empty());
      server.onEngine(engine -> result.set(journal.compare(engine.keyspace())));
      return result.get();
    }

    @Override
    public void close() {
      clients.forEach(SocketClient::close);
      server.close();
    }
  }
}

package dev.carillon.conformance;

import dev.carillon.engine.Engine;
import dev.carillon.engine.config.Access;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.turn.EffectSink;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.NotifyFlags;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.ReplyDecoder;
import dev.carillon.protocol.resp.Request;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The engine alone, without sockets or threads, with a clock that only moves when a case says so.
 * It does around the engine what the server's loop does: looks after deadlines behind each request,
 * and offers again what had to wait.
 */
final class EngineTarget implements Target {

  /** How long a client waits inside a command before the case gives up. */
  static final int PATIENCE_MILLIS = 5000;

  /** A round number, so that deadlines are legible. */
  static final long START_MILLIS = 1_700_000_000_000L;

  private final UnaryOperator<EffectSink> sabotage;

  /** The engine as it is. */
  EngineTarget() {
    this(UnaryOperator.identity());
  }

  /** An engine whose effects reach the journal by a way of the caller's. */
  EngineTarget(UnaryOperator<EffectSink> sabotage) {
    this.sabotage = sabotage;
  }

  /** The value of {@code notify-keyspace-events} that a case wants. */
  static NotifyFlags flags(Case one) {
    NotifyFlags flags = NotifyFlags.parse(one.settings().flags());
    if (flags == null) {
      throw new Runner.Interruption("no such flags: " + one.settings().flags());
    }
    return flags;
  }

  @Override
  public World open(Case one) {
    Configuration config = new Configuration();
    config.put(Parameters.NOTIFY_KEYSPACE_EVENTS, flags(one));
    config.put(Parameters.ENABLE_DEBUG_COMMAND, Access.YES);
    EngineWorld world = new EngineWorld(Journal.emptyEngine(config));
    world.engine.recorder(sabotage.apply(world.journal.sink()));
    world.engine.keyspace().sweeping(one.settings().sweep());
    return world;
  }

  @Override
  public void close() {}

  private static final class EngineWorld implements World {

    private final Engine engine;
    private final Journal journal = new Journal();
    private long nowMillis = START_MILLIS;

    EngineWorld(Engine engine) {
      this.engine = engine;
    }

    @Override
    public Client connect() {
      return new EngineClient(this);
    }

    @Override
    public long nowMillis() {
      return nowMillis;
    }

    @Override
    public void pass(long millis) {
      long end = nowMillis + millis;
      for (long next = engine.nextDeadlineMillis(); next <= end; ) {
        nowMillis = Math.max(nowMillis, next);
        sweep();
        // A wheel may wake early, and then has nothing to do before the next millisecond.
        next = Math.max(engine.nextDeadlineMillis(), nowMillis + 1);
      }
      nowMillis = end;
      sweep();
      engine.maintain(nowMillis);
      resume();
    }

    /** Offers again what had to wait while clients were paused, or waited inside a command. */
    void resume() {
      work(engine.resumable(nowMillis));
      for (List<Session> some = engine.unblocked(); !some.isEmpty(); some = engine.unblocked()) {
        work(some);
      }
    }

    private static void work(List<Session> sessions) {
      for (Session session : sessions) {
        if (session.attachment() instanceof EngineClient client) {
          client.work();
        }
      }
    }

    void sweep() {
      while (engine.sweep(nowMillis, Engine.SWEEP_BUDGET)) {
        // There is more to do.
      }
    }

    @Override
    public long tickMillis() {
      return 1;
    }

    @Override
    public void settle(Runnable action) {
      action.run();
    }

    @Override
    public Optional<String> verify() {
      return journal.compare(engine.keyspace());
    }

    @Override
    public void close() {}
  }

  private static final class EngineClient implements Client {

    private static final Peer PEER = new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1);

    private final EngineWorld world;
    private final Session session;
    private final ReplyDecoder decoder = new ReplyDecoder();
    private final Deque<Request> waiting = new ArrayDeque<>();

    EngineClient(EngineWorld world) {
      this.world = world;
      session = world.engine.open(PEER, world.nowMillis);
      session.attachment(this);
    }

    @Override
    public void send(List<Bytes> words) {
      waiting.add(Request.of(words.toArray(Bytes[]::new)));
      work();
    }

    void work() {
      Engine engine = world.engine;
      for (Request request = waiting.peek(); request != null; request = waiting.peek()) {
        if (engine.isPaused(session, request, world.nowMillis)) {
          return;
        }
        engine.execute(session, waiting.remove(), world.nowMillis);
        if (engine.nextDeadlineMillis() <= world.nowMillis) {
          world.sweep();
        }
        engine.sessions().drainListed(EngineClient::end);
        world.resume();
      }
    }

    /** Ends a session as its connection would: QUIT is answered first, CLIENT KILL is not. */
    private static void end(Session session) {
      if (session.isEnding() && session.attachment() instanceof EngineClient client) {
        if (!session.isKilled()) {
          session.outbox().drain(Long.MAX_VALUE, Integer.MAX_VALUE, client.decoder::feed);
        }
        client.close();
      }
    }

    /** Time passes for a client that waits inside a command. */
    @Override
    public @Nullable Reply receive(boolean patient) {
      Reply reply = next();
      for (int i = 0; i < PATIENCE_MILLIS && patient && session.blocked() != null; i++) {
        world.pass(1);
        reply = next();
      }
      return reply;
    }

    private @Nullable Reply next() {
      session.outbox().drain(Long.MAX_VALUE, Integer.MAX_VALUE, decoder::feed);
      try {
        return decoder.next();
      } catch (ProtocolError e) {
        throw new Runner.Interruption("the engine said something that is no reply", e);
      }
    }

    @Override
    public void close() {
      world.engine.close(session);
    }
  }
}

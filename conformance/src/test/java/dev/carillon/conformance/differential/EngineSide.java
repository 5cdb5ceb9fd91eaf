package dev.carillon.conformance.differential;

import dev.carillon.conformance.Version;
import dev.carillon.engine.Compatibility;
import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Access;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.NotifyFlags;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.Request;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Carillon's engine in this process, by the real clock. */
final class EngineSide implements Side {

  private static final String FLAGS = "g$lshzxetnKEm";
  private static final Version OVERWRITTEN_SINCE = new Version(8, 2);

  /** The least that Redis accepts, so that no request makes either side hold very much. */
  static final long BULK_BYTES_MAX = 1 << 20;

  /** Connections have greater numbers: the small ones, which occur in requests, are nobody's. */
  static final int SMALL_IDS = 50;

  private static final long SEED = 7;
  private static final Peer PEER = new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1);

  private final Version likeness;
  private @Nullable Engine engine;
  private @Nullable EngineLink counting;

  /** An engine that is compared with another one. */
  EngineSide() {
    this(Version.parse(Compatibility.REDIS_VERSION));
  }

  /**
   * An engine that is compared with a server of this version, and announces at first what both
   * know.
   */
  EngineSide(Version likeness) {
    this.likeness = likeness;
  }

  /**
   * What both sides announce at first: everything that a server of this version knows but {@code
   * d}. With it Redis would read its flags back as {@code A}, which hides {@code n}, and lose that
   * letter whenever it undoes a CONFIG SET.
   */
  static String flags(Version version) {
    return version.isSince(OVERWRITTEN_SINCE) ? FLAGS + "oc" : FLAGS;
  }

  @Override
  public Version version() {
    return Version.parse(Compatibility.REDIS_VERSION);
  }

  @Override
  public void begin() {
    Configuration config = new Configuration();
    config.put(Parameters.ENABLE_DEBUG_COMMAND, Access.YES);
    config.put(
        Parameters.NOTIFY_KEYSPACE_EVENTS,
        Objects.requireNonNull(NotifyFlags.parse(flags(likeness))));
    config.put(Parameters.PROTO_MAX_BULK_LEN, BULK_BYTES_MAX);
    config.put(Parameters.SAVE, List.of());
    engine = new Engine(new EngineOptions(config, new Random(SEED), Host.NONE, Long.MAX_VALUE));
    // As DEBUG SET-ACTIVE-EXPIRE 0: when a key goes must not depend on when a sweep happens to
    // come.
    engine.keyspace().sweeping(false);
    for (int i = 0; i < SMALL_IDS; i++) {
      engine.close(engine.open(PEER, System.currentTimeMillis()));
    }
    counting = new EngineLink(engine);
  }

  private Engine engine() {
    if (engine == null) {
      throw new IllegalStateException("not begun");
    }
    return engine;
  }

  @Override
  public Link connect() {
    return new EngineLink(engine());
  }

  @Override
  public void settle() {}

  @Override
  public Counters counters() {
    if (counting == null) {
      throw new IllegalStateException("not begun");
    }
    counting.send(Counters.REQUEST);
    return counting.take().getFirst().reply() instanceof Reply.Bulk(Bytes info)
        ? Counters.of(info)
        : Counters.none();
  }

  @Override
  public void close() {}

  private static final class EngineLink implements Link {

    private final Engine engine;
    private final Session session;
    private final Frames frames = new Frames();
    private final Deque<Request> waiting = new ArrayDeque<>();
    private boolean open = true;

    EngineLink(Engine engine) {
      this.engine = engine;
      session = engine.open(PEER, System.currentTimeMillis());
      session.attachment(this);
    }

    @Override
    public long id() {
      return session.id();
    }

    @Override
    public void send(List<Bytes> words) {
      if (open) {
        waiting.add(Request.of(words.toArray(Bytes[]::new)));
        work();
        for (List<Session> some = engine.unblocked(); !some.isEmpty(); some = engine.unblocked()) {
          for (Session unblocked : some) {
            if (unblocked.attachment() instanceof EngineLink link && link.open) {
              link.work();
            }
          }
        }
      }
    }

    /** Executes what was sent, up to where the client waits inside a command. */
    private void work() {
      while (open && !waiting.isEmpty() && session.blocked() == null) {
        engine.execute(session, waiting.remove(), System.currentTimeMillis());
        engine.sessions().listWaiting();
        engine.sessions().drainListed(EngineLink::onOutput);
      }
    }

    /** As a connection would: QUIT is answered first, CLIENT KILL is not. */
    private static void onOutput(Session session) {
      if (session.attachment() instanceof EngineLink link) {
        if (!session.isKilled()) {
          session.outbox().drain(Long.MAX_VALUE, Long.MAX_VALUE, link.frames::feed);
        }
        if (session.isEnding() && link.open) {
          link.close();
        }
      }
    }

    @Override
    public List<Frame> take() {
      return frames.take();
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      if (open) {
        open = false;
        engine.close(session);
      }
    }
  }
}

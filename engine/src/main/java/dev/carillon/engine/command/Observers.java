package dev.carillon.engine.command;

import dev.carillon.engine.session.Session;
import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.resp.Request;
import java.util.random.RandomGenerator;

/**
 * Who looks at every execution from inside the engine: the slow log, the latency monitor, whoever
 * looks for hot keys, the clients that monitor. Each costs a test while it is not used. Engine
 * thread only.
 */
public final class Observers {

  private final Turn turn;
  private final SlowLog slowLog;
  private final LatencyMonitor latency;
  private final HotKeys hotKeys;
  private final Monitors monitors;

  /**
   * Observers of the executions in {@code turn}.
   *
   * @param monitors also a sink of the turn, and so made before it
   * @param random decides which commands are looked at where not all are
   */
  public Observers(Turn turn, Monitors monitors, RandomGenerator random) {
    this.turn = turn;
    this.slowLog = new SlowLog(turn);
    this.latency = new LatencyMonitor(turn);
    this.hotKeys = new HotKeys(turn, random);
    this.monitors = monitors;
  }

  /** The commands that took long. */
  public SlowLog slowLog() {
    return slowLog;
  }

  /** The delays by their causes. */
  public LatencyMonitor latency() {
    return latency;
  }

  /** The keys that take most. */
  public HotKeys hotKeys() {
    return hotKeys;
  }

  /** Clients that are shown all commands. */
  public Monitors monitors() {
    return monitors;
  }

  /** A command was executed. */
  void onExecuted(Session session, Command command, Request request) {
    if (turn.isReplaying()) {
      return;
    }
    monitors.onExecuted(session, command, request, turn.nowMillis());
  }

  /**
   * The time of a command was taken.
   *
   * @param request the last one, where several were timed together
   * @param nanos how long it took by the injected ticker
   */
  void onTimed(Session session, Command command, Request request, long nanos) {
    slowLog.onExecuted(session, command, request, nanos);
    latency.onExecuted(command, nanos);
  }
}

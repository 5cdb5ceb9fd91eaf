package dev.carillon.engine.command;

import dev.carillon.engine.session.Session;
import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The last commands that took long (SLOWLOG), the newest first. What is kept of each is bounded in
 * the number and the length of its arguments. Engine thread only.
 */
public final class SlowLog {

  /**
   * One slow command.
   *
   * @param id grows by one from command to command, for as long as the server runs
   * @param timeSeconds when it was over, in epoch seconds
   * @param micros how long it took
   * @param arguments shortened as configured, secrets left out
   * @param address of the client, as CLIENT LIST says it
   * @param clientName of CLIENT SETNAME; empty if none
   */
  public record SlowCommand(
      long id,
      long timeSeconds,
      long micros,
      List<Bytes> arguments,
      String address,
      Bytes clientName) {}

  private final Turn turn;
  private final ArrayDeque<SlowCommand> commands = new ArrayDeque<>();
  private long thresholdMicros = -1;
  private long entriesMax;

  // Until the configuration says otherwise, as Redis has them.
  private int argumentsMax = 32;
  private long argumentBytesMax = 128;
  private long nextId;

  SlowLog(Turn turn) {
    this.turn = turn;
  }

  /** From how many microseconds on a command is slow; -1 never. */
  public void thresholdMicros(long micros) {
    thresholdMicros = micros;
  }

  /** Whether commands that take so long need not be told apart: together they are not slow. */
  boolean isBelow(long nanos) {
    return thresholdMicros < 0 || thresholdMicros * 1000 > nanos;
  }

  /** How many commands are kept. */
  public void entriesMax(long count) {
    entriesMax = count;
    trim();
  }

  /** How many arguments of a command are kept. */
  public void argumentsMax(int count) {
    argumentsMax = count;
  }

  /** How many bytes of an argument are kept. */
  public void argumentBytesMax(long bytes) {
    argumentBytesMax = bytes;
  }

  void onExecuted(Session session, Command command, Request request, long nanos) {
    if (thresholdMicros < 0
        || entriesMax == 0
        || nanos / 1000 < thresholdMicros
        || command.flags().contains(CommandFlag.SKIP_SLOWLOG)) {
      return;
    }
    commands.addFirst(
        new SlowCommand(
            nextId++,
            turn.nowMillis() / 1000,
            nanos / 1000,
            shortened(Secrets.shown(command, request)),
            session.peer().address(),
            session.name()));
    trim();
  }

  private void trim() {
    while (commands.size() > entriesMax) {
      commands.removeLast();
    }
  }

  private List<Bytes> shortened(Bytes[] arguments) {
    int kept = Math.min(arguments.length, argumentsMax);
    List<Bytes> shortened = new ArrayList<>(kept);
    for (int i = 0; i < kept; i++) {
      if (i == kept - 1 && arguments.length > kept) {
        shortened.add(Bytes.of("... (" + (arguments.length - kept + 1) + " more arguments)"));
      } else {
        shortened.add(shortened(arguments[i]));
      }
    }
    return shortened;
  }

  private Bytes shortened(Bytes argument) {
    if (argument.length() <= argumentBytesMax) {
      return argument.copy();
    }
    int kept = (int) argumentBytesMax;
    Bytes more = Bytes.of("... (" + (argument.length() - kept) + " more bytes)");
    byte[] text = new byte[kept + more.length()];
    argument.range(0, kept).copyTo(text, 0);
    more.copyTo(text, kept);
    return Bytes.of(text);
  }

  /** How many commands are kept now. */
  public int size() {
    return commands.size();
  }

  /** The newest commands, at most {@code count}, the newest first. */
  public List<SlowCommand> newest(long count) {
    return commands.stream().limit(count).toList();
  }

  /** Forgets all commands; numbers go on. */
  public void reset() {
    commands.clear();
  }
}

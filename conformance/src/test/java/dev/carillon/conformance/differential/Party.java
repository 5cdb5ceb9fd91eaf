package dev.carillon.conformance.differential;

import dev.carillon.conformance.differential.Side.Link;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One client of a script: its connection to each side, and what each has said since the last look.
 */
final class Party {

  private static final Set<String> NEVER_QUEUED =
      Set.of("multi", "exec", "discard", "watch", "quit", "reset");

  private static final Set<String> ENDS_OF_TRANSACTIONS =
      Set.of("exec", "discard", "reset", "quit");

  final char name;
  final Link ours;
  final Link theirs;

  /** What has arrived from Carillon and was not looked at yet. */
  List<Frame> ourFrames = List.of();

  /** What has arrived from redis-server and was not looked at yet. */
  List<Frame> theirFrames = List.of();

  /** The request inside which the client waits, or null. */
  @Nullable List<Bytes> waiting;

  private boolean inTransaction;
  private final List<List<Bytes>> queued = new ArrayList<>();

  Party(char name, Link ours, Link theirs) {
    this.name = name;
    this.ours = ours;
    this.theirs = theirs;
  }

  /** Whether one of the two sides has not ended its connection. */
  boolean isConnected() {
    return ours.isOpen() || theirs.isOpen();
  }

  /** The requests that EXEC will execute. */
  List<List<Bytes>> queued() {
    return queued;
  }

  /** Keeps in mind what a request, whose replies are in the frames, means for the transaction. */
  void follow(List<Bytes> words) {
    String command = Script.command(words);
    if (waiting == null && Caution.mayWait(words) && !isReplied(ourFrames)) {
      waiting = words;
    }
    boolean isRefused = ourFrames.stream().anyMatch(frame -> frame.wire().startsWith("-"));
    if (inTransaction && !NEVER_QUEUED.contains(command)) {
      if (!isRefused) {
        queued.add(words);
      }
    } else if (command.equals("multi") && words.size() == 1) {
      inTransaction = true;
    } else if (ENDS_OF_TRANSACTIONS.contains(command)) {
      // DISCARD with an argument is refused and discards nothing.
      inTransaction &= command.equals("discard") && words.size() > 1;
      if (!inTransaction) {
        queued.clear();
      }
    }
  }

  private static boolean isReplied(List<Frame> frames) {
    return frames.stream().anyMatch(frame -> !frame.isPush());
  }

  /** Forgets what was looked at. */
  void clear() {
    if (isReplied(ourFrames)) {
      waiting = null;
    }
    ourFrames = List.of();
    theirFrames = List.of();
  }
}

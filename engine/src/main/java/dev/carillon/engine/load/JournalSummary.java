package dev.carillon.engine.load;

import dev.carillon.engine.journal.BaseLoader;
import dev.carillon.engine.journal.JournalFiles;
import dev.carillon.engine.journal.Recovery;
import dev.carillon.engine.journal.Replayer;
import dev.carillon.engine.rdb.RdbReader;
import dev.carillon.engine.storage.ReadFile;
import dev.carillon.engine.storage.Storage;
import dev.carillon.protocol.resp.Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal as a start does, by the same {@link Recovery}, but repeats nothing, changes
 * nothing, and keeps only what can be said in a few lines.
 */
final class JournalSummary {

  private static final int SLICE_BYTES = 1 << 20;

  /** What a server has unless it is told otherwise. */
  private static final int DATABASES = 16;

  /** Reads the snapshot that a journal begins with. */
  interface Bases {
    /**
     * Begins.
     *
     * @param in just opened
     */
    RdbSummary begin(String name, RdbReader in) throws IOException;
  }

  private final Storage storage;
  private final LongFunction<String> date;
  private final boolean inUse;
  private final Bases bases;
  private final CommandCounts commands = new CommandCounts();
  private final List<String> lines = new ArrayList<>();
  private @Nullable RdbSummary base;
  private long turns;
  private long firstTurn;
  private long lastTurn;
  private long firstMillis = Long.MAX_VALUE;
  private long lastMillis = Long.MIN_VALUE;
  private int highestDatabase;

  /**
   * A summary of what is there.
   *
   * @param date the text of a time in epoch seconds
   * @param inUse whether a server is writing the journal
   */
  JournalSummary(Storage storage, LongFunction<String> date, boolean inUse, Bases bases) {
    this.storage = storage;
    this.date = date;
    this.inUse = inUse;
    this.bases = bases;
  }

  /** What was found, a sentence a line. */
  List<String> lines() {
    return lines;
  }

  /**
   * Reads everything.
   *
   * @return why a start would refuse it, with place and remedy, or null
   */
  @Nullable String run() {
    String damage = null;
    try (Recovery recovery = new Recovery(storage, this::open, new Counting(), true)) {
      try {
        boolean done = false;
        while (!done) {
          done = recovery.slice(SLICE_BYTES);
        }
      } catch (IOException e) {
        damage = String.valueOf(e.getMessage());
      }
      describe(recovery);
      if (damage == null) {
        foretell(recovery);
      }
    } catch (IOException e) {
      damage = damage == null ? String.valueOf(e.getMessage()) : damage;
    }
    return damage;
  }

  private BaseLoader.Loading open(String name, ReadFile file) throws IOException {
    RdbReader in = new RdbReader(file);
    RdbSummary summary = bases.begin(name, in);
    base = summary;
    return new BaseLoader.Loading() {
      @Override
      public boolean slice(int budgetBytes) throws IOException {
        return !summary.step(budgetBytes);
      }

      @Override
      public long bytesRead() {
        return in.position();
      }
    };
  }

  private final class Counting implements Replayer {

    @Override
    public void begin(long sequence, long nowMillis) {
      firstTurn = turns == 0 ? sequence : firstTurn;
      lastTurn = sequence;
      turns++;
      firstMillis = Math.min(firstMillis, nowMillis);
      lastMillis = Math.max(lastMillis, nowMillis);
    }

    @Override
    public void effect(int db, Request request) {
      highestDatabase = Math.max(highestDatabase, db);
      commands.add(LoadException.shown(request.argument(0)).toUpperCase(Locale.ROOT));
    }

    @Override
    public void end() {}
  }

  // ------------------------------------------------------------------------------- what is there

  private void describe(Recovery recovery) throws IOException {
    String baseName = recovery.baseName();
    if (baseName != null) {
      lines.add(
          "base "
              + baseName
              + ", "
              + storage.size(baseName)
              + " bytes: the data after turn "
              + recovery.baseSequence());
      RdbSummary summary = base;
      if (summary != null && summary.isBegun()) {
        summary.lines().forEach(line -> lines.add("  " + line));
        summary.remarks().forEach(line -> lines.add("  " + line));
      }
    }
    List<String> needed = recovery.needed();
    long bytes = -recovery.roomBytes();
    for (String name : needed) {
      bytes += storage.size(name);
    }
    if (!needed.isEmpty()) {
      lines.add(
          (needed.size() == 1 ? "1 segment, " : needed.size() + " segments, ")
              + bytes
              + " bytes, from "
              + needed.getFirst()
              + " on");
    }
    lines.add(described());
    if (highestDatabase >= DATABASES) {
      lines.add("it needs databases " + (highestDatabase + 1) + " or more");
    }
    if (!recovery.unneeded().isEmpty()) {
      lines.add(
          "the base has all turns of "
              + String.join(", ", recovery.unneeded())
              + ", which a start does not read");
    }
  }

  private String described() {
    if (turns == 0) {
      return "no turn that has to be repeated";
    }
    String range =
        turns == 1 ? "turn " + firstTurn : turns + " turns, " + firstTurn + " to " + lastTurn;
    String first = date.apply(Math.floorDiv(firstMillis, 1000L));
    String last = date.apply(Math.floorDiv(lastMillis, 1000L));
    String times = first.equals(last) ? ", of " + first : ", of " + first + " to " + last;
    return range + times + ": " + commands;
  }

  // ---------------------------------------------------------------------- what a start would do

  private void foretell(Recovery recovery) throws IOException {
    String start = inUse ? "if the server were killed now, a start " : "a start ";
    if (inUse && !recovery.isOrderly() && recovery.cutReason() == null) {
      lines.add("it is being written");
    } else if (recovery.cutReason() == null) {
      lines.add(
          recovery.isOrderly()
              ? "it was closed in an orderly way"
              : "it was not closed in an orderly way, and nothing is torn");
    }
    if (recovery.cutReason() != null) {
      lines.add(
          start
              + "cuts off "
              + recovery.cutBytes()
              + " bytes behind turn "
              + recovery.sequence()
              + " ("
              + recovery.cutPlace()
              + "): "
              + recovery.cutReason()
              + ", and nothing says that it was ever durable; with aof-load-truncated no it stops"
              + " there");
    }
    if (recovery.unvouched() > 0) {
      lines.add(
          start
              + "writes the last "
              + (recovery.unvouched() == 1 ? "turn" : recovery.unvouched() + " turns")
              + " anew, because nothing says that a sync had covered them");
    }
    if (!recovery.superseded().isEmpty()) {
      lines.add(
          start
              + "removes "
              + String.join(", ", recovery.superseded())
              + ", of which nothing counts any more");
    }
    List<String> unfinished =
        storage.list(JournalFiles.DIRECTORY).stream().filter(JournalFiles::isUnfinished).toList();
    if (!unfinished.isEmpty()) {
      lines.add(start + "removes " + String.join(", ", unfinished) + ", which was never finished");
    }
  }
}

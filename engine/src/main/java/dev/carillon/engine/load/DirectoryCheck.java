package dev.carillon.engine.load;

import dev.carillon.engine.journal.JournalFiles;
import dev.carillon.engine.journal.Recovery;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.rdb.RdbReader;
import dev.carillon.engine.storage.ReadFile;
import dev.carillon.engine.storage.Storage;
import dev.carillon.engine.turn.Turn;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Reads the files that Redis or this server has left in a directory to their ends, and says what
 * they are and what a start would make of them. Changes nothing, keeps one value in memory at a
 * time. Any thread. A server may be at work in the directory; what it writes meanwhile may or may
 * not be seen.
 */
public final class DirectoryCheck {

  /** As Redis calls them unless {@code appenddirname} says otherwise. */
  private static final String DIRECTORY = "appendonlydir";

  private static final String MANIFEST_SUFFIX = ".manifest";

  /** Of a snapshot that is being written, here and in Redis. */
  private static final String UNFINISHED_PREFIX = "temp-";

  /** Chosen: a server that takes files away while they are read does it seldom. */
  private static final int TRIES_IN_USE = 5;

  private static final int SLICE_BYTES = 1 << 20;

  /**
   * What is said of one file, or of files that belong together.
   *
   * @param name of the file, relative to the directory
   * @param lines what it is and what it holds, a sentence a line
   * @param damage one sentence with place and remedy, or null if it is intact
   * @param isLeftOver whether no start looks at it, so that it was not read
   */
  public record Report(
      String name, List<String> lines, @Nullable String damage, boolean isLeftOver) {

    Report(String name, List<String> lines, @Nullable String damage) {
      this(name, lines, damage, false);
    }
  }

  private final Storage storage;
  private final long nowMillis;
  private final LongFunction<String> date;
  private final boolean inUse;
  private final Keyspace scratch;

  /**
   * A check of a directory.
   *
   * @param nowMillis the time, to say which deadlines are over
   * @param date the text of a time in epoch seconds
   * @param inUse whether a server is at work in the directory
   */
  public DirectoryCheck(
      Storage storage,
      long nowMillis,
      LongFunction<String> date,
      boolean inUse,
      RandomGenerator random) {
    this.storage = storage;
    this.nowMillis = nowMillis;
    this.date = date;
    this.inUse = inUse;
    Turn turn = new Turn();
    turn.begin(nowMillis);
    // Values that are read belong to no key of it.
    this.scratch = new Keyspace(1, turn, random);
  }

  /**
   * Reads everything.
   *
   * @throws IOException if the directory cannot be read; a file that cannot is damage
   */
  public List<Report> run() throws IOException {
    List<Report> reports = new ArrayList<>();
    if (Recovery.isPresent(storage)) {
      reports.add(journal());
    }
    for (String name : storage.list("")) {
      if (name.startsWith(UNFINISHED_PREFIX) && name.endsWith(".rdb")) {
        reports.add(unfinished(name));
      } else if (name.endsWith(".rdb")) {
        reports.add(snapshot(name));
      } else if (name.endsWith(".aof")) {
        reports.add(appendOnly(name, List.of(name)));
      }
    }
    for (String name : storage.list(DIRECTORY)) {
      if (name.endsWith(MANIFEST_SUFFIX)) {
        reports.add(directory(name));
      }
    }
    return reports;
  }

  private Report unfinished(String name) {
    String line =
        inUse
            ? "a snapshot that is being written, or was never finished; a start does not look at it"
            : "a snapshot that was never finished; a start does not look at it";
    return new Report(name, List.of(line), null, true);
  }

  /** A server that rewrites its journal takes files away: then what is there now is read. */
  private Report journal() {
    int tries = inUse ? TRIES_IN_USE : 1;
    while (true) {
      JournalSummary summary = new JournalSummary(storage, date, inUse, this::summary);
      String damage = summary.run();
      tries--;
      if (damage == null || tries == 0) {
        return new Report(JournalFiles.DIRECTORY, summary.lines(), damage);
      }
    }
  }

  private RdbSummary summary(String name, RdbReader in) {
    return new RdbSummary(name, in, scratch, nowMillis, date);
  }

  private Report snapshot(String name) {
    List<String> lines = new ArrayList<>();
    RdbSummary summary = null;
    try (ReadFile file = storage.read(name)) {
      RdbReader in = new RdbReader(file);
      summary = summary(name, in);
      boolean more = true;
      while (more) {
        more = summary.step(SLICE_BYTES);
      }
      lines.addAll(summary.lines());
      lines.addAll(summary.remarks());
      if (in.remaining() > 0) {
        lines.add(in.remaining() + " bytes behind its end belong to nothing");
      }
      return new Report(name, lines, null);
    } catch (IOException e) {
      if (summary != null && summary.keys() > 0) {
        lines.addAll(summary.lines());
      }
      return new Report(name, lines, String.valueOf(e.getMessage()));
    }
  }

  private Report directory(String manifest) {
    try {
      return appendOnly(manifest, AppendOnlyLoad.filesOf(storage, DIRECTORY, manifest));
    } catch (IOException e) {
      return new Report(manifest, List.of(), String.valueOf(e.getMessage()));
    }
  }

  private Report appendOnly(String name, List<String> files) {
    List<String> lines = new ArrayList<>();
    CommandCounts commands = new CommandCounts();
    List<RdbSummary> summaries = new ArrayList<>();
    List<String> scripts = new ArrayList<>();
    lines.add("append-only files of Redis: " + String.join(", ", files));
    String damage = null;
    try (AppendOnlyLoad load =
        new AppendOnlyLoad(
            storage,
            files,
            true,
            (file, in) -> {
              RdbSummary summary = summary(file, in);
              summaries.add(summary);
              return summary;
            },
            words -> {
              String command = LoadException.shown(words[0]).toUpperCase(Locale.ROOT);
              commands.add(command);
              if (AppendOnlyLoad.isScript(command) && scripts.isEmpty()) {
                scripts.add(command);
              }
              return null;
            })) {
      boolean more = true;
      while (more) {
        more = load.step(SLICE_BYTES);
      }
      lines.addAll(load.remarks());
    } catch (IOException e) {
      damage = String.valueOf(e.getMessage());
    }
    for (RdbSummary summary : summaries) {
      lines.addAll(summary.lines());
    }
    lines.add(commands.toString());
    if (damage == null && !scripts.isEmpty()) {
      damage =
          name
              + " has scripts ("
              + scripts.getFirst()
              + "), which Carillon cannot run yet; let Redis rewrite it (BGREWRITEAOF) and copy it"
              + " again";
    }
    return new Report(name, lines, damage);
  }
}

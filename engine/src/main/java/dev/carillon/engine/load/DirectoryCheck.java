package dev.carillon.engine.load;

import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.rdb.RdbReader;
import dev.carillon.engine.storage.ReadFile;
import dev.carillon.engine.storage.Storage;
import dev.carillon.engine.turn.Turn;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Reads the files that Redis or this server has left in a directory to their ends, and says what
 * they are. Changes nothing, keeps one value in memory at a time. Any thread, while no server has
 * the directory open.
 */
public final class DirectoryCheck {

  /** As Redis calls them unless {@code appenddirname} says otherwise. */
  private static final String DIRECTORY = "appendonlydir";

  private static final String MANIFEST_SUFFIX = ".manifest";

  private static final int SLICE_BYTES = 1 << 20;

  /** Chosen: enough to see what a file is about. */
  private static final int COMMANDS_SHOWN = 8;

  /**
   * What is said of one file, or of files that belong together.
   *
   * @param name of the file, relative to the directory
   * @param lines what it is and what it holds, a sentence a line
   * @param damage one sentence with place and remedy, or null if it is intact
   */
  public record Report(String name, List<String> lines, @Nullable String damage) {}

  private final Storage storage;
  private final long nowMillis;
  private final LongFunction<String> date;
  private final Keyspace scratch;

  /**
   * A check of a directory.
   *
   * @param nowMillis the time, to say which deadlines are over
   * @param date the text of a time in epoch seconds
   */
  public DirectoryCheck(
      Storage storage, long nowMillis, LongFunction<String> date, RandomGenerator random) {
    this.storage = storage;
    this.nowMillis = nowMillis;
    this.date = date;
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
    for (String name : storage.list("")) {
      if (name.endsWith(".rdb")) {
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

  private Report snapshot(String name) {
    List<String> lines = new ArrayList<>();
    RdbSummary summary = null;
    try (ReadFile file = storage.read(name)) {
      RdbReader in = new RdbReader(file);
      summary = new RdbSummary(name, in, scratch, nowMillis, date);
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
    Map<String, Long> commands = new TreeMap<>();
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
              RdbSummary summary = new RdbSummary(file, in, scratch, nowMillis, date);
              summaries.add(summary);
              return summary;
            },
            words -> {
              String command = LoadException.shown(words[0]).toUpperCase(Locale.ROOT);
              commands.merge(command, 1L, Long::sum);
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
    lines.add(described(commands));
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

  private static String described(Map<String, Long> commands) {
    long total = commands.values().stream().mapToLong(Long::longValue).sum();
    StringBuilder text = new StringBuilder(total + " commands");
    List<Map.Entry<String, Long>> most =
        commands.entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .limit(COMMANDS_SHOWN)
            .toList();
    String separator = ": ";
    for (Map.Entry<String, Long> each : most) {
      text.append(separator).append(each.getValue()).append(' ').append(each.getKey());
      separator = ", ";
    }
    return text + (commands.size() > most.size() ? ", …" : "");
  }
}

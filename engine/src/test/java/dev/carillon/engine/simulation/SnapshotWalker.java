package dev.carillon.engine.simulation;

import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.HashView;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.keyspace.PreImage;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot in slices, as the server will take one: it walks the databases by their cursors
 * between turns, and takes what changes before the walk came by from the pre-image. Which numbers
 * the databases have meanwhile does not concern it.
 */
final class SnapshotWalker implements PreImage {

  /** One database as it was when the snapshot began. */
  private static final class Part {
    final Database database;
    final Map<String, String> lines = new TreeMap<>();

    /** Keys that need no visit: copied already, or made after the snapshot began. */
    final Set<String> handled = new HashSet<>();

    boolean isComplete;

    Part(Database database) {
      this.database = database;
    }

    void take(Entry entry) {
      String key = entry.key().toLatin1();
      if (handled.add(key)) {
        lines.put(Wire.show(key), line(entry));
      }
    }
  }

  private final List<Part> parts = new ArrayList<>();
  private int current;
  private long cursor;

  SnapshotWalker(Keyspace keyspace) {
    for (int i = 0; i < keyspace.count(); i++) {
      parts.add(new Part(keyspace.database(i)));
    }
  }

  /** Walks on over about {@code count} keys; answers whether there is more. */
  boolean slice(int count) {
    if (current == parts.size()) {
      return false;
    }
    Part part = parts.get(current);
    if (!part.isComplete) {
      cursor = part.database.scan(cursor, count, part::take);
    }
    if (part.isComplete || cursor == 0) {
      part.isComplete = true;
      cursor = 0;
      current++;
    }
    return current < parts.size();
  }

  @Override
  public void beforeChange(Database database, Bytes key, @Nullable Entry entry) {
    for (Part part : parts) {
      if (part.database == database && !part.isComplete) {
        if (entry == null) {
          part.handled.add(key.toLatin1());
        } else {
          part.take(entry);
        }
      }
    }
  }

  @Override
  public void beforeClear(Database database) {
    for (Part part : parts) {
      if (part.database == database && !part.isComplete) {
        long at = 0;
        do {
          at = database.scan(at, 64, part::take);
        } while (at != 0);
        part.isComplete = true;
      }
    }
  }

  /** What was taken, by the numbers that the databases had at the beginning. */
  List<Map<String, String>> copy() {
    return parts.stream().map(part -> part.lines).toList();
  }

  /** Everything that the databases hold now. */
  static List<Map<String, String>> copyNow(Keyspace keyspace) {
    List<Map<String, String>> copy = new ArrayList<>();
    for (int i = 0; i < keyspace.count(); i++) {
      Map<String, String> lines = new TreeMap<>();
      long cursor = 0;
      do {
        cursor =
            keyspace
                .database(i)
                .scan(
                    cursor, 64, entry -> lines.put(Wire.show(entry.key().toLatin1()), line(entry)));
      } while (cursor != 0);
      copy.add(lines);
    }
    return copy;
  }

  private static String line(Entry entry) {
    String text =
        entry.type() == ValueType.HASH
            ? fields(entry.hash()).toString()
            : Wire.show(entry.string().toLatin1());
    return text + (entry.hasDeadline() ? " until " + entry.deadlineMillis() : "");
  }

  private static Map<String, String> fields(HashView hash) {
    Map<String, String> fields = new TreeMap<>();
    hash.forEach(
        place -> {
          long deadline = hash.deadlineMillis(place);
          fields.put(
              hash.field(place).toLatin1(),
              Wire.show(hash.value(place).toLatin1())
                  + (deadline == HashView.NO_DEADLINE ? "" : " until " + deadline));
        });
    return fields;
  }
}

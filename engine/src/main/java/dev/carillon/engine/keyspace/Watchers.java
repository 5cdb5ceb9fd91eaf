package dev.carillon.engine.keyspace;

import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who watches which key (WATCH). A change of a key that nobody watches costs one test. Engine
 * thread only.
 */
public final class Watchers {

  /** Somebody who wants to know that a key changed; told at most once for each change. */
  public interface Watcher {
    /** A watched key changed. */
    void onTouched();

    /**
     * The database of a watched key is about to be replaced by another one or emptied, and at least
     * one of the two holds the key.
     *
     * @param was whether the key is there now
     * @param is whether it will be there
     * @param isOver whether it will be there, but past its deadline
     */
    void onReplaced(boolean was, boolean is, boolean isOver);
  }

  private record Place(int db, Bytes key) {}

  private final Map<Place, List<Watcher>> watchers = new HashMap<>();

  /** Starts watching; the same watcher may watch a key once. */
  public void watch(int db, Bytes key, Watcher watcher) {
    watchers.computeIfAbsent(new Place(db, key), place -> new ArrayList<>(1)).add(watcher);
  }

  /** Stops watching; nothing happens if the watcher does not watch the key. */
  public void unwatch(int db, Bytes key, Watcher watcher) {
    Place place = new Place(db, key);
    List<Watcher> list = watchers.get(place);
    if (list != null && list.remove(watcher) && list.isEmpty()) {
      watchers.remove(place);
    }
  }

  /** A key changed. O(its watchers). */
  void touch(int db, Bytes key) {
    if (!watchers.isEmpty()) {
      List<Watcher> list = watchers.get(new Place(db, key));
      if (list != null) {
        list.forEach(Watcher::onTouched);
      }
    }
  }

  /**
   * All of a database is replaced: who watches keys that are there before or after it is told.
   * O(watched keys).
   *
   * @param after what the database will hold, or null if it will be empty
   */
  void replaceAll(Database before, @Nullable Database after) {
    if (watchers.isEmpty()) {
      return;
    }
    for (Map.Entry<Place, List<Watcher>> entry : watchers.entrySet()) {
      Place place = entry.getKey();
      if (place.db() == before.number()) {
        boolean was = before.contains(place.key());
        boolean is = after != null && after.contains(place.key());
        if (was || is) {
          boolean isOver = after != null && after.isExpired(place.key());
          entry.getValue().forEach(watcher -> watcher.onReplaced(was, is, isOver));
        }
      }
    }
  }

  /** How many keys are watched. */
  public int keys() {
    return watchers.size();
  }
}

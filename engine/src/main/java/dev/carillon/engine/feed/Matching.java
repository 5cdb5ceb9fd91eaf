package dev.carillon.engine.feed;

import dev.carillon.engine.pattern.PatternIndex;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which feeds hold what happens to a key: those without globs are asked one by one, the others are
 * found by an index of all globs. So an event costs the length of its key and the feeds that it is
 * for, not the number of globs. Engine thread only.
 */
final class Matching {

  private static final Comparator<Feed> AGE = Comparator.comparingLong(Feed::number);

  private final List<Feed> withoutGlobs = new ArrayList<>();
  private final PatternIndex<Feed> byGlob = new PatternIndex<>();
  private final PatternIndex.Matched<Feed> onGlob = (glob, feed) -> onMatch(feed);
  private final List<Feed> found = new ArrayList<>();
  private long questions;
  private int db;
  private int classes;

  /** No feeds. */
  Matching() {}

  void add(Feed feed) {
    List<Bytes> globs = feed.definition().globs();
    if (globs.isEmpty()) {
      withoutGlobs.add(feed);
    }
    globs.forEach(glob -> byGlob.add(glob, feed));
  }

  void remove(Feed feed) {
    withoutGlobs.remove(feed);
    feed.definition().globs().forEach(glob -> byGlob.remove(glob, feed));
  }

  /**
   * The feeds that hold events of a key, in the order in which they were made; good until this is
   * asked again. Allocates nothing. O(key + feeds found + feeds without globs).
   *
   * @param someDb where the key is
   * @param someClasses bits of event classes: feeds that hold one of them
   */
  List<Feed> of(int someDb, int someClasses, Bytes key) {
    db = someDb;
    classes = someClasses;
    questions++;
    found.clear();
    for (int i = 0; i < withoutGlobs.size(); i++) {
      onMatch(withoutGlobs.get(i));
    }
    int unsorted = found.size();
    byGlob.match(key.array(), key.offset(), key.length(), onGlob);
    if (found.size() > unsorted && found.size() > 1) {
      found.sort(AGE);
    }
    return found;
  }

  private void onMatch(Feed feed) {
    FeedDefinition definition = feed.definition();
    if ((definition.classes() & classes) != 0
        && definition.observes(db)
        && feed.isFirstMatch(questions)) {
      found.add(feed);
    }
  }

  /** How many globs were looked at by all questions so far, matching or not; for tests. */
  long candidates() {
    return byGlob.candidates();
  }
}

package dev.carillon.engine.feed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import dev.carillon.protocol.event.EventClass;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which feeds an event is for. */
class MatchingTest {

  private static final int STRINGS = EventClass.STRING.bit();

  private final Matching matching = new Matching();
  private long made;

  private Feed feed(String... words) throws FeedDefinition.Unusable {
    List<Bytes> arguments = new ArrayList<>(List.of(Bytes.of("f" + made)));
    for (String word : words) {
      arguments.add(Bytes.of(word));
    }
    return new Feed(FeedDefinition.parse(0, arguments, 16, 1), ++made);
  }

  /** Counted, not measured: what is looked at, among ten thousand globs. */
  @Test
  void anEventCostsTheFeedsThatItIsForAndNotTheOthers() throws FeedDefinition.Unusable {
    List<Feed> feeds = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      Feed feed = feed("MATCH", "user:" + i + ":*", "*:order:" + i);
      feeds.add(feed);
      matching.add(feed);
    }
    for (int i = 0; i < 1_000; i++) {
      Feed wanted = feeds.get(i * 5);
      long before = matching.candidates();
      assertThat(matching.of(0, STRINGS, Bytes.of("user:" + i * 5 + ":name")))
          .containsExactly(wanted);
      assertThat(matching.of(0, STRINGS, Bytes.of("some:order:" + i * 5))).containsExactly(wanted);
      assertThat(matching.of(0, STRINGS, Bytes.of("another:key:" + i))).isEmpty();
      assertThat(matching.candidates() - before).as("globs that were looked at").isLessThan(20);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theFeedsThatAreFoundAreThoseThatMatch(long givenSeed) throws FeedDefinition.Unusable {
    long seed = Long.getLong("carillon.seed", givenSeed);
    Random random = new Random(seed);
    List<Feed> feeds = new ArrayList<>();
    for (int step = 0; step < 3_000; step++) {
      if (feeds.isEmpty() || random.nextInt(10) < (step / 300 % 2 == 0 ? 2 : 1)) {
        Feed feed = feed(words(random));
        feeds.add(feed);
        matching.add(feed);
      } else if (random.nextInt(8) == 0) {
        matching.remove(feeds.remove(random.nextInt(feeds.size())));
      }
      Bytes key = Bytes.of(text(random, "abc"));
      int db = random.nextInt(2);
      int classes = EventClass.values()[random.nextInt(6)].bit();
      assertThat(matching.of(db, classes, key))
          .as("-Dcarillon.seed=" + seed)
          .isEqualTo(feeds.stream().filter(feed -> matches(feed, db, classes, key)).toList());
    }
  }

  private static boolean matches(Feed feed, int db, int classes, Bytes key) {
    FeedDefinition definition = feed.definition();
    return (definition.classes() & classes) != 0
        && definition.observes(db)
        && (definition.globs().isEmpty()
            || definition.globs().stream().anyMatch(glob -> Glob.matches(glob, key)));
  }

  private static String[] words(Random random) {
    List<String> words = new ArrayList<>();
    words.add("EVENTS");
    words.add(List.of("A", "$", "gx", "l", "$g").get(random.nextInt(5)));
    words.add("DB");
    words.add(List.of("*", "0", "1").get(random.nextInt(3)));
    for (int globs = random.nextInt(4); globs > 0; globs--) {
      words.add("MATCH");
      words.add(text(random, "abc*?"));
    }
    return words.toArray(String[]::new);
  }

  private static String text(Random random, String letters) {
    StringBuilder text = new StringBuilder();
    for (int length = 1 + random.nextInt(4); length > 0; length--) {
      text.append(letters.charAt(random.nextInt(letters.length())));
    }
    return text.toString();
  }
}

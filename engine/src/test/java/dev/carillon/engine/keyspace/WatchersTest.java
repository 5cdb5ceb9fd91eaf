package dev.carillon.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who watches a key hears of its changes, and of nothing else. */
class WatchersTest {

  private static final Bytes KEY = Bytes.of("k0");

  private final Filled filled = new Filled(1);
  private final Watchers watchers = filled.keyspace.watchers();
  private final List<String> heard = new ArrayList<>();

  private final Watchers.Watcher watcher =
      new Watchers.Watcher() {
        @Override
        public void onTouched() {
          heard.add("touched");
        }

        @Override
        public void onReplaced(boolean was, boolean is, boolean isOver) {
          heard.add(
              (was ? "there" : "missing") + " to " + (isOver ? "over" : is ? "there" : "gone"));
        }
      };

  @Test
  void aChangeOfTheKeyIsHeardOnce() {
    watchers.watch(0, KEY, watcher);
    filled.add(0, "k", 3, 0);
    filled.add(1, "k", 3, 0);
    assertThat(heard).containsExactly("touched");
  }

  @Test
  void whoStoppedWatchingHearsNothing() {
    watchers.watch(0, KEY, watcher);
    watchers.unwatch(0, KEY, watcher);
    filled.add(0, "k", 1, 0);
    assertThat(heard).isEmpty();
    assertThat(watchers.keys()).isZero();
  }

  @Test
  void expiryAndEvictionAreChanges() {
    filled.add(0, "k", 1, Filled.START_MILLIS + 10);
    filled.add(1, "k", 1, 0);
    watchers.watch(0, KEY, watcher);
    watchers.watch(1, KEY, watcher);
    filled.advance(10);
    filled.keyspace.sweep(filled.nowMillis, 10);
    assertThat(heard).containsExactly("touched");
    filled.evictor.policy(Evictor.Rank.RECENCY, false);
    filled.evictor.limitBytes(1);
    filled.evictor.round(10);
    assertThat(heard).containsExactly("touched", "touched");
  }

  @Test
  void emptyingADatabaseIsHeardWhereTheKeyWasThere() {
    filled.add(0, "k", 1, 0);
    watchers.watch(0, KEY, watcher);
    watchers.watch(0, Bytes.of("missing"), watcher);
    watchers.watch(1, KEY, watcher);
    filled.keyspace.database(0).clear();
    assertThat(heard).containsExactly("there to gone");
  }

  @Test
  void exchangingDatabasesIsHeardWhereEitherHasTheKey() {
    filled.add(0, "k", 1, 0);
    filled.add(1, "o", 1, Filled.START_MILLIS + 10);
    watchers.watch(0, KEY, watcher);
    watchers.watch(2, KEY, watcher);
    filled.advance(10);
    filled.keyspace.swap(0, 1);
    assertThat(heard).containsExactly("there to gone");
    heard.clear();
    watchers.watch(1, KEY, watcher);
    watchers.watch(1, Bytes.of("o0"), watcher);
    filled.keyspace.swap(0, 1);
    assertThat(heard)
        .containsExactlyInAnyOrder("missing to there", "there to gone", "missing to over");
  }
}

package dev.carillon.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.keyspace.Evictor.Rank;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which keys go when memory is full, and that it ends. */
class EvictorTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void keysUsedLongAgoGoFarMoreOftenThanRecentOnes(long seed) {
    Filled filled = new Filled(seed);
    filled.evictor.policy(Rank.RECENCY, false);
    filled.add(0, "old", 1_000, 0);
    filled.advance(1_000_000);
    filled.add(0, "new", 1_000, 0);

    filled.makeRoomFor(500);

    assertThat(filled.left(0, "old", 1_000)).isLessThan(530);
    assertThat(filled.left(0, "new", 1_000)).isGreaterThan(970);
  }

  @Test
  void rareCandidatesAreFoundInLaterRoundsAndOnlyThenItIsStuck() {
    Filled filled = new Filled(1);
    filled.evictor.policy(Rank.RANDOM, true);
    filled.add(0, "kept", 60_000, 0);
    filled.add(0, "due", 3, 1_000_000);
    filled.evictor.limitBytes(1);

    int rounds = 0;
    while (filled.left(0, "due", 3) > 0 && rounds < 1_000) {
      filled.evictor.round(16);
      assertThat(filled.evictor.isStuck() && filled.left(0, "due", 3) > 0).isFalse();
      rounds++;
    }
    filled.evictor.round(16);

    assertThat(filled.left(0, "due", 3)).isZero();
    assertThat(filled.evictor.isStuck()).isTrue();
    assertThat(filled.left(0, "kept", 60_000)).isEqualTo(60_000);
  }

  @Test
  void aReadMakesAKeyRecent() {
    Filled filled = new Filled(1);
    filled.evictor.policy(Rank.RECENCY, false);
    filled.add(0, "used", 1_000, 0);
    filled.add(0, "idle", 1_000, 0);
    filled.advance(1_000_000);
    filled.use(0, "used", 1_000);

    filled.makeRoomFor(500);

    assertThat(filled.left(0, "used", 1_000)).isGreaterThan(970);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void keysUsedSeldomGoFarMoreOftenThanThoseUsedOften(long seed) {
    Filled filled = new Filled(seed);
    filled.evictor.policy(Rank.FREQUENCY, false);
    filled.add(0, "often", 500, 0);
    filled.add(0, "seldom", 500, 0);
    for (int i = 0; i < 100; i++) {
      filled.use(0, "often", 500);
    }

    filled.makeRoomFor(250);

    assertThat(filled.left(0, "often", 500)).isGreaterThan(485);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void nearDeadlinesGoFirst(long seed) {
    Filled filled = new Filled(seed);
    filled.evictor.policy(Rank.DEADLINE, true);
    filled.add(0, "near", 1_000, Filled.START_MILLIS + 10_000);
    filled.add(0, "far", 1_000, Filled.START_MILLIS + 10_000_000);

    filled.makeRoomFor(500);

    assertThat(filled.left(0, "far", 1_000)).isGreaterThan(970);
  }

  @Test
  void aRandomChoiceSparesNoDatabase() {
    Filled filled = new Filled(1);
    filled.evictor.policy(Rank.RANDOM, false);
    for (int db = 0; db < Filled.DATABASES; db++) {
      filled.add(db, "k", 300, 0);
    }

    filled.makeRoomFor(300);

    for (int db = 0; db < Filled.DATABASES; db++) {
      assertThat(filled.left(db, "k", 300)).isBetween(195, 205);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"RECENCY", "FREQUENCY", "DEADLINE", "RANDOM"})
  void aVolatilePolicyNeverTouchesKeysWithoutDeadline(Rank rank) {
    Filled filled = new Filled(1);
    filled.evictor.policy(rank, true);
    filled.add(0, "kept", 1_000, 0);
    filled.add(0, "goes", 50, Filled.START_MILLIS + 1_000);
    filled.add(1, "kept", 100, 0);
    filled.add(1, "goes", 500, Filled.START_MILLIS + 1_000);
    filled.evictor.limitBytes(1);

    int rounds = 0;
    while (filled.evictor.round(64)) {
      assertThat(++rounds).as("rounds").isLessThan(1_000);
    }

    assertThat(filled.left(0, "kept", 1_000)).isEqualTo(1_000);
    assertThat(filled.left(1, "kept", 100)).isEqualTo(100);
    assertThat(filled.size()).isEqualTo(1_100);
  }

  @ParameterizedTest
  @EnumSource(names = {"RECENCY", "FREQUENCY", "RANDOM"})
  void whereAllKeysMayGoAllDoBeforeItGivesUp(Rank rank) {
    Filled filled = new Filled(1);
    filled.evictor.policy(rank, false);
    filled.add(0, "k", 700, 0);
    filled.add(2, "k", 50, Filled.START_MILLIS + 1_000);
    filled.evictor.limitBytes(1);

    assertThat(filled.evictor.round(10_000)).isFalse();

    assertThat(filled.size()).isZero();
    assertThat(filled.keyspace.evictedKeys()).isEqualTo(750);
  }

  @Test
  void withoutAPolicyNothingGoes() {
    Filled filled = new Filled(1);
    filled.add(0, "k", 100, Filled.START_MILLIS + 1_000);
    filled.evictor.limitBytes(1);

    assertThat(filled.evictor.round(1_000)).isFalse();

    assertThat(filled.size()).isEqualTo(100);
  }

  @Test
  void aRoundEndsBelowTheLimitAndRemovesNoMoreThanNeeded() {
    Filled filled = new Filled(1);
    filled.evictor.policy(Rank.RECENCY, false);
    filled.add(0, "k", 1_000, 0);
    long perKey = filled.keyspace.database(0).sizeBytes(1);
    filled.evictor.limitBytes(filled.evictor.usedBytes() - 10 * perKey);

    assertThat(filled.evictor.round(1_000)).isTrue();

    assertThat(filled.evictor.isOverLimit()).isFalse();
    assertThat(filled.size()).isBetween(970, 991);
  }

  /** The pool remembers good candidates; what is left is worse than any of them was. */
  @Test
  void candidatesThatAreGoneDoNotEndARound() {
    Filled filled = new Filled(3);
    filled.evictor.policy(Rank.RECENCY, false);
    filled.add(0, "old", 100, 0);
    filled.advance(1_000_000);
    filled.add(0, "new", 100, 0);
    filled.makeRoomFor(40);
    filled.remove(0, "old", 100);
    int before = filled.size();
    filled.evictor.limitBytes(filled.evictor.usedBytes() - 1);

    assertThat(filled.evictor.round(10)).isTrue();

    assertThat(filled.evictor.isOverLimit()).isFalse();
    assertThat(filled.size()).isEqualTo(before - 1);
  }

  @Test
  void aRareKeyWithDeadlineIsFoundInTheEnd() {
    Filled filled = new Filled(1);
    filled.evictor.policy(Rank.DEADLINE, true);
    filled.add(0, "kept", 60_000, 0);
    filled.add(0, "goes", 3, Filled.START_MILLIS + 1_000);
    filled.evictor.limitBytes(1);

    int rounds = 0;
    while (filled.evictor.round(64)) {
      assertThat(++rounds).as("rounds").isLessThan(100);
    }

    assertThat(filled.left(0, "goes", 3)).isZero();
    assertThat(filled.size()).isEqualTo(60_000);
  }
}

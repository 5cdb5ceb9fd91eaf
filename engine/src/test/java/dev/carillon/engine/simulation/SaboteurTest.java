package dev.carillon.engine.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.PreImage;
import dev.carillon.engine.turn.Effect;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Every checker of the simulation notices what it is there for. */
class SaboteurTest {

  private static final int SEEDS = 30;
  private static final int STEPS = 500;

  /** How often a saboteur lets things pass before it breaks one. */
  private static final int PATIENCE = 20;

  @Test
  void aSkippedEffectIsNoticedAtReplay() {
    breaks(
        Promise.REPLAYED,
        () ->
            new Saboteur() {
              private int seen;

              @Override
              List<Effect> effects(List<Effect> effects) {
                return ++seen % PATIENCE == 0 ? effects.subList(1, effects.size()) : effects;
              }
            });
  }

  @Test
  void aMissedPreImageIsNoticedInTheSnapshot() {
    breaks(
        Promise.SNAPSHOT,
        () ->
            new Saboteur() {
              @Override
              PreImage preImage(PreImage snapshot) {
                return new Forgetful(snapshot);
              }
            });
  }

  @Test
  void aMissedClearingIsNoticedInTheSnapshot() {
    breaks(
        Promise.SNAPSHOT,
        () ->
            new Saboteur() {
              @Override
              PreImage preImage(PreImage snapshot) {
                return new PreImage() {
                  @Override
                  public void beforeChange(Database database, Bytes key, @Nullable Entry entry) {
                    snapshot.beforeChange(database, key, entry);
                  }

                  @Override
                  public void beforeClear(Database database) {}
                };
              }
            });
  }

  @Test
  void aSweepThatIsAMillisecondLateIsNoticed() {
    breaks(
        EnumSet.of(Promise.ON_TIME, Promise.AWAKE),
        () ->
            new Saboteur() {
              @Override
              long sweepMillis(long nowMillis) {
                return nowMillis - 1;
              }
            });
  }

  @Test
  void aSweepThatForgetsItsLastSliceIsNoticed() {
    breaks(
        EnumSet.of(Promise.ON_TIME, Promise.AWAKE),
        () ->
            new Saboteur() {
              @Override
              int sweepBudget(int budget) {
                return Math.min(budget, 1);
              }

              @Override
              boolean mayBeMore(boolean mayBeMore) {
                return false;
              }
            });
  }

  @Test
  void aSweepThatIsAMillisecondEarlyIsNoticed() {
    breaks(
        Promise.NEVER_EARLY,
        () ->
            new Saboteur() {
              @Override
              long sweepMillis(long nowMillis) {
                return nowMillis + 1;
              }
            });
  }

  @Test
  void aSweepBeyondItsBudgetIsNoticed() {
    breaks(
        Promise.BOUNDED,
        () ->
            new Saboteur() {
              @Override
              int sweepBudget(int budget) {
                return budget + 1;
              }
            });
  }

  @Test
  void wakingAMillisecondLateIsNoticed() {
    breaks(
        Promise.AWAKE,
        () ->
            new Saboteur() {
              @Override
              long wakeMillis(long millis) {
                return millis == Long.MAX_VALUE ? millis : millis + 1;
              }
            });
  }

  @Test
  void aDroppedEventIsNoticed() {
    breaks(Promise.COMPLETE, () -> new Tampering(1, frames -> frames.removeFirst()));
  }

  @Test
  void anEventThatIsAnnouncedTwiceIsNoticed() {
    breaks(Promise.UNIQUE, () -> new Tampering(1, frames -> frames.addFirst(frames.getFirst())));
  }

  @Test
  void eventsOutOfOrderAreNoticed() {
    breaks(Promise.ORDERED, () -> new Tampering(2, frames -> Collections.swap(frames, 0, 1)));
  }

  @Test
  void anEventBeforeTheReplyIsNoticed() {
    breaks(
        Promise.REPLY_FIRST,
        () ->
            new Saboteur() {
              @Override
              String received(String bytes) {
                List<String> frames = Wire.frames(bytes);
                if (frames.size() > 1
                    && !Tampering.isNotification(frames.get(0))
                    && Tampering.isNotification(frames.get(1))) {
                  Collections.swap(frames, 0, 1);
                }
                return String.join("", frames);
              }
            });
  }

  @Test
  void anEarlyReleaseOfAnOutboxIsNoticed() {
    breaks(
        Promise.DURABLE,
        () ->
            new Saboteur() {
              @Override
              long durableSequence(long sequence) {
                return sequence == Long.MAX_VALUE ? sequence : sequence + 1;
              }
            });
  }

  @Test
  void outputThatNobodyHearsOfIsNoticed() {
    breaks(
        Promise.RELEASED,
        () ->
            new Saboteur() {
              private int seen;

              @Override
              boolean hearsOfOutput() {
                return ++seen % PATIENCE != 0;
              }
            });
  }

  @Test
  void aReplyThatIsOneTooHighIsNoticed() {
    breaks(
        Promise.ANSWERED,
        () ->
            new Saboteur() {
              private int seen;

              @Override
              String received(String bytes) {
                List<String> frames = Wire.frames(bytes);
                for (int i = 0; i < frames.size(); i++) {
                  String frame = frames.get(i);
                  if (frame.startsWith(":") && ++seen % PATIENCE == 0) {
                    long number = Long.parseLong(frame.substring(1).strip());
                    frames.set(i, ":" + (number + 1) + "\r\n");
                  }
                }
                return String.join("", frames);
              }
            });
  }

  @Test
  void aValueThatIsKeptDifferentlyIsNoticed() {
    breaks(
        Promise.HOLDS,
        () ->
            new Saboteur() {
              private int seen;

              @Override
              List<String> request(List<String> words) {
                boolean isPlain = words.size() == 3 && words.get(0).equalsIgnoreCase("SET");
                return isPlain && ++seen % PATIENCE == 0
                    ? List.of(words.get(0), words.get(1), words.get(2) + "!")
                    : words;
              }
            });
  }

  @Test
  void aSweepThatExpiresTheLaterKeyFirstIsNoticed() {
    breaks(
        Promise.IN_TIME_ORDER,
        () ->
            new Saboteur() {
              @Override
              List<Effect> expired(List<Effect> effects, ToLongFunction<Effect> deadlineMillis) {
                for (int i = 1; i < effects.size(); i++) {
                  long earlier = deadlineMillis.applyAsLong(effects.get(i - 1));
                  long later = deadlineMillis.applyAsLong(effects.get(i));
                  if (effects.get(i - 1).db() == effects.get(i).db()
                      && earlier != Model.NEVER
                      && earlier < later) {
                    List<Effect> swapped = new ArrayList<>(effects);
                    Collections.swap(swapped, i - 1, i);
                    return swapped;
                  }
                }
                return effects;
              }
            });
  }

  @Test
  void evictionOfAKeyThatThePolicySparesIsNoticed() {
    breaks(
        Promise.EVICTED_BY_POLICY,
        () ->
            new Saboteur() {
              @Override
              List<Effect> evicted(List<Effect> effects) {
                Effect first = effects.getFirst();
                Bytes nobody = Bytes.of("no such key");
                return List.of(
                    new Effect(first.db(), List.of(first.arguments().getFirst(), nobody)));
              }
            });
  }

  @Test
  void memoryThatStaysFullAlthoughThereIsSomethingToEvictIsNoticed() {
    breaks(
        Promise.ROOM_MADE,
        () ->
            new Saboteur() {
              @Override
              boolean mayMakeRoom() {
                return false;
              }
            });
  }

  @Test
  void aTurnThatIsNotRecordedIsNoticed() {
    breaks(
        Promise.RECORDED,
        () ->
            new Saboteur() {
              private int seen;

              @Override
              boolean isRecorded() {
                return ++seen % PATIENCE != 0;
              }
            });
  }

  /** Runs seeds until a promise is broken, which must be the one that the saboteur aims at. */
  private static void breaks(Promise promise, Supplier<Saboteur> saboteur) {
    breaks(EnumSet.of(promise), saboteur);
  }

  /** As {@link #breaks(Promise, Supplier)} where one defect breaks one of several. */
  private static void breaks(Set<Promise> promises, Supplier<Saboteur> saboteur) {
    for (long seed = 1; seed <= SEEDS; seed++) {
      try {
        new EngineSimulation(seed, saboteur.get(), new HashMap<>()).run(STEPS);
      } catch (Promise.Broken broken) {
        assertThat(broken.promise()).as(broken.getMessage()).isIn(promises);
        return;
      }
    }
    throw new AssertionError("nobody noticed a saboteur of " + promises);
  }

  /** Misses one change in some. */
  private static final class Forgetful implements PreImage {
    private final PreImage snapshot;
    private int seen;

    Forgetful(PreImage snapshot) {
      this.snapshot = snapshot;
    }

    @Override
    public void beforeChange(Database database, Bytes key, @Nullable Entry entry) {
      if (++seen % 3 != 0) {
        snapshot.beforeChange(database, key, entry);
      }
    }

    @Override
    public void beforeClear(Database database) {
      snapshot.beforeClear(database);
    }
  }

  /** Changes the first run of notifications of some that is long enough. */
  private static final class Tampering extends Saboteur {

    /** Changes a list of notifications. */
    interface Change {
      void apply(List<String> notifications);
    }

    private final int length;
    private final Change change;
    private int seen;

    Tampering(int length, Change change) {
      this.length = length;
      this.change = change;
    }

    static boolean isNotification(String frame) {
      return frame.substring(1).startsWith("4\r\n$8\r\npmessage")
          || frame.substring(1).startsWith("3\r\n$7\r\nmessage");
    }

    @Override
    String received(String bytes) {
      List<String> frames = Wire.frames(bytes);
      int from = 0;
      while (from < frames.size() && !isNotification(frames.get(from))) {
        from++;
      }
      int to = from;
      while (to < frames.size() && isNotification(frames.get(to))) {
        to++;
      }
      boolean differ = length == 1 || to - from > 1 && isAnotherEvent(frames.subList(from, to));
      if (to - from >= length && differ && ++seen % PATIENCE == 0) {
        List<String> notifications = new ArrayList<>(frames.subList(from, to));
        change.apply(notifications);
        return String.join("", frames.subList(0, from))
            + String.join("", notifications)
            + String.join("", frames.subList(to, frames.size()));
      }
      return bytes;
    }

    /** Patterns that match the same message may come in any order: that would be no defect. */
    private static boolean isAnotherEvent(List<String> notifications) {
      List<String> first = notifications.getFirst().lines().toList();
      List<String> second = notifications.get(1).lines().toList();
      return !first.getLast().equals(second.getLast())
          && !first.get(first.size() - 3).equals(second.get(second.size() - 3));
    }
  }
}

package dev.carillon.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.carillon.engine.Engine;
import dev.carillon.engine.turn.EffectSink;
import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import dev.carillon.simulation.check.Atomic;
import dev.carillon.simulation.check.Broken;
import dev.carillon.simulation.check.Complete;
import dev.carillon.simulation.check.Guarantee;
import dev.carillon.simulation.check.Ordered;
import dev.carillon.simulation.check.Recovered;
import dev.carillon.simulation.check.Resumable;
import dev.carillon.simulation.check.Timely;
import dev.carillon.simulation.check.Unique;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * Feeds over crashes, by seeds, and a defect for each promise that its checker has to notice;
 * {@code -Dcarillon.simulation.seconds=…} runs fresh seeds for so long.
 */
class FeedSimulationTest {

  private static final int SEEDS = 150;
  private static final int SABOTAGED = 400;
  private static final int FRESH_SECONDS = 5;

  private static final String[] REACHED = {
    "acknowledged",
    "change",
    "compared",
    "expired",
    "expired while down",
    "faults",
    "killed in an operation",
    "lost the last changes",
    "power cut",
    "read",
    "rewrite",
    "trimmed past",
  };

  private static void run(long seed, Map<String, Integer> tally) {
    new FeedSimulation(seed, new FeedSaboteur(), tally).run();
  }

  @Test
  void theSameSeedsKeepEveryPromiseEachTime() {
    Seeds.same("feeds", SEEDS, REACHED, FeedSimulationTest::run);
  }

  @Test
  void freshSeedsKeepEveryPromise() {
    Seeds.fresh("feeds", FRESH_SECONDS, FeedSimulationTest::run);
  }

  // ------------------------------------------------------------------------------------- saboteurs

  /** A defect turns one checker red, and nothing else but what follows from it. */
  private static void breaks(
      Class<? extends Guarantee> promise,
      Supplier<FeedSaboteur> defect,
      List<Class<? extends Guarantee>> others) {
    Set<Class<?>> broken = new HashSet<>();
    for (long seed = 1; seed <= SABOTAGED && !broken.contains(promise); seed++) {
      try {
        new FeedSimulation(seed, defect.get(), new TreeMap<>()).run();
      } catch (Broken red) {
        Class<?> found = red.guarantee().getClass();
        assertThat(red).hasMessageContaining(red.guarantee().sentence());
        if (found != promise && !others.contains(found)) {
          fail("it broke another promise", red);
        }
        broken.add(found);
      }
    }
    assertThat(broken).contains(promise);
  }

  /** Changes what is recorded of feeds, or of the changes that they tell of. */
  private abstract static class Recorder implements EffectSink {
    private final EffectSink journal;
    int seen;

    Recorder(EffectSink journal) {
      this.journal = journal;
    }

    abstract void record(Turn turn, int db, Bytes[] words);

    void pass(Turn turn, int db, Bytes... words) {
      journal.onEffect(turn, db, words);
    }

    static boolean isAppend(Bytes[] words) {
      return words.length > 4 && words[0].isWord("FEED") && words[1].isWord("APPEND");
    }

    @Override
    public void onEffect(Turn turn, int db, Bytes... arguments) {
      record(turn, db, arguments);
    }

    @Override
    public void onEffect(Turn turn, int db, Request request) {
      Bytes[] words = new Bytes[request.count()];
      for (int i = 0; i < words.length; i++) {
        words[i] = request.argument(i);
      }
      record(turn, db, words);
    }

    @Override
    public void onCommitted(Turn turn) {
      journal.onCommitted(turn);
    }

    @Override
    public void onDiscarded() {
      journal.onDiscarded();
    }
  }

  @Test
  void anEntryThatIsNotRecordedIsNoticed() {
    breaks(
        Complete.class,
        () ->
            new FeedSaboteur() {
              @Override
              EffectSink journal(EffectSink journal) {
                return new Recorder(journal) {
                  @Override
                  void record(Turn turn, int db, Bytes[] words) {
                    if (!isAppend(words) || ++seen % 20 != 0) {
                      pass(turn, db, words);
                    }
                  }
                };
              }
            },
        List.of());
  }

  @Test
  void aReplyThatLeavesBeforeItsTurnIsDurableIsNoticed() {
    breaks(
        Complete.class,
        () ->
            new FeedSaboteur() {
              @Override
              long durableSequence(long sequence, long lastSequence) {
                return lastSequence;
              }
            },
        List.of(Resumable.class));
  }

  @Test
  void anEntryThatCanBeReadBeforeItIsDurableIsNoticed() {
    breaks(
        Resumable.class,
        () ->
            new FeedSaboteur() {
              @Override
              long durableSequence(long sequence, long lastSequence) {
                return lastSequence;
              }
            },
        List.of(Complete.class));
  }

  @Test
  void anEntryThatIsRecordedForAnotherOneIsNoticed() {
    breaks(
        Unique.class,
        () ->
            new FeedSaboteur() {
              @Override
              EffectSink journal(EffectSink journal) {
                return new Recorder(journal) {
                  private Bytes[] last = {};

                  @Override
                  void record(Turn turn, int db, Bytes[] words) {
                    if (isAppend(words) && words[2].isWord("FEED")) {
                      Bytes[] copy = copy(words);
                      if (last.length == words.length && ++seen % 10 == 0) {
                        System.arraycopy(last, 4, words, 4, words.length - 4);
                      }
                      last = copy;
                    }
                    pass(turn, db, words);
                  }
                };
              }
            },
        List.of());
  }

  private static Bytes[] copy(Bytes[] words) {
    Bytes[] copy = new Bytes[words.length];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = words[i].copy();
    }
    return copy;
  }

  @Test
  void entriesThatChangePlacesAreNoticed() {
    breaks(
        Ordered.class,
        () ->
            new FeedSaboteur() {
              @Override
              EffectSink journal(EffectSink journal) {
                return new Recorder(journal) {
                  private final List<Bytes[]> held = new ArrayList<>();

                  @Override
                  void record(Turn turn, int db, Bytes[] words) {
                    if (isAppend(words) && words[2].isWord("FEED")) {
                      held.add(copy(words));
                    } else {
                      pass(turn, db, words);
                    }
                  }

                  @Override
                  public void onCommitted(Turn turn) {
                    // The ids stay where they are, what they tell of comes the other way round.
                    for (int i = 0; i < held.size(); i++) {
                      Bytes[] words = held.get(i).clone();
                      Bytes[] other = held.get(held.size() - 1 - i);
                      if (other.length == words.length) {
                        System.arraycopy(other, 4, words, 4, words.length - 4);
                        pass(turn, 0, words);
                      } else {
                        pass(turn, 0, held.get(i));
                      }
                    }
                    held.clear();
                    super.onCommitted(turn);
                  }

                  @Override
                  public void onDiscarded() {
                    held.clear();
                    super.onDiscarded();
                  }
                };
              }
            },
        // Where entries differ in length only one of two has changed places.
        List.of(Unique.class));
  }

  @Test
  void anEntryWithoutItsChangeIsNoticed() {
    breaks(
        Atomic.class,
        () ->
            new FeedSaboteur() {
              @Override
              EffectSink journal(EffectSink journal) {
                return new Recorder(journal) {
                  @Override
                  void record(Turn turn, int db, Bytes[] words) {
                    if (!words[0].isWord("SET") || ++seen % 10 != 0) {
                      pass(turn, db, words);
                    }
                  }
                };
              }
            },
        List.of());
  }

  @Test
  void deadlinesThatNobodyLooksAtAreNoticed() {
    breaks(
        Timely.class,
        () ->
            new FeedSaboteur() {
              @Override
              boolean isSweeping() {
                return false;
              }
            },
        List.of(Recovered.class));
  }

  @Test
  void deadlinesThatPassUnheardWhileTheServerIsDownAreNoticed() {
    breaks(
        Recovered.class,
        () ->
            new FeedSaboteur() {
              private boolean isBroken;

              @Override
              void onStarted(Engine engine, long nowMillis) {
                isBroken = true;
              }

              @Override
              boolean isSweeping() {
                boolean sweeps = !isBroken;
                isBroken = false;
                return sweeps;
              }
            },
        List.of(Timely.class));
  }
}

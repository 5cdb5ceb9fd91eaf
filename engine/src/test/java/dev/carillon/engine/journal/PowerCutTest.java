package dev.carillon.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.storage.MemoryStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Machines that lose their power at any moment: what is recovered is what some turn left, and that
 * of no earlier turn than the last one whose reply has left (under {@code always}), or the turns
 * that are missing span no more than a second (under {@code everysec}).
 */
class PowerCutTest {

  private static final int RUNS = Integer.getInteger("carillon.runs", 300);

  private static final class PowerCut extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** What a test does to see the checks fail. */
  private static class Sabotage {
    void disk(MemoryStorage disk) {}

    void engine(JournaledEngine engine) {}
  }

  private static long seed() {
    return Long.getLong("carillon.seed", System.nanoTime());
  }

  private static void runAll(FsyncPolicy policy, Sabotage sabotage) throws IOException {
    long seed = seed();
    for (int run = 0; run < RUNS; run++) {
      try {
        new Life(seed + run, policy, sabotage).run();
      } catch (AssertionError | RuntimeException | IOException e) {
        throw new AssertionError("-Dcarillon.runs=1 -Dcarillon.seed=" + (seed + run) + ": " + e, e);
      }
    }
  }

  /** Some lives of an engine on one disk. */
  private static final class Life {

    private final Random random;
    private final FsyncPolicy policy;
    private final Sabotage sabotage;
    private final MemoryStorage disk = new MemoryStorage();

    /** What the engine held after each turn, and when. */
    private final List<String> digests = new ArrayList<>();

    private final List<Long> times = new ArrayList<>();
    private long nowMillis = JournaledEngine.START_MILLIS;

    /** The last turn that must not be taken back. */
    private long promised;

    /** The last turn whose reply has left. */
    private long acknowledgedSequence;

    Life(long seed, FsyncPolicy policy, Sabotage sabotage) {
      this.random = new Random(seed);
      this.policy = policy;
      this.sabotage = sabotage;
    }

    void run() throws IOException {
      for (int life = 0; life < 4; life++) {
        JournaledEngine engine = new JournaledEngine(disk, policy, nowMillis);
        verify(engine);
        disk.fault(MemoryStorage.NONE);
        sabotage.disk(disk);
        sabotage.engine(engine);
        if (random.nextBoolean()) {
          int last = disk.calls() + 1 + random.nextInt(25);
          disk.fault(
              (call, what, name) -> {
                if (call == last) {
                  throw new PowerCut();
                }
                return false;
              });
        }
        try {
          live(engine);
          promise(engine);
        } catch (PowerCut cut) {
          promise(engine);
        }
        disk.cutPower(random);
      }
    }

    private void verify(JournaledEngine engine) {
      long sequence = engine.journal().durableSequence();
      assertThat(sequence).as("the last turn that is there").isGreaterThanOrEqualTo(promised);
      if (sequence < acknowledgedSequence) {
        assertThat(times.get((int) acknowledgedSequence) - times.get((int) sequence + 1))
            .as("the time that the replies span which a crash took back")
            .isLessThanOrEqualTo(1000);
      }
      if (digests.isEmpty()) {
        digests.add(engine.digest());
        times.add(nowMillis);
      }
      assertThat(engine.digest()).isEqualTo(digests.get((int) sequence));
      acknowledgedSequence = sequence;
      digests.subList((int) sequence + 1, digests.size()).clear();
      times.subList((int) sequence + 1, times.size()).clear();
    }

    private void live(JournaledEngine engine) throws IOException {
      int steps = random.nextInt(60);
      for (int i = 0; i < steps; i++) {
        switch (random.nextInt(12)) {
          case 0, 1, 2, 3 -> {
            engine.tell("SET key" + random.nextInt(5) + " " + random.nextInt());
            digests.add(engine.digest());
            times.add(nowMillis);
          }
          case 4, 5 -> engine.flush();
          case 6, 7 -> engine.syncs.halfStep();
          case 8 -> {
            engine.engine.work(engine.nowMillis);
            engine.bulk.halfStep();
          }
          case 9 -> engine.engine.maintain(engine.nowMillis);
          case 10 -> rewrite(engine);
          default -> {
            engine.advance(random.nextInt(700));
            nowMillis = engine.nowMillis;
          }
        }
        promise(engine);
      }
      if (random.nextInt(4) == 0) {
        engine.stop();
        promised = digests.size() - 1;
      }
    }

    private void rewrite(JournaledEngine engine) {
      if (!engine.engine.rewrites().isRunning()) {
        engine.engine.rewrites().request(engine.nowMillis);
      }
    }

    private void promise(JournaledEngine engine) {
      String heard = engine.heard();
      int acknowledged = heard.length() / "+OK\r\n".length();
      assertThat(heard).isEqualTo("+OK\r\n".repeat(acknowledged));
      acknowledgedSequence += acknowledged;
      if (policy == FsyncPolicy.ALWAYS) {
        promised = acknowledgedSequence;
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = FsyncPolicy.class,
      names = {"ALWAYS", "EVERYSEC"})
  void nothingThatWasPromisedIsTakenBack(FsyncPolicy policy) throws IOException {
    runAll(policy, new Sabotage());
  }

  @ParameterizedTest
  @EnumSource(
      value = FsyncPolicy.class,
      names = {"ALWAYS", "EVERYSEC"})
  void aDiskThatLiesIsFoundOut(FsyncPolicy policy) {
    assertThatThrownBy(
            () ->
                runAll(
                    policy,
                    new Sabotage() {
                      @Override
                      void disk(MemoryStorage disk) {
                        disk.lies();
                      }
                    }))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void aReplyThatLeavesTooEarlyIsFoundOut() {
    assertThatThrownBy(
            () ->
                runAll(
                    FsyncPolicy.ALWAYS,
                    new Sabotage() {
                      @Override
                      void engine(JournaledEngine engine) {
                        engine.engine.sessions().durableSequence(Long.MAX_VALUE);
                      }
                    }))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("the last turn that is there");
  }
}

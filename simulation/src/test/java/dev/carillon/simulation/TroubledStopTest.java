package dev.carillon.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.simulation.check.Broken;
import dev.carillon.simulation.disk.FaultyDisk;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A server is told to stop (SHUTDOWN, SIGTERM: the same from the engine on) while the disk is full
 * or fails, at each step of a rewrite of the journal, so also while the segments and the base that
 * it replaces are being removed. What was acknowledged is there at the next start, which goes on by
 * itself.
 */
class TroubledStopTest {

  private static final long NOW_MILLIS = 1_700_000_000_000L;

  private enum Trouble {
    NONE(faults -> {}),
    FULL(faults -> faults.capacityBytes = 0),
    APPENDS(faults -> faults.appends = 1000),
    SYNCS(faults -> faults.syncs = 1000),
    DIRECTORIES(faults -> faults.directories = 1000),
    EVERYTHING(
        faults -> {
          faults.appends = 1000;
          faults.syncs = 1000;
          faults.directories = 1000;
        }),
    NOW_AND_THEN(
        faults -> {
          faults.appends = 300;
          faults.syncs = 300;
          faults.directories = 300;
        });

    private final Consumer<FaultyDisk.Faults> begin;

    Trouble(Consumer<FaultyDisk.Faults> begin) {
      this.begin = begin;
    }
  }

  @ParameterizedTest
  @EnumSource(Trouble.class)
  void aStopOnABadDiskLosesNothingThatWasAcknowledged(Trouble trouble) {
    int removing = 0;
    int points = 0;
    for (FsyncPolicy policy : FsyncPolicy.values()) {
      for (int variant = 0; variant < 4; variant++) {
        Run run;
        int steps = 0;
        do {
          run = new Run(trouble, policy, steps, variant);
          try {
            run.run();
          } catch (Broken broken) {
            throw broken.at(
                trouble + ", appendfsync " + policy + ", step " + steps + ", variant " + variant);
          }
          removing += run.wasRemoving ? 1 : 0;
          points++;
          steps++;
        } while (!run.wasOver);
      }
    }
    System.out.println(trouble + ": " + points + " stops, " + removing + " during a removal");
    assertThat(removing).as("stops while something was being removed").isGreaterThan(10);
  }

  private static final class Run implements SimulatedClient.Ears {

    private final Trouble trouble;
    private final FsyncPolicy policy;
    private final int steps;

    /** Whether the stop does not wait any longer for what goes on beside it. */
    private final boolean impatient;

    private final boolean powerCut;
    private final Promises promises = new Promises();
    private final FaultyDisk disk;
    private SimulatedProcess process;
    private SimulatedClient client;
    private int requests;
    private boolean wasOver;
    private boolean wasRemoving;

    Run(Trouble trouble, FsyncPolicy policy, int steps, int variant) {
      this.trouble = trouble;
      this.policy = policy;
      this.steps = steps;
      this.impatient = variant % 2 == 1;
      this.powerCut = variant > 1;
      disk = new FaultyDisk(new Random(31L * steps + variant));
      process = start();
      client = process.connect(false, NOW_MILLIS);
    }

    void run() {
      for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 20; k++) {
          write();
        }
        process.ask(client, List.of("BGREWRITEAOF"), NOW_MILLIS);
        if (i == 0) {
          while (process.isBusy()) {
            step();
          }
        }
      }
      for (int i = 0; i < steps; i++) {
        step();
        if (i % 5 == 0) {
          write();
        }
      }
      wasOver = !process.isBusy();
      wasRemoving = isRemoving();
      trouble.begin.accept(disk.faults());
      for (int i = 0; i < 2; i++) {
        write();
        process.work(process.syncs(), 2);
      }
      stop();
      process.end(disk);
      if (powerCut) {
        disk.cutPower();
      }
      disk.faults().clear();
      for (int i = 0; i < 2; i++) {
        process = start();
        client = process.connect(false, NOW_MILLIS);
        write();
        process.end(disk);
      }
    }

    /** The newest base is there, and what it replaces too. */
    private boolean isRemoving() {
      List<String> files = disk.files();
      return !process.bulk().isIdle()
          && files.stream().filter(name -> name.startsWith("journal/snapshot-")).count() == 2
          && files.stream().noneMatch(name -> name.endsWith(".rdb.tmp"));
    }

    private void step() {
      process.work(NOW_MILLIS, 300);
      process.work(process.syncs(), 1);
      process.work(process.bulk(), 1);
      endRound();
    }

    private void endRound() {
      process.endRound(NOW_MILLIS, Long.MAX_VALUE / 2, this);
    }

    private void write() {
      requests++;
      process.ask(client, List.of("SET", "key" + requests % 30, "value" + requests), NOW_MILLIS);
      client.take();
      endRound();
    }

    /** In the order of the server. */
    private void stop() {
      process.engine().snapshots().abandon();
      while (!process.syncs().isIdle()) {
        process.work(process.syncs(), 1);
      }
      while (!impatient && !process.bulk().isIdle()) {
        process.work(process.bulk(), 1);
      }
      boolean isOrderly = true;
      try {
        process.engine().stopJournal(NOW_MILLIS);
      } catch (IOException expected) {
        assertThat(trouble).isNotEqualTo(Trouble.NONE);
        isOrderly = false;
      }
      endRound();
      if (isOrderly) {
        promises.kept.onAcknowledged(
            promises.whole.sequence(), true, "all before a stop that said nothing");
      }
    }

    private SimulatedProcess start() {
      SimulatedProcess started =
          new SimulatedProcess(
              disk,
              new SimulatedProcess.Settings(policy, 128),
              new Random(1),
              promises,
              new SnapshotWatch(promises, new HashMap<>()),
              new HashMap<>(),
              new Saboteur());
      try {
        started.recover(
            NOW_MILLIS,
            recovery -> {
              promises.kept.onRecovered(recovery.sequence(), powerCut);
              promises.concealed.onRecovered(recovery.sequence());
              promises.whole.onRecovered(recovery.sequence(), started.digest());
              started.begin(recovery, NOW_MILLIS);
            });
      } catch (IOException refusal) {
        promises.restarted.onRefused(String.valueOf(refusal.getMessage()));
      }
      return started;
    }

    @Override
    public void onShown(long sequence, String text) {
      if (policy == FsyncPolicy.ALWAYS) {
        promises.concealed.onShown(sequence, text);
      }
    }

    @Override
    public void onAcknowledged(long sequence, String text) {
      promises.kept.onAcknowledged(sequence, policy == FsyncPolicy.ALWAYS, text);
    }
  }
}

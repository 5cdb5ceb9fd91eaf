package dev.carillon.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.simulation.check.Broken;
import dev.carillon.simulation.disk.FaultyDisk;
import dev.carillon.simulation.disk.Killed;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A process ends in each of the operations on the disk that a piece of work takes, one after the
 * other and none left out, while a client writes; killed, and with the power cut.
 */
class EveryCrashTest {

  /** Orders in which turns, syncs and the work come; more by {@code -Dcarillon.orders=…}. */
  private static final int ORDERS = Integer.getInteger("carillon.orders", 3);

  /** What a power cut leaves is tried so often for each point. */
  private static final int CUTS = 3;

  @ParameterizedTest
  @EnumSource(FsyncPolicy.class)
  void aSnapshotMayEndAnywhere(FsyncPolicy policy) {
    everywhere(policy, "PING", "BGSAVE");
  }

  @ParameterizedTest
  @EnumSource(FsyncPolicy.class)
  void aSnapshotThatIsWaitedForMayEndAnywhere(FsyncPolicy policy) {
    everywhere(policy, "PING", "SAVE");
  }

  @ParameterizedTest
  @EnumSource(FsyncPolicy.class)
  void aRewriteMayEndAnywhere(FsyncPolicy policy) {
    everywhere(policy, "PING", "BGREWRITEAOF");
  }

  @ParameterizedTest
  @EnumSource(FsyncPolicy.class)
  void aJournalThatBeginsMayEndAnywhere(FsyncPolicy policy) {
    everywhere(policy, "CONFIG SET appendonly no", "CONFIG SET appendonly yes");
  }

  private static void everywhere(FsyncPolicy policy, String before, String work) {
    int points = 0;
    for (int order = 0; order < ORDERS; order++) {
      int at = 0;
      while (!ends(policy, before, work, order, at)) {
        at++;
      }
      points += at;
    }
    System.out.println(work + ", appendfsync " + policy + ": " + points + " points to end at");
    assertThat(points).isGreaterThan(8 * ORDERS);
  }

  /** Tries one point; answers whether everything was over before it. */
  private static boolean ends(FsyncPolicy policy, String before, String work, int order, int at) {
    boolean over = true;
    for (int cut = 0; cut <= CUTS; cut++) {
      try {
        over &= new Run(policy, order, at, cut).run(before, work);
      } catch (Broken broken) {
        throw broken.at(
            work + ", appendfsync " + policy + ", order " + order + ", ends at " + at + ", " + cut);
      }
    }
    return over;
  }

  /** Two lives: the first ends at a point, the second goes on with what is left, and a third. */
  private static final class Run implements SimulatedClient.Ears {

    private static final String[] REQUESTS = {
      "SET s%d v%d", "RPUSH l%d v%d", "HSET h%d f%d v", "INCR n%d", "DEL s%d h%d", "ZADD z 1 m%d",
    };

    private final FsyncPolicy policy;
    private final int at;
    private final int cut;
    private final Random order;
    private final Promises promises = new Promises();
    private final Map<String, Integer> tally = new HashMap<>();
    private final SnapshotWatch snapshots = new SnapshotWatch(promises, tally);
    private final FaultyDisk disk;
    private long nowMillis = 1_700_000_000_000L;
    private int requests;
    private SimulatedProcess process;

    Run(FsyncPolicy policy, int order, int at, int cut) {
      this.policy = policy;
      this.at = at;
      this.cut = cut;
      this.order = new Random(order);
      disk = new FaultyDisk(new Random(31L * at + cut));
      process = start();
    }

    boolean run(String before, String work) {
      boolean over = false;
      try {
        SimulatedClient client = process.connect(false, nowMillis);
        write(client, 8);
        doAll(client, work);
        write(client, 5);
        doAll(client, before);
        write(client, 3);
        disk.killAfter(at);
        doAll(client, work);
        write(client, 3);
        over = true;
      } catch (Killed killed) {
        // Here it ends.
      }
      end();
      process = start();
      SimulatedClient client = process.connect(false, nowMillis);
      write(client, 4);
      doAll(client, before);
      doAll(client, work);
      write(client, 2);
      if (work.equals("BGREWRITEAOF")) {
        // Nothing is left of what ended before.
        assertThat(disk.files().stream().filter(name -> name.startsWith("journal/")))
            .hasSize(2)
            .anyMatch(name -> name.endsWith(".rdb"))
            .anyMatch(name -> name.endsWith(".journal"));
      }
      end();
      process = start();
      process.end(disk);
      return over;
    }

    private SimulatedProcess start() {
      SimulatedProcess started =
          new SimulatedProcess(
              disk,
              new SimulatedProcess.Settings(policy, 128),
              new Random(1),
              promises,
              snapshots,
              new HashMap<>(),
              new Saboteur());
      try {
        started.recover(
            nowMillis,
            recovery -> {
              promises.kept.onRecovered(recovery.sequence(), cut > 0);
              promises.concealed.onRecovered(recovery.sequence());
              promises.bounded.onRecovered(recovery.sequence());
              promises.whole.onRecovered(recovery.sequence(), started.digest());
              started.begin(recovery, nowMillis);
            });
      } catch (IOException refusal) {
        promises.restarted.onRefused(String.valueOf(refusal.getMessage()));
      }
      return started;
    }

    private void end() {
      process.end(disk);
      if (cut > 0) {
        disk.cutPower();
      }
      snapshots.verify(disk);
    }

    private void write(SimulatedClient client, int count) {
      for (int i = 0; i < count; i++) {
        write(client);
        endRound();
        process.work(process.syncs(), 3);
      }
    }

    private void write(SimulatedClient client) {
      String request =
          String.format(REQUESTS[requests % REQUESTS.length], requests % 5, requests % 3);
      requests++;
      ask(client, request);
    }

    private void ask(SimulatedClient client, String request) {
      process.ask(client, List.of(request.split(" ")), nowMillis);
      client.take();
    }

    private void endRound() {
      process.endRound(nowMillis, Long.MAX_VALUE / 2, this);
    }

    /** Asks for the work, and lets it come to its end while the client writes. */
    private void doAll(SimulatedClient client, String work) {
      ask(client, work);
      int quiet = 0;
      while (quiet < 3) {
        switch (order.nextInt(6)) {
          case 0 -> write(client);
          case 1 -> process.work(nowMillis, 1 + order.nextInt(600));
          case 2 -> process.work(process.syncs(), 1 + order.nextInt(3));
          case 3 -> process.work(process.bulk(), 1 + order.nextInt(3));
          case 4 -> {
            nowMillis += order.nextInt(100);
            process.maintain(nowMillis);
          }
          default -> endRound();
        }
        quiet = process.isBusy() ? 0 : quiet + 1;
      }
    }

    @Override
    public void onShown(long sequence, String text) {
      if (policy == FsyncPolicy.ALWAYS && sequence > process.keptSince()) {
        promises.concealed.onShown(sequence, text);
      }
    }

    @Override
    public void onAcknowledged(long sequence, String text) {
      if (sequence <= process.keptSince()) {
        return;
      }
      promises.kept.onAcknowledged(sequence, policy == FsyncPolicy.ALWAYS, text);
      if (policy == FsyncPolicy.EVERYSEC) {
        promises.bounded.onAcknowledged(sequence, nowMillis, text);
      }
    }
  }
}

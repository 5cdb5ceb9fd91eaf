package dev.carillon.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.Engine;
import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.load.LoadSource;
import dev.carillon.engine.storage.AppendFile;
import dev.carillon.engine.storage.Storage;
import dev.carillon.simulation.check.Broken;
import dev.carillon.simulation.disk.FaultyDisk;
import dev.carillon.simulation.disk.Killed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A process ends in each of the operations on the disk that an import takes, and that the first
 * requests behind it take, one after the other and none left out; killed, and with the power cut.
 * The next start imports again what is there as a whole, or goes on with the journal.
 */
class ImportCrashTest {

  /** What a power cut leaves is tried so often for each point. */
  private static final int CUTS = 3;

  private static final long NOW_MILLIS = 1_700_000_000_000L;

  /** What another program has left. */
  private enum Left {
    /** A snapshot of a time without a journal, or of Redis. */
    SNAPSHOT,
    /** An append-only directory of Redis 7. */
    APPEND_ONLY_DIRECTORY
  }

  @ParameterizedTest
  @EnumSource(Left.class)
  void anImportMayEndAnywhere(Left left) throws IOException {
    for (FsyncPolicy policy : FsyncPolicy.values()) {
      int points = everywhere(left, policy, new Saboteur());
      System.out.println(left + ", appendfsync " + policy + ": " + points + " points to end at");
      assertThat(points).isGreaterThan(20);
    }
  }

  /** The journal begins before what it begins with is on the disk. */
  @ParameterizedTest
  @EnumSource(Left.class)
  void aJournalThatBeginsWithoutItsBaseIsNoticed(Left left) {
    assertThatThrownBy(
            () ->
                everywhere(
                    left,
                    FsyncPolicy.EVERYSEC,
                    new Saboteur() {
                      @Override
                      LoadSource importing(Engine engine, LoadSource data, long nowMillis) {
                        return new Hasty(engine, data, nowMillis);
                      }
                    }))
        .isInstanceOf(Broken.class);
  }

  /** The base has its name before it is on the disk. */
  @ParameterizedTest
  @EnumSource(Left.class)
  void aBaseThatIsNotSyncedIsNoticed(Left left) {
    assertThatThrownBy(
            () ->
                everywhere(
                    left,
                    FsyncPolicy.EVERYSEC,
                    SaboteurTest.lying(SaboteurTest::isBase, true).get()))
        .isInstanceOf(Broken.class);
  }

  /** Says that all is done where the data is loaded. */
  private record Hasty(Engine engine, LoadSource data, long nowMillis) implements LoadSource {

    @Override
    public boolean step(int budgetBytes) throws IOException {
      if (data.step(budgetBytes)) {
        return true;
      }
      engine.startJournal(nowMillis);
      return false;
    }

    @Override
    public long loadedBytes() {
      return data.loadedBytes();
    }

    @Override
    public long totalBytes() {
      return data.totalBytes();
    }

    @Override
    public long loaded() {
      return data.loaded();
    }

    @Override
    public List<String> remarks() {
      return data.remarks();
    }

    @Override
    public void close() throws IOException {
      data.close();
    }
  }

  private static int everywhere(Left left, FsyncPolicy policy, Saboteur saboteur)
      throws IOException {
    Map<String, byte[]> files = left == Left.SNAPSHOT ? snapshot() : appendOnlyDirectory();
    int at = 0;
    boolean over = false;
    while (!over) {
      over = true;
      for (int cut = 0; cut <= CUTS; cut++) {
        try {
          over &= new Run(files, policy, saboteur, at, cut).run();
        } catch (Broken broken) {
          throw broken.at(left + ", appendfsync " + policy + ", ends at " + at + ", cut " + cut);
        }
      }
      at++;
    }
    return at;
  }

  // --------------------------------------------------------------------------------- what is left

  private static Map<String, byte[]> snapshot() throws IOException {
    FaultyDisk disk = new FaultyDisk(new Random(1));
    SimulatedProcess process = process(disk, FsyncPolicy.NO, new Promises(), new Saboteur());
    process.recover(NOW_MILLIS, recovery -> process.begin(recovery, NOW_MILLIS));
    SimulatedClient client = process.connect(false, NOW_MILLIS);
    for (int i = 0; i < 60; i++) {
      process.ask(client, List.of("SET", "key" + i, "x".repeat(i)), NOW_MILLIS);
      process.ask(client, List.of("RPUSH", "list", "" + i), NOW_MILLIS);
      process.ask(client, List.of("HSET", "hash", "f" + i, "v"), NOW_MILLIS);
    }
    process.ask(client, List.of("PEXPIRE", "key1", "100000"), NOW_MILLIS);
    process.ask(client, List.of("SAVE"), NOW_MILLIS);
    return Map.of("dump.rdb", disk.bytes("dump.rdb"));
  }

  private static Map<String, byte[]> appendOnlyDirectory() throws IOException {
    StringBuilder commands = new StringBuilder();
    append(commands, "SELECT", "0");
    for (int i = 0; i < 40; i++) {
      append(commands, "SADD", "set", "m" + i);
      append(commands, "MULTI");
      append(commands, "INCR", "n");
      append(commands, "APPEND", "s", "x");
      append(commands, "EXEC");
    }
    append(commands, "SELECT", "2");
    append(commands, "ZADD", "z", "1", "a");
    Map<String, byte[]> files = new TreeMap<>();
    files.put("appendonlydir/appendonly.aof.1.base.rdb", snapshot().get("dump.rdb"));
    files.put(
        "appendonlydir/appendonly.aof.1.incr.aof",
        commands.toString().getBytes(StandardCharsets.US_ASCII));
    files.put(
        "appendonlydir/appendonly.aof.manifest",
        """
        file appendonly.aof.1.base.rdb seq 1 type b
        file appendonly.aof.1.incr.aof seq 1 type i
        """
            .getBytes(StandardCharsets.US_ASCII));
    return files;
  }

  private static void append(StringBuilder commands, String... words) {
    commands.append('*').append(words.length).append("\r\n");
    for (String word : words) {
      commands.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
  }

  private static SimulatedProcess process(
      FaultyDisk disk, FsyncPolicy policy, Promises promises, Saboteur saboteur) {
    return new SimulatedProcess(
        disk,
        new SimulatedProcess.Settings(policy, 128),
        new Random(1),
        promises,
        new SnapshotWatch(promises, new HashMap<>()),
        new HashMap<>(),
        saboteur);
  }

  // ---------------------------------------------------------------------------------------- lives

  /** The first life ends at a point; the second goes on with what is left, and so does a third. */
  private static final class Run implements SimulatedClient.Ears {

    private final Map<String, byte[]> left;
    private final FsyncPolicy policy;
    private final Saboteur saboteur;
    private final int at;
    private final int cut;
    private final FaultyDisk disk;
    private Promises promises = new Promises();
    private final String whole;
    private boolean isServed;
    private int requests;

    Run(Map<String, byte[]> left, FsyncPolicy policy, Saboteur saboteur, int at, int cut)
        throws IOException {
      this.left = left;
      this.policy = policy;
      this.saboteur = saboteur;
      this.at = at;
      this.cut = cut;
      disk = new FaultyDisk(new Random(31L * at + cut));
      Storage storage = disk.mount(() -> {});
      for (Map.Entry<String, byte[]> file : left.entrySet()) {
        try (AppendFile made = storage.create(file.getKey())) {
          made.append(file.getValue(), 0, file.getValue().length);
          made.sync();
        }
      }
      storage.syncDirectory("");
      storage.syncDirectory("appendonlydir");
      whole = expected();
    }

    /** What is to be imported, as a process says that has a disk of its own. */
    private String expected() throws IOException {
      FaultyDisk other = new FaultyDisk(new Random(2));
      Storage storage = other.mount(() -> {});
      for (Map.Entry<String, byte[]> file : left.entrySet()) {
        try (AppendFile made = storage.create(file.getKey())) {
          made.append(file.getValue(), 0, file.getValue().length);
        }
      }
      SimulatedProcess process = process(other, policy, new Promises(), new Saboteur());
      assertThat(process.imported(NOW_MILLIS)).isTrue();
      return process.digest();
    }

    boolean run() {
      boolean over = life(at);
      life(Integer.MAX_VALUE);
      life(Integer.MAX_VALUE);
      assertThat(disk.files().stream().filter(name -> name.startsWith("journal/")))
          .as("nothing is left of what ended before")
          .noneMatch(name -> name.endsWith(".tmp"))
          .anyMatch(name -> name.endsWith(".rdb"));
      left.forEach((name, bytes) -> assertThat(disk.bytes(name)).as(name).isEqualTo(bytes));
      return over;
    }

    /** Answers whether it came to its end. */
    private boolean life(int operations) {
      if (disk.files().stream().noneMatch(Run::isJournal)) {
        // It is imported from the beginning, and turns are counted anew.
        promises.kept.onRecovered(0, cut > 0);
        promises = new Promises();
        isServed = false;
      }
      SimulatedProcess process = process(disk, policy, promises, saboteur);
      disk.killAfter(operations);
      boolean over = false;
      try {
        start(process);
        SimulatedClient client = process.connect(false, NOW_MILLIS);
        for (int i = 0; i < 6; i++) {
          process.ask(client, request(), NOW_MILLIS);
          client.take();
          process.endRound(NOW_MILLIS, Long.MAX_VALUE / 2, this);
          process.work(process.syncs(), 3);
          process.work(process.bulk(), 1);
        }
        process.endRound(NOW_MILLIS, Long.MAX_VALUE / 2, this);
        over = true;
      } catch (Killed killed) {
        // Here it ends.
      }
      process.end(disk);
      if (cut > 0) {
        disk.cutPower();
      }
      return over;
    }

    private static boolean isJournal(String name) {
      return name.startsWith("journal/") && (name.endsWith(".rdb") || name.endsWith(".journal"));
    }

    private List<String> request() {
      requests++;
      return List.of("RPUSH", "written", "v" + requests);
    }

    private void start(SimulatedProcess process) {
      try {
        if (process.imported(NOW_MILLIS)) {
          isServed = true;
          promises.whole.onFound(process.engine().sequence(), whole);
          return;
        }
        process.recover(
            NOW_MILLIS,
            recovery -> {
              if (!isServed) {
                // The base was there, and nobody had been told.
                promises.whole.onJump(recovery.sequence(), whole);
                isServed = true;
              }
              promises.kept.onRecovered(recovery.sequence(), cut > 0);
              promises.whole.onRecovered(recovery.sequence(), process.digest());
              process.begin(recovery, NOW_MILLIS);
            });
      } catch (IOException refusal) {
        promises.restarted.onRefused(String.valueOf(refusal.getMessage()));
      }
    }

    @Override
    public void onShown(long sequence, String text) {}

    @Override
    public void onAcknowledged(long sequence, String text) {
      promises.kept.onAcknowledged(sequence, policy == FsyncPolicy.ALWAYS, text);
    }
  }
}

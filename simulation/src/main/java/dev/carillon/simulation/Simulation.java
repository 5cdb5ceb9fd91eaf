package dev.carillon.simulation;

import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.journal.Recovery;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.simulation.check.Broken;
import dev.carillon.simulation.check.Recovered;
import dev.carillon.simulation.disk.FaultyDisk;
import dev.carillon.simulation.disk.Killed;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One run, all of it from its seed: processes follow each other on one disk, clients ask, the clock
 * moves, the disk has its troubles, and each process ends somehow. After each start, what is there
 * is compared with what clients were told before.
 */
final class Simulation {

  /** How a process ends. */
  private enum End {
    KILLED,
    POWER_CUT,
    STOPPED
  }

  private static final long START_MILLIS = 1_700_000_000_000L;
  private static final int REMEMBERED = Integer.getInteger("carillon.history", 30);

  /** As the server's loop, which parks no longer. */
  private static final int PARK_MILLIS_MAX = 100;

  /** How long trouble may go on behind the disk's, in rounds of {@link #PARK_MILLIS_MAX}. */
  private static final int ROUNDS_MAX = 120;

  /** Derived from the layout of records: a note without a turn may follow the last turn, intact. */
  private static final int NOTE_BYTES_MAX = 41;

  private static final int HEADER_BYTES = 64;
  private static final int SNAPSHOT_SLICE_BYTES = 10_000;
  private static final long ALL = Long.MAX_VALUE / 2;
  private static final String PROBE = "probe";

  private final long seed;
  private final Random random;
  private final Saboteur saboteur;
  private final Map<String, Integer> tally;
  private final FaultyDisk disk;
  private final Promises promises = new Promises();
  private final SnapshotWatch snapshots;
  private final Workload workload;
  private FsyncPolicy policy;

  /** Collections with more elements than this are objects, which are written in slices if large. */
  private final int packedEntriesMax;

  private final boolean hasFaults;

  /** From this turn on all were made under {@code appendfsync always}. */
  private long alwaysSince;

  private final Deque<String> history = new ArrayDeque<>();

  /** Of each turn, the last one that was durable when it was recorded. */
  private final Map<Long, Long> vouched = new HashMap<>();

  private long nowMillis = START_MILLIS;
  private int step;

  /** Whether the power was cut since the last start that read what was there. */
  private boolean powerWasCut;

  private @Nullable SimulatedProcess process;
  private int troubleSteps;

  /** The newest segment and how long it was when everything up to a turn had been written. */
  private record FileEnd(String name, long length) {}

  /** Where everything up to a turn ended, by its sequence. */
  private final Map<Long, FileEnd> written = new HashMap<>();

  /**
   * A run that has not begun.
   *
   * @param tally counts what came about, to show that the runs reach it
   */
  Simulation(long seed, Saboteur saboteur, Map<String, Integer> tally) {
    this.seed = seed;
    this.saboteur = saboteur;
    this.tally = tally;
    random = new Random(seed);
    disk = new FaultyDisk(new Random(random.nextLong()));
    snapshots = new SnapshotWatch(promises, tally);
    workload = new Workload(random, SimulatedProcess.DATABASES);
    packedEntriesMax = random.nextBoolean() ? 128 : 4;
    policy =
        switch (random.nextInt(8)) {
          case 0 -> FsyncPolicy.NO;
          case 1, 2, 3 -> FsyncPolicy.EVERYSEC;
          default -> FsyncPolicy.ALWAYS;
        };
    hasFaults = random.nextInt(3) == 0;
  }

  // ---------------------------------------------------------------------------------------- run

  void run() {
    try {
      int lives = 2 + random.nextInt(4);
      for (int life = 1; life <= lives; life++) {
        note("life " + life + " with appendfsync " + policy);
        if (start(true)) {
          int steps = life == lives ? 20 : 20 + random.nextInt(250);
          live(workload.isHeavy() ? steps / 2 : steps);
        }
        end();
        snapshots.verify(disk);
        damage();
        nowMillis += downMillis();
      }
      start(false);
      quiesce();
      end();
      snapshots.verify(disk);
    } catch (Broken broken) {
      throw broken.at(place());
    } catch (RuntimeException | AssertionError | IOException failure) {
      throw new AssertionError(failure + "\n" + place(), failure);
    } finally {
      if (process != null) {
        process.end(disk);
      }
    }
  }

  private String place() {
    return "seed "
        + seed
        + " at step "
        + step
        + ", "
        + (nowMillis - START_MILLIS)
        + " ms after the beginning; replay it with\n  ./mvnw -q test -pl simulation -am"
        + " -Dtest=SimulationTest -Dsurefire.failIfNoSpecifiedTests=false -Dcarillon.seed="
        + seed
        + "\nthe last steps were\n  "
        + String.join("\n  ", history);
  }

  private void count(String what) {
    tally.merge(what, 1, Integer::sum);
  }

  private void note(String what) {
    history.add(step + ": " + what);
    if (history.size() > REMEMBERED) {
      history.remove();
    }
  }

  private long downMillis() {
    return switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> random.nextInt(300);
      case 2 -> random.nextInt(5_000);
      default -> random.nextInt(100_000);
    };
  }

  private SimulatedProcess process() {
    if (process == null) {
      throw new IllegalStateException("no process runs");
    }
    return process;
  }

  // -------------------------------------------------------------------------------------- start

  /** Starts a process; answers whether it lives after that. */
  private boolean start(boolean mayDie) throws IOException {
    disk.faults().clear();
    SimulatedProcess started =
        new SimulatedProcess(
            disk,
            settings(),
            new Random(random.nextLong()),
            promises,
            snapshots,
            vouched,
            saboteur);
    process = started;
    alwaysSince = policy == FsyncPolicy.ALWAYS ? 0 : Long.MAX_VALUE;
    boolean dies = mayDie && random.nextInt(4) == 0;
    if (dies) {
      disk.killAfter(random.nextInt(40));
    }
    try {
      Set<String> due = new TreeSet<>();
      started.recover(
          nowMillis,
          recovery -> {
            note(
                "recovered "
                    + recovery.sequence()
                    + " of "
                    + promises.whole.sequence()
                    + " turns: "
                    + recovery.report());
            count("recovered");
            verify(recovery);
            due.addAll(started.due(nowMillis));
            started.begin(recovery, nowMillis);
          });
      step++;
      if (!dies) {
        announce(due);
      }
    } catch (Killed killed) {
      note("killed while it started");
      count("killed while it started");
      return false;
    } catch (IOException refusal) {
      promises.restarted.onRefused(String.valueOf(refusal.getMessage()));
    }
    return true;
  }

  private SimulatedProcess.Settings settings() {
    return new SimulatedProcess.Settings(policy, packedEntriesMax);
  }

  /** Compares what is there with what clients were told. */
  private void verify(Recovery recovery) {
    long sequence = recovery.sequence();
    if (sequence < promises.whole.sequence()) {
      count("lost the last turns");
    }
    promises.kept.onRecovered(sequence, powerWasCut);
    powerWasCut = false;
    promises.concealed.onRecovered(sequence);
    promises.bounded.onRecovered(sequence);
    promises.whole.onRecovered(sequence, process().digest());
    FileEnd last = written.get(sequence);
    if (recovery.cutBytes() > 0) {
      count("cut a torn tail");
    }
    if (last != null
        && last.name.equals(lastSegment())
        && disk.contentSize(last.name) > last.length + NOTE_BYTES_MAX) {
      promises.reported.onTorn(
          disk.contentSize(last.name) - last.length,
          saboteur.cutBytes(recovery.cutBytes()),
          recovery.report());
    }
    written.clear();
  }

  private @Nullable String lastSegment() {
    String last = null;
    for (String name : disk.files()) {
      if (name.startsWith("journal/") && name.endsWith(".journal")) {
        last = name;
      }
    }
    return last;
  }

  /** A listener comes first, and hears of each deadline that passed meanwhile. */
  private void announce(Set<String> due) {
    SimulatedClient listener = process().connect(true, nowMillis);
    process().ask(listener, List.of("PSUBSCRIBE", "__keyevent@*__:*"), nowMillis);
    quiesce();
    Recovered recovered = new Recovered();
    for (Reply message : listener.take()) {
      List<Reply> parts = ((Reply.Array) message).elements();
      if (parts.size() == 4) {
        String channel = SimulatedClient.text(parts.get(2));
        if (channel.endsWith(":expired")) {
          String db = channel.substring("__keyevent@".length(), channel.indexOf("__:"));
          recovered.onExpired(db + " " + SimulatedClient.text(parts.get(3)));
        }
      }
    }
    recovered.onSettled(due);
    due.forEach(key -> count("expired while down"));
  }

  // --------------------------------------------------------------------------------------- live

  private void live(int steps) {
    int count = 2 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      process().connect(false, nowMillis);
    }
    if (random.nextBoolean()) {
      disk.killAfter(random.nextInt(400));
    }
    try {
      for (int i = 0; i < steps && !process().isStopping(); i++) {
        step++;
        step();
        count("step");
      }
      disk.faults().clear();
    } catch (Killed killed) {
      note("killed in an operation on the disk");
      count("killed in an operation");
    }
  }

  private void step() {
    switch (random.nextInt(28)) {
      case 0, 1, 2 -> moveClock(random.nextInt(PARK_MILLIS_MAX));
      case 3, 4, 5, 6 -> work(process().syncs(), 1 + random.nextInt(3));
      case 7 -> work(process().syncs(), 20);
      case 8 -> work(process().bulk(), 1 + random.nextInt(20));
      case 9 -> maintain();
      case 10 -> transaction(anyone());
      case 11 -> {
        if (random.nextInt(6) == 0) {
          reconnect();
        }
      }
      case 12 -> trouble();
      case 13 -> {
        if (random.nextInt(12) == 0) {
          switchPolicy();
        } else if (random.nextInt(3) == 0) {
          note("a new segment");
          process().rotate();
        }
        if (random.nextInt(8) == 0 && !disk.faults().any()) {
          quiesce();
        }
      }
      case 14, 15, 16 -> process().work(nowMillis, 1 + random.nextInt(1 << random.nextInt(17)));
      case 17 -> saveSomehow();
      case 18, 19, 20 -> {
        if (workload.isHeavy() && !process().engine().snapshots().isRunning()) {
          saveSomehow();
        } else {
          ask(anyone(), workload.next(nowMillis));
        }
      }
      default -> ask(anyone(), workload.next(nowMillis));
    }
    if (random.nextInt(4) > 0) {
      endRound();
    }
    if (disk.faults().any() && --troubleSteps <= 0) {
      relief();
    }
  }

  private void switchPolicy() {
    FsyncPolicy next = FsyncPolicy.values()[random.nextInt(FsyncPolicy.values().length)];
    if (process().isFailing()) {
      return;
    }
    // What leaves from now on leaves by the other rule.
    policy = next;
    alwaysSince = next == FsyncPolicy.ALWAYS ? promises.whole.sequence() + 1 : Long.MAX_VALUE;
    promises.bounded.onPolicy();
    // A client of its own: another one may be within a transaction.
    SimulatedClient client = process().connect(false, nowMillis);
    ask(client, List.of("CONFIG", "SET", "appendfsync", next.name().toLowerCase(Locale.ROOT)));
    process().disconnect(client);
    count("appendfsync was changed");
  }

  private void moveClock(int millis) {
    nowMillis += millis;
    note("clock moves by " + millis + " ms");
  }

  private void work(SimulatedBackground background, int steps) {
    process().work(background, steps);
  }

  /** Snapshots, asked for by a client of its own: another one may be within a transaction. */
  private void saveSomehow() {
    SimulatedClient client = process().connect(false, nowMillis);
    boolean isOff = process().engine().journal() == null;
    ask(
        client,
        isOff && random.nextBoolean()
            ? List.of("CONFIG", "SET", "appendonly", "yes")
            : workload.nextOfSnapshots());
    if (!process().isStopping()) {
      process().disconnect(client);
    }
  }

  private void endRound() {
    long bytesMax = random.nextInt(5) == 0 ? 1 + random.nextInt(40) : ALL;
    endRound(bytesMax);
  }

  private void endRound(long bytesMax) {
    process().endRound(nowMillis, bytesMax, ears);
    onWritten();
  }

  private void maintain() {
    process().maintain(nowMillis);
    onWritten();
  }

  /** Notes where the journal ends that has everything up to the last turn. */
  private void onWritten() {
    String segment = lastSegment();
    if (segment != null
        && !process().isFailing()
        && process().keptSince() != SimulatedProcess.NEVER) {
      long sequence = promises.whole.sequence();
      written.put(sequence, new FileEnd(segment, disk.appendedSize(segment)));
    }
  }

  private final SimulatedClient.Ears ears =
      new SimulatedClient.Ears() {
        @Override
        public void onShown(long sequence, String text) {
          if (sequence >= alwaysSince && sequence > process().keptSince()) {
            promises.concealed.onShown(sequence, text);
          }
        }

        @Override
        public void onAcknowledged(long sequence, String text) {
          if (sequence <= process().keptSince()) {
            return;
          }
          count("acknowledged");
          promises.kept.onAcknowledged(sequence, sequence >= alwaysSince, text);
          if (policy == FsyncPolicy.EVERYSEC) {
            promises.bounded.onAcknowledged(sequence, nowMillis, text);
          }
        }
      };

  private SimulatedClient anyone() {
    List<SimulatedClient> clients = process().clients();
    for (int i = 0; i < 20; i++) {
      SimulatedClient client = clients.get(random.nextInt(clients.size()));
      if (SimulatedProcess.isFree(client)) {
        return client;
      }
    }
    return process().connect(false, nowMillis);
  }

  private void ask(SimulatedClient client, List<String> words) {
    note(client.session().id() + "> " + SimulatedProcess.brief(words));
    process().ask(client, words, nowMillis);
    client.take();
  }

  private void transaction(SimulatedClient client) {
    ask(client, List.of("MULTI"));
    for (int i = random.nextInt(6); i >= 0; i--) {
      ask(client, workload.next(nowMillis));
    }
    if (random.nextInt(5) > 0) {
      ask(client, List.of(random.nextInt(9) == 0 ? "DISCARD" : "EXEC"));
    }
  }

  private void reconnect() {
    process().disconnect(anyone());
    process().connect(false, nowMillis);
  }

  /**
   * Lets everything come to its end while the clock stands still, and nobody may be left waiting.
   */
  private void quiesce() {
    for (int i = 0; i < 50; i++) {
      endRound(ALL);
      work(process().syncs(), 100);
      endRound(ALL);
    }
    if (random.nextBoolean()) {
      finishSnapshot();
    }
    if (process().isFailing()) {
      return;
    }
    count("quiet");
    for (SimulatedClient client : process().clients()) {
      promises.answered.onQuiet("client " + client.session().id(), client.heldBytes());
    }
  }

  /** Lets a snapshot that is on its way come to its end, and looks at what is there. */
  private void finishSnapshot() {
    do {
      process().work(nowMillis, SNAPSHOT_SLICE_BYTES);
      work(process().bulk(), 100);
    } while (process().engine().snapshots().isRunning());
    snapshots.verify(disk);
  }

  // ------------------------------------------------------------------------------------- trouble

  private void trouble() {
    if (!hasFaults || disk.faults().any() || random.nextInt(3) > 0) {
      return;
    }
    FaultyDisk.Faults faults = disk.faults();
    String what =
        switch (random.nextInt(5)) {
          case 0 -> {
            faults.syncs = 300 + random.nextInt(700);
            yield "syncs fail";
          }
          case 1 -> {
            faults.appends = 300 + random.nextInt(700);
            yield "appends fail";
          }
          case 2 -> {
            faults.directories = 300 + random.nextInt(700);
            faults.syncs = 300;
            yield "directories fail";
          }
          default -> {
            faults.capacityBytes = disk.usedBytes() + random.nextInt(600);
            yield "the disk is nearly full";
          }
        };
    note(what);
    count(what);
    troubleSteps = 10 + random.nextInt(80);
  }

  /** The trouble ends; before that, whoever reads is answered, and nobody can write. */
  private void relief() {
    if (process().isFailing()) {
      count("writes are refused");
      Reply read = probe(List.of("GET", PROBE));
      promises.readable.onRead(
          read != null && !(read instanceof Reply.Failure), String.valueOf(read));
      if (process().isFailing()) {
        Reply written = probe(List.of("SET", PROBE, "1"));
        promises.readable.onWrite(
            written instanceof Reply.Failure failure && failure.code().equals("MISCONF"),
            String.valueOf(written));
      }
    }
    disk.faults().clear();
    note("the disk is well again");
    // A sync may have failed that nobody has heard of yet.
    for (int i = 0; i < 3 || i < ROUNDS_MAX && process().isFailing(); i++) {
      moveClock(PARK_MILLIS_MAX);
      maintain();
      endRound(ALL);
      work(process().syncs(), 100);
      work(process().bulk(), 100);
    }
    if (process().engine().snapshots().refusesWrites()) {
      count("writes are refused after a snapshot that failed");
      probe(List.of("BGSAVE", "SCHEDULE"));
      for (int i = 0; i < ROUNDS_MAX && process().engine().snapshots().refusesWrites(); i++) {
        finishSnapshot();
        moveClock(PARK_MILLIS_MAX);
        maintain();
        endRound(ALL);
        work(process().syncs(), 100);
      }
    }
    Reply written = probe(List.of("SET", PROBE, "2"));
    promises.resumed.onWrite(written instanceof Reply.Simple, String.valueOf(written));
    count("writes are accepted again");
  }

  /** A new client asks for one thing; answers the reply, or null if none comes. */
  private @Nullable Reply probe(List<String> words) {
    SimulatedClient client = process().connect(false, nowMillis);
    ask(client, words);
    for (int i = 0; i < 10; i++) {
      endRound(ALL);
      work(process().syncs(), 100);
    }
    endRound(ALL);
    List<Reply> replies = client.take();
    process().disconnect(client);
    return replies.isEmpty() ? null : replies.getFirst();
  }

  // ---------------------------------------------------------------------------------------- end

  private void end() {
    SimulatedProcess ending = process();
    End end =
        switch (ending.isStopping() ? 0 : random.nextInt(10)) {
          case 0 -> End.STOPPED;
          case 1, 2, 3 -> End.KILLED;
          default -> End.POWER_CUT;
        };
    if (ending.isGone() && end == End.STOPPED) {
      end = End.KILLED;
    }
    if (end == End.STOPPED) {
      try {
        stop(ending);
      } catch (Killed killed) {
        note("killed while it stopped");
        count("killed while it stopped");
        end = End.KILLED;
      }
    }
    ending.end(disk);
    process = null;
    note("the end: " + end);
    count(end.name());
    if (end == End.POWER_CUT) {
      cutPower();
    } else if (end == End.STOPPED && random.nextBoolean()) {
      cutPower();
    }
  }

  private void cutPower() {
    disk.cutPower();
    powerWasCut = true;
  }

  /** In an orderly way: nothing at all may be lost then. */
  private void stop(SimulatedProcess ending) {
    disk.faults().clear();
    ending.engine().snapshots().abandon();
    ending.work(nowMillis, 1);
    for (int i = 0; i < 50 || !ending.syncs().isIdle() || !ending.bulk().isIdle(); i++) {
      endRound(ALL);
      work(ending.syncs(), 100);
      work(ending.bulk(), 100);
    }
    if (ending.isFailing()) {
      return;
    }
    boolean isKept = ending.keptSince() != SimulatedProcess.NEVER;
    try {
      ending.engine().stopJournal(nowMillis);
    } catch (IOException e) {
      throw new AssertionError("an orderly stop on a disk that is well", e);
    }
    if (isKept) {
      onWritten();
      promises.kept.onAcknowledged(promises.whole.sequence(), true, "all before an orderly stop");
    }
  }

  // -------------------------------------------------------------------------------------- damage

  /** Damages a file, looks what a start says to it, and mends it. */
  private void damage() {
    List<String> files = disk.files().stream().filter(name -> disk.size(name) > 0).toList();
    if (files.isEmpty() || random.nextInt(3) > 0) {
      return;
    }
    if (files.contains(SnapshotWatch.FILE)) {
      damageSnapshot();
    }
    Found sound = look();
    for (int i = 0; i < 3; i++) {
      String file = files.get(random.nextInt(files.size()));
      long bit = random.nextLong(8 * disk.size(file));
      disk.flip(file, bit);
      Found found = look();
      disk.flip(file, bit);
      judge("bit " + bit % 8 + " of byte " + bit / 8 + " of " + file, file, sound, found);
    }
    mislay(sound);
  }

  /** Puts zeros in the place of bytes before the last turn, which stays as it is. */
  private void mislay(Found sound) {
    FileEnd before = written.get(sound.sequence - 1);
    if (before == null
        || sound.refusal != null
        || !before.name.equals(lastSegment())
        || before.length <= HEADER_BYTES) {
      return;
    }
    int from = random.nextInt(HEADER_BYTES, (int) before.length);
    int to = random.nextInt(from, (int) before.length) + 1;
    byte[] bytes = Arrays.copyOfRange(disk.bytes(before.name), from, to);
    disk.replace(before.name, from, new byte[bytes.length]);
    Found found = look();
    disk.replace(before.name, from, bytes);
    count("bytes were mislaid");
    judge("zeros at " + from + " to " + to + " of " + before.name, before.name, sound, found);
  }

  private void judge(String damage, String file, Found sound, Found found) {
    if (found.refusal != null) {
      count("damage was refused");
      promises.refused.onRefused(damage, file, found.refusal);
    } else {
      count("damage was accepted");
      promises.refused.onAccepted(
          damage,
          found.sequence,
          sound.sequence,
          vouched.getOrDefault(sound.sequence, 0L),
          found.cutBytes - sound.cutBytes);
      promises.whole.onFound(found.sequence, found.digest);
    }
  }

  private void damageSnapshot() {
    String file = SnapshotWatch.FILE;
    try {
      SnapshotWatch.Loaded sound = SnapshotWatch.load(disk);
      for (int i = 0; i < 3; i++) {
        long bit = random.nextLong(8 * disk.size(file));
        String damage = "bit " + bit % 8 + " of byte " + bit / 8 + " of " + file;
        disk.flip(file, bit);
        try {
          promises.refused.onLoaded(damage, SnapshotWatch.load(disk).equals(sound));
          count("damage of a snapshot was accepted");
        } catch (IOException refusal) {
          count("damage of a snapshot was refused");
          promises.refused.onRefused(damage, file, String.valueOf(refusal.getMessage()));
        }
        disk.flip(file, bit);
      }
    } catch (IOException e) {
      promises.exact.onUnreadable(file, String.valueOf(e.getMessage()));
    }
  }

  /** What a start finds. */
  private record Found(long sequence, long cutBytes, String digest, @Nullable String refusal) {}

  private Found look() {
    SimulatedProcess looking =
        new SimulatedProcess(
            disk, settings(), new Random(1), promises, snapshots, vouched, saboteur);
    try {
      List<Found> found = new ArrayList<>();
      looking.recover(
          nowMillis,
          recovery ->
              found.add(
                  new Found(recovery.sequence(), recovery.cutBytes(), looking.digest(), null)));
      return found.getFirst();
    } catch (IOException refusal) {
      return new Found(0, 0, "", saboteur.refusal(String.valueOf(refusal.getMessage())));
    } finally {
      looking.end(disk);
    }
  }
}

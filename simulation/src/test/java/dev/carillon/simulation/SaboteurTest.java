package dev.carillon.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Engine;
import dev.carillon.engine.journal.Journal;
import dev.carillon.engine.journal.JournalFiles;
import dev.carillon.engine.reply.Departure;
import dev.carillon.engine.storage.AppendFile;
import dev.carillon.engine.storage.ReadFile;
import dev.carillon.engine.storage.Storage;
import dev.carillon.engine.turn.EffectSink;
import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import dev.carillon.simulation.check.Answered;
import dev.carillon.simulation.check.Bounded;
import dev.carillon.simulation.check.Broken;
import dev.carillon.simulation.check.Concealed;
import dev.carillon.simulation.check.Exact;
import dev.carillon.simulation.check.Guarantee;
import dev.carillon.simulation.check.Kept;
import dev.carillon.simulation.check.Readable;
import dev.carillon.simulation.check.Recovered;
import dev.carillon.simulation.check.Refused;
import dev.carillon.simulation.check.Reported;
import dev.carillon.simulation.check.Restarted;
import dev.carillon.simulation.check.Resumed;
import dev.carillon.simulation.check.Saved;
import dev.carillon.simulation.check.Whole;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Every checker notices what it is there for: a defect put in on purpose turns it red. */
class SaboteurTest {

  private static final int SEEDS = 800;

  /** How often a saboteur lets things pass before it breaks one. */
  private static final int PATIENCE = 15;

  @Test
  void aReplyThatLeavesBeforeItsTurnIsDurableIsNoticed() {
    breaks(
        List.of(Kept.class, Concealed.class),
        List.of(Bounded.class),
        () ->
            new Saboteur() {
              @Override
              long durableSequence(long sequence, long lastSequence) {
                return lastSequence;
              }
            });
  }

  @Test
  void aReplyThatDoesNotWaitForTheSyncThatItLeavesWithIsNoticed() {
    breaks(
        List.of(Kept.class, Concealed.class),
        List.of(Bounded.class),
        () ->
            new Saboteur() {
              @Override
              Departure departure(Departure departure) {
                boolean isAll = departure.leave();
                return () -> isAll;
              }
            });
  }

  @Test
  void aReplyThatNeverLeavesIsNoticed() {
    breaks(
        List.of(Answered.class),
        List.of(Recovered.class, Resumed.class, Readable.class),
        () ->
            new Saboteur() {
              @Override
              long bytesMax(long bytes) {
                return 0;
              }
            });
  }

  @Test
  void aSyncThatOnlySaysSoIsNoticed() {
    breaks(
        List.of(Kept.class, Bounded.class),
        List.of(
            Concealed.class, Whole.class, Restarted.class, Refused.class, Exact.class, Saved.class),
        lying(name -> true, false));
  }

  @Test
  void aSkippedEffectIsNoticed() {
    breaks(
        List.of(Whole.class),
        List.of(Restarted.class),
        () ->
            new Saboteur() {
              @Override
              EffectSink journal(EffectSink journal) {
                return new Forgetful(journal, false, PATIENCE);
              }
            });
  }

  @Test
  void halfATurnIsNoticed() {
    // What cannot be repeated may be met before the damage that is looked for.
    breaks(
        List.of(Whole.class),
        List.of(Restarted.class, Refused.class),
        () ->
            new Saboteur() {
              @Override
              EffectSink journal(EffectSink journal) {
                return new Forgetful(journal, true, PATIENCE);
              }
            });
  }

  @Test
  void aDirectoryThatIsNotSyncedIsNoticed() {
    breaks(
        List.of(Kept.class, Saved.class),
        List.of(Concealed.class, Bounded.class, Restarted.class),
        () ->
            new Saboteur() {
              @Override
              Storage storage(Storage storage) {
                return new Forwarding(storage) {
                  @Override
                  public void syncDirectory(String directory) {}
                };
              }
            });
  }

  @Test
  void aFileThatIsEmptiedAtItsEndIsNoticed() {
    breaks(
        List.of(Restarted.class),
        List.of(Kept.class, Concealed.class, Bounded.class, Whole.class, Exact.class),
        () ->
            new Saboteur() {
              @Override
              Storage storage(Storage storage) {
                return new Forwarding(storage) {
                  @Override
                  public void rename(String from, String to) throws IOException {
                    super.rename(from, to);
                    append(to, 0).close();
                  }
                };
              }
            });
  }

  @Test
  void deadlinesThatPassInSilenceAreNoticed() {
    breaks(
        List.of(Recovered.class),
        List.of(),
        () ->
            new Saboteur() {
              @Override
              void onStarted(Engine engine) {
                engine.keyspace().sweeping(false);
              }
            });
  }

  @Test
  void aTornTailThatNobodyMentionsIsNoticed() {
    breaks(
        List.of(Reported.class),
        List.of(),
        () ->
            new Saboteur() {
              @Override
              long cutBytes(long bytes) {
                return 0;
              }
            });
  }

  @Test
  void damageThatIsPassedOverIsNoticed() {
    breaks(
        List.of(Refused.class),
        List.of(Whole.class),
        () ->
            new Saboteur() {
              @Override
              @Nullable String refusal(String reason) {
                return null;
              }
            });
  }

  @Test
  void readsThatWaitForTheDiskAreNoticed() {
    breaks(
        List.of(Readable.class),
        List.of(),
        () ->
            new Trouble() {
              @Override
              boolean holdsAll() {
                return isFailing();
              }
            });
  }

  @Test
  void writesThatAreNeverAcceptedAgainAreNoticed() {
    breaks(
        List.of(Resumed.class),
        List.of(Answered.class),
        () ->
            new Trouble() {
              private boolean hasFailed;
              private boolean isOver;

              @Override
              boolean holdsAll() {
                hasFailed |= isFailing();
                isOver |= hasFailed && !isFailing();
                return isOver;
              }
            });
  }

  @Test
  void aSnapshotThatSeesEntriesTooLateIsNoticed() {
    // What goes unseen may also be looked for where it was, and nothing is there.
    breaks(
        List.of(Exact.class),
        List.of(Whole.class),
        true,
        () ->
            new Saboteur() {
              @Override
              void onTurnOver(Engine engine) {
                engine.keyspace().preImages().forEach(engine.keyspace()::removePreImage);
              }
            });
  }

  @Test
  void aSnapshotThatIsNamedBeforeItIsSyncedIsNoticed() {
    breaks(List.of(Exact.class), List.of(Saved.class), lying(SaboteurTest::isSnapshot, true));
  }

  @Test
  void aSnapshotThatHasItsNameWhileItIsWrittenIsNoticed() {
    breaks(
        List.of(Exact.class),
        List.of(Saved.class),
        () ->
            new Saboteur() {
              @Override
              Storage storage(Storage storage) {
                return new Forwarding(storage) {
                  @Override
                  public AppendFile create(String name) throws IOException {
                    return super.create(isSnapshot(name) ? SnapshotWatch.FILE : name);
                  }

                  @Override
                  public void rename(String from, String to) throws IOException {
                    if (!isSnapshot(from)) {
                      super.rename(from, to);
                    }
                  }
                };
              }
            });
  }

  @Test
  void aSnapshotThatMakesRoomForItselfFirstIsNoticed() {
    breaks(
        List.of(Saved.class),
        List.of(),
        () ->
            new Saboteur() {
              @Override
              Storage storage(Storage storage) {
                return new Forwarding(storage) {
                  @Override
                  public AppendFile create(String name) throws IOException {
                    if (isSnapshot(name)) {
                      delete(SnapshotWatch.FILE);
                    }
                    return super.create(name);
                  }
                };
              }
            });
  }

  @Test
  void segmentsThatGoBeforeTheirBaseIsThereAreNoticed() {
    breaks(
        List.of(Restarted.class),
        List.of(Kept.class, Concealed.class, Bounded.class, Refused.class, Whole.class),
        () ->
            new Saboteur() {
              @Override
              Storage storage(Storage storage) {
                return new Forwarding(storage) {
                  @Override
                  public AppendFile create(String name) throws IOException {
                    AppendFile file = super.create(name);
                    if (isBase(name)) {
                      List<String> segments =
                          list(JournalFiles.DIRECTORY).stream()
                              .filter(each -> JournalFiles.segmentSequence(each) >= 0)
                              .toList();
                      for (int i = 0; i < segments.size() - 1; i++) {
                        delete(segments.get(i));
                      }
                    }
                    return file;
                  }
                };
              }
            });
  }

  @Test
  void aBaseThatIsNotSyncedIsNoticed() {
    breaks(
        List.of(Restarted.class),
        List.of(Kept.class, Concealed.class, Bounded.class),
        lying(SaboteurTest::isBase, true));
  }

  @Test
  void aBaseOfAnotherTurnIsNoticed() {
    breaks(
        List.of(Whole.class),
        List.of(Restarted.class, Kept.class, Concealed.class, Bounded.class),
        () ->
            new Saboteur() {
              @Override
              Storage storage(Storage storage) {
                return new Forwarding(storage) {
                  @Override
                  public void rename(String from, String to) throws IOException {
                    long sequence = JournalFiles.baseSequence(to);
                    super.rename(from, sequence > 0 ? JournalFiles.base(sequence - 1) : to);
                  }
                };
              }
            });
  }

  @Test
  void anEffectThatIsForgottenWhileABaseIsWrittenIsNoticed() {
    breaks(
        List.of(Whole.class),
        List.of(Restarted.class),
        () ->
            new Saboteur() {
              private @Nullable Engine engine;

              @Override
              void onStarted(Engine started) {
                engine = started;
              }

              @Override
              EffectSink journal(EffectSink journal) {
                return new Forgetful(journal, false, 2) {
                  @Override
                  boolean mayForget() {
                    return engine != null
                        && engine.snapshots().isRunning()
                        && !engine.snapshots().isDumping();
                  }
                };
              }
            });
  }

  @Test
  void aReaderToWhomZerosAreTheEndWhateverFollowsIsNoticed() {
    breaks(
        List.of(Refused.class, Reported.class),
        List.of(),
        () ->
            new Saboteur() {
              @Override
              Storage storage(Storage storage) {
                return new Forwarding(storage) {
                  @Override
                  public ReadFile read(String name) throws IOException {
                    ReadFile file = super.read(name);
                    return JournalFiles.segmentSequence(name) < 0 ? file : new Hasty(file);
                  }
                };
              }
            });
  }

  static boolean isBase(String name) {
    return JournalFiles.isUnfinished(name) && name.contains("/snapshot-");
  }

  /** Whether a file is a snapshot that is being written. */
  private static boolean isSnapshot(String name) {
    return name.startsWith("temp-");
  }

  /** Holds everything back while the disk has its troubles, or after them. */
  private abstract static class Trouble extends Saboteur {

    private @Nullable Engine engine;

    @Override
    void onStarted(Engine started) {
      engine = started;
    }

    final boolean isFailing() {
      Journal journal = engine == null ? null : engine.journal();
      return journal != null && journal.failure() != null;
    }

    abstract boolean holdsAll();

    @Override
    long bytesMax(long bytes) {
      return holdsAll() ? 0 : bytes;
    }
  }

  private static void breaks(
      List<Class<? extends Guarantee>> expected,
      List<Class<? extends Guarantee>> possible,
      Supplier<Saboteur> saboteur) {
    breaks(expected, possible, false, saboteur);
  }

  private static void breaks(
      List<Class<? extends Guarantee>> expected,
      List<Class<? extends Guarantee>> possible,
      boolean mayCrash,
      Supplier<Saboteur> saboteur) {
    Set<Class<?>> broken = new HashSet<>();
    for (long seed = 1; seed <= SEEDS && !broken.containsAll(expected); seed++) {
      try {
        new Simulation(seed, saboteur.get(), new HashMap<>()).run();
      } catch (Broken promise) {
        assertThat(promise)
            .hasMessageStartingWith(
                promise.guarantee().getClass().getSimpleName()
                    + ": "
                    + promise.guarantee().sentence())
            .hasMessageContaining("-Dcarillon.seed=" + seed);
        broken.add(promise.guarantee().getClass());
      } catch (AssertionError crash) {
        if (!mayCrash) {
          throw crash;
        }
      }
    }
    assertThat(broken).as("which checkers noticed it").containsAll(expected);
    broken.removeAll(expected);
    broken.removeAll(possible);
    assertThat(broken).as("which others noticed it too").isEmpty();
  }

  /** Leaves out an effect now and then, the first of a turn or, of long turns, the last. */
  private static class Forgetful implements EffectSink {

    private final EffectSink journal;
    private final boolean onlyLater;
    private final int patience;
    private int inTurn;
    private int seen;

    Forgetful(EffectSink journal, boolean onlyLater, int patience) {
      this.journal = journal;
      this.onlyLater = onlyLater;
      this.patience = patience;
    }

    boolean mayForget() {
      return true;
    }

    private boolean forgets() {
      boolean isLater = inTurn++ > 0;
      return isLater == onlyLater && mayForget() && ++seen % patience == 0;
    }

    @Override
    public void onEffect(Turn turn, int db, Bytes... arguments) {
      if (!forgets()) {
        journal.onEffect(turn, db, arguments);
      }
    }

    @Override
    public void onEffect(Turn turn, int db, Request request) {
      if (!forgets()) {
        journal.onEffect(turn, db, request);
      }
    }

    @Override
    public void onCommitted(Turn turn) {
      inTurn = 0;
      journal.onCommitted(turn);
    }

    @Override
    public void onDiscarded() {
      inTurn = 0;
      journal.onDiscarded();
    }
  }

  /**
   * A disk that syncs some files never, and says it did.
   *
   * @param fromTheFirst whether not even the first sync is one, which a header needs
   */
  static Supplier<Saboteur> lying(Predicate<String> names, boolean fromTheFirst) {
    return () ->
        new Saboteur() {
          @Override
          Storage storage(Storage storage) {
            return new Forwarding(storage) {
              @Override
              public AppendFile create(String name) throws IOException {
                return of(name, super.create(name));
              }

              @Override
              public AppendFile append(String name, long length) throws IOException {
                return of(name, super.append(name, length));
              }

              private AppendFile of(String name, AppendFile file) {
                return names.test(name) ? new LyingFile(file, fromTheFirst) : file;
              }
            };
          }
        };
  }

  private static class Forwarding implements Storage {

    private final Storage storage;

    Forwarding(Storage storage) {
      this.storage = storage;
    }

    @Override
    public List<String> list(String directory) throws IOException {
      return storage.list(directory);
    }

    @Override
    public boolean exists(String name) throws IOException {
      return storage.exists(name);
    }

    @Override
    public long size(String name) throws IOException {
      return storage.size(name);
    }

    @Override
    public ReadFile read(String name) throws IOException {
      return storage.read(name);
    }

    @Override
    public AppendFile create(String name) throws IOException {
      return storage.create(name);
    }

    @Override
    public AppendFile append(String name, long length) throws IOException {
      return storage.append(name, length);
    }

    @Override
    public void rename(String from, String to) throws IOException {
      storage.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
      storage.delete(name);
    }

    @Override
    public void syncDirectory(String directory) throws IOException {
      storage.syncDirectory(directory);
    }
  }

  /** A segment that seems to end where the first zeros are that could be prepared room. */
  private static final class Hasty implements ReadFile {

    private static final int HEADER_BYTES = 64;

    /** More than records have on end: values hold no zeros here. */
    private static final int ZEROS = 10;

    private final byte[] bytes;
    private int at;

    Hasty(ReadFile file) throws IOException {
      try (file) {
        byte[] all = new byte[Math.toIntExact(file.length())];
        int length = 0;
        while (length < all.length) {
          int read = file.read(all, length, all.length - length);
          if (read < 0) {
            break;
          }
          length += read;
        }
        int zeros = 0;
        int end = HEADER_BYTES;
        while (end < length && zeros < ZEROS) {
          zeros = all[end++] == 0 ? zeros + 1 : 0;
        }
        bytes = Arrays.copyOf(all, Math.min(end, length));
      }
    }

    @Override
    public long length() {
      return bytes.length;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      if (at == bytes.length) {
        return -1;
      }
      int read = Math.min(length, bytes.length - at);
      System.arraycopy(bytes, at, target, offset, read);
      at += read;
      return read;
    }

    @Override
    public void close() {}
  }

  /** Never syncs again, or not even the first time. */
  private static final class LyingFile implements AppendFile {

    private final AppendFile file;
    private boolean synced;

    LyingFile(AppendFile file, boolean fromTheFirst) {
      this.file = file;
      synced = fromTheFirst;
    }

    @Override
    public long length() {
      return file.length();
    }

    @Override
    public void append(byte[] source, int offset, int length) throws IOException {
      file.append(source, offset, length);
    }

    @Override
    public void prepare(int bytes) {
      file.prepare(bytes);
    }

    @Override
    public void truncate(long length) throws IOException {
      file.truncate(length);
    }

    @Override
    public void sync() throws IOException {
      if (!synced) {
        synced = true;
        file.sync();
      }
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}

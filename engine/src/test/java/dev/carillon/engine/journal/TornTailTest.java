package dev.carillon.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.config.ConfigError;
import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.storage.MemoryStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is left of the last records, byte for byte: a prefix of the turns, or a refusal. */
class TornTailTest {

  private static final String FIRST = JournalFiles.segment(1);

  /** What the engine held after each turn, from none on. */
  private final List<String> digests = new ArrayList<>();

  /** Where the record of each turn ends in the segment. */
  private final List<Integer> ends = new ArrayList<>();

  /** A journal of some turns, of which the first {@code synced} are known to be durable. */
  private MemoryStorage written(int turns, int synced) throws IOException {
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.EVERYSEC);
    digests.add(engine.digest());
    ends.add(disk.bytes(FIRST).length);
    for (int i = 1; i <= turns; i++) {
      engine.tell("MULTI");
      engine.tell("SET key" + i + " " + "value".repeat(i));
      engine.tell("LPUSH list " + i);
      engine.tell("EXEC");
      engine.flush();
      digests.add(engine.digest());
      ends.add(disk.bytes(FIRST).length);
      if (i == synced) {
        engine.advance(500);
        engine.flush();
        engine.syncs.runAll();
      }
    }
    return disk;
  }

  private static MemoryStorage with(byte[] bytes) {
    MemoryStorage disk = new MemoryStorage();
    disk.with(FIRST, bytes);
    return disk;
  }

  private void assertPrefix(JournaledEngine engine, int turns) {
    assertThat(engine.digest()).as("the first %s turns", turns).isEqualTo(digests.get(turns));
    assertThat(engine.engine.journal()).isNotNull();
  }

  /** Zeros at the end do not count as torn: they cannot be told from room. */
  private static int contentEnd(byte[] bytes, int length, int start) {
    int end = length;
    while (end > start && bytes[end - 1] == 0) {
      end--;
    }
    return end;
  }

  @Test
  void everyCutLeavesTheTurnsBeforeIt() throws IOException {
    byte[] whole = written(8, 0).bytes(FIRST);
    for (int length = SegmentHeader.LENGTH; length <= whole.length; length++) {
      JournaledEngine engine =
          new JournaledEngine(with(Arrays.copyOf(whole, length)), FsyncPolicy.EVERYSEC);
      int turns = 0;
      while (turns < 8 && ends.get(turns + 1) <= length) {
        turns++;
      }
      assertPrefix(engine, turns);
      assertThat(engine.cutBytes)
          .isEqualTo(contentEnd(whole, length, ends.get(turns)) - ends.get(turns));
      // What was cut off does not come back.
      engine.say("SET after cut");
      engine.stop();
      assertThat(new JournaledEngine(engine.disk, FsyncPolicy.EVERYSEC).digest())
          .isEqualTo(engine.digest());
    }
  }

  @Test
  void anyBitThatIsWrongIsFound() throws IOException {
    byte[] whole = written(6, 0).bytes(FIRST);
    for (int bit = SegmentHeader.LENGTH * 8; bit < whole.length * 8; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      JournaledEngine engine = new JournaledEngine(with(flipped), FsyncPolicy.EVERYSEC);
      int turns = 0;
      while (ends.get(turns + 1) <= bit / 8) {
        turns++;
      }
      assertPrefix(engine, turns);
    }
  }

  @Test
  void anyBitThatIsWrongBeforeATurnThatVouchesIsDamage() throws IOException {
    // The turns 5 and 6 were recorded when the first 4 were known to be durable.
    byte[] whole = written(6, 4).bytes(FIRST);
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      MemoryStorage disk = with(flipped);
      if (bit / 8 < ends.get(4)) {
        int place = bit / 8;
        assertThatThrownBy(() -> new JournaledEngine(disk, FsyncPolicy.EVERYSEC))
            .isInstanceOfSatisfying(
                JournalDamage.class,
                damage -> {
                  assertThat(damage.file()).isEqualTo(FIRST);
                  int turns = 0;
                  while (ends.get(turns + 1) <= place) {
                    turns++;
                  }
                  if (place >= SegmentHeader.LENGTH) {
                    assertThat(damage.offset()).isEqualTo((long) ends.get(turns));
                    assertThat(damage.sequence()).isEqualTo(turns + 1);
                    assertThat(damage).hasMessageContaining("truncate -s " + ends.get(turns));
                  }
                });
        assertThat(disk.names()).as("nothing was touched").containsExactly(FIRST);
      } else {
        JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.EVERYSEC);
        assertPrefix(engine, bit / 8 < ends.get(5) ? 4 : 5);
      }
    }
  }

  @Test
  void aHoleThatNobodyVouchesForIsWhatACrashLeaves() throws IOException {
    byte[] whole = written(6, 2).bytes(FIRST);
    for (int from = ends.get(2); from < whole.length; from++) {
      for (int length : new int[] {1, 8, 60}) {
        byte[] holed = whole.clone();
        Arrays.fill(holed, from, Math.min(whole.length, from + length), (byte) 0);
        int turns = 2;
        while (turns < 6
            && Arrays.equals(holed, 0, ends.get(turns + 1), whole, 0, ends.get(turns + 1))) {
          turns++;
        }
        assertPrefix(new JournaledEngine(with(holed), FsyncPolicy.EVERYSEC), turns);
      }
    }
  }

  @Test
  void zerosBehindTheLastRecordAreItsOrdinaryEnd() throws IOException {
    byte[] whole = written(6, 4).bytes(FIRST);
    for (int room : new int[] {1, 9, 10, 11, 300, (1 << 20) - whole.length, 3 << 20}) {
      MemoryStorage disk = with(Arrays.copyOf(whole, whole.length + room));
      JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.EVERYSEC);
      assertPrefix(engine, 6);
      assertThat(engine.cutBytes).isZero();
      assertThat(engine.reports.getFirst()).doesNotContain("cut off");
      assertThat(disk.bytes(FIRST)).as("room is given back").isEqualTo(whole);
    }
  }

  @Test
  void everyPartOfARecordThatZerosFollowIsCutOff() throws IOException {
    byte[] whole = written(8, 0).bytes(FIRST);
    for (int length = SegmentHeader.LENGTH; length <= whole.length; length++) {
      byte[] torn = Arrays.copyOf(Arrays.copyOf(whole, length), whole.length + 50);
      JournaledEngine engine = new JournaledEngine(with(torn), FsyncPolicy.ALWAYS);
      int turns = 0;
      while (turns < 8
          && Arrays.equals(torn, 0, ends.get(turns + 1), whole, 0, ends.get(turns + 1))) {
        turns++;
      }
      assertPrefix(engine, turns);
      assertThat(engine.cutBytes)
          .isEqualTo(contentEnd(torn, length, ends.get(turns)) - ends.get(turns));
    }
  }

  @Test
  void whatFollowsZerosIsLookedAt() throws IOException {
    byte[] whole = written(6, 4).bytes(FIRST);
    for (int hole : new int[] {ends.get(0), ends.get(2), ends.get(3)}) {
      byte[] holed = whole.clone();
      Arrays.fill(holed, hole, ends.get(5), (byte) 0);
      assertThatThrownBy(() -> new JournaledEngine(with(holed), FsyncPolicy.EVERYSEC))
          .isInstanceOfSatisfying(
              JournalDamage.class,
              damage -> {
                assertThat(damage.offset()).isEqualTo(hole);
                assertThat(damage).hasMessageContaining(FIRST + ", byte " + ends.get(5));
              });
    }
    byte[] stray = Arrays.copyOf(whole, whole.length + 5000);
    stray[stray.length - 100] = 1;
    JournaledEngine engine = new JournaledEngine(with(stray), FsyncPolicy.EVERYSEC);
    assertPrefix(engine, 6);
    assertThat(engine.cutBytes).isEqualTo(stray.length - 99 - whole.length);
    assertThat(engine.reports.getFirst()).contains("there is no record");
  }

  @Test
  void aRecordBehindZerosMayBeginWithZeros() throws IOException {
    for (int i = 0; ; i++) {
      MemoryStorage disk = new MemoryStorage();
      JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.ALWAYS);
      int first = disk.bytes(FIRST).length;
      engine.say("SET a 1");
      engine.syncs.runAll();
      int second = disk.bytes(FIRST).length;
      engine.say("SET b " + i);
      byte[] bytes = disk.bytes(FIRST);
      if (bytes[second] == 0) {
        Arrays.fill(bytes, first, second, (byte) 0);
        assertThatThrownBy(() -> new JournaledEngine(with(bytes), FsyncPolicy.ALWAYS))
            .hasMessageContaining(FIRST + ", byte " + second);
        return;
      }
    }
  }

  @Test
  void whatWasWrittenOverRoomIsReadLikeAnythingElse() throws IOException {
    for (int room : new int[] {1, 30, 64, 1000}) {
      MemoryStorage disk = new MemoryStorage();
      disk.prepares(room);
      JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.ALWAYS);
      for (int i = 0; i < 20; i++) {
        engine.say("SET key" + i % 7 + " v" + "alue".repeat(i % 5));
        engine.syncs.runAll();
        byte[] bytes = disk.bytes(FIRST);
        assertThat(engine.journal().sizeBytes()).isLessThan(bytes.length);
        JournaledEngine recovered = new JournaledEngine(with(bytes), FsyncPolicy.ALWAYS);
        assertThat(recovered.digest()).isEqualTo(engine.digest());
        assertThat(recovered.cutBytes).isZero();
      }
      long written = engine.journal().sizeBytes();
      assertThat(disk.bytes(FIRST).length).isEqualTo((int) written + room);
      engine.journal().rotate(failure -> {});
      engine.settle();
      engine.say("SET last 1");
      engine.settle();
      assertThat(disk.bytes(FIRST).length).as("closed").isEqualTo((int) written);
      long last = engine.journal().sizeBytes() - written;
      engine.stop();
      assertThat((long) disk.bytes(JournalFiles.segment(21)).length)
          .as("stopped: only the note that says so came to it")
          .isBetween(last + 1, last + 30);
      assertThat(new JournaledEngine(disk, FsyncPolicy.ALWAYS).digest()).isEqualTo(engine.digest());
    }
  }

  @Test
  void nobodyPreparesRoomWhereNobodyWaitsForSyncs() throws IOException {
    for (FsyncPolicy policy : List.of(FsyncPolicy.EVERYSEC, FsyncPolicy.NO)) {
      MemoryStorage disk = new MemoryStorage();
      disk.prepares(100);
      JournaledEngine engine = new JournaledEngine(disk, policy);
      engine.say("SET a 1");
      engine.advance(600);
      engine.flush();
      engine.syncs.runAll();
      assertThat(disk.bytes(FIRST)).hasSize((int) engine.journal().sizeBytes());
    }
  }

  @Test
  void theEndOfAnOrderlyStopVouchesForAllBeforeIt() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.NO);
    engine.say("SET a 1");
    int end = disk.bytes(FIRST).length;
    engine.say("SET b 2");
    engine.stop();
    assertThat(new JournaledEngine(disk.copy(), FsyncPolicy.NO).orderly).isTrue();
    byte[] bytes = disk.bytes(FIRST);
    bytes[end + 20] ^= 1;
    assertThatThrownBy(() -> new JournaledEngine(with(bytes), FsyncPolicy.NO))
        .hasMessageStartingWith(FIRST + ", byte " + end + " (turn 2): the checksum of the record");
  }

  @Test
  void aServerWithNothingToDoSaysWhatIsDurable() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.ALWAYS);
    engine.say("SET a 1");
    engine.syncs.runAll();
    engine.engine.maintain(engine.nowMillis);
    byte[] bytes = disk.bytes(FIRST);
    bytes[SegmentHeader.LENGTH + 20] ^= 1;
    assertThatThrownBy(() -> new JournaledEngine(with(bytes), FsyncPolicy.ALWAYS))
        .isInstanceOf(JournalDamage.class);
    engine.engine.maintain(engine.nowMillis);
    assertThat(disk.bytes(FIRST)).as("once").hasSameSizeAs(bytes);
  }

  @Test
  void bytesThatAClientChoseVouchForNothing() throws IOException {
    byte[] copied = written(6, 4).bytes(FIRST);
    StringBuilder text = new StringBuilder("SET evil \"");
    for (byte one : copied) {
      text.append(String.format("\\x%02x", one));
    }
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine =
        new JournaledEngine(disk, FsyncPolicy.NO, JournaledEngine.START_MILLIS + 1);
    engine.say("SET a 1");
    int end = disk.bytes(FIRST).length;
    engine.say(text.append('"').toString());
    byte[] bytes = disk.bytes(FIRST);
    bytes[end + 20] ^= 1;
    JournaledEngine recovered = new JournaledEngine(with(bytes), FsyncPolicy.NO);
    assertThat(recovered.say("DBSIZE")).isEqualTo(":1\r\n");
  }

  @Test
  void aTornTailIsRefusedWhereThatIsWanted() throws IOException, ConfigError {
    byte[] whole = written(3, 0).bytes(FIRST);
    MemoryStorage disk = with(Arrays.copyOf(whole, whole.length - 1));
    Recovery recovery =
        new Recovery(
            disk,
            (name, file) -> {
              throw new AssertionError("there is no base");
            },
            new Replayer() {
              @Override
              public void begin(long sequence, long nowMillis) {}

              @Override
              public void effect(int db, dev.carillon.protocol.resp.Request request) {}

              @Override
              public void end() {}
            },
            false);
    assertThatThrownBy(() -> recovery.slice(Integer.MAX_VALUE))
        .hasMessage(
            FIRST
                + ", byte "
                + ends.get(2)
                + " (turn 3): the file ends inside a record; a crash left it, and nothing from"
                + " here on was ever durable. Set aof-load-truncated to yes to have it cut off");
  }

  @Test
  void halfATurnOfManyPartsIsNotRepeated() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.NO);
    engine.say("SET a 1");
    engine.tell("MULTI");
    for (int i = 0; i < 5; i++) {
      engine.tell("SET big" + i + " " + "x".repeat(9 << 20));
    }
    engine.tell("EXEC");
    engine.say("SET b 1");
    byte[] whole = disk.bytes(FIRST);
    assertThat(new JournaledEngine(with(whole.clone()), FsyncPolicy.NO).digest())
        .isEqualTo(engine.digest());
    for (int length : new int[] {20 << 20, 40 << 20, (45 << 20) - 100}) {
      JournaledEngine torn =
          new JournaledEngine(with(Arrays.copyOf(whole, length)), FsyncPolicy.NO);
      assertThat(torn.say("DBSIZE")).isEqualTo(":1\r\n");
    }
  }
}

package dev.carillon.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.load.DirectoryCheck;
import dev.carillon.engine.storage.MemoryStorage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** What {@link DirectoryCheck} says of journals, sound, torn and damaged; it changes nothing. */
class JournalCheckTest {

  private static final String FIRST = JournalFiles.segment(1);
  private static final String SECOND = JournalFiles.segment(3);

  /** Where the first record of a segment begins. */
  private static final int RECORD = SegmentHeader.LENGTH;

  /** Two lives of two turns each, both closed in an orderly way. */
  private static MemoryStorage twoLives() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    for (int life = 0; life < 2; life++) {
      JournaledEngine engine =
          new JournaledEngine(disk, FsyncPolicy.NO, JournaledEngine.START_MILLIS + 60_000L * life);
      engine.say("SET a " + life);
      engine.say("INCR counter");
      engine.stop();
    }
    return disk;
  }

  private static DirectoryCheck.Report check(MemoryStorage disk, boolean inUse) throws IOException {
    int calls = disk.calls();
    List<String> names = disk.names();
    List<DirectoryCheck.Report> reports =
        new DirectoryCheck(
                disk,
                JournaledEngine.START_MILLIS,
                seconds -> "@" + (seconds - JournaledEngine.START_MILLIS / 1000),
                inUse,
                new Random(1))
            .run();
    assertThat(disk.calls()).as("changes").isEqualTo(calls);
    assertThat(disk.names()).isEqualTo(names);
    DirectoryCheck.Report report = reports.getFirst();
    assertThat(report.name()).isEqualTo("journal");
    return report;
  }

  private static void assertSound(MemoryStorage disk, String... lines) throws IOException {
    DirectoryCheck.Report report = check(disk, false);
    assertThat(report.damage()).isNull();
    assertThat(report.lines()).containsExactly(lines);
    assertThat(new JournaledEngine(disk.copy(), FsyncPolicy.NO)).as("a start").isNotNull();
  }

  /** What is refused says the same to who checks and to who starts. */
  private static DirectoryCheck.Report assertDamaged(MemoryStorage disk, String sentence)
      throws IOException {
    DirectoryCheck.Report report = check(disk, false);
    assertThat(report.damage()).isEqualTo(sentence);
    try {
      new JournaledEngine(disk.copy(), FsyncPolicy.NO);
    } catch (JournalDamage damage) {
      assertThat(damage).as("a start").hasMessage(sentence);
      return report;
    }
    throw new AssertionError("the start was not refused");
  }

  // -------------------------------------------------------------------------------------- sound

  @Test
  void aSoundJournalIsExplained() throws IOException {
    MemoryStorage disk = twoLives();
    int bytes = disk.bytes(FIRST).length + disk.bytes(SECOND).length;
    assertSound(
        disk,
        "2 segments, " + bytes + " bytes, from " + FIRST + " on",
        "4 turns, 1 to 4, of @0 to @60: 4 commands: 2 INCR, 2 SET",
        "it was closed in an orderly way");
  }

  @Test
  void aTornTailIsWhatAStartCutsOff() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.NO);
    engine.say("SET a 1");
    int end = disk.bytes(FIRST).length;
    engine.say("SET b 1");
    byte[] torn = Arrays.copyOf(disk.bytes(FIRST), end + 13);
    assertSound(
        disk.with(FIRST, torn),
        "1 segment, " + torn.length + " bytes, from " + FIRST + " on",
        "turn 1, of @0: 1 command: 1 SET",
        "a start cuts off 13 bytes behind turn 1 ("
            + FIRST
            + ", byte "
            + end
            + "): the file ends inside a record, and nothing says that it was ever durable; with"
            + " aof-load-truncated no it stops there",
        "a start writes the last turn anew, because nothing says that a sync had covered them");
  }

  @Test
  void whatIsLeftOverIsNamed() throws IOException {
    MemoryStorage disk = twoLives();
    byte[] first = disk.bytes(FIRST);
    // A crash between the name of a segment and the removal of what it replaces.
    disk.without(SECOND).with(JournalFiles.segment(9), first).with("journal/next.tmp", first);
    SegmentHeader nothing = new SegmentHeader(0, JournaledEngine.START_MILLIS, 1, 0);
    disk.with(JournalFiles.segment(9), nothing.encode());
    assertSound(
        disk,
        "2 segments, " + (first.length + SegmentHeader.LENGTH) + " bytes, from " + FIRST + " on",
        "2 turns, 1 to 2, of @0: 2 commands: 1 INCR, 1 SET",
        "a start cuts off 64 bytes behind turn 2 ("
            + FIRST
            + ", byte "
            + first.length
            + "): the file ends before the turn, and nothing says that it was ever durable; with"
            + " aof-load-truncated no it stops there",
        "a start removes " + JournalFiles.segment(9) + ", of which nothing counts any more",
        "a start removes journal/next.tmp, which was never finished");
  }

  @Test
  void aBaseIsReadToItsEnd() throws IOException {
    MemoryStorage disk = withBase();
    DirectoryCheck.Report report = check(disk, false);
    assertThat(report.damage()).isNull();
    assertThat(report.lines())
        .containsExactly(
            "base "
                + JournalFiles.base(2)
                + ", "
                + disk.bytes(JournalFiles.base(2)).length
                + " bytes: the data after turn 2",
            "  RDB version 10 of Redis, by Carillon, at @0",
            "  database 0: 2 strings",
            "1 segment, " + disk.bytes(SECOND).length + " bytes, from " + SECOND + " on",
            "turn 3, of @0: 1 command: 1 SET",
            "the base has all turns of " + FIRST + ", which a start does not read",
            "it was closed in an orderly way");
  }

  /** Two turns in a base and in their segment, and one behind it. */
  private static MemoryStorage withBase() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.NO);
    engine.say("SET a 1");
    engine.say("SET b 2");
    engine.stop();
    JournaledEngine next = new JournaledEngine(disk, FsyncPolicy.NO);
    next.writeBase();
    next.say("SET c 3");
    next.stop();
    return disk;
  }

  @Test
  void moreDatabasesThanUsualAreAskedFor() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.NO);
    engine.say("SELECT 15");
    engine.say("SET a 1");
    engine.stop();
    byte[] bytes = disk.bytes(FIRST);
    // Behind the kind, three numbers of the turn and the tag.
    assertThat(bytes[RECORD + Records.BODY_OFFSET + 5]).isEqualTo((byte) 15);
    bytes[RECORD + Records.BODY_OFFSET + 5] = 16;
    seal(bytes);
    assertThat(check(disk.with(FIRST, bytes), false).lines())
        .contains("it needs databases 17 or more");
  }

  // ------------------------------------------------------------------------------------- in use

  @Test
  void aJournalThatIsBeingWrittenIsRead() throws IOException {
    MemoryStorage disk = new MemoryStorage();
    JournaledEngine engine = new JournaledEngine(disk, FsyncPolicy.NO);
    engine.say("SET a 1");
    DirectoryCheck.Report report = check(disk, true);
    assertThat(report.damage()).isNull();
    assertThat(report.lines())
        .containsExactly(
            "1 segment, " + disk.bytes(FIRST).length + " bytes, from " + FIRST + " on",
            "turn 1, of @0: 1 command: 1 SET",
            "it is being written",
            "if the server were killed now, a start writes the last turn anew, because nothing says"
                + " that a sync had covered them");
  }

  // ------------------------------------------------------------------------------------- damage

  @Test
  void aTurnThatWasDurableAndIsNotThereIsDamage() throws IOException {
    MemoryStorage disk = twoLives();
    byte[] bytes = disk.bytes(FIRST);
    bytes[RECORD + 20] ^= 1;
    DirectoryCheck.Report report =
        assertDamaged(
            disk.with(FIRST, bytes),
            FIRST
                + ", byte 64 (turn 1): the checksum of the record differs; it was on the disk once"
                + " ("
                + FIRST
                + ", byte "
                + (bytes.length - 14)
                + ", says so), so that this is damage and not what a crash leaves. Put a copy of"
                + " the file in its place; or give up this turn and all behind it: move later files"
                + " of the journal away and cut this one, truncate -s 64 "
                + FIRST);
    assertThat(report.lines()).endsWith("no turn that has to be repeated");
  }

  @Test
  void turnsInNoFileAreDamage() throws IOException {
    assertDamaged(
        twoLives().without(FIRST),
        SECOND
            + ", byte 0 (turn 1): turns 1 to 2 are in no file of the journal. Put the files back"
            + " that are missing beside it");
  }

  @Test
  void aSegmentUnderAnotherNameIsDamage() throws IOException {
    MemoryStorage disk = twoLives();
    assertDamaged(
        disk.with(FIRST, disk.bytes(SECOND)).without(SECOND),
        FIRST
            + ", byte 0 (turn 1): the header does not belong to a segment of this name. Give the"
            + " file its name back");
  }

  @Test
  void aHeaderThatCannotBeReadIsDamage() throws IOException {
    String remedy =
        "A header is on the disk before the segment is used, so that no crash leaves this: put a"
            + " copy of the file in its place";
    MemoryStorage disk = twoLives();
    byte[] whole = disk.bytes(FIRST);
    assertDamaged(
        disk.with(FIRST, Arrays.copyOf(whole, 63)),
        FIRST + ", byte 0 (turn 1): the header is cut short. " + remedy);
    byte[] foreign = whole.clone();
    foreign[0] = 'X';
    assertDamaged(
        disk.with(FIRST, foreign),
        FIRST + ", byte 0 (turn 1): this is no segment of a journal. " + remedy);
    byte[] flipped = whole.clone();
    flipped[20] ^= 1;
    assertDamaged(
        disk.with(FIRST, flipped),
        FIRST + ", byte 0 (turn 1): the checksum of the header differs. " + remedy);
  }

  @Test
  void whatALaterVersionWroteIsRefused() throws IOException {
    MemoryStorage disk = twoLives();
    byte[] whole = disk.bytes(FIRST);
    byte[] version = whole.clone();
    version[8] = 2;
    CRC32C crc = new CRC32C();
    crc.update(version, 0, 60);
    Records.INTS.set(version, 60, (int) crc.getValue());
    assertDamaged(
        disk.with(FIRST, version),
        FIRST
            + ", byte 0 (turn 1): the segment has version 2 of the format; this program knows 1."
            + " Start the version that wrote it, or a later one");
    byte[] kind = whole.clone();
    kind[RECORD + Records.BODY_OFFSET] = 9;
    assertDamaged(
        disk.with(FIRST, seal(kind)),
        FIRST
            + ", byte 64 (turn 1): the journal has a record of kind 9, which this version does not"
            + " know. Start the version that wrote it, or a later one");
    byte[] tag = whole.clone();
    tag[RECORD + Records.BODY_OFFSET + 4] = 7;
    assertDamaged(
        disk.with(FIRST, seal(tag)),
        FIRST
            + ", byte 64 (turn 1): the journal has an item with the tag 7, which this version does"
            + " not know. Start the version that wrote it, or a later one");
  }

  @Test
  void aRecordWithoutSenseIsADefect() throws IOException {
    MemoryStorage disk = twoLives();
    byte[] bytes = disk.bytes(FIRST);
    bytes[RECORD + Records.BODY_OFFSET + 6] = 0x7f;
    assertDamaged(
        disk.with(FIRST, seal(bytes)),
        FIRST
            + ", byte 64 (turn 1): the record is as it was written, but makes no sense: the record"
            + " says that more follows than it has. This is a defect of the program that wrote it;"
            + " please report it");
  }

  @Test
  void aDamagedBaseIsNamed() throws IOException {
    MemoryStorage disk = withBase();
    String base = JournalFiles.base(2);
    byte[] bytes = disk.bytes(base);
    bytes[bytes.length - 9] ^= 1;
    DirectoryCheck.Report report = check(disk.with(base, bytes), false);
    assertThat(report.damage()).startsWith(base + " cannot be loaded: byte ");
  }

  /** Makes the first record of a segment one that was written so. */
  private static byte[] seal(byte[] segment) {
    int body = (int) Records.INTS.get(segment, RECORD + Records.LENGTH_OFFSET);
    CRC32C crc = new CRC32C();
    crc.update(segment, RECORD + Records.LENGTH_OFFSET, Records.BODY_OFFSET - 4 + body);
    // The salt lies behind two numbers of the header.
    int salt = (int) Records.INTS.get(segment, 32);
    Records.INTS.set(segment, RECORD, (int) crc.getValue() ^ salt);
    return segment;
  }
}

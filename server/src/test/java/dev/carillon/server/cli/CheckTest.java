package dev.carillon.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.server.CarillonServer;
import dev.carillon.server.RawClient;
import dev.carillon.server.ServerOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckTest {

  @TempDir private Path directory;
  private final Said said = new Said();

  @BeforeEach
  void realPath() throws Exception {
    directory = directory.toRealPath();
  }

  private int check(String... words) throws Exception {
    String[] all = new String[words.length + 1];
    all[0] = "check";
    System.arraycopy(words, 0, all, 1, words.length);
    return Main.run(said.streams, all);
  }

  private void write(String name, String content) throws Exception {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Of version 4, which has no checksum: two keys in database 0, one with a deadline in 1. */
  private static final String SNAPSHOT =
      "REDIS0004\u00fe\0\0\1a\1x\2\1s\1\1m\u00fe\1\u00fd\1\0\0\0\0\1b\1y\u00ff";

  @Test
  void snapshotsAreExplained() throws Exception {
    write("dump.rdb", SNAPSHOT);

    assertThat(check(directory.toString())).isZero();
    assertThat(said.out())
        .isEqualTo(
            """
            dump.rdb
              RDB version 4 of Redis
              database 0: 1 string, 1 set
              database 1: 1 string; 1 with a deadline, of which 1 is over
              intact
            """);
  }

  @Test
  void damageIsNamedWithPlaceAndRemedy() throws Exception {
    write("dump.rdb", SNAPSHOT.substring(0, SNAPSHOT.length() - 3));

    assertThat(check(directory.toString())).isEqualTo(1);
    assertThat(said.out())
        .isEqualTo(
            """
            dump.rdb
              RDB version 4 of Redis
              database 0: 1 string, 1 set
              REFUSED: dump.rdb cannot be loaded: byte 32, key "b": 1 bytes are due and 0 are left;\
             put an intact copy in its place
            """);
  }

  @Test
  void appendOnlyDirectoriesAreExplained() throws Exception {
    write("appendonlydir/a.rdb", SNAPSHOT);
    write("appendonlydir/b.aof", "*1\r\n$4\r\nINCR\r\n*1\r\n$4\r\nincr\r\n*2\r\n$3\r\nSET");
    write(
        "appendonlydir/appendonly.aof.manifest",
        "file a.rdb seq 1 type b\nfile b.aof seq 1 type i\n");

    assertThat(check(directory.toString())).isZero();
    assertThat(said.out())
        .isEqualTo(
            """
            appendonlydir/appendonly.aof.manifest
              append-only files of Redis: appendonlydir/a.rdb, appendonlydir/b.aof
              appendonlydir/b.aof ends too early: 11 bytes from byte 28 on are no whole request and\
             are left out
              RDB version 4 of Redis
              database 0: 1 string, 1 set
              database 1: 1 string; 1 with a deadline, of which 1 is over
              2 commands: 2 INCR
              intact
            """);
  }

  @Test
  void aJournalIsReadWhileItIsWrittenAndAfterwards() throws Exception {
    Configuration config = new Configuration();
    config.put(Parameters.APPENDONLY, true);
    config.put(Parameters.PORT, 0L);
    try (CarillonServer server =
            CarillonServer.start(ServerOptions.embedded().config(config).directory(directory));
        RawClient client = new RawClient(server)) {
      assertThat(client.ask("INCR", "counter")).isEqualTo("1");

      assertThat(check(directory.toString())).isZero();
      assertThat(said.out())
          .startsWith(directory + " is in use by another server of this process\njournal\n")
          .contains("  turn 1, of ")
          .contains(": 1 command: 1 INCR\n  it is being written\n")
          .endsWith("  intact\n");
    }
    Said afterwards = new Said();
    assertThat(Main.run(afterwards.streams, "check", directory.toString())).isZero();
    assertThat(afterwards.out())
        .startsWith("journal\n  1 segment, ")
        .endsWith("  it was closed in an orderly way\n  intact\n");
    Path segment = directory.resolve("journal/00000000000000000001.journal");
    byte[] bytes = Files.readAllBytes(segment);
    bytes[80] ^= 1;
    Files.write(segment, bytes);
    Said damaged = new Said();
    assertThat(Main.run(damaged.streams, "check", directory.toString())).isEqualTo(1);
    assertThat(damaged.out())
        .contains(
            "  REFUSED: journal/00000000000000000001.journal, byte 64 (turn 1): the checksum of the"
                + " record differs; it was on the disk once (");
  }

  @Test
  void aSnapshotThatWasNeverFinishedIsNoDamage() throws Exception {
    write("temp-dump.rdb", "REDIS");

    assertThat(check(directory.toString())).isZero();
    assertThat(said.out())
        .isEqualTo(
            """
            temp-dump.rdb
              a snapshot that was never finished; a start does not look at it
            """);
  }

  @Test
  void scriptsAreDamageBecauseTheyCannotBeRun() throws Exception {
    write("appendonly.aof", "*2\r\n$4\r\nEVAL\r\n$1\r\nx\r\n");

    assertThat(check(directory.toString())).isEqualTo(1);
    assertThat(said.out()).contains("REFUSED: appendonly.aof has scripts (EVAL)");
  }

  @Test
  void anEmptyDirectoryIsSaidToBeOne() throws Exception {
    assertThat(check(directory.toString())).isZero();
    assertThat(said.out())
        .isEqualTo("nothing in " + directory + " is a file that a server begins with\n");
  }

  @Test
  void whatIsNotThereIsRefused() throws Exception {
    assertThat(check(directory.resolve("nosuch").toString())).isEqualTo(1);
    assertThat(said.err())
        .isEqualTo("carillon: " + directory.resolve("nosuch") + " is not there\n");
  }

  @Test
  void helpTellsWhatItDoes() throws Exception {
    assertThat(check("--help")).isZero();
    assertThat(said.out()).contains("Verify and explain the files of a data directory.");
  }
}

package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.config.Parameters;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a server makes of the files that lie in its directory. */
class StartFromFilesTest {

  @TempDir private Path directory;

  private void write(String name, String content) throws Exception {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content.getBytes(StandardCharsets.ISO_8859_1));
  }

  private CarillonServer start(Configuration config) {
    config.put(Parameters.BIND, List.of("127.0.0.1"));
    config.put(Parameters.PORT, 0L);
    return CarillonServer.start(ServerOptions.embedded().config(config).directory(directory));
  }

  /** Of version 4, which has no checksum. */
  private static final String SNAPSHOT = "REDIS0004\u00fe\0\0\1a\1x\u00ff";

  @Test
  void aServerBeginsWithItsSnapshot() throws Exception {
    write("dump.rdb", SNAPSHOT);

    try (CarillonServer server = start(new Configuration());
        RawClient client = new RawClient(server)) {
      assertThat(client.ask("GET", "a")).isEqualTo("x");
      assertThat(client.ask("INFO", "persistence")).contains("rdb_last_load_keys_loaded:1");
    }
  }

  @Test
  void anEmbeddedServerThatIsDurableNeedsNoFurtherWord() throws Exception {
    for (int life = 1; life <= 3; life++) {
      try (CarillonServer server =
              CarillonServer.start(ServerOptions.embedded().durable(directory));
          RawClient client = new RawClient(server)) {
        assertThat(client.ask("INCR", "lives")).isEqualTo(Integer.toString(life));
      }
    }
  }

  @Test
  void anEmbeddedServerWithADirectoryKeepsWhatItIsToldToSave() throws Exception {
    for (String expected : List.of("1", "2", "2")) {
      try (CarillonServer server =
              CarillonServer.start(ServerOptions.embedded().directory(directory));
          RawClient client = new RawClient(server)) {
        assertThat(client.ask("INCR", "lives")).isEqualTo(expected);
        if (expected.equals("1")) {
          assertThat(client.ask("SAVE")).isEqualTo("OK");
        }
      }
    }
    assertThat(directory.resolve("journal")).doesNotExist();
  }

  @Test
  void aServerBeginsWithAnAppendOnlyDirectoryAndLeavesItAsItIs() throws Exception {
    write("dump.rdb", SNAPSHOT);
    write("appendonlydir/a.rdb", "REDIS0004\u00fe\0\0\1a\1z\u00ff");
    write("appendonlydir/b.aof", "*3\r\n$6\r\nAPPEND\r\n$1\r\na\r\n$1\r\ny\r\n*");
    write(
        "appendonlydir/appendonly.aof.manifest",
        "file a.rdb seq 1 type b\nfile b.aof seq 1 type i\n");
    Configuration config = new Configuration();
    config.put(Parameters.APPENDONLY, true);
    byte[] before = Files.readAllBytes(directory.resolve("appendonlydir/b.aof"));

    try (CarillonServer server = start(config);
        RawClient client = new RawClient(server)) {
      assertThat(client.ask("GET", "a")).isEqualTo("zy");
    }
    assertThat(directory.resolve("appendonlydir/b.aof")).hasBinaryContent(before);
  }

  @Test
  void aJournalBeginsWithWhatWasImported() throws Exception {
    write("dump.rdb", SNAPSHOT);
    Configuration config = new Configuration();
    config.put(Parameters.APPENDONLY, true);
    config.put(Parameters.APPENDFSYNC, FsyncPolicy.ALWAYS);

    try (CarillonServer server = start(config);
        RawClient client = new RawClient(server)) {
      assertThat(client.ask("GET", "a")).isEqualTo("x");
      assertThat(client.ask("APPEND", "a", "y")).isEqualTo("2");
      assertThat(client.ask("INFO", "persistence")).contains("aof_enabled:1");
    }
    // What is loaded now is the journal.
    write("dump.rdb", "REDIS0004\u00fe\0\0\1a\1z\u00ff");
    try (CarillonServer server = start(config);
        RawClient client = new RawClient(server)) {
      assertThat(client.ask("GET", "a")).isEqualTo("xy");
    }
  }

  @Test
  void aJournalThatIsSwitchedOnIsThereAtTheNextStart() throws Exception {
    try (CarillonServer server = start(new Configuration());
        RawClient client = new RawClient(server)) {
      assertThat(client.ask("SET", "a", "x")).isEqualTo("OK");
      assertThat(client.ask("CONFIG", "SET", "appendonly", "yes")).isEqualTo("OK");
      assertThat(client.ask("SET", "b", "y")).isEqualTo("OK");
      // Its base is written beside the clients; nothing but asking says when it is there.
      await()
          .atMost(60, TimeUnit.SECONDS)
          .until(() -> client.ask("INFO", "persistence").contains("aof_rewrite_in_progress:0"));
      assertThatThrownBy(() -> start(journaled())).hasMessageContaining("is in use by");
    }
    try (CarillonServer server = start(journaled());
        RawClient client = new RawClient(server)) {
      assertThat(client.ask("MGET", "a", "b")).isEqualTo("[x, y]");
    }
  }

  private static Configuration journaled() {
    Configuration config = new Configuration();
    config.put(Parameters.APPENDONLY, true);
    return config;
  }

  @Test
  void aServerDoesNotStartWithADamagedFile() throws Exception {
    write("dump.rdb", SNAPSHOT.substring(0, SNAPSHOT.length() - 1));

    assertThatThrownBy(() -> start(new Configuration()))
        .isInstanceOf(StartException.class)
        .hasMessage(
            "dump.rdb cannot be loaded: byte 16: 1 bytes are due and 0 are left; put an intact copy"
                + " in its place, or move it away to start without what it holds");
    assertThat(Files.size(directory.resolve("dump.rdb"))).isEqualTo(SNAPSHOT.length() - 1);
  }

  @Test
  void deadlinesThatPassedMeanwhileAreMetAtOnce() throws Exception {
    write("dump.rdb", "REDIS0004\u00fe\0\u00fd\1\0\0\0\0\1a\1x\0\1b\1y\u00ff");

    try (CarillonServer server = start(new Configuration());
        RawClient client = new RawClient(server)) {
      assertThat(client.ask("DBSIZE")).isEqualTo("1");
      assertThat(client.ask("INFO", "stats")).contains("expired_keys:1");
    }
  }
}

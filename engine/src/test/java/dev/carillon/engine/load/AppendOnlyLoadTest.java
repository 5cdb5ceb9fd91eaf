package dev.carillon.engine.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.storage.MemoryStorage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Append-only files of Redis: which are chosen, what they do, and how damage is refused. */
class AppendOnlyLoadTest {

  private static final String DIRECTORY = "appendonlydir/";
  private static final String MANIFEST = DIRECTORY + "appendonly.aof.manifest";

  private static byte[] requests(String... lines) {
    StringBuilder text = new StringBuilder();
    for (String line : lines) {
      if (line.startsWith("#")) {
        text.append(line).append("\r\n");
        continue;
      }
      String[] words = line.split(" ");
      text.append('*').append(words.length).append("\r\n");
      for (String word : words) {
        text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
      }
    }
    return bytes(text.toString());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static MemoryStorage directory(byte[] base, byte[]... increments) {
    StringBuilder manifest = new StringBuilder("# made by a test\n");
    MemoryStorage files = new MemoryStorage().with(DIRECTORY + "a.1.base.rdb", base);
    manifest.append("file a.1.base.rdb seq 1 type b\n");
    manifest.append("file old.aof seq 1 type h\n");
    for (int i = increments.length; i > 0; i--) {
      files.with(DIRECTORY + "a." + i + ".incr.aof", increments[i - 1]);
      manifest.append("file \"a." + i + ".incr.aof\" seq " + i + " type i startoffset 5\n");
    }
    return files.with(MANIFEST, bytes(manifest.toString()));
  }

  private static Loaded load(MemoryStorage files) throws IOException {
    return new Loaded().with(Parameters.APPENDONLY, true).load(files, 64);
  }

  @Test
  void aBaseAndItsIncrementsAreLoadedInTheirOrder() throws IOException {
    Loaded loaded =
        load(
            directory(
                new RdbImage(10).text("a", "1").text("b", "1").end(),
                requests("#TS:1700000000", "SELECT 0", "INCR a", "SELECT 5", "SET c 1"),
                requests("SELECT 0", "INCR a", "DEL b")));

    assertThat(loaded.say("GET a")).isEqualTo("\"3\"");
    assertThat(loaded.say("EXISTS b c")).isEqualTo(":0");
    assertThat(loaded.loaded).isEqualTo(2 + 7);
    loaded.say("SELECT 5");
    assertThat(loaded.say("GET c")).isEqualTo("\"1\"");
  }

  @Test
  void anOldFileWithOrWithoutAPreambleIsLoaded() throws IOException {
    byte[] commands = requests("SELECT 0", "SET a 2", "RPUSH l x");
    byte[] preamble = new RdbImage(9).text("a", "1").text("b", "1").end();

    Loaded without = load(new MemoryStorage().with("appendonly.aof", commands));
    Loaded with = load(new MemoryStorage().with("appendonly.aof", joined(preamble, commands)));

    assertThat(without.say("MGET a b")).isEqualTo("[\"2\", nil]");
    assertThat(with.say("MGET a b")).isEqualTo("[\"2\", \"1\"]");
    assertThat(with.say("LLEN l")).isEqualTo(":1");
  }

  @Test
  void nothingExpiresWhileCommandsAreRepeated() throws IOException {
    Loaded loaded =
        load(new MemoryStorage().with("appendonly.aof", requests("SET k 1 PXAT 1000", "INCR k")));

    assertThat(loaded.say("DBSIZE")).isEqualTo(":1");
    loaded.engine.sweep(Loaded.NOW_MILLIS, 10);
    assertThat(loaded.say("DBSIZE")).isEqualTo(":0");
  }

  // ------------------------------------------------------------------------------------- choosing

  @ParameterizedTest
  @CsvSource({
    "true, true, true, true, directory",
    "true, false, true, true, file",
    "true, false, false, true, snapshot",
    "false, true, true, true, snapshot",
    "false, true, true, false, nothing"
  })
  void whatIsLoadedIsTheFirstThatIsThere(
      boolean appendOnly, boolean directory, boolean file, boolean snapshot, String expected)
      throws IOException {
    MemoryStorage files =
        directory
            ? directory(new RdbImage(10).text("from", "directory").end())
            : new MemoryStorage();
    if (file) {
      files.with("appendonly.aof", requests("SET from file"));
    }
    if (snapshot) {
      files.with("dump.rdb", new RdbImage(10).text("from", "snapshot").end());
    }

    Loaded loaded = new Loaded().with(Parameters.APPENDONLY, appendOnly).load(files, 4096);

    assertThat(loaded.say("GET from"))
        .isEqualTo(expected.equals("nothing") ? "nil" : '"' + expected + '"');
  }

  @Test
  void aDirectoryWithoutItsManifestIsRefused() {
    MemoryStorage files = directory(new RdbImage(10).text("k", "v").end());
    files.without(MANIFEST);

    assertThatThrownBy(() -> load(files))
        .hasMessage(
            "appendonlydir/a.1.base.rdb is there without appendonlydir/appendonly.aof.manifest,"
                + " which says what belongs together; put that back, or move appendonlydir away to"
                + " start without what it holds");
  }

  @ParameterizedTest
  @CsvSource({
    "file a.1.base.rdb seq 1, it is no list of words and values",
    "file x seq 1 type z, no file is of the type z",
    "file ../x seq 1 type b, it names a file in another directory",
    "file x seq one type i, it gives no number to its file",
    "file \"x seq 1 type i, it is no list of words and values"
  })
  void aManifestThatIsNoneIsRefused(String line, String reason) {
    MemoryStorage files = new MemoryStorage().with(MANIFEST, bytes(line + "\n"));

    assertThatThrownBy(() -> load(files))
        .hasMessage(
            MANIFEST
                + " cannot be understood: line 1: "
                + reason
                + "; put an intact copy in its place");
  }

  @Test
  void aFileThatIsMissingIsNamed() {
    MemoryStorage files = directory(new RdbImage(10).text("k", "v").end(), requests("SET a 1"));
    files.without(DIRECTORY + "a.1.incr.aof");

    assertThatThrownBy(() -> load(files))
        .hasMessage(
            "appendonlydir/a.1.incr.aof is named by the manifest and is not there; put it back");
  }

  // --------------------------------------------------------------------------------------- damage

  @Test
  void aTailThatIsCutAnywhereIsLeftOutIfThatIsAllowed() throws IOException {
    byte[] head = requests("SET a 1");
    byte[] tail = requests("SET b 2");
    byte[] whole = joined(head, tail);
    for (int length = head.length + 1; length < whole.length; length++) {
      MemoryStorage files =
          new MemoryStorage().with("appendonly.aof", Arrays.copyOf(whole, length));

      Loaded loaded = load(files);

      assertThat(loaded.say("MGET a b")).as("%d bytes", length).isEqualTo("[\"1\", nil]");
      assertThat(loaded.remarks)
          .containsExactly(
              "appendonly.aof ends too early: "
                  + (length - head.length)
                  + " bytes from byte "
                  + head.length
                  + " on are no whole request and are left out");
    }
  }

  @Test
  void aTransactionThatIsCutIsLeftOutAsAWhole() throws IOException {
    byte[] head = requests("SET a 1");
    byte[] whole = joined(head, requests("MULTI", "SET a 2", "SET b 2", "EXEC"));
    for (int length = head.length + 1; length < whole.length; length++) {
      Loaded loaded =
          load(new MemoryStorage().with("appendonly.aof", Arrays.copyOf(whole, length)));

      assertThat(loaded.say("MGET a b")).as("%d bytes", length).isEqualTo("[\"1\", nil]");
      assertThat(loaded.remarks).hasSize(1).first().asString().contains("from byte 27 on");
    }
    assertThat(load(new MemoryStorage().with("appendonly.aof", whole)).say("MGET a b"))
        .isEqualTo("[\"2\", \"2\"]");
  }

  @Test
  void aCutTailIsRefusedIfItIsNotAllowed() {
    byte[] whole = requests("SET a 1", "SET b 2");
    MemoryStorage files =
        new MemoryStorage().with("appendonly.aof", Arrays.copyOf(whole, whole.length - 3));

    assertThatThrownBy(
            () ->
                new Loaded()
                    .with(Parameters.APPENDONLY, true)
                    .with(Parameters.AOF_LOAD_TRUNCATED, false)
                    .load(files, 4096))
        .hasMessage(
            "appendonly.aof cannot be loaded: byte 27: it ends in the middle of a request; start"
                + " with --aof-load-truncated yes to load what comes before");
  }

  @Test
  void aCutInAnyOtherFileThanTheLastIsRefused() {
    byte[] cut = Arrays.copyOf(requests("SET a 1"), 20);

    assertThatThrownBy(
            () -> load(directory(new RdbImage(10).text("k", "v").end(), cut, requests("SET b 1"))))
        .hasMessage(
            "appendonlydir/a.1.incr.aof cannot be loaded: byte 0: it ends in the middle of a"
                + " request; put an intact copy in its place");
  }

  @Test
  void everyOtherByteIsRefusedOrHarmless() throws IOException {
    byte[] whole = joined(requests("#TS:17", "SET a 1", "MULTI", "RPUSH l x y", "EXEC", "INCR a"));
    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] damaged = whole.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      try {
        load(new MemoryStorage().with("appendonly.aof", damaged));
      } catch (LoadException refusal) {
        assertThat(refusal).hasMessageStartingWith("appendonly.aof cannot be loaded: byte ");
      }
    }
  }

  @Test
  void scriptsAreRefusedAndFunctionsLeftOut() throws IOException {
    Loaded loaded =
        load(
            new MemoryStorage().with("appendonly.aof", requests("FUNCTION LOAD #!lua", "SET a 1")));

    assertThat(loaded.say("GET a")).isEqualTo("\"1\"");
    assertThat(loaded.remarks)
        .containsExactly(
            "appendonly.aof has functions, which Carillon does not have yet: they are left out");
    assertThatThrownBy(
            () -> load(new MemoryStorage().with("appendonly.aof", requests("EVAL return 0"))))
        .hasMessage(
            "appendonly.aof cannot be loaded: byte 0, key \"return\": it has a script (EVAL), which"
                + " Carillon cannot run yet; let Redis rewrite the file without scripts"
                + " (BGREWRITEAOF) and copy it again");
  }

  @Test
  void aCommandThatIsAnsweredWithAnErrorIsRefused() {
    assertThatThrownBy(
            () -> load(new MemoryStorage().with("appendonly.aof", requests("SET a x", "INCR a"))))
        .hasMessageContaining("byte 27, key \"a\": INCR was answered with an error: ERR value is");
  }
}

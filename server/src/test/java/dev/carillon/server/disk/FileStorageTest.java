package dev.carillon.server.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.storage.AppendFile;
import dev.carillon.engine.storage.ReadFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStorageTest {

  @TempDir private Path directory;

  private static void append(AppendFile file, String text) throws IOException {
    byte[] bytes = ("-" + text + "-").getBytes(StandardCharsets.UTF_8);
    file.append(bytes, 1, bytes.length - 2);
  }

  @Test
  void whatIsAppendedIsThere() throws IOException {
    FileStorage storage = new FileStorage(directory);
    assertThat(storage.list("below")).isEmpty();
    try (AppendFile file = storage.create("below/a.tmp")) {
      append(file, "one");
      append(file, "two");
      assertThat(file.length()).isEqualTo(6);
      file.truncate(4);
      append(file, "x");
      file.sync();
    }
    storage.rename("below/a.tmp", "below/b");
    storage.syncDirectory("below");
    assertThat(storage.list("below")).containsExactly("below/b");
    assertThat(storage.exists("below/a.tmp")).isFalse();
    assertThat(directory.resolve("below/b")).hasContent("onetx");
    try (AppendFile file = storage.append("below/b", 3)) {
      append(file, "!");
    }
    assertThat(storage.size("below/b")).isEqualTo(4);
    try (ReadFile file = storage.read("below/b")) {
      assertThat(file.length()).isEqualTo(4);
      file.skip(2);
      byte[] read = new byte[10];
      assertThat(file.read(read, 5, 5)).isEqualTo(2);
      assertThat(read).containsSubsequence('e', '!');
      assertThat(file.read(read, 0, 10)).isEqualTo(-1);
    }
    storage.delete("below/b");
    storage.delete("below/b");
    assertThat(storage.list("below")).isEmpty();
  }

  @Test
  void writesLargerThanOneCallTakes() throws IOException {
    FileStorage storage = new FileStorage(directory);
    byte[] bytes = new byte[700_001];
    bytes[700_000] = 7;
    try (AppendFile file = storage.create("large")) {
      file.append(bytes, 0, bytes.length);
      assertThat(file.length()).isEqualTo(700_001);
    }
    assertThat(Files.readAllBytes(directory.resolve("large"))).isEqualTo(bytes);
  }

  @Test
  void whatIsPreparedIsWrittenOver() throws IOException {
    FileStorage storage = new FileStorage(directory);
    byte[] expected = new byte[100_000];
    try (AppendFile file = storage.create("prepared")) {
      append(file, "one");
      file.prepare(100_000);
      assertThat(file.length()).isEqualTo(3);
      append(file, "two");
      // There is enough left.
      file.prepare(100_000);
      System.arraycopy("onetwo".getBytes(StandardCharsets.UTF_8), 0, expected, 0, 6);
      expected = Arrays.copyOf(expected, 100_003);
      assertThat(Files.readAllBytes(directory.resolve("prepared"))).isEqualTo(expected);
      byte[] many = new byte[150_000];
      Arrays.fill(many, (byte) 7);
      file.append(many, 0, many.length);
      expected = Arrays.copyOf(expected, 150_006);
      Arrays.fill(expected, 6, expected.length, (byte) 7);
      assertThat(Files.readAllBytes(directory.resolve("prepared"))).isEqualTo(expected);
      file.prepare(10);
      assertThat(storage.size("prepared")).isEqualTo(150_016);
      file.truncate(5);
      file.prepare(10);
      append(file, "!");
      assertThat(storage.size("prepared")).isEqualTo(15);
    }
    assertThat(directory.resolve("prepared")).as("closing cuts it off").hasContent("onetw!");
  }

  @Test
  void failuresSayWhichFileAndWhy() throws IOException {
    FileStorage storage = new FileStorage(directory);
    assertThatThrownBy(() -> storage.read("missing")).hasMessageContaining("missing");
    Files.createDirectory(directory.resolve("taken"));
    assertThatThrownBy(() -> storage.create("taken")).hasMessageContaining("taken");
  }
}

package dev.carillon.engine.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ReferenceRedis;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.storage.MemoryStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged RDB files: every byte as the last one, and every bit the other way round. With its
 * checksum a file is refused; without it, it is refused or loads something, and never does anything
 * else.
 */
class RdbDamageTest {

  @TempDir Path directory;

  /** One key of each packed form, small enough for all bits of it. */
  private static byte[] intact() {
    String ziplist = "17000000 12000000 0400  00 01 61  03 f2  02 01 62  03 c0 2c01  ff";
    return new RdbImage(12)
        .aux("redis-ver", "7.4.0")
        .database(1)
        .text("string", "hello")
        .packed(9, "zipmap", "01 01 66 01 02 31 0000 ff")
        .packed(10, "ziplist", ziplist)
        .packed(11, "intset", "02000000 03000000 ffff 0100 0700")
        .packed(12, "packed zset", ziplist)
        .packed(13, "packed hash", ziplist)
        .packed(16, "hash", "0b000000 0200  01 01  02 01 ff")
        .packed(20, "set", "0b000000 0200  01 01  02 01 ff")
        .opcode(24)
        .string("timed")
        .hex("0068e5cf8b010000")
        .length(2)
        .length(1)
        .string("f")
        .string("v")
        .length(0)
        .string("g")
        .string("w")
        .end();
  }

  @Test
  void everyCutOfAFileIsRefused() throws IOException {
    byte[] file = intact();
    assertThat(Loaded.snapshot(file).loaded).isEqualTo(9);
    for (int length = 0; length < file.length; length++) {
      byte[] cut = Arrays.copyOf(file, length);
      assertThat(load(cut, false)).as("%d of %d bytes", length, file.length).isFalse();
    }
  }

  @Test
  void everyWrongBitOfAFileIsRefusedWithItsChecksum() throws IOException {
    byte[] file = intact();
    for (int bit = 0; bit < 8 * file.length; bit++) {
      boolean isLoaded = load(flipped(file, bit), true);
      if (!isOfVersion(bit)) {
        assertThat(isLoaded).as("bit %d", bit).isFalse();
      }
    }
  }

  @Test
  void noWrongBitDoesHarmWithoutAChecksum() throws IOException {
    byte[] file = intact();
    for (int bit = 0; bit < 8 * file.length; bit++) {
      load(flipped(file, bit), false);
    }
  }

  /** A file that the reference wrote, with all that it packs and does not pack. */
  @Test
  void noDamageOfARealFileDoesHarm() throws IOException {
    byte[] file;
    try (ReferenceRedis redis = ReferenceRedis.startOrSkip("--dir", directory.toString())) {
      RealData.fill(redis, 1);
      redis.ask("SAVE");
      file = Files.readAllBytes(directory.resolve("dump.rdb"));
    }
    assertThat(load(file, true)).isTrue();
    for (int length = 0; length < file.length; length += 97) {
      assertThat(load(Arrays.copyOf(file, length), false)).isFalse();
    }
    for (int bit = 0; bit < 8 * file.length; bit += 331) {
      byte[] damaged = flipped(file, bit);
      assertThat(load(damaged, true) && !isOfVersion(bit))
          .as("bit %d with a checksum", bit)
          .isFalse();
      load(damaged, false);
    }
  }

  /** Versions before 5 have no checksum, and one wrong bit may say that it is such a file. */
  private static boolean isOfVersion(int bit) {
    return bit / 8 >= "REDIS".length() && bit / 8 < "REDIS0012".length();
  }

  private static byte[] flipped(byte[] file, int bit) {
    byte[] damaged = file.clone();
    damaged[bit / 8] ^= (byte) (1 << bit % 8);
    return damaged;
  }

  /** Whether a file could be loaded; anything but a refusal with a sentence is a failure. */
  private static boolean load(byte[] file, boolean checking) throws IOException {
    Loaded loaded = new Loaded().with(Parameters.RDBCHECKSUM, checking);
    try {
      loaded.load(new MemoryStorage().with("dump.rdb", file), 1 << 20);
    } catch (LoadException refusal) {
      assertThat(refusal).hasMessageStartingWith("dump.rdb cannot be loaded: byte ");
      return false;
    }
    // What was loaded can be looked at.
    assertThat(loaded.digest()).isNotEmpty();
    return true;
  }
}

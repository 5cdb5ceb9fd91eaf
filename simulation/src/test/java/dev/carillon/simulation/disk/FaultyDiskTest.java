package dev.carillon.simulation.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.carillon.engine.storage.AppendFile;
import dev.carillon.engine.storage.ReadFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The disk takes what it may take, and nothing else. */
class FaultyDiskTest {

  private static final int SEEDS = 300;
  private static final byte[] OLD = filled(700, 'o');
  private static final byte[] NEW = filled(900, 'n');

  private static byte[] filled(int length, char with) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) with);
    return bytes;
  }

  private static FaultyStorage mount(FaultyDisk disk) {
    return disk.mount(() -> {});
  }

  /** A disk whose file {@code f} has {@link #OLD} for good and {@link #NEW} not yet. */
  private static FaultyDisk halfSynced(long seed) throws IOException {
    FaultyDisk disk = new FaultyDisk(new Random(seed));
    FaultyStorage storage = mount(disk);
    AppendFile file = storage.create("f");
    file.append(OLD, 0, OLD.length);
    file.sync();
    storage.syncDirectory("");
    file.append(NEW, 0, NEW.length);
    return disk;
  }

  @Test
  void aKilledProcessLeavesAllThatItWrote() throws IOException {
    FaultyDisk disk = halfSynced(1);
    disk.kill();
    assertThat(disk.size("f")).isEqualTo(OLD.length + NEW.length);
  }

  @Test
  void aPowerCutKeepsWhatWasSyncedAndAnyPartOfTheRest() throws IOException {
    Set<String> outcomes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      FaultyDisk disk = halfSynced(seed);
      disk.cutPower();
      byte[] left = disk.bytes("f");
      assertThat(left).as("seed %s", seed).hasSizeBetween(OLD.length, OLD.length + NEW.length);
      assertThat(Arrays.copyOf(left, OLD.length)).as("seed %s", seed).isEqualTo(OLD);
      boolean news = false;
      boolean holes = false;
      boolean newsBehindHole = false;
      for (int i = OLD.length; i < left.length; i++) {
        assertThat(left[i]).as("seed %s, byte %s", seed, i).isIn((byte) 0, (byte) 'n');
        newsBehindHole |= holes && left[i] == 'n';
        holes |= left[i] == 0;
        news |= left[i] == 'n';
      }
      outcomes.add(left.length == OLD.length ? "nothing" : "something");
      outcomes.add(left.length == OLD.length + NEW.length && !holes ? "all" : "a part");
      outcomes.add(newsBehindHole ? "out of order" : "in order");
      outcomes.add(holes && !news ? "only length" : "bytes");
    }
    assertThat(outcomes)
        .containsExactlyInAnyOrder(
            "nothing",
            "something",
            "all",
            "a part",
            "out of order",
            "in order",
            "only length",
            "bytes");
  }

  @Test
  void whatAFailedSyncLostNoLaterSyncBringsBack() throws IOException {
    Set<Boolean> outcomes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      FaultyDisk disk = new FaultyDisk(new Random(seed));
      FaultyStorage storage = mount(disk);
      AppendFile file = storage.create("f");
      storage.syncDirectory("");
      file.append(OLD, 0, OLD.length);
      disk.faults().syncs = 1000;
      assertThatIOException().isThrownBy(file::sync).withMessageContaining("cannot sync f");
      disk.faults().clear();
      file.append(NEW, 0, NEW.length);
      file.sync();
      assertThat(Arrays.copyOf(disk.bytes("f"), OLD.length)).isEqualTo(OLD);
      disk.cutPower();
      byte[] left = disk.bytes("f");
      assertThat(Arrays.copyOfRange(left, OLD.length, left.length)).isEqualTo(NEW);
      outcomes.add(Arrays.equals(Arrays.copyOf(left, OLD.length), OLD));
    }
    assertThat(outcomes).containsExactlyInAnyOrder(true, false);
  }

  @Test
  void aSyncThatLiesDoesNothing() throws IOException {
    Set<Long> lengths = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      FaultyDisk disk = halfSynced(seed);
      disk.faults().lies = 1000;
      mount(disk).append("f", OLD.length + NEW.length).sync();
      disk.cutPower();
      lengths.add(disk.size("f"));
    }
    assertThat(lengths).contains((long) OLD.length);
  }

  @Test
  void bytesThatWereCutOffMayComeBackUntilASync() throws IOException {
    Set<String> outcomes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      FaultyDisk disk = halfSynced(seed);
      AppendFile file = mount(disk).append("f", OLD.length);
      file.truncate(100);
      disk.cutPower();
      outcomes.add(disk.size("f") > 100 ? "back" : "gone");
      file = mount(disk).append("f", 100);
      file.sync();
      disk.cutPower();
      assertThat(disk.size("f")).isEqualTo(100);
    }
    assertThat(outcomes).containsExactlyInAnyOrder("back", "gone");
  }

  @Test
  void changesOfADirectoryStayOnlyIfItIsSynced() throws IOException {
    Set<List<String>> outcomes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      FaultyDisk disk = new FaultyDisk(new Random(seed));
      FaultyStorage storage = mount(disk);
      storage.create("d/a");
      storage.create("d/b");
      storage.syncDirectory("d");
      storage.syncDirectory("");
      storage.rename("d/a", "d/c");
      storage.delete("d/b");
      storage.create("e");
      assertThat(storage.list("d")).containsExactly("d/c");
      disk.cutPower();
      outcomes.add(disk.files());
    }
    List<List<String>> possible = new ArrayList<>();
    for (String renamed : List.of("d/a", "d/c")) {
      for (List<String> rest :
          List.of(List.of("d/b"), List.of("d/b", "e"), List.of("e"), List.<String>of())) {
        List<String> files = new ArrayList<>(rest);
        files.add(renamed);
        files.sort(null);
        possible.add(files);
      }
    }
    assertThat(outcomes).containsExactlyInAnyOrderElementsOf(possible);
  }

  @Test
  void aFullDiskTakesThePartThatFits() throws IOException {
    FaultyDisk disk = halfSynced(1);
    disk.faults().capacityBytes = disk.usedBytes() + 10;
    AppendFile file = mount(disk).append("f", disk.size("f"));
    assertThatIOException()
        .isThrownBy(() -> file.append(NEW, 0, 11))
        .withMessageContaining("No space left on device");
    assertThat(file.length()).isEqualTo(OLD.length + NEW.length + 10);
    file.truncate(OLD.length);
    file.append(NEW, 0, 11);
    assertThat(file.length()).isEqualTo(OLD.length + 11);
  }

  @Test
  void aFlippedBitIsReadByEverybody() throws IOException {
    FaultyDisk disk = halfSynced(1);
    disk.flip("f", 8 * 3 + 5);
    ReadFile file = mount(disk).read("f");
    byte[] read = new byte[10];
    int count = 0;
    while (count < 10) {
      count += file.read(read, count, 10 - count);
    }
    byte[] expected = Arrays.copyOf(OLD, 10);
    expected[3] ^= 0x20;
    assertThat(read).isEqualTo(expected);
    disk.cutPower();
    assertThat(Arrays.copyOf(disk.bytes("f"), 10)).isEqualTo(expected);
  }

  @Test
  void nobodyWhoseProcessIsGoneDoesAnything() throws IOException {
    FaultyDisk disk = new FaultyDisk(new Random(1));
    FaultyStorage storage = mount(disk);
    AppendFile file = storage.create("f");
    disk.killAfter(1);
    file.append(OLD, 0, 3);
    assertThatExceptionOfType(Killed.class).isThrownBy(() -> file.append(NEW, 0, NEW.length));
    assertThatExceptionOfType(Killed.class).isThrownBy(() -> storage.create("g"));
    assertThatExceptionOfType(Killed.class).isThrownBy(file::close);
    assertThat(storage.isDead()).isTrue();
    disk.kill();
    assertThat(disk.files()).containsExactly("f");
    assertThat(disk.size("f")).isBetween(3L, 3L + NEW.length);
  }
}

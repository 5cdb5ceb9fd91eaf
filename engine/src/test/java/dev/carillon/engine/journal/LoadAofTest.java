package dev.carillon.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.Access;
import dev.carillon.engine.config.FsyncPolicy;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.storage.MemoryStorage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** DEBUG LOADAOF: what memory holds is what the journal says, while the server runs. */
class LoadAofTest {

  private static final List<String> TURNS =
      List.of(
          "SET s v PX 100000",
          "RPUSH l a b c",
          "HSET h f v g w",
          "HPEXPIRE h 50000 FIELDS 1 f",
          "ZADD z 1 a 2.5 b",
          "XADD x 1-1 f v",
          "XGROUP CREATE x g 0",
          "XREADGROUP GROUP g worker STREAMS x >",
          "FEED CREATE feed EVENTS $g",
          "SELECT 3",
          "SET other 1",
          "SELECT 0",
          "DEL s");

  private static JournaledEngine engine(FsyncPolicy policy) throws IOException {
    JournaledEngine engine = new JournaledEngine(new MemoryStorage(), policy);
    engine.config.put(Parameters.ENABLE_DEBUG_COMMAND, Access.YES);
    return engine;
  }

  /** What is answered, when all that it may wait for is done. */
  private static String ask(JournaledEngine engine, String line) {
    engine.tell(line);
    engine.flush();
    engine.settle();
    engine.flush();
    return engine.heard();
  }

  private static JournaledEngine again(JournaledEngine engine) throws IOException {
    return new JournaledEngine(engine.disk.copy(), FsyncPolicy.EVERYSEC, engine.nowMillis);
  }

  @ParameterizedTest
  @EnumSource(FsyncPolicy.class)
  void whatTheJournalSaysIsWhatIsThere(FsyncPolicy policy) throws IOException {
    JournaledEngine engine = engine(policy);
    TURNS.forEach(turn -> ask(engine, turn));
    for (int round = 0; round < 3; round++) {
      engine.say("SET round " + round);
      ask(engine, "APPEND round x");
      String digest = engine.digest();
      long sequence = engine.engine.sequence();
      assertThat(ask(engine, "DEBUG LOADAOF")).isEqualTo("+OK\r\n");
      assertThat(engine.digest()).isEqualTo(digest);
      assertThat(engine.engine.sequence()).isEqualTo(sequence);
      ask(engine, "BGREWRITEAOF");
    }
    ask(engine, "SET since 1");
    assertThat(ask(engine, "XREVRANGE feed + - COUNT 1")).contains("since");
    assertThat(again(engine).digest()).isEqualTo(engine.digest());
    engine.advance(60_000);
    engine.engine.sweep(engine.nowMillis, 100);
    assertThat(ask(engine, "HKEYS h")).isEqualTo("*1\r\n$1\r\ng\r\n");
  }

  /** Also what no round has written yet. */
  @ParameterizedTest
  @EnumSource(FsyncPolicy.class)
  void turnsThatWaitToBeWrittenAreNotLost(FsyncPolicy policy) throws IOException {
    JournaledEngine engine = engine(policy);
    engine.tell("SET a 1");
    engine.tell("INCR a");
    engine.tell("DEBUG LOADAOF");
    assertThat(ask(engine, "GET a")).isEqualTo("+OK\r\n:2\r\n+OK\r\n$1\r\n2\r\n");
  }

  @ParameterizedTest
  @EnumSource(FsyncPolicy.class)
  void whereTheJournalCannotBeReadNothingChanges(FsyncPolicy policy) throws IOException {
    JournaledEngine engine = engine(policy);
    TURNS.forEach(turn -> ask(engine, turn));
    long base = engine.engine.sequence();
    engine.say("BGREWRITEAOF");
    engine.settle();
    ask(engine, "SET since 1");
    String digest = engine.digest();
    byte[] intact = engine.disk.bytes(JournalFiles.base(base));
    for (int cut = 0; cut < intact.length; cut += 3) {
      engine.disk.with(JournalFiles.base(base), Arrays.copyOf(intact, cut));
      assertThat(ask(engine, "DEBUG LOADAOF"))
          .startsWith("-ERR the journal cannot be read again: ")
          .endsWith("; what was there has stayed\r\n");
      assertThat(engine.digest()).isEqualTo(digest);
    }
    engine.disk.without(JournalFiles.base(base));
    assertThat(ask(engine, "DEBUG LOADAOF")).startsWith("-ERR the journal cannot be read again: ");
    engine.disk.with(JournalFiles.base(base), intact);
    ask(engine, "SET feeding 1");
    assertThat(ask(engine, "XREVRANGE feed + - COUNT 1")).contains("feeding");
    assertThat(again(engine).digest()).isEqualTo(engine.digest());
  }

  @ParameterizedTest
  @EnumSource(FsyncPolicy.class)
  void itIsRefusedWhereTheJournalDoesNotSayWhatIsThere(FsyncPolicy policy) throws IOException {
    JournaledEngine engine = engine(policy);
    engine.tell("MULTI");
    engine.tell("SET a 1");
    engine.tell("DEBUG LOADAOF");
    assertThat(ask(engine, "EXEC"))
        .endsWith("*2\r\n+OK\r\n-ERR DEBUG LOADAOF cannot be a part of a transaction\r\n");
    JournaledEngine without = JournaledEngine.without(new MemoryStorage(), policy);
    without.config.put(Parameters.ENABLE_DEBUG_COMMAND, Access.YES);
    without.say("SET a 1");
    assertThat(without.say("DEBUG LOADAOF"))
        .isEqualTo("-ERR DEBUG LOADAOF needs a journal that is in force\r\n");
  }
}

package dev.carillon.engine.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.storage.MemoryStorage;
import java.io.IOException;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What clients are told while data is being loaded. */
class LoadingTest {

  private static final String REFUSED = "-LOADING Redis is loading the dataset in memory";

  private static Loaded halfLoaded() throws IOException {
    RdbImage image = new RdbImage(10);
    for (int i = 0; i < 1000; i++) {
      image.text("key:" + i, "value");
    }
    Loaded loaded = new Loaded();
    MemoryStorage files = new MemoryStorage().with("dump.rdb", image.end());
    Startup startup = new Startup(files, loaded.config);
    Startup.Found found = Objects.requireNonNull(startup.find());
    loaded.engine.beginLoading(
        startup.open(
            found,
            loaded.engine.keyspace(),
            loaded.engine.commandReplay(Loaded.NOW_MILLIS),
            loaded.engine::onFact),
        Loaded.NOW_MILLIS);
    loaded.engine.load(Loaded.NOW_MILLIS + 500, 5000);
    loaded.nowMillis += 500;
    return loaded;
  }

  @Test
  void commandsThatNeedTheDataAreRefusedUntilTheEnd() throws IOException {
    Loaded loaded = halfLoaded();

    assertThat(loaded.say("GET key:1")).isEqualTo(REFUSED);
    assertThat(loaded.say("SET a 1")).isEqualTo(REFUSED);
    assertThat(loaded.say("DBSIZE")).isEqualTo(REFUSED);
    assertThat(loaded.say("PING")).isEqualTo(REFUSED);
    assertThat(loaded.say("SELECT 1")).isEqualTo("+OK");
    assertThat(loaded.say("CLIENT GETNAME")).isEqualTo("nil");
    assertThat(loaded.say("SUBSCRIBE a")).isEqualTo("[\"subscribe\", \"a\", :1]");
    assertThat(loaded.say("UNSUBSCRIBE a")).isEqualTo("[\"unsubscribe\", \"a\", :0]");
    loaded.say("SELECT 0");

    while (loaded.engine.load(Loaded.NOW_MILLIS + 1000, 5000)) {}

    assertThat(loaded.say("GET key:1")).isEqualTo("\"value\"");
    assertThat(loaded.say("DBSIZE")).isEqualTo(":1000");
    assertThat(loaded.say("INFO persistence"))
        .contains("loading:0", "rdb_last_load_keys_loaded:1000")
        .doesNotContain("loading_");
  }

  @Test
  void transactionsMayNotReachTheDataEither() throws IOException {
    Loaded loaded = halfLoaded();

    assertThat(loaded.say("MULTI")).isEqualTo("+OK");
    assertThat(loaded.say("GET key:1")).isEqualTo(REFUSED);
    assertThat(loaded.say("EXEC"))
        .isEqualTo("-EXECABORT Transaction discarded because of previous errors.");
  }

  @Test
  void infoSaysHowFarItIs() throws IOException {
    Loaded loaded = halfLoaded();

    assertThat(loaded.say("INFO persistence"))
        .contains(
            "loading:1",
            "loading_start_time:" + Loaded.NOW_MILLIS / 1000,
            "loading_total_bytes:14908",
            "loading_loaded_bytes:5014",
            "loading_loaded_perc:33.63",
            "loading_eta_seconds:0");
  }
}

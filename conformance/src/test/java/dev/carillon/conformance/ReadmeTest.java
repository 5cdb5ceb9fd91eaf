package dev.carillon.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.server.CarillonServer;
import dev.carillon.server.ManualClock;
import dev.carillon.server.ServerOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;

/** The Java of README.md compiles and does what it says: its text stands here, and is compared. */
@Timeout(300)
class ReadmeTest {

  private static final Pattern IN_README = Pattern.compile("(?s)```java\n(.*?)```");
  private static final Pattern HERE = Pattern.compile("(?s) // README\n(.*?) *// END\n");

  @Test
  void aServerStartsAtAFreePort() {
    // README
    try (CarillonServer server = CarillonServer.start();
        Jedis jedis = new Jedis(server.uri())) {
      jedis.configSet("notify-keyspace-events", "Ex");
    }
    // END
  }

  @Test
  void aTestMovesTheClock() {
    // README
    // A clock that a test moves: what falls due is announced at once, and nobody waits.
    ManualClock clock = new ManualClock(System.currentTimeMillis());
    try (CarillonServer server = CarillonServer.start(ServerOptions.embedded().clock(clock));
        Jedis jedis = new Jedis(server.uri())) {
      jedis.setex("order:42", 1800, "unpaid");
      clock.advance(Duration.ofMinutes(30));
      assertThat(jedis.exists("order:42")).isFalse();
    }
    // END
  }

  @Test
  void theReadmeSaysWhatIsTriedHere() throws IOException {
    Path module = Path.of(System.getProperty("basedir", "."));
    String here =
        Files.readString(module.resolve("src/test/java/dev/carillon/conformance/ReadmeTest.java"));
    List<String> snippets =
        HERE.matcher(here)
            .results()
            .map(found -> found.group(1).stripTrailing().stripIndent())
            .toList();
    assertThat(IN_README.matcher(Files.readString(module.resolve("../README.md"))).results())
        .extracting(found -> found.group(1).strip())
        .containsExactly(snippets.stream().map(String::strip).collect(Collectors.joining("\n\n")));
  }
}

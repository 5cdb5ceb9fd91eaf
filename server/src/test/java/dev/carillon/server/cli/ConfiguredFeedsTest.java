package dev.carillon.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.server.CarillonServer;
import dev.carillon.server.RawClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Feeds that stand in the configuration, on a server that keeps a journal. */
class ConfiguredFeedsTest {

  @TempDir private Path directory;

  /** What a life of a server is asked. */
  private interface Work {
    void with(CarillonServer server) throws Exception;
  }

  private Path configured(String lines) throws Exception {
    return Files.writeString(directory.resolve("carillon.conf"), lines);
  }

  private CompletableFuture<Integer> start(
      Path file, Said said, CompletableFuture<Serve.Running> started) {
    Serve serve = new Serve(said.streams, started::complete);
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return serve.serve(
                List.of(
                    file.toString(),
                    "--port",
                    "0",
                    "--bind",
                    "127.0.0.1",
                    "--appendonly",
                    "yes",
                    "--dir",
                    directory.toString()));
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private void live(Path file, Work work) throws Exception {
    CompletableFuture<Serve.Running> started = new CompletableFuture<>();
    CompletableFuture<Integer> exit = start(file, new Said(), started);
    Serve.Running running = started.get(120, TimeUnit.SECONDS);
    try {
      work.with(running.server());
    } finally {
      running.stop("the test");
      assertThat(exit.get(120, TimeUnit.SECONDS)).isZero();
    }
  }

  @Test
  void aFeedOfTheConfigurationIsMadeOnceAndItsLineIsKept() throws Exception {
    Path file = configured("feed orders EVENTS $ MATCH order:*\n");
    live(
        file,
        server -> {
          try (RawClient client = new RawClient(server)) {
            assertThat(client.ask("SET", "order:1", "a")).isEqualTo("OK");
            assertThat(client.ask("XLEN", "orders")).isEqualTo("1");
            assertThat(client.ask("CONFIG", "REWRITE")).isEqualTo("OK");
          }
        });
    assertThat(Files.readString(file)).contains("feed orders EVENTS $ MATCH order:*\n");
    live(
        file,
        server -> {
          try (RawClient client = new RawClient(server)) {
            assertThat(client.ask("XLEN", "orders")).isEqualTo("1");
            assertThat(client.ask("DEL", "orders")).contains("key is a feed");
            assertThat(client.ask("BGREWRITEAOF")).contains("started");
            assertThat(client.ask("SET", "order:1", "a")).isEqualTo("OK");
          }
        });
    live(
        file,
        server -> {
          try (RawClient client = new RawClient(server)) {
            assertThat(client.ask("XLEN", "orders")).isEqualTo("2");
          }
        });
  }

  @Test
  void theLineOfAFeedThatWasDroppedIsTakenOut() throws Exception {
    Path file = configured("# mine\nfeed orders EVENTS x\nfeed other EVENTS x\n");
    live(
        file,
        server -> {
          try (RawClient client = new RawClient(server)) {
            assertThat(client.ask("FEED", "DROP", "orders")).isEqualTo("OK");
            assertThat(client.ask("FEED", "DROP", "other")).isEqualTo("OK");
            assertThat(client.ask("FEED", "CREATE", "other", "EVENTS", "g")).isEqualTo("OK");
            assertThat(client.ask("FEED", "CREATE", "third", "EVENTS", "g")).isEqualTo("OK");
            assertThat(client.ask("CONFIG", "REWRITE")).isEqualTo("OK");
          }
        });
    assertThat(Files.readString(file))
        .startsWith("# mine\nfeed other EVENTS g ")
        .doesNotContain("orders", "third");
    live(
        file,
        server -> {
          try (RawClient client = new RawClient(server)) {
            assertThat(client.ask("XLEN", "other")).isEqualTo("0");
            assertThat(client.ask("FEED", "INFO", "orders")).contains("no such feed");
            assertThat(client.ask("FEED", "INFO", "third")).isNotEmpty();
          }
        });
  }

  @Test
  void aLineThatSaysSomethingElseOfAFeedStopsTheStart() throws Exception {
    live(configured("feed orders EVENTS x\n"), server -> {});
    Said said = new Said();
    CompletableFuture<Integer> exit =
        start(configured("feed orders EVENTS g\n"), said, new CompletableFuture<>());
    assertThat(exit.get(120, TimeUnit.SECONDS)).isNotZero();
    assertThat(said.out() + said.err())
        .contains("carillon.conf, line 1")
        .contains("told something else (orders EVENTS x");
  }
}

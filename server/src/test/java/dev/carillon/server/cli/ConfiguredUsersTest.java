package dev.carillon.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.server.RawClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Users as they come into a server and out of it: lines of its configuration, or a file. */
@Timeout(300)
class ConfiguredUsersTest {

  private static final String HASH_OF_PW =
      "30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4";

  @TempDir Path directory;

  /** What is done with a server while it runs. */
  private interface Work {
    void with(Serve.Running running) throws Exception;
  }

  private void serve(Work work, String... words) throws Exception {
    CompletableFuture<Serve.Running> started = new CompletableFuture<>();
    Serve serve = new Serve(new Said().streams, started::complete);
    List<String> all =
        Stream.concat(
                Stream.of(words),
                Stream.of("--port", "0", "--bind", "127.0.0.1", "--dir", directory.toString()))
            .toList();
    CompletableFuture<Integer> exit =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return serve.serve(all);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    Serve.Running running = started.get(120, TimeUnit.SECONDS);
    try {
      work.with(running);
    } finally {
      running.stop("the test");
      assertThat(exit.get(120, TimeUnit.SECONDS)).isZero();
    }
  }

  @Test
  void linesOfTheConfigurationSayWhoMayDoWhatAndAreRewritten() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("carillon.conf"),
            "# mine\nuser bob on >pw ~a* +get\nuser default on >secret ~* &* +@all\n"
                + "requirepass \u00fc\n",
            StandardCharsets.ISO_8859_1);
    serve(
        running -> {
          try (RawClient admin = new RawClient(running.server());
              RawClient bob = new RawClient(running.server())) {
            assertThat(admin.ask("PING")).startsWith("-NOAUTH");
            assertThat(admin.ask("AUTH", "secret")).isEqualTo("OK");
            assertThat(bob.ask("AUTH", "bob", "pw")).isEqualTo("OK");
            assertThat(bob.ask("GET", "abc")).isEqualTo("(nil)");
            assertThat(bob.ask("GET", "xyz")).startsWith("-NOPERM");
            assertThat(admin.ask("ACL", "SETUSER", "eve", "+set")).isEqualTo("OK");
            assertThat(admin.ask("CONFIG", "REWRITE")).isEqualTo("OK");
          }
        },
        file.toString());
    assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
        .startsWith(
            "# mine\nuser bob on sanitize-payload #"
                + HASH_OF_PW
                + " ~a* resetchannels -@all +get\nuser default on sanitize-payload #")
        .contains("\nuser eve off sanitize-payload resetchannels -@all +set\nrequirepass \u00fc\n");
    serve(
        running -> {
          try (RawClient bob = new RawClient(running.server())) {
            assertThat(bob.ask("AUTH", "bob", "pw")).isEqualTo("OK");
            assertThat(bob.ask("SET", "abc", "1")).startsWith("-NOPERM");
            assertThat(bob.ask("AUTH", "secret")).isEqualTo("OK");
            assertThat(bob.ask("ACL", "USERS")).isEqualTo("[bob, default, eve]");
          }
        },
        file.toString());
  }

  @Test
  void aFileOfUsersIsReadAtTheStartAndSavedAndLoadedOnRequest() throws Exception {
    Path file = directory.resolve("users.acl");
    Files.writeString(file, "user bob on nopass +get ~*\n");
    serve(
        running -> {
          try (RawClient admin = new RawClient(running.server());
              RawClient bob = new RawClient(running.server())) {
            assertThat(bob.ask("AUTH", "bob", "any")).isEqualTo("OK");
            assertThat(admin.ask("ACL", "SETUSER", "eve", "on", ">pw")).isEqualTo("OK");
            assertThat(admin.ask("ACL", "SAVE")).isEqualTo("OK");
            assertThat(file)
                .content()
                .isEqualTo(
                    "user bob on nopass sanitize-payload ~* resetchannels -@all +get\n"
                        + "user default on nopass sanitize-payload ~* &* +@all\n"
                        + "user eve on sanitize-payload #"
                        + HASH_OF_PW
                        + " resetchannels -@all\n");
            Files.writeString(file, "user bob on nopass +set ~*\nuser mallory +nosuch\n");
            assertThat(admin.ask("ACL", "LOAD"))
                .startsWith("-ERR users.acl:2: Error in applying operation '+nosuch': ");
            assertThat(bob.ask("GET", "a")).isEqualTo("(nil)");
            Files.writeString(file, "user bob on nopass +set ~*\n");
            assertThat(admin.ask("ACL", "LOAD")).isEqualTo("OK");
            assertThat(bob.ask("GET", "a")).startsWith("-NOPERM");
            assertThat(admin.ask("ACL", "USERS")).isEqualTo("[bob, default]");
            Files.writeString(file, "");
            assertThat(admin.ask("ACL", "LOAD")).isEqualTo("OK");
            bob.readToEnd();
            Files.delete(file);
            assertThat(admin.ask("ACL", "LOAD"))
                .isEqualTo(
                    "-ERR Error loading ACLs, opening file 'users.acl': No such file or"
                        + " directory");
            assertThat(admin.ask("ACL", "GENPASS")).matches("[0-9a-f]{64}");
            assertThat(admin.ask("ACL", "GENPASS")).isNotEqualTo("0".repeat(64));
          }
        },
        "--aclfile",
        "users.acl");
  }
}

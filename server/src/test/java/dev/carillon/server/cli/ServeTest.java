package dev.carillon.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.server.CarillonServer;
import dev.carillon.server.RawClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(300)
class ServeTest {

  @TempDir private Path directory;

  // -------------------------------------------------------------------------------------- refusing

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --prot 7000      | command line, argument 1, '--prot 7000': Bad directive or wrong number of arguments; did you mean 'port'?
          --port 99999     | command line, argument 1, '--port 99999': argument must be between 0 and 65535 inclusive
          --port           | command line, argument 1, '--port': wrong number of arguments
          nosuch.conf      | cannot read the configuration file nosuch.conf: there is no such file or directory
          --dir nosuch     | dir is nosuch, which is not there; make it, or name another one with --dir
          --dir pom.xml    | dir is pom.xml, which is no directory; make it, or name another one with --dir
          --user alice foo | command line, argument 1, '--user (not shown)': Syntax error
          --user alice on --user alice off | command line, argument 4, '--user (not shown)': the user is defined twice
          --user alice on --aclfile pom.xml | command line, argument 1: users are defined here and in aclfile pom.xml; keep one of the two
          --aclfile nosuch | cannot read aclfile nosuch: No such file or directory
          --rename-command NOSUCH x | command line, argument 1, '--rename-command NOSUCH x': No such command in rename-command
          --rename-command FLUSHALL get | command line, argument 1, '--rename-command FLUSHALL get': Target command name already exists
          """)
  void whatCannotBeIsRefusedInOneSentence(String words, String sentence) throws Exception {
    Said said = new Said();
    assertThat(run(said, words.split(" "))).isEqualTo(1);
    assertThat(said.err()).isEqualTo("carillon: " + sentence + "\n");
    assertThat(said.out()).isEmpty();
  }

  @Test
  void aBadLineOfAFileIsNamedWithItsPlace() throws Exception {
    Path file = Files.writeString(directory.resolve("carillon.conf"), "# mine\nport 0\nfoo bar\n");
    Said said = new Said();
    assertThat(run(said, file.toString())).isEqualTo(1);
    assertThat(said.err())
        .isEqualTo(
            "carillon: "
                + file
                + ", line 3, 'foo bar': Bad directive or wrong number of arguments\n");
  }

  @Test
  void aTakenPortIsNoStackTrace() throws Exception {
    try (CarillonServer other = CarillonServer.start()) {
      Said said = new Said();
      String port = Integer.toString(other.port());
      assertThat(run(said, "--port", port, "--bind", "127.0.0.1", "--appendonly", "no"))
          .isEqualTo(1);
      assertThat(said.err())
          .isEqualTo(
              "carillon: cannot listen at 127.0.0.1 port "
                  + port
                  + ": something else listens there already; choose another port, or stop it\n");
    }
  }

  @Test
  void theSecondOnAPortLeavesThePidFileOfTheFirst() throws Exception {
    Path pid = Files.writeString(directory.resolve("pid"), "1\n");
    try (CarillonServer other = CarillonServer.start()) {
      String port = Integer.toString(other.port());
      run(new Said(), "--port", port, "--appendonly", "no", "--pidfile", pid.toString());
    }
    assertThat(pid).hasContent("1\n");
  }

  @Test
  void filesThatCannotBeWrittenAreRefused() throws Exception {
    Path missing = directory.resolve("missing/file");
    for (String parameter : List.of("logfile", "pidfile")) {
      Said said = new Said();
      assertThat(
              run(said, "--appendonly", "no", "--port", "0", "--" + parameter, missing.toString()))
          .isEqualTo(1);
      assertThat(said.err())
          .isEqualTo(
              "carillon: cannot write to "
                  + parameter
                  + " "
                  + missing
                  + ": there is no such file or directory\n");
    }
  }

  @Test
  void unknownCommandsAndOptionsAreMisuse() throws Exception {
    Said said = new Said();
    assertThat(Main.run(said.streams, "sevre")).isEqualTo(2);
    assertThat(Main.run(said.streams, "watch", "--nosuch")).isEqualTo(2);
    assertThat(said.err()).contains("sevre").contains("carillon watch --help tells what there is");
  }

  @Test
  void helpIsGivenOnStdout() throws Exception {
    for (String[] words : new String[][] {{"--help"}, {"serve", "--help"}, {"watch", "--help"}}) {
      Said said = new Said();
      assertThat(Main.run(said.streams, words)).isZero();
      assertThat(said.out()).contains("Usage: carillon");
      assertThat(said.err()).isEmpty();
    }
  }

  @Test
  void versionNamesCarillonAndJava() throws Exception {
    Said said = new Said();
    assertThat(Main.run(said.streams, "version")).isZero();
    assertThat(said.out()).startsWith("carillon ").contains("Java " + Runtime.version().feature());
  }

  // --------------------------------------------------------------------------------------- serving

  @Test
  void saysWhereItListensAndStopsInOrder() throws Exception {
    Path pid = directory.resolve("pid");
    Said said = new Said();
    Served served = serve(said, "--port=0", "--bind", "127.0.0.1", "--pidfile", pid.toString());
    assertThat(said.out())
        .contains("listens at " + served.server().uri())
        .contains("redis-cli -p " + served.server().port() + " ping");
    assertThat(pid).hasContent(ProcessHandle.current().pid() + "\n");
    served.running().stop("SIGTERM");
    assertThat(served.exit()).isZero();
    assertThat(said.out()).endsWith("notice  Carillon has stopped (SIGTERM)\n");
    assertThat(said.err()).isEmpty();
    assertThat(pid).doesNotExist();
  }

  @Test
  void aSignalSavesWhereSnapshotsAreWantedAndStopsNothingWhereThatFails() throws Exception {
    String[] words = {
      "--port", "0", "--bind", "127.0.0.1", "--dir", directory.toString(), "--save", "60 1"
    };
    Path inTheWay = Files.createDirectories(directory.resolve("dump.rdb").resolve("file"));
    Served served = serve(new Said(), words);
    try (RawClient client = new RawClient(served.server())) {
      client.ask("SET", "key", "saved");
      served.running().stop("SIGTERM");
      assertThat(client.ask("GET", "key")).isEqualTo("saved");
    }
    Files.delete(inTheWay);
    Files.delete(inTheWay.getParent());
    served.running().stop("SIGTERM");
    assertThat(served.exit()).isZero();
    assertThat(directory.resolve("dump.rdb")).isNotEmptyFile();
  }

  @Test
  void shutdownEndsTheProcessWithZero() throws Exception {
    Said said = new Said();
    Served served = serve(said, "--port", "0", "--bind", "127.0.0.1");
    try (RawClient client = new RawClient(served.server())) {
      client.send("SHUTDOWN\r\n");
      assertThat(served.exit()).isZero();
    }
    assertThat(said.out()).endsWith("notice  Carillon has stopped (SHUTDOWN)\n");
  }

  @Test
  void aFileAndTheCommandLineAreOneConfigurationAndIncludesAreRead() throws Exception {
    Files.writeString(directory.resolve("b.part"), "maxclients 77\n");
    Files.writeString(directory.resolve("a.part"), "maxclients 66\ntimeout 5\n");
    Path file =
        Files.writeString(
            directory.resolve("carillon.conf"),
            "port 1\nbind 127.0.0.1\ninclude " + directory + "/*.part\n");
    Served served = serve(new Said(), file.toString(), "--port", "0");
    try (RawClient client = new RawClient(served.server())) {
      assertThat(client.ask("CONFIG", "GET", "maxclients")).isEqualTo("[maxclients, 77]");
      assertThat(client.ask("CONFIG", "GET", "timeout")).isEqualTo("[timeout, 5]");
      client.ask("CONFIG", "SET", "maxclients", "88");
      assertThat(client.ask("CONFIG", "REWRITE")).isEqualTo("OK");
    }
    served.running().stop("the test");
    served.exit();
    assertThat(file).content().contains("maxclients 88");
  }

  @Test
  void commandsAreKnownByTheNamesThatTheFileGivesThem() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("carillon.conf"),
            "port 0\nbind 127.0.0.1\n"
                + "rename-command FLUSHDB badger\nrename-command FLUSHALL \"\"\n");
    Served served = serve(new Said(), file.toString());
    try (RawClient client = new RawClient(served.server())) {
      assertThat(client.ask("FLUSHALL")).contains("unknown command 'FLUSHALL'");
      assertThat(client.ask("FLUSHDB")).contains("unknown command 'FLUSHDB'");
      assertThat(client.ask("BADGER")).isEqualTo("OK");
      client.ask("CONFIG", "SET", "maxclients", "88");
      assertThat(client.ask("CONFIG", "REWRITE")).isEqualTo("OK");
    }
    served.running().stop("the test");
    served.exit();
    assertThat(file).content().contains("rename-command FLUSHDB badger", "FLUSHALL \"\"");
  }

  @Test
  void aConfigurationMayComeFromStandardInput() throws Exception {
    Said said = new Said("port 0\nbind 127.0.0.1\nmaxclients 99\n");
    Served served = serve(said, "-", "--timeout", "7");
    try (RawClient client = new RawClient(served.server())) {
      assertThat(client.ask("CONFIG", "GET", "maxclients")).isEqualTo("[maxclients, 99]");
      assertThat(client.ask("CONFIG", "GET", "timeout")).isEqualTo("[timeout, 7]");
    }
    served.running().stop("the test");
    assertThat(served.exit()).isZero();
  }

  @Test
  void parametersWithoutEffectAreNamedOnceInOneLine() throws Exception {
    Said said = new Said("port 0\nbind 127.0.0.1\nhz 20\ndaemonize yes\nio-threads 2\nhz 30\n");
    Served served = serve(said, "-");
    served.running().stop("the test");
    served.exit();
    assertThat(said.out())
        .containsOnlyOnce("warning accepted, but without effect in Carillon: hz, io-threads\n")
        .containsOnlyOnce("daemonize has no effect: Carillon stays in the foreground");
  }

  @Test
  void theLogGoesWhereAndAsMuchAsConfigured() throws Exception {
    Path log = directory.resolve("carillon.log");
    Said said = new Said();
    Served served =
        serve(
            said,
            "--port",
            "0",
            "--bind",
            "127.0.0.1",
            "--dir",
            directory.toString(),
            "--logfile",
            "carillon.log");
    served.running().stop("the test");
    served.exit();
    assertThat(log).content().contains("listens at").contains("has stopped (the test)");
    assertThat(said.out()).contains("listens at").doesNotContain("has stopped");
  }

  @Test
  void whatWasWrittenIsThereAgain() throws Exception {
    for (int life = 0; life < 3; life++) {
      Served served = serve(new Said(), "--port", "0", "--bind", "127.0.0.1");
      try (RawClient client = new RawClient(served.server())) {
        assertThat(client.ask("CONFIG", "GET", "appendonly")).isEqualTo("[appendonly, yes]");
        assertThat(client.ask("INCR", "lives")).isEqualTo(Integer.toString(life + 1));
        assertThat(client.ask("INFO", "persistence")).contains("aof_enabled:1");
      }
      served.running().stop("the test");
      assertThat(served.exit()).isZero();
    }
    assertThat(directory.resolve("journal")).isDirectoryContaining("glob:**.journal");
  }

  @Test
  void whoWantsNoJournalGetsNone() throws Exception {
    Served served = serve(new Said(), "--port", "0", "--bind", "127.0.0.1", "--appendonly", "no");
    try (RawClient client = new RawClient(served.server())) {
      assertThat(client.ask("CONFIG", "GET", "appendonly")).isEqualTo("[appendonly, no]");
      assertThat(client.ask("INFO", "persistence")).contains("aof_enabled:0");
    }
    served.running().stop("the test");
    assertThat(served.exit()).isZero();
    assertThat(directory.resolve("journal")).doesNotExist();
  }

  @Test
  void aDirectoryHasOneServer() throws Exception {
    Served served = serve(new Said(), "--port", "0", "--bind", "127.0.0.1");
    Said said = new Said();
    assertThat(run(said, "--port", "0", "--dir", directory.toString())).isEqualTo(1);
    assertThat(said.err())
        .isEqualTo(
            "carillon: the data in "
                + directory
                + " is in use by another server of this process; stop it, or name another directory"
                + " with --dir\n");
    served.running().stop("the test");
    served.exit();
  }

  @Test
  void aQuietServerSaysNothing() throws Exception {
    Said said = new Said();
    Served served =
        serve(said, "--port", "0", "--bind", "127.0.0.1", "--loglevel", "warning", "--hz", "1");
    served.running().stop("the test");
    served.exit();
    assertThat(said.out()).doesNotContain("listens").doesNotContain("stopped");
    assertThat(said.err()).isEmpty();
  }

  @Test
  void theLogLevelCanBeChangedWhileItRuns() throws Exception {
    Said said = new Said();
    Served served = serve(said, "--port", "0", "--bind", "127.0.0.1");
    try (RawClient client = new RawClient(served.server())) {
      assertThat(client.ask("CONFIG", "SET", "loglevel", "nothing")).isEqualTo("OK");
    }
    served.running().stop("the test");
    served.exit();
    assertThat(said.out()).doesNotContain("has stopped");
  }

  // --------------------------------------------------------------------------------------- helping

  private record Served(Serve.Running running, Future<Integer> process) {

    CarillonServer server() {
      return running.server();
    }

    int exit() throws Exception {
      return process.get(120, TimeUnit.SECONDS);
    }
  }

  private static int run(Said said, String... words) throws Exception {
    List<String> all = new ArrayList<>(List.of("serve"));
    all.addAll(List.of(words));
    return Main.run(said.streams, all.toArray(String[]::new));
  }

  /** A server whose data lies in a directory of the test's own; it saves only if it is told to. */
  private Served serve(Said said, String... words) throws Exception {
    List<String> all = new ArrayList<>(List.of(words));
    if (!all.contains("--dir")) {
      all.addAll(List.of("--dir", directory.toString()));
    }
    if (!all.contains("--save")) {
      all.addAll(List.of("--save", ""));
    }
    CompletableFuture<Serve.Running> listening = new CompletableFuture<>();
    Serve serve = new Serve(said.streams, listening::complete);
    Callable<Integer> process = () -> serve.serve(all);
    FutureTask<Integer> task = new FutureTask<>(process);
    Thread.ofPlatform().daemon().start(task);
    return new Served(listening.get(120, TimeUnit.SECONDS), task);
  }
}

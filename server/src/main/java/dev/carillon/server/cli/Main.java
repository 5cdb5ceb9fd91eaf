package dev.carillon.server.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The process: finds the command that the arguments name, runs it and ends with its exit code. */
@Command(
    name = "carillon",
    header = "A Redis-compatible server whose key events arrive on time.",
    synopsisSubcommandLabel = "COMMAND")
public final class Main implements Runnable {

  /** All went well, or somebody asked to stop. */
  static final int OK = 0;

  /** Something outside was not as it has to be; one sentence on stderr says what. */
  static final int FAILED = 1;

  /** The arguments cannot be understood. */
  static final int MISUSED = 2;

  private final Streams streams;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this text.")
  boolean help;

  private Main(Streams streams) {
    this.streams = streams;
  }

  /** Runs a command in a process of its own. */
  public static void main(String[] arguments) throws InterruptedException {
    System.exit(run(Streams.ofProcess(), arguments));
  }

  /** Runs a command in this process and returns its exit code. */
  static int run(Streams streams, String... arguments) throws InterruptedException {
    // The words of `serve` are for the configuration, so that picocli is only needed for its help.
    // Its classes have the format of Java 5, which no start-up cache takes: reading them would be
    // a third of the time that a start takes.
    List<String> words = List.of(arguments);
    if (!words.isEmpty() && words.get(0).equals("serve") && !words.contains("--help")) {
      return new Serve(streams).serve(words.subList(1, words.size()));
    }
    return parsed(streams, arguments);
  }

  /** Runs a command whose arguments picocli understands. */
  static int parsed(Streams streams, String... arguments) {
    CommandLine root =
        new CommandLine(new Main(streams))
            .addSubcommand(new Serve(streams))
            .addSubcommand(new Watch(streams))
            .addSubcommand(new Check(streams))
            .addSubcommand(new ShowVersion(streams))
            .addSubcommand(new Train(streams));
    root.setOut(new PrintWriter(streams.out(), true, StandardCharsets.UTF_8));
    root.setErr(new PrintWriter(streams.err(), true, StandardCharsets.UTF_8));
    root.setParameterExceptionHandler(
        (misuse, words) -> {
          streams.complain(String.valueOf(misuse.getMessage()));
          streams.complain(
              "carillon " + usageOf(misuse.getCommandLine()) + "--help tells what there is");
          return MISUSED;
        });
    return root.execute(arguments);
  }

  private static String usageOf(CommandLine command) {
    return command.getParent() == null ? "" : command.getCommandName() + " ";
  }

  @Override
  public void run() {
    spec.commandLine().usage(streams.out());
  }
}

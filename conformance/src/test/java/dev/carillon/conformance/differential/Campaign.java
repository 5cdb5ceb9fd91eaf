package dev.carillon.conformance.differential;

import dev.carillon.conformance.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Many scripts, one seed each, until a difference is found or enough is done. By hand, of all
 * sections of the grammar or of some:
 *
 * <pre>
 * java … dev.carillon.conformance.differential.Campaign steps 1000000 [seed 1] [findings 10]
 *     [only "sets,sorted sets"]
 * java … dev.carillon.conformance.differential.Campaign script FILE
 * </pre>
 */
final class Campaign {

  private static final int SHRINKING_ATTEMPTS = 3000;

  /** A difference with the shortest script that shows it. */
  record Reproducer(long seed, Script script, Finding finding, boolean repeatable) {

    /** All that is needed to understand the difference and to see it again. */
    String report() {
      return finding.kind()
          + (repeatable ? "" : " (seen once and not again)")
          + "\n"
          + finding.text()
          + "\n  -Dcarillon.seed="
          + seed
          + ", shortest script:\n"
          + script.toString().indent(4);
    }
  }

  private final Grammar grammar;
  private final Version version;
  private final Trial trial;
  private long steps;
  private long scripts;

  Campaign(Side ours, Side theirs, Explanations explanations) {
    this(Grammar.read(), ours, theirs, explanations);
  }

  private Campaign(Grammar grammar, Side ours, Side theirs, Explanations explanations) {
    this.grammar = grammar;
    version = theirs.version();
    trial = new Trial(ours, theirs, explanations);
  }

  /** How many requests were compared. */
  long steps() {
    return steps;
  }

  /** How many scripts were run. */
  long scripts() {
    return scripts;
  }

  /** Runs the script of a seed; a difference comes back as small as it could be made. */
  Optional<Reproducer> run(long seed) {
    return run(seed, Script.compose(grammar, version, seed));
  }

  /** Runs a script; a difference comes back as small as it could be made. */
  Optional<Reproducer> run(long seed, Script script) {
    long before = trial.steps();
    Optional<Finding> found = ask(script);
    steps += trial.steps() - before;
    scripts++;
    return found.map(finding -> shrink(seed, script, finding));
  }

  private Optional<Finding> ask(Script script) {
    try {
      return trial.run(script);
    } catch (RuntimeException e) {
      throw new IllegalStateException("during\n" + script.toString().indent(4), e);
    }
  }

  private Reproducer shrink(long seed, Script script, Finding first) {
    int end = Math.min(script.steps().size(), first.step() + 1);
    Script begun = new Script(script.steps().subList(0, end));
    if (!shows(begun, first)) {
      return new Reproducer(seed, script, first, false);
    }
    // What is shorter must not differ for a reason that was meant to be avoided.
    boolean isCareful = Caution.allows(version, begun);
    Script shortest =
        new Shrinker(
                each -> (!isCareful || Caution.allows(version, each)) && shows(each, first),
                SHRINKING_ATTEMPTS)
            .shrink(begun);
    return new Reproducer(seed, shortest, ask(shortest).orElse(first), true);
  }

  private boolean shows(Script script, Finding finding) {
    return ask(script).filter(other -> other.kind().equals(finding.kind())).isPresent();
  }

  // ------------------------------------------------------------------------------------- by hand

  /** Runs scripts and prints what was found, each kind of difference once. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Map<String, String> options = new LinkedHashMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      options.put(arguments[i], arguments[i + 1]);
    }
    try (Side theirs = ReferenceSide.start(Vocabulary.settable());
        Side ours = new EngineSide(theirs.version())) {
      Explanations explanations = Explanations.read(theirs.version());
      System.out.println("compared with " + theirs.version());
      String only = options.get("only");
      Grammar grammar = Grammar.read();
      Campaign campaign =
          new Campaign(
              only == null ? grammar : grammar.only(Set.of(only.split(",", -1))),
              ours,
              theirs,
              explanations);
      String file = options.get("script");
      if (file != null) {
        Script script = Script.parse(Files.readString(Path.of(file)));
        System.out.println(campaign.run(0, script).map(Reproducer::report).orElse("no difference"));
        return;
      }
      long stepsMax = Long.parseLong(options.getOrDefault("steps", "200000"));
      int findingsMax = Integer.parseInt(options.getOrDefault("findings", "1"));
      long seed = Long.parseLong(options.getOrDefault("seed", "" + System.nanoTime()));
      System.out.println("first seed " + seed);
      long start = System.nanoTime();
      List<Reproducer> found = new ArrayList<>();
      Map<String, Integer> kinds = new LinkedHashMap<>();
      while (campaign.steps() < stepsMax && found.size() < findingsMax) {
        campaign
            .run(seed++)
            .filter(one -> kinds.merge(one.finding().kind(), 1, Integer::sum) == 1)
            .ifPresent(
                one -> {
                  found.add(one);
                  System.out.println(one.report());
                });
      }
      System.out.printf(
          "%d steps in %d scripts in %.1f s%n",
          campaign.steps(), campaign.scripts(), (System.nanoTime() - start) / 1e9);
      kinds.forEach((kind, count) -> System.out.println("  " + count + " " + kind));
      System.out.println("explained differences met:");
      explanations.met().forEach((title, count) -> System.out.println("  " + count + " " + title));
    }
  }
}

package dev.carillon.conformance.differential;

import dev.carillon.conformance.differential.Script.Step;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Makes a script that shows a difference shorter as long as it still shows it: first fewer
 * requests, by leaving out ever smaller runs of them; then fewer words, simpler words and fewer
 * clients.
 */
final class Shrinker {

  /** With other words these would reach further than to the clients of the script. */
  private static final Set<String> EXACT = Set.of("client|kill", "client|pause", "migrate", "wait");

  private final Predicate<Script> fails;
  private final Set<Script> tried = new HashSet<>();
  private int attemptsLeft;

  /**
   * A shrinker for one difference.
   *
   * @param fails whether a script still shows the difference
   * @param attempts how often it may be asked
   */
  Shrinker(Predicate<Script> fails, int attempts) {
    this.fails = fails;
    this.attemptsLeft = attempts;
  }

  /** The shortest script found. */
  Script shrink(Script failing) {
    Script best = failing;
    while (true) {
      Script next = withSimplerWords(withFewerSteps(best));
      if (next.equals(best) || attemptsLeft == 0) {
        return next;
      }
      best = next;
    }
  }

  private boolean stillFails(Script script) {
    if (attemptsLeft == 0 || !tried.add(script)) {
      return false;
    }
    attemptsLeft--;
    return fails.test(script);
  }

  private Script withFewerSteps(Script failing) {
    List<Step> steps = failing.steps();
    for (int run = Math.max(1, steps.size() / 2); run >= 1; run = run == 1 ? 0 : run / 2) {
      int from = 0;
      while (from < steps.size()) {
        List<Step> fewer = new ArrayList<>(steps.subList(0, from));
        fewer.addAll(steps.subList(Math.min(steps.size(), from + run), steps.size()));
        if (stillFails(new Script(fewer))) {
          steps = fewer;
        } else {
          from += run;
        }
      }
    }
    return new Script(steps);
  }

  private Script withSimplerWords(Script failing) {
    List<Step> steps = new ArrayList<>(failing.steps());
    for (int i = 0; i < steps.size(); i++) {
      for (Step simpler : simpler(steps.get(i))) {
        Step before = steps.set(i, simpler);
        if (stillFails(new Script(steps))) {
          break;
        }
        steps.set(i, before);
      }
    }
    return new Script(steps);
  }

  private static List<Step> simpler(Step step) {
    List<Step> simpler = new ArrayList<>();
    if (EXACT.contains(step.command())) {
      return simpler;
    }
    if (step.client() != 'A') {
      simpler.add(new Step('A', step.words()));
    }
    List<Bytes> words = step.words();
    for (int i = words.size() - 1; i > 0; i--) {
      List<Bytes> fewer = new ArrayList<>(words);
      fewer.remove(i);
      simpler.add(new Step(step.client(), fewer));
    }
    for (int i = 1; i < words.size(); i++) {
      for (Bytes word : simpler(words.get(i))) {
        List<Bytes> others = new ArrayList<>(words);
        others.set(i, word);
        simpler.add(new Step(step.client(), others));
      }
    }
    return simpler;
  }

  private static List<Bytes> simpler(Bytes word) {
    List<Bytes> simpler = new ArrayList<>();
    if (isTime(word) || word.length() > 1 && word.at(0) == '$') {
      return simpler;
    }
    for (String plain : List.of("", "0", "1", "a")) {
      if (plain.length() < word.length()
          || word.length() == 1 && plain.compareTo(word.toLatin1()) < 0) {
        simpler.add(Bytes.of(plain));
      }
    }
    if (word.length() > 3) {
      simpler.add(word.range(0, word.length() / 2).copy());
      simpler.add(word.range(0, word.length() - 1).copy());
    }
    return simpler;
  }

  /** Whether this may be a deadline: a shorter one might come to its end while the script runs. */
  private static boolean isTime(Bytes word) {
    return word.length() >= 5 && word.toLatin1().chars().allMatch(c -> c >= '0' && c <= '9');
  }
}

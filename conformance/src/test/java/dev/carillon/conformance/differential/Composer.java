package dev.carillon.conformance.differential;

import dev.carillon.conformance.Notation;
import dev.carillon.conformance.Version;
import dev.carillon.conformance.differential.Grammar.Row;
import dev.carillon.conformance.differential.Grammar.Section;
import dev.carillon.conformance.differential.Script.Step;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Makes a script of a seed; the same each time. Each script prefers some sections of the grammar
 * and does without some rows of it, so that requests which belong together meet more often than if
 * all were mixed evenly.
 */
final class Composer {

  private static final int STEPS_MIN = 10;
  private static final int STEPS_MAX = 90;

  /** Who speaks how often: one client most, as a rule; each as often where they are to meet. */
  private static final List<String> CLIENTS = List.of("AAAAAABBC", "AAAAAABBC", "AAB", "ABC");

  /** In the place of this word stands a request of another row. */
  private static final Bytes REQUEST = Bytes.of("${request}");

  private static final double MUTATION_CHANCE = 0.09;
  private static final double SECOND_MUTATION_CHANCE = 0.2;
  private static final double END_OF_TRANSACTION_CHANCE = 0.2;
  private static final double END_OF_SUBSCRIPTION_CHANCE = 0.3;

  private static final Pattern TIMED =
      Pattern.compile(
          "(?i)^(PSETEX|SETEX|P?EXPIRE|RESTORE) |^(SET|GETEX) .* (EX|PX) ", Pattern.DOTALL);

  /** How often a request that is not allowed is given up for another, for each step wanted. */
  private static final int ATTEMPTS = 4;

  private record Weighted(Row row, int weight) {}

  private final Random random;
  private final Caution caution;
  private final Vocabulary vocabulary;
  private final List<Weighted> rows = new ArrayList<>();
  private final String clients;
  private int totalWeight;
  private final Map<Character, Integer> protocols = new HashMap<>();
  private final Set<Character> subscribed = new HashSet<>();

  private Composer(Grammar grammar, Version version, long seed) {
    random = new Random(seed);
    clients = CLIENTS.get(random.nextInt(CLIENTS.size()));
    // Which of several keys that are over is removed at random cannot be compared.
    boolean past = random.nextBoolean();
    caution = new Caution(version, past);
    vocabulary = new Vocabulary(random, version, past);
    for (Section section : grammar.sections()) {
      int factor = new int[] {0, 1, 1, 2, 8}[random.nextInt(5)];
      for (Row row : section.rows()) {
        if (!version.isSince(row.since())) {
          continue;
        }
        int weight = random.nextInt(5) == 0 ? 0 : row.weight() * factor;
        if (section.name().equals("random") && past) {
          weight = 0;
        }
        if (weight > 0) {
          rows.add(new Weighted(row, weight));
          totalWeight += weight;
        }
      }
    }
  }

  /** The script of a seed for servers of a version. */
  static Script compose(Grammar grammar, Version version, long seed) {
    return new Composer(grammar, version, seed).script();
  }

  private Script script() {
    List<Step> steps = new ArrayList<>();
    for (char client = 'A'; client <= 'C'; client++) {
      if (random.nextInt(3) == 0) {
        steps.add(new Step(client, Notation.words("HELLO 3")));
        protocols.put(client, 3);
      }
    }
    int count = STEPS_MIN + random.nextInt(STEPS_MAX - STEPS_MIN);
    for (int i = 0; i < ATTEMPTS * count && steps.size() < count && totalWeight > 0; i++) {
      char client = clients.charAt(random.nextInt(clients.length()));
      Step step = new Step(client, words(client));
      if (caution.allows(step)) {
        caution.follow(step);
        follow(step);
        steps.add(step);
      }
    }
    return new Script(steps);
  }

  private List<Bytes> words(char client) {
    if (caution.isInTransaction(client) && random.nextDouble() < END_OF_TRANSACTION_CHANCE) {
      return Notation.words(random.nextInt(6) == 0 ? "DISCARD" : "EXEC");
    }
    if (subscribed.contains(client)
        && protocols.getOrDefault(client, 2) == 2
        && random.nextDouble() < END_OF_SUBSCRIPTION_CHANCE) {
      return Notation.words("RESET");
    }
    Row row = row();
    List<Bytes> words = row.words(vocabulary, random);
    int place = words.indexOf(REQUEST);
    if (place >= 0) {
      words.remove(place);
      words.addAll(place, row().words(vocabulary, random));
    }
    if (!row.exact() && random.nextDouble() < MUTATION_CHANCE) {
      mutate(words);
      if (random.nextDouble() < SECOND_MUTATION_CHANCE && !words.isEmpty()) {
        mutate(words);
      }
    }
    if (random.nextInt(12) == 0) {
      words.set(0, otherCase(words.getFirst()));
    }
    return words;
  }

  private Row row() {
    int left = random.nextInt(totalWeight);
    for (Weighted each : rows) {
      left -= each.weight();
      if (left < 0) {
        return each.row();
      }
    }
    throw new AssertionError("weights do not add up");
  }

  /** Spoils a request: a wrong number of words, a word that does not belong there. */
  private void mutate(List<Bytes> words) {
    int place = random.nextInt(words.size());
    // A small number instead of a time to live would make the outcome a matter of speed.
    boolean isTimed = TIMED.matcher(Script.show(words)).find();
    String junk = isTimed ? "timeless-junk" : "junk";
    switch (random.nextInt(10)) {
      case 0 -> words.add(vocabulary.word(junk));
      case 1 -> words.add(words.get(place));
      case 2 -> words.set(place, vocabulary.word(junk));
      case 3 -> words.add(place, vocabulary.word(junk));
      case 4 -> words.set(place, otherCase(words.get(place)));
      case 5 -> {
        if (!isTimed) {
          Collections.swap(words, place, random.nextInt(words.size()));
        }
      }
      // Options once more.
      case 6 -> words.addAll(List.copyOf(words.subList(Math.max(place, 1), words.size())));
      case 7 -> {
        Row other = row();
        List<Bytes> more = other.words(vocabulary, random);
        if (!isTimed && !other.exact() && !more.contains(REQUEST)) {
          words.addAll(more.subList(random.nextInt(more.size()), more.size()));
        }
      }
      default -> {
        if (words.size() > 1) {
          words.remove(place);
        }
      }
    }
  }

  private Bytes otherCase(Bytes word) {
    StringBuilder text = new StringBuilder(word.toLatin1());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x80 && random.nextBoolean()) {
        text.setCharAt(
            i, Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c));
      }
    }
    return Notation.bytes(text.toString());
  }

  /** Keeps in mind, roughly, in which state a client is, so that it does not stay there. */
  private void follow(Step step) {
    char client = step.client();
    switch (step.command()) {
      case "subscribe", "psubscribe", "ssubscribe" -> subscribed.add(client);
      case "reset", "quit" -> {
        subscribed.remove(client);
        protocols.remove(client);
      }
      case "hello" -> {
        if (step.words().size() > 1) {
          protocols.put(client, step.words().get(1).isWord("3") ? 3 : 2);
        }
      }
      default -> {}
    }
  }
}

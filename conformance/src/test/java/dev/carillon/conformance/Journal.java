package dev.carillon.conformance;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.HashView;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.keyspace.KeyspaceDigest;
import dev.carillon.engine.keyspace.ListView;
import dev.carillon.engine.turn.Effect;
import dev.carillon.engine.turn.EffectCollector;
import dev.carillon.engine.turn.EffectSink;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Keeps the effects of an engine's turns, to see at the end whether an empty engine to which they
 * are told holds the same.
 */
final class Journal {

  private static final long SEED = 7;

  private record Recorded(long nowMillis, List<Effect> effects) {}

  private final List<Recorded> entries = new ArrayList<>();

  /** An engine without keys; the same each time. */
  static Engine emptyEngine(Configuration config) {
    return new Engine(new EngineOptions(config, new Random(SEED), Host.NONE, Long.MAX_VALUE));
  }

  /** Where the engine tells its effects. */
  EffectSink sink() {
    return new EffectCollector(
        (turn, effects) -> entries.add(new Recorded(turn.nowMillis(), effects)));
  }

  /** Tells everything to an empty engine and compares the two; says how they differ, if they do. */
  Optional<String> compare(Keyspace original) {
    Engine copy = emptyEngine(new Configuration());
    for (Recorded entry : entries) {
      for (Effect effect : entry.effects()) {
        long refusals = copy.stats().errorReplies;
        copy.replay(List.of(effect), entry.nowMillis());
        if (copy.stats().errorReplies > refusals) {
          return Optional.of("the replay of the effect " + show(effect) + " is refused");
        }
      }
    }
    if (KeyspaceDigest.of(copy.keyspace()).equals(KeyspaceDigest.of(original))) {
      return Optional.empty();
    }
    return Optional.of(
        "a replay holds something else"
            + "\n    the effects are: "
            + entries.stream()
                .flatMap(entry -> entry.effects().stream())
                .map(Journal::show)
                .collect(Collectors.joining(" | "))
            + "\n    the replay has:  "
            + describe(copy.keyspace())
            + "\n    there was:       "
            + describe(original));
  }

  private static String show(Effect effect) {
    return effect.arguments().stream().map(Notation::word).collect(Collectors.joining(" "))
        + (effect.db() == 0 ? "" : " @" + effect.db());
  }

  /** Each entry with its type, its contents as far as they are shown, and its deadline. */
  private static Map<String, String> describe(Keyspace keyspace) {
    Map<String, String> described = new TreeMap<>();
    for (int i = 0; i < keyspace.count(); i++) {
      Database database = keyspace.database(i);
      long cursor = 0;
      do {
        cursor =
            database.scan(
                cursor,
                1024,
                entry ->
                    described.put(
                        Notation.word(entry.key())
                            + (database.number() == 0 ? "" : " @" + database.number()),
                        entry.type().wireName()
                            + contents(entry)
                            + (entry.hasDeadline() ? " until " + entry.deadlineMillis() : "")));
      } while (cursor != 0);
    }
    return described;
  }

  private static String contents(Entry entry) {
    return switch (entry.type()) {
      case STRING -> " " + Notation.quote(entry.string());
      case HASH -> " " + fields(entry.hash());
      case LIST -> {
        ListView list = entry.list();
        List<String> elements = new ArrayList<>();
        list.visit(0, list.size(), true, text -> elements.add(Notation.quote(text)));
        yield " " + elements;
      }
      case SET -> {
        List<String> members = new ArrayList<>();
        entry.set().forEach(member -> members.add(Notation.quote(member)));
        yield " " + members.stream().sorted().toList();
      }
      case STREAM -> " " + entry.object();
      default -> "";
    };
  }

  private static Map<String, String> fields(HashView hash) {
    Map<String, String> fields = new TreeMap<>();
    hash.forEach(
        place -> {
          long deadline = hash.deadlineMillis(place);
          fields.put(
              Notation.word(hash.field(place)),
              Notation.quote(hash.value(place))
                  + (deadline == HashView.NO_DEADLINE ? "" : " until " + deadline));
        });
    return fields;
  }
}

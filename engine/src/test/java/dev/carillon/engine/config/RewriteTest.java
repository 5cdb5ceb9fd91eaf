package dev.carillon.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.ConfigFile.Includes;
import dev.carillon.engine.config.ConfigFile.Source;
import dev.carillon.engine.config.Configuration.Assignment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class RewriteTest {

  private static final UnaryOperator<List<String>> ALL_FEEDS = UnaryOperator.identity();

  private static Configuration loaded(String text) throws ConfigError {
    Configuration config = new Configuration();
    config.load(ConfigFile.parse(new Source("c.conf", text), Includes.NONE));
    return config;
  }

  private static Configuration loaded(String text, String... pairs) throws ConfigError {
    Configuration config = loaded(text);
    for (int i = 0; i < pairs.length; i += 2) {
      config.set(List.of(new Assignment(pairs[i], pairs[i + 1])), true);
    }
    return config;
  }

  @Test
  void aFileThatSaysTheValuesStaysAsItIs() throws ConfigError {
    String text =
        """
        # mine

          MAXMEMORY   100mb
        save 900 1
        save 60 5
        slave-priority 7
        timeout 0
        user a on nopass
        feed f\
        """;
    assertThat(loaded(text).rewrite(text, List.of("a on nopass"), ALL_FEEDS)).isEqualTo(text);
  }

  @Test
  void changedLinesAreReplacedWhereTheyStand() throws ConfigError {
    String text = "# head\nport 1\ntimeout 3\r\nsave 900 1\n# between\nsave 60 5\n# tail\n";
    assertThat(
            loaded(text, "timeout", "9", "save", "1 2 3 4", "maxmemory", "1048576")
                .rewrite(text, List.of(), ALL_FEEDS))
        .isEqualTo(
            "# head\nport 1\ntimeout 9\r\nsave 1 2\nsave 3 4\n# between\n# tail\n"
                + "# Added by CONFIG REWRITE\nmaxmemory 1mb\n");
  }

  @Test
  void linesOfFeedsSayWhatFeedsThereAre() {
    String text = "# 1\nfeed a EVENTS x\nFEED b\r\n# 2\nfeed c\nfeed d\n";
    Map<String, List<String>> feeds =
        Map.of("a", List.of("a", "EVENTS", "x"), "b", List.of("b", "MATCH", "two words"));
    assertThat(
            new Configuration()
                .rewrite(text, List.of(), words -> feeds.getOrDefault(words.getFirst(), List.of())))
        .isEqualTo("# 1\nfeed a EVENTS x\nFEED b MATCH \"two words\"\r\n# 2\n");
  }

  @Test
  void theAliasOfALineIsKept() throws ConfigError {
    String text = "slave-priority 7";
    assertThat(loaded(text, "replica-priority", "8").rewrite(text, List.of(), ALL_FEEDS))
        .isEqualTo("slave-priority 8");
  }

  @Test
  void aValueThatBecameInitialIsStillSaidWhereItStood() throws ConfigError {
    String text = "timeout 5\n";
    assertThat(loaded(text, "timeout", "0").rewrite(text, List.of(), ALL_FEEDS))
        .isEqualTo("timeout 0\n");
  }

  @Test
  void withoutAFileThereIsOneMadeOfWhatIsNotInitial() throws ConfigError {
    assertThat(new Configuration().rewrite("", List.of(), ALL_FEEDS)).isEmpty();
    assertThat(loaded("", "requirepass", "a \"b\"", "save", "").rewrite("", List.of(), ALL_FEEDS))
        .isEqualTo("# Added by CONFIG REWRITE\nrequirepass \"a \\\"b\\\"\"\nsave \"\"\n");
  }

  @Test
  void whatTheKindOfServerBeginsWithIsNotWritten() throws ConfigError {
    Configuration config = new Configuration();
    config.initially(Parameters.APPENDONLY, true);
    assertThat(config.rewrite("", List.of(), ALL_FEEDS)).isEmpty();
    config.load(ConfigFile.parse(new Source("c.conf", "appendonly no"), Includes.NONE));
    assertThat(config.get(Parameters.APPENDONLY)).isFalse();
    assertThat(config.rewrite("", List.of(), ALL_FEEDS))
        .isEqualTo("# Added by CONFIG REWRITE\nappendonly no\n");
  }

  @Test
  void linesOfUsersTakeThePlaceOfThoseThatAreThere() {
    List<String> users = List.of("a on ~\"x", "b off (+get ~x)");
    String lines = "user a on \"~\\\"x\"\nuser b off (+get ~x)\n";
    assertThat(new Configuration().rewrite("# 1\nuser c on\n# 2\nUSER a on\n", users, ALL_FEEDS))
        .isEqualTo("# 1\n" + lines + "# 2\n");
    assertThat(new Configuration().rewrite("", users, ALL_FEEDS))
        .isEqualTo("# Added by CONFIG REWRITE\n" + lines);
    assertThat(new Configuration().rewrite("user a on\n# 1\n", List.of(), ALL_FEEDS))
        .isEqualTo("# 1\n");
  }

  @Test
  void everyValueSurvivesARewriteAndASecondOneChangesNothing() throws ConfigError {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<String> values = ReferenceTest.VALUES;
    for (int round = 0; round < 200; round++) {
      Configuration config = new Configuration();
      String original = "# head\n";
      for (Parameter<?> parameter : Parameters.all()) {
        List<String> lines = new ArrayList<>();
        String value = values.get(random.nextInt(values.size()));
        if (load(config, Words.join(parameter.name(), List.of(value))) && random.nextBoolean()) {
          lines.add(Words.join(parameter.name(), List.of(value)));
        }
        String later = values.get(random.nextInt(values.size()));
        load(config, Words.join(parameter.name(), List.of(later)));
        original += String.join("\n", lines) + "\n# after " + parameter + "\n";
      }
      String rewritten = config.rewrite(original, List.of(), ALL_FEEDS);
      String where = "seed " + seed + ", round " + round + "\n" + rewritten;
      Configuration again = loaded(rewritten);
      for (Parameter<?> parameter : Parameters.all()) {
        assertThat(again.format(parameter)).as(where).isEqualTo(config.format(parameter));
        assertThat((Object) again.get(parameter)).as(where).isEqualTo(config.get(parameter));
      }
      assertThat(again.rewrite(rewritten, List.of(), ALL_FEEDS)).as(where).isEqualTo(rewritten);
      assertThat(rewritten.lines().filter(line -> line.startsWith("# after")))
          .as(where)
          .hasSize(Parameters.all().size());
    }
  }

  private static boolean load(Configuration config, String line) {
    try {
      config.load(ConfigFile.parse(new Source("c.conf", line), Includes.NONE));
      return true;
    } catch (ConfigError refused) {
      return false;
    }
  }
}

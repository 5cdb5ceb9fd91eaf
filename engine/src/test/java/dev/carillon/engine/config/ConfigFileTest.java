package dev.carillon.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.config.ConfigFile.Includes;
import dev.carillon.engine.config.ConfigFile.Source;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {

  private static ConfigFile file(String... lines) throws ConfigError {
    return ConfigFile.parse(new Source("c.conf", String.join("\n", lines)), Includes.NONE);
  }

  private static ConfigFile arguments(String... arguments) throws ConfigError {
    return ConfigFile.arguments(List.of(arguments), Includes.NONE);
  }

  private static Configuration loaded(ConfigFile file) throws ConfigError {
    Configuration config = new Configuration();
    config.load(file);
    return config;
  }

  private static String shown(ConfigFile file, Parameter<?> parameter) throws ConfigError {
    return loaded(file).format(parameter);
  }

  @Test
  void commentsAndBlankLinesSayNothing() throws ConfigError {
    assertThat(file("# port 1", "", "  \t", "  PORT 7000\r").settings())
        .singleElement()
        .satisfies(line -> assertThat(line.name()).isEqualTo("port"))
        .satisfies(line -> assertThat(line.words()).containsExactly("7000"))
        .satisfies(line -> assertThat(line.place()).isEqualTo("c.conf, line 4"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "\"a\\x41 \\\"q\" | aA \"q",
        "'it\\'s' | it's",
        "'\\n' | \\n",
        "\"\\n\\r\\t\\b\\a\\q\" | ~\n\r\t\b\u0007q~",
        "\"\\xzz\" | xzz",
        "a\"b c\" | ab c",
        "\"\" | ~~",
        "\"#\" | #",
      })
  void quotesAndEscapesAreThoseOfRedis(String written, String word) throws ConfigError {
    assertThat(shown(file("requirepass " + written), Parameters.REQUIREPASS)).isEqualTo(word);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a", "a b", "\"", "'", "\\", "\n\r\t\u0000\u007f", "\u00e4#"})
  void aQuotedWordIsReadBack(String word) {
    assertThat(Words.split(Words.join("x", List.of(word, word)))).containsExactly("x", word, word);
  }

  @Test
  void saveLinesAddUpUntilOneIsEmpty() throws ConfigError {
    assertThat(shown(file("save 900 1", "save 300 10 60 1"), Parameters.SAVE))
        .isEqualTo("900 1 300 10 60 1");
    assertThat(shown(file("save 5 5", "save \"\"", "save \"9 9\""), Parameters.SAVE))
        .isEqualTo("9 9");
    assertThat(shown(file("save \"\""), Parameters.SAVE)).isEmpty();
    assertThat(shown(file("save"), Parameters.SAVE)).isEmpty();
    assertThat(shown(file(), Parameters.SAVE)).isEqualTo("3600 1 300 100 60 10000");
  }

  @Test
  void linesOfSeveralWordsSetWhatTheyName() throws ConfigError {
    ConfigFile file =
        file(
            "client-output-buffer-limit pubsub 32mb 8mb 30",
            "client-output-buffer-limit normal 1 2 3",
            "bind 127.0.0.1 -::1",
            "latency-tracking-info-percentiles 5 6");
    assertThat(shown(file, Parameters.CLIENT_OUTPUT_BUFFER_LIMIT))
        .isEqualTo("normal 1 2 3 slave 268435456 67108864 60 pubsub 33554432 8388608 30");
    assertThat(loaded(file).get(Parameters.BIND)).containsExactly("127.0.0.1", "-::1");
    assertThat(shown(file, Parameters.LATENCY_TRACKING_INFO_PERCENTILES)).isEqualTo("5 6");
    assertThat(loaded(file("bind \"\"")).get(Parameters.BIND)).isEmpty();
  }

  @Test
  void linesThatSetNothingAreKeptAside() throws ConfigError {
    ConfigFile file =
        file(
            "feed orders EVENTS gx MATCH order:*",
            "user alice on >secret ~*",
            "rename-command FLUSHALL \"\"",
            "loadmodule /some/module.so a b",
            "io-threads-do-reads yes",
            "port 1",
            "io-threads 4");
    assertThat(file.feeds().getFirst().words())
        .containsExactly("orders", "EVENTS", "gx", "MATCH", "order:*");
    assertThat(file.users().getFirst().text()).doesNotContain("secret");
    assertThat(file.renames().getFirst().words()).containsExactly("FLUSHALL", "");
    assertThat(file.modules()).hasSize(1);
    assertThat(file.obsolete()).hasSize(1);
    assertThat(file.settings()).hasSize(2);
    assertThat(file.withoutEffect()).containsExactly(Parameters.find("io-threads"));
  }

  static Stream<List<String>> refusals() {
    return Stream.of(
        List.of("prot 7000", "Bad directive or wrong number of arguments; did you mean 'port'?"),
        List.of("no-such-thing 1", "Bad directive or wrong number of arguments"),
        List.of("rename-command a", "Bad directive or wrong number of arguments"),
        List.of("user", "Bad directive or wrong number of arguments"),
        List.of("feed", "Bad directive or wrong number of arguments"),
        List.of("port 1 2", "wrong number of arguments"),
        List.of("port", "wrong number of arguments"),
        List.of("logfile \"a\"b", "Unbalanced quotes in configuration line"),
        List.of("logfile \"abc", "Unbalanced quotes in configuration line"),
        List.of("logfile 'abc", "Unbalanced quotes in configuration line"),
        List.of("include x.conf", "include is not possible here"),
        List.of("timeout x", "argument couldn't be parsed into an integer"),
        List.of("unixsocketperm 999", "argument couldn't be parsed as an octal number"),
        List.of("unixsocketperm 1777", "argument must be between 0 and 777 inclusive"));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void aRefusalNamesFileLineTextAndReason(List<String> row) {
    assertThatThrownBy(() -> loaded(file("# comment", "timeout 5", row.get(0))))
        .isInstanceOf(ConfigError.class)
        .hasMessage("c.conf, line 3, '" + row.get(0) + "': " + row.get(1));
  }

  @Test
  void aSecretIsNotPartOfARefusal() {
    assertThatThrownBy(() -> file("requirepass \"geheim")).hasMessageNotContaining("geheim");
    assertThatThrownBy(() -> arguments("--requirepass", "a", "geheim"))
        .hasMessageNotContaining("geheim");
  }

  @Test
  void aRefusedFileChangesNothing() throws ConfigError {
    Configuration config = new Configuration();
    ConfigFile file = file("timeout 5", "port x");
    assertThatThrownBy(() -> config.load(file)).isInstanceOf(ConfigError.class);
    assertThat(config.get(Parameters.TIMEOUT)).isZero();
  }

  @Test
  void includedFilesAreReadWhereTheyAreNamed() throws ConfigError {
    Includes includes =
        path ->
            List.of(new Source(path + "1", "timeout 2\nport 2"), new Source(path + "2", "port 3"));
    ConfigFile file =
        ConfigFile.parse(new Source("c.conf", "timeout 1\ninclude x\nport 4"), includes);
    Configuration config = loaded(file);
    assertThat(config.get(Parameters.TIMEOUT)).isEqualTo(2);
    assertThat(config.get(Parameters.PORT)).isEqualTo(4);
    assertThat(file.settings()).hasSize(5);
  }

  @Test
  void filesThatIncludeThemselvesAreRefused() {
    Includes includes = path -> List.of(new Source(path, "include " + path));
    assertThatThrownBy(() -> ConfigFile.parse(new Source("a", "include a"), includes))
        .hasMessage("a, line 1, 'include a': files include each other more than 16 deep");
  }

  @Test
  void theCommandLineComesAfterTheFile() throws ConfigError {
    ConfigFile both =
        file("port 1", "timeout 1", "save 900 1")
            .then(
                arguments(
                    "--port",
                    "7000",
                    "--save",
                    "",
                    "--notify-keyspace-events",
                    "Ex",
                    "--bind",
                    "127.0.0.1",
                    "::1",
                    "--slowlog-log-slower-than",
                    "-1"));
    Configuration config = loaded(both);
    assertThat(config.get(Parameters.PORT)).isEqualTo(7000);
    assertThat(config.get(Parameters.TIMEOUT)).isEqualTo(1);
    assertThat(config.get(Parameters.SAVE)).isEmpty();
    assertThat(config.format(Parameters.NOTIFY_KEYSPACE_EVENTS)).isEqualTo("xE");
    assertThat(config.get(Parameters.BIND)).containsExactly("127.0.0.1", "::1");
    assertThat(config.get(Parameters.SLOWLOG_LOG_SLOWER_THAN)).isEqualTo(-1);
  }

  @Test
  void aValueMayBeginWithTwoMinusSigns() throws ConfigError {
    Configuration config = loaded(arguments("--requirepass", "--abc", "--port", "1", "--save"));
    assertThat(config.get(Parameters.REQUIREPASS)).isEqualTo("--abc");
    assertThat(config.get(Parameters.PORT)).isEqualTo(1);
    assertThat(config.get(Parameters.SAVE)).isEmpty();
  }

  /** Observed in the tests of 8.6.3. */
  @Test
  void aWholeLineMayBeOneArgument() throws ConfigError {
    Configuration config =
        loaded(
            arguments(
                "loglevel",
                "verbose",
                "--maxmemory 700mb",
                "--maxmemory-policy 'volatile-lru'",
                "--save",
                "--proc-title-template --save",
                "--bind 127.0.0.1 ::1",
                "localhost"));
    assertThat(config.format(Parameters.LOGLEVEL)).isEqualTo("verbose");
    assertThat(config.get(Parameters.MAXMEMORY)).isEqualTo(700L << 20);
    assertThat(config.format(Parameters.MAXMEMORY_POLICY)).isEqualTo("volatile-lru");
    assertThat(config.get(Parameters.SAVE)).isEmpty();
    assertThat(config.get(Parameters.BIND)).containsExactly("127.0.0.1", "::1", "localhost");
    assertThatThrownBy(() -> arguments("--port", "1", "--requirepass \"secret"))
        .hasMessage("command line, argument 3: Unbalanced quotes in configuration line");
  }

  @Test
  void argumentsAreKeptAsBytes() throws ConfigError {
    assertThat(loaded(arguments("--requirepass", "\u20ac")).get(Parameters.REQUIREPASS))
        .isEqualTo("\u00e2\u0082\u00ac");
  }

  @Test
  void aRefusedArgumentIsNamed() {
    assertThatThrownBy(() -> arguments("x"))
        .hasMessage("command line, argument 1, 'x': expected --name first");
    assertThatThrownBy(() -> arguments("--port", "1", "--bogus", "a b"))
        .hasMessage(
            "command line, argument 3, '--bogus \"a b\"':"
                + " Bad directive or wrong number of arguments");
    assertThatThrownBy(() -> arguments("--appendonly", "--port", "1"))
        .hasMessage("command line, argument 1, '--appendonly': wrong number of arguments");
    assertThatThrownBy(() -> loaded(arguments("--timeout", "x")))
        .hasMessage(
            "command line, argument 1, '--timeout x': argument couldn't be parsed into an integer");
  }
}

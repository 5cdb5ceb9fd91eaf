package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.Grammar;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  /** A reply in the notation of the cases, easier to read without its quotation marks. */
  private String bare(String line) {
    return engine.say(line).replace("\"", "");
  }

  @Test
  void infoHasTenElements() {
    assertThat(bare("COMMAND INFO watch"))
        .isEqualTo(
            "[[watch, :-2, [+noscript, +loading, +stale, +fast, +allow_busy], :1, :-1, :1,"
                + " [+@fast, +@transaction], [], [[flags, [+RO], begin_search, [type,"
                + " index, spec, [index, :1]], find_keys, [type, range, spec, [lastkey, :-1,"
                + " keystep, :1, limit, :0]]]], []]]");
    engine.expect("COMMAND INFO nosuch config|nosuch", "[nil, nil]");
    assertThat(bare("COMMAND INFO config|get")).startsWith("[[config|get, :-3, [+admin");
    engine.run("HELLO 3");
    assertThat(bare("COMMAND INFO dbsize"))
        .startsWith("[[dbsize, :1, ~[+readonly, +fast], :0, :0, :0, ~[+@fast")
        .endsWith("~[request_policy:all_shards, response_policy:agg_sum], ~[], ~[]]]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "COMMAND GETKEYS WATCH a b         | [\"a\", \"b\"]",
        "COMMAND GETKEYS NOSUCH a          | -ERR Invalid command specified",
        "COMMAND GETKEYS CONFIG GET a      | -ERR The command has no key arguments",
        "COMMAND GETKEYS SPUBLISH a b      | -ERR The command has no key arguments",
        "COMMAND GETKEYS WATCH             | -ERR Invalid number of arguments specified for"
            + " command",
        "COMMAND GETKEYSANDFLAGS WATCH a   | [[\"a\", [+RO]]]",
        "COMMAND GETKEYSANDFLAGS MEMORY USAGE a | [[\"a\", [+RO]]]",
        "COMMAND GETKEYSANDFLAGS SET a b      | [[\"a\", [+OW, +update]]]",
        "COMMAND GETKEYSANDFLAGS SET a b get  | [[\"a\", [+RW, +access, +update]]]",
        // Observed on 8.6.3.
        "COMMAND GETKEYSANDFLAGS SET a b ifne c | [[\"a\", [+RW, +update]]]",
        "COMMAND GETKEYSANDFLAGS SET a b GET IFEQ c | [[\"a\", [+RW, +access, +update]]]",
        "COMMAND GETKEYSANDFLAGS DELEX a      | [[\"a\", [+RM, +delete]]]",
        "COMMAND GETKEYSANDFLAGS DELEX a IFDEQ b | [[\"a\", [+RW, +delete]]]",
        "COMMAND GETKEYSANDFLAGS BITFIELD a OVERFLOW SAT GET u8 0 | [[\"a\", [+RO, +access]]]",
        "COMMAND GETKEYSANDFLAGS BITFIELD a GET u8 0 SET u8 0 1"
            + " | [[\"a\", [+RW, +access, +update]]]",
        "COMMAND GETKEYS SINTERCARD 1.5 a b    | [\"a\"]",
        "COMMAND GETKEYSANDFLAGS SINTERCARD 1.5 a b | [[\"a\", []]]",
        "COMMAND GETKEYS SINTERCARD -9223372036854775807 a | [\"a\"]",
        "COMMAND GETKEYS SINTERCARD 0 a        | -ERR Invalid arguments specified for command",
        "COMMAND GETKEYS SINTERCARD 2 a        | -ERR Invalid arguments specified for command",
        "COMMAND GETKEYS ZUNIONSTORE d 1 a     | [\"d\", \"a\"]",
        "COMMAND GETKEYS ZUNIONSTORE d 1.5 a   | [\"a\", \"d\"]",
        "COMMAND GETKEYS XREAD STREAMS a b 0   | [\"a\"]",
        "COMMAND GETKEYS SORT a STORE STORE b | [\"a\", \"b\"]",
        "COMMAND LIST FILTERBY             | -ERR syntax error",
        "COMMAND LIST FILTERBY MODULE x    | []",
        "COMMAND LIST FILTERBY ACLCAT x    | []",
        "COMMAND LIST FILTERBY PATTERN sel* | [\"select\"]",
        "COMMAND NOSUCH                    | -ERR unknown subcommand 'NOSUCH'. Try COMMAND HELP.",
        "COMMAND DOCS nosuch               | []",
      })
  void answersAsRedis(String request, String reply) {
    engine.expect(request, reply);
  }

  @Test
  void countCountsContainersOnce() {
    engine.expect("COMMAND COUNT", ":" + engine.engine().commands().commands().size());
  }

  /** What every row must say, so that COMMAND DOCS has something to show. */
  @Test
  void argumentsAreDocumentedAsTheyArePublished() {
    engine.expect(
        "COMMAND DOCS get",
        "[\"get\", [\"summary\", \"Answers the string of a key.\", \"since\", \"1.0.0\","
            + " \"group\", \"string\", \"complexity\", \"O(1)\", \"arguments\", [[\"name\","
            + " \"key\", \"type\", \"key\", \"display_text\", \"key\", \"key_spec_index\","
            + " :0]]]]");
    assertThat(bare("COMMAND DOCS xtrim"))
        .contains(
            "[name, strategy, type, oneof, arguments, [[name, maxlen, type, pure-token,"
                + " display_text, maxlen, token, MAXLEN]",
            "[name, equal, type, pure-token, display_text, equal, token, =]",
            "[name, count, type, integer, display_text, count, token, LIMIT, since, 6.2.0, flags,"
                + " [+optional]]");
    assertThat(bare("COMMAND DOCS sort"))
        .contains("token, GET, flags, [+optional, +multiple, +multiple_token]]");
    assertThat(bare("COMMAND DOCS migrate")).contains("empty-string", "token, ]");
    assertThat(bare("COMMAND DOCS ping")).contains("[name, message, type, string");
    assertThat(engine.say("COMMAND DOCS multi")).doesNotContain("arguments");
  }

  /** Observed on 8.6.3. */
  @Test
  void argumentsMayBeShownUnderAnotherName() {
    assertThat(bare("COMMAND DOCS sort"))
        .contains("[name, by-pattern, type, pattern, display_text, pattern, ");
    assertThat(bare("COMMAND DOCS client|kill"))
        .contains(
            "[name, old-format, type, string, display_text, ip:port, deprecated_since, 2.8.12]",
            "[name, laddr, type, string, display_text, ip:port, token, LADDR, ");
  }

  /** Observed on 8.6.3. */
  @Test
  void whatIsNotToBeUsedIsDocumentedAsSuch() {
    assertThat(bare("COMMAND DOCS setex"))
        .contains(
            ", complexity, O(1), doc_flags, [+deprecated], deprecated_since, 2.6.12, replaced_by,"
                + " `SET` with the `EX` argument, arguments, [");
    assertThat(bare("COMMAND DOCS restore-asking")).contains(", doc_flags, [+syscmd], arguments,");
    assertThat(engine.say("COMMAND DOCS set")).doesNotContain("doc_flags", "replaced_by");
  }

  @Test
  void tipsTellClientsOfClustersWhomToAsk() {
    assertThat(bare("COMMAND INFO dbsize"))
        .endsWith(", [request_policy:all_shards, response_policy:agg_sum], [], []]]");
    assertThat(bare("COMMAND INFO info"))
        .contains(
            ", [nondeterministic_output, request_policy:all_shards, response_policy:special],");
    assertThat(bare("COMMAND INFO spop")).contains(", [nondeterministic_output], [");
    assertThat(bare("COMMAND INFO get")).contains(", [], [[flags, [+RO, +access]");
  }

  /** Rows that take arguments say which; what they say can be read, to the last word. */
  @Test
  void everyRowThatTakesArgumentsHasItsGrammar() {
    assertThat(rows())
        .allSatisfy(
            row -> {
              List<String> tips = Grammar.tips(row.grammar());
              List<Grammar.Argument> arguments = Grammar.arguments(row.grammar());
              assertThat(row.grammar().isEmpty())
                  .as("%s", row)
                  .isEqualTo(tips.isEmpty() && arguments.isEmpty());
              if (requiresArguments(row) && isPublished(row)) {
                assertThat(arguments).as("%s", row).isNotEmpty();
              }
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"key", "key:key@", "a:oneof( b:string", "a:oneof( b:string ) )", "a:b?x"})
  void whatIsNoGrammarIsRefused(String text) {
    assertThatIllegalStateException().isThrownBy(() -> Grammar.arguments(text));
  }

  /** Whether Redis says which arguments it takes: it says nothing of DEBUG, and has no FEED. */
  private static boolean isPublished(Command row) {
    return !row.fullName().startsWith("feed") && !row.fullName().equals("debug");
  }

  private static boolean requiresArguments(Command row) {
    return row.handler() != null && Math.abs(row.arity()) > (row.fullName().contains("|") ? 2 : 1);
  }

  private List<Command> rows() {
    List<Command> all = new ArrayList<>();
    for (Command command : engine.engine().commands().commands()) {
      all.add(command);
      all.addAll(command.subcommands().values());
    }
    return all;
  }

  @Test
  void everyRowIsDocumented() {
    assertThat(rows())
        .allSatisfy(
            command -> {
              assertThat(command.summary()).as("%s", command).isNotEmpty().endsWith(".");
              assertThat(command.since()).as("%s", command).matches("\\d+\\.\\d+\\.\\d+|carillon");
            });
    assertThat(engine.say("COMMAND DOCS")).contains("\"config|get\", [\"summary\"");
  }
}

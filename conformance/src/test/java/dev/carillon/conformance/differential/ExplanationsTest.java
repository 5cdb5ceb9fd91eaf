package dev.carillon.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.carillon.conformance.Version;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExplanationsTest {

  private static final Version VERSION = new Version(7, 0);

  private static Explanations both() {
    return Explanations.parse(
        """
        # a number
        why: the one counts from 1
        command: GET .*
        carillon: :\\d
        redis: :0

        # a message
        why: the one is talkative
        hearing: \\bSET
        only-redis: .*set.*
        then: stop
        """,
        VERSION);
  }

  @Test
  void anExplanationFitsCommandAndBothReplies() {
    Explanations both = both();
    assertThat(both.explain("GET a", ":1", ":0")).isPresent();
    assertThat(both.explain("GET a", ":1", ":2")).isEmpty();
    assertThat(both.explain("GET a", ":10", ":0")).isEmpty();
    assertThat(both.explain("MGET a", ":1", ":0")).isEmpty();
    assertThat(both.met()).containsEntry("a number", 1L);
  }

  @Test
  void anExplanationOfMessagesFitsThoseThatOneSideHasMore() {
    Explanations both = both();
    assertThat(both.explainHeard("EXEC: SET a 1", List.of("x"), List.of("set", "x", "set")))
        .hasValueSatisfying(found -> assertThat(found.stops()).isTrue());
    assertThat(both.explainHeard("SET a 1", List.of("x"), List.of("del", "x"))).isEmpty();
    assertThat(both.explainHeard("SET a 1", List.of("set", "x"), List.of("x"))).isEmpty();
    assertThat(both.explainHeard("GET a", List.of(), List.of("set"))).isEmpty();
  }

  @Test
  void anExplanationMayFitAllThatAClientHears() {
    Explanations one =
        Explanations.parse(
            "# x\nwhy: y\nhearing: PUSH\ncarillon: -WRONGTYPE .*\nredis: \\[.*\\]", VERSION);
    assertThat(one.explainHeard("RPUSH a 1", List.of("-WRONGTYPE x"), List.of("[a]"))).isPresent();
    assertThat(one.explainHeard("RPUSH a 1", List.of("-WRONGTYPE x"), List.of())).isEmpty();
    assertThat(one.explainHeard("RPUSH a 1", List.of(), List.of("[a]"))).isEmpty();
    assertThat(one.explain("RPUSH a 1", "-WRONGTYPE x", "[a]")).isEmpty();
  }

  @Test
  void repliesMayHaveToBeAlike() {
    String text = "# x\nwhy: y\ncommand: SORT\ncarillon: .*\nredis: .*\nalike: ";
    Explanations elements = Explanations.parse(text + "elements", VERSION);
    assertThat(elements.explain("SORT", "[\"a\", \"b, c\"]", "[\"b, c\", \"a\"]")).isPresent();
    assertThat(elements.explain("SORT", "[\"a\", \"b\"]", "[\"a\", \"a\"]")).isEmpty();
    Explanations count = Explanations.parse(text + "count", VERSION);
    assertThat(count.explain("SORT", "[\"a\", nil]", "[\"b\", \"c\"]")).isPresent();
    assertThat(count.explain("SORT", "[\"a\"]", "[]")).isEmpty();
  }

  @Test
  void anExplanationOfCountersSaysWhichSideCountsMore() {
    Explanations one =
        Explanations.parse(
            "# x\nwhy: y\ncounting: ^XREAD\ncounter: keyspace_.*\nmore: carillon", VERSION);
    assertThat(one.explainCount("XREAD a", "keyspace_misses", 2, 1)).isPresent();
    assertThat(one.explainCount("XREAD a", "keyspace_misses", 1, 2)).isEmpty();
    assertThat(one.explainCount("XREAD a", "expired_keys", 2, 1)).isEmpty();
    assertThat(one.explainCount("GET a", "keyspace_misses", 2, 1)).isEmpty();
    assertThat(one.explain("XREAD a", ":1", ":2")).isEmpty();
  }

  @Test
  void anExplanationMayBeAboutSomeVersionsOnly() {
    String text = "# x\nwhy: y\ncommand: GET\ncarillon: a\nredis: b\nsince: 7.2\nuntil: 8.2";
    assertThat(Explanations.parse(text, new Version(7, 0)).explain("GET", "a", "b")).isEmpty();
    assertThat(Explanations.parse(text, new Version(7, 2)).explain("GET", "a", "b")).isPresent();
    assertThat(Explanations.parse(text, new Version(8, 0)).explain("GET", "a", "b")).isPresent();
    assertThat(Explanations.parse(text, new Version(8, 2)).explain("GET", "a", "b")).isEmpty();
  }

  @Test
  void theFileIsReadable() {
    assertThat(Explanations.read(VERSION).met()).isNotEmpty();
  }

  @Test
  void halfAnExplanationIsRefused() {
    assertThatIllegalStateException()
        .isThrownBy(() -> Explanations.parse("# x\nwhy: y\ncommand: z", VERSION));
    assertThatIllegalStateException().isThrownBy(() -> Explanations.parse("why: y", VERSION));
    assertThatIllegalStateException()
        .isThrownBy(() -> Explanations.parse("# x\nfrom: 7.0", VERSION));
  }
}

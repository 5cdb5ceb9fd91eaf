package dev.carillon.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.conformance.Case.Announcement.Event;
import dev.carillon.conformance.Case.Announcement.Message;
import dev.carillon.conformance.Case.Ask;
import dev.carillon.conformance.Case.Protocol;
import dev.carillon.conformance.Case.Step;
import dev.carillon.protocol.bytes.Bytes;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The notation of cases. */
class CaseFileTest {

  @Test
  void aCaseHasSettingsAndSteps() {
    Case one =
        CaseFile.parse(
                "x.cases",
                """
                ## said to people

                # all there is
                @ flags KEA
                @ protocol 3
                @ db 2
                @ sweep off
                @ since 8.4
                ## said to people
                > SET a 1
                < +OK
                ! new a @2, set "a,b"
                B& GET a
                % sleep 40
                B< "1"
                < ?
                = kept
                !~ del c
                """)
            .get(0);
    assertThat(one.place()).isEqualTo("x.cases:3 all there is");
    assertThat(one.settings())
        .isEqualTo(
            new Case.Settings("KEA", Protocol.RESP3, 2, false, List.of(), Version.parse("8.4")));
    assertThat(one.steps()).extracting(Step::line).containsExactly(10, 13, 14);
    assertThat(one.steps().get(0).announcements())
        .containsExactly(
            new Event(Bytes.of("new"), Bytes.of("a"), "2"),
            new Event(Bytes.of("set"), Bytes.of("a,b"), "0"));
    assertThat(one.steps().get(1).action()).isEqualTo(new Ask("B", "GET a", false));
    assertThat(one.steps().get(1).isSilent()).isTrue();
    Step last = one.steps().get(2);
    assertThat(last.replies()).extracting(Case.Received::client).containsExactly("B", "A");
    assertThat(last.keep()).hasValue("kept");
    assertThat(last.inAnyOrder()).isTrue();
    assertThat(last.isSilent()).isFalse();
  }

  @Test
  void aCaseMayObserveChannels() {
    Case one =
        CaseFile.parse("x.cases", "# t\n@ observe a* \"b *\"\n> PING\n< +PONG\n!! \"a\\x00\" \"m\"")
            .get(0);
    assertThat(one.settings().observed()).containsExactly(Bytes.of("a*"), Bytes.of("b *"));
    assertThat(one.steps().get(0).announcements())
        .containsExactly(new Message(Bytes.of(new byte[] {'a', 0}), Bytes.of("m")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "> PING",
        "# t\n< +OK",
        "# t",
        "# t\n> PING",
        "# t\n> PING\nB< +PONG",
        "# t\n> PING\n< PONG",
        "# t\n> PING\n< +PONG\n! set",
        "# t\n> PING\n< +PONG\n! set a b",
        "# t\n> PING\n< +PONG\n! set a,",
        "# t\n> PING\n< +PONG\n!! \"a\" \"b\"",
        "# t\n@ observe a\n> PING\n< +PONG\n! set a",
        "# t\n@ colour red\n> PING\n< +PONG",
        "# t\n@ sweep on\n> PING\n< +PONG",
        "# t\n> PING\n@ db 1\n< +PONG",
        "# t\n% wait 3",
        "# t\nPING",
      })
  void whatIsNoCaseIsRefusedWithItsLine(String text) {
    assertThatThrownBy(() -> CaseFile.parse("x.cases", text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("x.cases:");
  }

  @Test
  void wordsAreSplitLikeRedisCliDoes() {
    assertThat(Notation.words("  SET a\"b \\x41\\n\" 'c \\d' \"\" "))
        .containsExactly(Bytes.of("SET"), Bytes.of("ab A\n"), Bytes.of("c \\d"), Bytes.EMPTY);
  }

  @Test
  void theTablesCanBeReadAndTheirTitlesAreUnique() {
    assertThat(CaseFile.all()).hasSizeGreaterThan(400);
  }
}

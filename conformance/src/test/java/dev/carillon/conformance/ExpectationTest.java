package dev.carillon.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.ReplyDecoder;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What counts as the same reply, and what does not. Lines of replies end in a bar. */
class ExpectationTest {

  private static Reply reply(String wire) throws ProtocolError {
    ReplyDecoder decoder = new ReplyDecoder();
    decoder.feed(Notation.bytes(wire.replace("|", "\r\n")).toByteArray());
    return Objects.requireNonNull(decoder.next(), "more bytes are needed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "+OK; +OK|",
        "+\"a b\"; +a b|",
        "-ERR no; -ERR no|",
        "-ERR ...; -ERR no|",
        ":12; :12|",
        ":10..14; :12|",
        "\"a\\x00\\\"\"; $3|a\u0000\"|",
        "\"ab\"...; $3|abc|",
        "nil; $-1|",
        "nil-array; *-1|",
        "null; _|",
        "[:1, [\"a\"], nil]; *3|:1|*1|$1|a|$-1|",
        "[+OK, -\"ERR no\"]; *2|+OK|-ERR no|",
        "~[:1, :2]; ~2|:2|:1|",
        ">[\"a\"]; >1|$1|a|",
        "{:1 => :2, :3 => :4}; %2|:3|:4|:1|:2|",
        ",1.50; ,1.5|",
        "#t; #t|",
        "(123; (123|",
        "=\"txt:a\"; =5|txt:a|",
        "?; +anything|",
        "?bulk; $0||",
        "?array; *0|",
      })
  void aReplyThatIsWrittenSoIsMet(String written, String wire) throws ProtocolError {
    Reply reply = reply(wire);
    assertThat(Expectation.parse(written, 0).isMetBy(reply)).isTrue();
    assertThat(Expectation.parse(Notation.show(reply), 0).isMetBy(reply)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "+OK; $2|OK|",
        "\"1\"; :1|",
        ":1; #t|",
        ":10..14; :15|",
        "nil; *-1|",
        "nil; _|",
        "[:1, :2]; *2|:2|:1|",
        "[:1]; *2|:1|:1|",
        "[:1]; ~1|:1|",
        "-ERR no; -ERR no!|",
        "\"ab\"...; $1|a|",
        "?int; $1|1|",
      })
  void aReplyThatIsWrittenOtherwiseIsNot(String written, String wire) throws ProtocolError {
    assertThat(Expectation.parse(written, 0).isMetBy(reply(wire))).isFalse();
  }

  @Test
  void elementsMayBeComparedInAnyOrderOrPairByPair() throws ProtocolError {
    Reply reply = reply("*4|:1|:2|:3|:4|");
    assertThat(Expectation.parse("[:4, :3, :2, :1]", 1).isMetBy(reply)).isTrue();
    assertThat(Expectation.parse("[:4, :3, :2, :1]", 2).isMetBy(reply)).isFalse();
    assertThat(Expectation.parse("[:3, :4, :1, :2]", 2).isMetBy(reply)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "nil; _|",
        "nil-array; _|",
        "[nil, :1]; *2|_|:1|",
        ":1; #t|",
        ":0; :0|",
        "\"1.5\"; ,1.5|",
        "\"12\"; (12|",
        "\"text\"; =8|txt:text|",
        "[\"a\", \"b\"]; ~2|$1|a|$1|b|",
        "[\"a\", :1, \"b\", :2]; %2|$1|a|:1|$1|b|:2|",
        "[[\"a\", :1], [\"b\", :2]]; %2|$1|a|:1|$1|b|:2|",
        "[\"a\", \"1\", \"b\", \"2\"]; *2|*2|$1|a|,1|*2|$1|b|,2|",
        "[\"message\", \"c\", \"m\"]; >3|$7|message|$1|c|$1|m|",
        "?array; %1|:1|:2|",
        "-ERR no; -ERR no|",
      })
  void resp3HasWordsOfItsOwn(String written, String wire) throws ProtocolError {
    assertThat(Expectation.parse(written, 0).isMetInResp3By(reply(wire))).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "nil; $-1|",
        "nil-array; *-1|",
        ":1; #f|",
        ":2; #t|",
        "\"1\"; :1|",
        "\"1.5\"; ,1.25|",
        "\"OK\"; +OK|",
        "[\"a\", :1]; %1|$1|b|:1|",
        "[\"a\", :1]; >2|$1|a|:1|",
        "[\"message\", \"c\", \"m\"]; *3|$7|message|$1|c|$1|m|",
        "[:1, :2]; *2|:2|:1|",
      })
  void otherwiseResp3SaysTheSame(String written, String wire) throws ProtocolError {
    assertThat(Expectation.parse(written, 0).isMetInResp3By(reply(wire))).isFalse();
  }

  @Test
  void whatIsNoReplyIsRefused() {
    for (String text : new String[] {"OK", "[:1", ":1 :2", "?colour", "", "{:1, :2}"}) {
      assertThatThrownBy(() -> Expectation.parse(text, 0))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}

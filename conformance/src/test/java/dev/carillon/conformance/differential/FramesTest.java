package dev.carillon.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FramesTest {

  private static List<String> split(String wire, int part) {
    Frames frames = new Frames();
    byte[] bytes = wire.getBytes(StandardCharsets.ISO_8859_1);
    List<String> all = new ArrayList<>();
    for (int i = 0; i < bytes.length; i += part) {
      frames.feed(bytes, i, Math.min(part, bytes.length - i));
      frames.take().forEach(frame -> all.add(frame.wire()));
    }
    return all;
  }

  /** Also where it arrives byte by byte. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 1000})
  void eachReplyIsAFrame(int part) {
    List<String> replies =
        List.of(
            "+OK\r\n",
            "-ERR no\r\n",
            ":-12\r\n",
            "$-1\r\n",
            "$4\r\na\r\nb\r\n",
            "*-1\r\n",
            "*2\r\n*0\r\n$0\r\n\r\n",
            "%1\r\n+a\r\n~2\r\n:1\r\n:2\r\n",
            "_\r\n",
            ",1.50\r\n",
            "#t\r\n",
            "=5\r\ntxt:x\r\n",
            "|1\r\n+ttl\r\n:1\r\n*1\r\n+a\r\n",
            ">2\r\n$1\r\nm\r\n:1\r\n");
    assertThat(split(String.join("", replies), part)).containsExactlyElementsOf(replies);
  }

  @Test
  void messagesWithinAReplyComeBeforeIt() {
    assertThat(split("*2\r\n+OK\r\n>2\r\n$7\r\nmessage\r\n+x\r\n:1\r\n", 1000))
        .containsExactly(">2\r\n$7\r\nmessage\r\n+x\r\n", "*2\r\n+OK\r\n:1\r\n");
  }

  @Test
  void confirmationsWithinAReplyArePartOfIt() {
    String exec = "*2\r\n>3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n+OK\r\n";
    assertThat(split(exec, 1000)).containsExactly(exec);
  }
}

package dev.carillon.protocol.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.protocol.ReferenceServer;
import dev.carillon.protocol.bytes.Bytes;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyDecoderTest {

  private static byte[] bytes(String latin1) {
    return latin1.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static Reply bulk(String text) {
    return new Reply.Bulk(Bytes.of(bytes(text)));
  }

  private static Reply integer(long value) {
    return new Reply.Int(value);
  }

  private static Arguments row(String stream, Reply... replies) {
    return Arguments.of(stream, List.of(replies));
  }

  static Stream<Arguments> streams() {
    return Stream.of(
        row("+OK\r\n", new Reply.Simple(Bytes.of("OK"))),
        row("+\r\n", new Reply.Simple(Bytes.EMPTY)),
        row("-ERR no\r\n", new Reply.Failure(Bytes.of("ERR no"))),
        row("!6\r\nERR\r\nx\r\n", new Reply.Failure(Bytes.of("ERR\r\nx"))),
        row(":12\r\n:-9223372036854775808\r\n", integer(12), integer(Long.MIN_VALUE)),
        row(":+5\r\n", integer(5)),
        row("$3\r\na\r\n\r\n$0\r\n\r\n", bulk("a\r\n"), bulk("")),
        row("$-1\r\n*-1\r\n_\r\n", Reply.Null.BULK, Reply.Null.ARRAY, Reply.Null.VALUE),
        row("*0\r\n", new Reply.Array(List.of())),
        row("*2\r\n:1\r\n$-1\r\n", new Reply.Array(List.of(integer(1), Reply.Null.BULK))),
        row(
            "*2\r\n*1\r\n*0\r\n$1\r\nx\r\n+a\r\n",
            new Reply.Array(
                List.of(new Reply.Array(List.of(new Reply.Array(List.of()))), bulk("x"))),
            new Reply.Simple(Bytes.of("a"))),
        row("~2\r\n:1\r\n:2\r\n", new Reply.Set(List.of(integer(1), integer(2)))),
        row(
            ">2\r\n$7\r\nmessage\r\n:1\r\n:2\r\n",
            new Reply.Push(List.of(bulk("message"), integer(1))),
            integer(2)),
        row(
            "%1\r\n$1\r\nk\r\n%0\r\n",
            new Reply.Map(List.of(new Reply.Entry(bulk("k"), new Reply.Map(List.of()))))),
        row(
            ",1.5\r\n,inf\r\n,-inf\r\n,nan\r\n,10\r\n,1e-7\r\n",
            new Reply.Real(1.5),
            new Reply.Real(Double.POSITIVE_INFINITY),
            new Reply.Real(Double.NEGATIVE_INFINITY),
            new Reply.Real(Double.NaN),
            new Reply.Real(10),
            new Reply.Real(1e-7)),
        row("#t\r\n#f\r\n", new Reply.Bool(true), new Reply.Bool(false)),
        row(
            "(-123456789012345678901234567890\r\n",
            new Reply.BigNumber(new BigInteger("-123456789012345678901234567890"))),
        row("=8\r\ntxt:a\r\nb\r\n", new Reply.Verbatim("txt", Bytes.of("a\r\nb"))),
        row("|1\r\n+ttl\r\n:3\r\n+v\r\n", new Reply.Simple(Bytes.of("v"))),
        row("|0\r\n:1\r\n", integer(1)),
        row(
            "*2\r\n|1\r\n+a\r\n*1\r\n:0\r\n:1\r\n:2\r\n",
            new Reply.Array(List.of(integer(1), integer(2)))),
        row("*2\r\n:1\r\n"),
        row("$5\r\nabc"),
        row("+OK\r"));
  }

  private static List<Reply> decode(byte[] stream, Random random, int pieceMax)
      throws ProtocolError {
    ReplyDecoder decoder = new ReplyDecoder();
    List<Reply> replies = new ArrayList<>();
    for (int at = 0; at < stream.length; ) {
      int length = Math.min(stream.length - at, 1 + random.nextInt(pieceMax));
      decoder.feed(stream, at, length);
      at += length;
      for (Reply reply = decoder.next(); reply != null; reply = decoder.next()) {
        replies.add(reply);
      }
    }
    return replies;
  }

  @ParameterizedTest
  @MethodSource("streams")
  void decodesEveryKindHoweverItIsCut(String stream, List<Reply> expected) throws ProtocolError {
    Random random = new Random(1);
    for (int pieceMax : new int[] {1, 2, 3, 5, 1000}) {
      assertThat(decode(bytes(stream), random, pieceMax)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x\r\n",
        "\r\n",
        ":a\r\n",
        ":\r\n",
        ":01\r\n",
        "$-2\r\n",
        "$x\r\n",
        "*-2\r\n",
        "~-1\r\n",
        "%-1\r\n",
        "#x\r\n",
        "#tt\r\n",
        ",x\r\n",
        ",\r\n",
        "(\r\n",
        "(-\r\n",
        "(1x\r\n",
        "=3\r\nabc\r\n",
        "=5\r\nabcde\r\n",
        "*99999999999\r\n",
      })
  void refusesWhatIsNoReply(String stream) {
    assertThatThrownBy(() -> decode(bytes(stream), new Random(1), 1000))
        .isInstanceOf(ProtocolError.class)
        .hasMessageStartingWith("Protocol error: ");
  }

  @Test
  void nestingIsBounded() throws ProtocolError {
    String deepest = "*1\r\n".repeat(ReplyDecoder.DEPTH_MAX) + ":1\r\n";
    assertThat(decode(bytes(deepest), new Random(1), 7)).hasSize(1);
    assertThatThrownBy(() -> decode(bytes("*1\r\n" + deepest), new Random(1), 7))
        .isInstanceOf(ProtocolError.class);
  }

  @Test
  void garbageNeverCausesAnythingButAProtocolError() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String alphabet = "+-:$*_,#!=(%~|>\r\n\r\n\r\n0123tfa.";
    for (int i = 0; i < 300_000; i++) {
      StringBuilder garbage = new StringBuilder();
      for (int n = random.nextInt(30); n > 0; n--) {
        garbage.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        decode(bytes(garbage.toString()), random, 9);
      } catch (ProtocolError expected) {
        assertThat(expected).hasMessageStartingWith("Protocol error: ");
      } catch (RuntimeException bug) {
        throw new AssertionError("seed " + seed + " round " + i, bug);
      }
    }
  }

  @Test
  void largeBulksArriveInPieces() throws ProtocolError {
    String text = "x".repeat(3_000_000);
    byte[] stream = bytes("*2\r\n$3000000\r\n" + text + "\r\n:1\r\n");
    assertThat(decode(stream, new Random(1), 9000))
        .containsExactly(new Reply.Array(List.of(bulk(text), integer(1))));
  }

  @Test
  void mapsAreLookedUpByName() throws ProtocolError {
    Reply reply = decode(bytes("%2\r\n+a\r\n:1\r\n$1\r\nb\r\n:2\r\n"), new Random(1), 9).get(0);
    assertThat(reply)
        .isInstanceOfSatisfying(
            Reply.Map.class,
            map -> {
              assertThat(map.get("a")).isEqualTo(integer(1));
              assertThat(map.get("b")).isEqualTo(integer(2));
              assertThat(map.get("c")).isNull();
            });
    assertThat(new Reply.Failure(Bytes.of("WRONGTYPE x")).code()).isEqualTo("WRONGTYPE");
    assertThat(new Reply.Failure(Bytes.of("OOPS")).code()).isEqualTo("OOPS");
  }

  @Test
  void everyMarkerNamesItsKind() {
    for (RespType type : RespType.values()) {
      assertThat(RespType.of(type.marker())).isSameAs(type);
      assertThat(type.version()).isBetween(2, 3);
    }
    assertThat(RespType.of((byte) 'x')).isNull();
    assertThat(RespType.of((byte) -1)).isNull();
  }

  @Test
  void readsTheRepliesOfTheReferenceServer() throws Exception {
    try (ReferenceServer server = ReferenceServer.startOrSkip()) {
      String hello =
          server.ask(
              "HELLO 3\r\nZADD z 1.5 m\r\nZSCORE z m\r\nCOMMAND INFO get set\r\nGET none\r\n");
      List<Reply> replies = decode(bytes(hello), new Random(1), 100);
      assertThat(replies).hasSize(5);
      assertThat(((Reply.Map) replies.get(0)).get("proto")).isEqualTo(integer(3));
      assertThat(replies.get(2)).isEqualTo(new Reply.Real(1.5));
      assertThat(((Reply.Array) replies.get(3)).elements()).hasSize(2);
      assertThat(replies.get(4)).isEqualTo(Reply.Null.VALUE);
    }
  }
}

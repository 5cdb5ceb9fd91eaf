package dev.carillon.protocol.resp;

import static dev.carillon.protocol.ReferenceServer.command;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ReferenceServer;
import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RequestDecoderTest {

  private static final String NO_COUNT = "!Protocol error: invalid multibulk length";
  private static final String NO_LENGTH = "!Protocol error: invalid bulk length";
  private static final String UNBALANCED = "!Protocol error: unbalanced quotes in request";
  private static final String PING = "*1\r\n$4\r\nPING\r\n";

  private static byte[] bytes(String latin1) {
    return latin1.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static Arguments row(String stream, String... outcome) {
    return Arguments.of(stream, List.of(outcome));
  }

  /**
   * Streams and what comes out of them: requests with their arguments between bars, and an error
   * behind an exclamation mark. Measured on redis-server 7.0.15, which is asked again below.
   */
  static Stream<Arguments> streams() {
    return Stream.of(
        row("", new String[0]),
        row(PING, "PING"),
        row(PING + PING, "PING", "PING"),
        row("*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", "ECHO|"),
        row("*2\r\n$4\r\nECHO\r\n$4\r\na\r\nb\r\n", "ECHO|a\r\nb"),
        row("*2\r\n$4\r\nECHO\r\n$3\r\n\u0000\u00ff*\r\n" + PING, "ECHO|\u0000\u00ff*", "PING"),
        row("*2\r\n$4\r\nECHO\r\n$12\r\nabcdefghijkl\r\n", "ECHO|abcdefghijkl"),
        // Counts of zero or below are no requests.
        row("*0\r\n" + PING, "PING"),
        row("*-1\r\n" + PING, "PING"),
        row("*-5\r\n*0\r\n" + PING, "PING"),
        row("*-9223372036854775808\r\n" + PING, "PING"),
        // Counts have one form only.
        row("*\r\n" + PING, NO_COUNT),
        row("*-0\r\n" + PING, NO_COUNT),
        row("*01\r\n", NO_COUNT),
        row("*+1\r\n", NO_COUNT),
        row("* 1\r\n", NO_COUNT),
        row("*1 \r\n", NO_COUNT),
        row("*a\r\n", NO_COUNT),
        row("*1\n\r\n", NO_COUNT),
        row("*2147483648\r\n", NO_COUNT),
        row("*9223372036854775808\r\n", NO_COUNT),
        row(PING + "*x\r\n", "PING", NO_COUNT),
        // Many arguments may be announced; nothing happens until they arrive.
        row("*2147483647\r\n$4\r\nPING\r\n", new String[0]),
        row("*1048577\r\n$4\r\n", new String[0]),
        // A carriage return ends a count, whatever follows it; so with the end of a bulk.
        row("*1\n$4\nPING\n", new String[0]),
        row("*1\rx$4\r\nPING\r\n", "PING"),
        row("*1\r\n$4\rxPING\r\n", "PING"),
        row("*1\r\n$4\r\nPINGxx" + PING, "PING", "PING"),
        // Lengths.
        row("*1\r\n$-1\r\n", NO_LENGTH),
        row("*1\r\n$-0\r\n", NO_LENGTH),
        row("*1\r\n$04\r\nPING\r\n", NO_LENGTH),
        row("*1\r\n$00000004\r\nPING\r\n", NO_LENGTH),
        row("*1\r\n$\r\n", NO_LENGTH),
        row("*1\r\n$a\r\n", NO_LENGTH),
        row("*1\r\n$4a\r\nPING\r\n", NO_LENGTH),
        row("*1\r\n$536870913\r\n", NO_LENGTH),
        row("*1\r\n$536870912\r\n", new String[0]),
        row("*1\r\n$99999999999999999999\r\n", NO_LENGTH),
        row("*1\r\n:1\r\n", "!Protocol error: expected '$', got ':'"),
        row("*1\r\nPING\r\n", "!Protocol error: expected '$', got 'P'"),
        row("*1\r\n\r\n", "!Protocol error: expected '$', got ' '"),
        row("*1\r\n\n\r\n", "!Protocol error: expected '$', got ' '"),
        row("*1\r\n\u00ff\r\n", "!Protocol error: expected '$', got '\u00ff'"),
        row("*1\r\n'\r\n", "!Protocol error: expected '$', got '''"),
        row("*1\r\nx", new String[0]),
        // Inline requests.
        row("PING\r\n", "PING"),
        row("PING\n", "PING"),
        row("\r\n\n   \r\n\nPING\n", "PING"),
        row("  PING  \r\n", "PING"),
        row("PING\r\r\n", "PING"),
        row("PING \r \r\n", "PING"),
        row("ECHO\ta\u000bb\r\n", "ECHO|a\u000bb"),
        row("ECHO \u000b\u000cab\r\n", "ECHO|ab"),
        row("ECHO\ra\r\n", "ECHO|a"),
        row("\"PING\"\r\n'PING'\r\n", "PING", "PING"),
        row("ECHO \"a\\x41\\n\\r\\t\\b\\a\\q\\\"\"\r\n", "ECHO|aA\n\r\t\b\u0007q\""),
        row("ECHO \"\\x4g\\xZZ\\xfF\"\r\n", "ECHO|x4gxZZ\u00ff"),
        row("ECHO \"a\\x4\"\r\n", "ECHO|ax4"),
        row("ECHO 'a\\'b\\n\"'\r\n", "ECHO|a'b\\n\""),
        row("ECHO \\x41\r\n", "ECHO|\\x41"),
        row("ECHO \"\"\r\nECHO ''\n", "ECHO|", "ECHO|"),
        row("ECHO a\"b c\"\r\nECHO a'b c'\r\n", "ECHO|ab c", "ECHO|ab c"),
        row("ECHO \"a\"\u000b\r\n", "ECHO|a"),
        row("ECHO \u0001\u0080\u00ff\r\n", "ECHO|\u0001\u0080\u00ff"),
        row("ECHO \"a\"b\r\n", UNBALANCED),
        row("ECHO \"a\r\n", UNBALANCED),
        row("ECHO 'a'b\r\n", UNBALANCED),
        row("ECHO a\"b c\r\n", UNBALANCED),
        row("ECHO \"a\\\r\n", UNBALANCED),
        row("ECHO 'a\\'\r\n", UNBALANCED),
        row("PING\r\n" + PING + "PING\nECHO '\n", "PING", "PING", "PING", UNBALANCED),
        // Lines have a limit.
        row("*" + "1".repeat(65535), new String[0]),
        row("*" + "1".repeat(65536), "!Protocol error: too big mbulk count string"),
        row("*1\r\n$" + "1".repeat(65535), new String[0]),
        row("*1\r\n$" + "1".repeat(65536), "!Protocol error: too big bulk count string"),
        row("*1\r\n" + "x".repeat(65537), "!Protocol error: too big bulk count string"),
        row("a".repeat(65536), new String[0]),
        row("a".repeat(65537), "!Protocol error: too big inline request"),
        row("PING\r\n" + "a".repeat(65537), "PING", "!Protocol error: too big inline request"),
        row("ECHO " + "a".repeat(65530) + "\r\n", "ECHO|" + "a".repeat(65530)));
  }

  /** Feeds pieces through one reused chunk, which is spoiled as soon as that is allowed. */
  private static final class Feeder {
    static final String TOO_LARGE = "too large";

    final RequestDecoder decoder = new RequestDecoder();
    final Request request = new Request();
    final List<String> outcome = new ArrayList<>();
    final Random holding;
    byte[] chunk = new byte[0];
    boolean failed;

    Feeder(Random holding) {
      this.holding = holding;
    }

    void feed(byte[] stream, int from, int to) {
      if (failed) {
        return;
      }
      int margin = 3;
      chunk = new byte[to - from + 2 * margin];
      Arrays.fill(chunk, (byte) '*');
      System.arraycopy(stream, from, chunk, margin, to - from);
      decoder.feed(chunk, margin, to - from);
      try {
        while (decoder.next(request)) {
          outcome.add(text(request));
          if (holding != null && holding.nextInt(3) == 0) {
            decoder.hold();
            Arrays.fill(chunk, (byte) '#');
          }
        }
      } catch (ProtocolError error) {
        outcome.add("!" + error.getMessage());
        failed = true;
      }
      Arrays.fill(chunk, (byte) '#');
    }

    static String text(Request request) {
      if (request.isTooLarge()) {
        assertThat(request.count()).isZero();
        return TOO_LARGE;
      }
      List<String> arguments = new ArrayList<>();
      long size = 0;
      for (int i = 0; i < request.count(); i++) {
        arguments.add(request.argument(i).toLatin1());
        size += request.argument(i).length();
      }
      assertThat(request.byteSize()).isEqualTo(size);
      return String.join("|", arguments);
    }
  }

  private static List<String> whole(byte[] stream) {
    Feeder feeder = new Feeder(null);
    feeder.feed(stream, 0, stream.length);
    return feeder.outcome;
  }

  private static List<String> cut(byte[] stream, Random random, int pieceMax) {
    Feeder feeder = new Feeder(random);
    for (int at = 0; at < stream.length; ) {
      int next = Math.min(stream.length, at + 1 + random.nextInt(pieceMax));
      feeder.feed(stream, at, next);
      at = next;
    }
    return feeder.outcome;
  }

  @ParameterizedTest
  @MethodSource("streams")
  void decodesWhatRedisDecodes(String stream, List<String> expected) {
    assertThat(whole(bytes(stream))).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("streams")
  void theOutcomeDoesNotDependOnTheCuts(String stream, List<String> expected) {
    byte[] all = bytes(stream);
    int step = Math.max(1, all.length / 500);
    for (int split = 0; split <= all.length; split += step) {
      Feeder feeder = new Feeder(null);
      feeder.feed(all, 0, split);
      feeder.feed(all, split, all.length);
      assertThat(feeder.outcome).as("split at %d", split).isEqualTo(expected);
    }
    if (all.length < 1000) {
      assertThat(cut(all, new Random(0), 1)).isEqualTo(expected);
    }
  }

  /** Where the server would wait for more, the end of the connection ends the wait. */
  @Test
  void theReferenceServerDecodesTheSame() throws Exception {
    try (ReferenceServer server = ReferenceServer.startOrSkip()) {
      for (Arguments row : streams().toList()) {
        String stream = (String) row.get()[0];
        assertThat(server.ask(stream)).as(stream).isEqualTo(answer(whole(bytes(stream))));
      }
    }
  }

  private static String answer(List<String> outcome) {
    StringBuilder answer = new StringBuilder();
    for (String one : outcome) {
      if (one.startsWith("!")) {
        answer.append("-ERR ").append(one.substring(1)).append("\r\n");
      } else if (one.equals("PING")) {
        answer.append("+PONG\r\n");
      } else {
        String argument = one.substring("ECHO|".length());
        answer.append('$').append(argument.length()).append("\r\n");
        answer.append(argument).append("\r\n");
      }
    }
    return answer.toString();
  }

  private static String randomStream(Random random) {
    StringBuilder stream = new StringBuilder();
    for (int n = 1 + random.nextInt(6); n > 0; n--) {
      StringBuilder argument = new StringBuilder();
      int length = random.nextInt(8) == 0 ? random.nextInt(3000) : random.nextInt(20);
      for (int i = 0; i < length; i++) {
        argument.append((char) (1 + random.nextInt(255)));
      }
      switch (random.nextInt(5)) {
        case 0 -> stream.append(PING);
        case 1 -> stream.append("PING\r\n");
        case 2 -> stream.append("ECHO \"x\\x4a ").append(random.nextInt()).append("\"\n");
        default -> stream.append(command("ECHO", argument.toString()));
      }
    }
    return stream.toString();
  }

  private static String mutated(String stream, Random random) {
    String alphabet = "*$\r\n 0123456789-+'\"\\xPINGECHO\u00ff\t";
    StringBuilder text = new StringBuilder(stream);
    for (int n = random.nextInt(4); n > 0 && text.length() > 0; n--) {
      int at = random.nextInt(text.length());
      char c = alphabet.charAt(random.nextInt(alphabet.length()));
      switch (random.nextInt(3)) {
        case 0 -> text.setCharAt(at, c);
        case 1 -> text.insert(at, c);
        default -> text.deleteCharAt(at);
      }
    }
    return text.toString();
  }

  @Test
  void randomStreamsDecodeAlikeHoweverTheyAreCutAndHeld() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] stream = bytes(mutated(randomStream(random), random));
      List<String> expected = whole(stream);
      for (int pieceMax : new int[] {1, 7, 60, 2000}) {
        assertThat(cut(stream, random, pieceMax))
            .as("seed %d round %d", seed, i)
            .isEqualTo(expected);
      }
    }
  }

  /** What is too large is answered in its place, holds no memory, and what follows it is read. */
  @Test
  void requestsForWhichThereIsNoRoomAreDroppedHoweverTheyAreCut() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int requestBytesMax = 100_000;
    for (int i = 0; i < 300; i++) {
      StringBuilder stream = new StringBuilder();
      List<String> expected = new ArrayList<>();
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        String[] words = new String[1 + random.nextInt(4)];
        for (int j = 0; j < words.length; j++) {
          boolean large = random.nextInt(3) == 0;
          words[j] = "x".repeat(random.nextInt(large ? requestBytesMax + 2 : 20));
        }
        String request = command(words);
        stream.append(request);
        boolean fits = request.length() <= requestBytesMax;
        expected.add(fits ? String.join("|", words) : Feeder.TOO_LARGE);
      }
      byte[] all = bytes(stream.toString());
      for (int pieceMax : new int[] {1 << 20, 70_000, 5_000}) {
        Feeder feeder = new Feeder(random);
        feeder.decoder.requestRoom(() -> requestBytesMax);
        for (int at = 0; at < all.length; ) {
          int next = Math.min(all.length, at + 1 + random.nextInt(pieceMax));
          feeder.feed(all, at, next);
          at = next;
          assertThat(feeder.decoder.bufferedBytes()).isLessThan(requestBytesMax + 100);
        }
        assertThat(feeder.outcome).as("seed %d round %d", seed, i).isEqualTo(expected);
        assertThat(feeder.decoder.memoryBytes()).isZero();
      }
    }
  }

  @Test
  void garbageNeverCausesAnythingButAProtocolError() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String alphabet = "**$$\r\n\r\n0123456789-'\"\\ ab\u0000\u00ff";
    for (int i = 0; i < 200_000; i++) {
      StringBuilder garbage = new StringBuilder(random.nextBoolean() ? "*" : "");
      for (int n = random.nextInt(30); n > 0; n--) {
        garbage.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      byte[] stream = bytes(garbage.toString());
      assertThat(cut(stream, random, 4)).as("seed %d round %d", seed, i).isEqualTo(whole(stream));
    }
  }

  /** Mutated streams of PING and ECHO, as far as the answers can be told without a server. */
  @Test
  void theReferenceServerAgreesOnMutatedStreams() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (ReferenceServer server = ReferenceServer.startOrSkip()) {
      int compared = 0;
      for (int i = 0; i < 4000; i++) {
        String stream = mutated(randomStream(random), random);
        List<String> outcome = whole(bytes(stream));
        boolean tellable =
            outcome.stream()
                .allMatch(
                    one ->
                        one.startsWith("!Protocol error")
                            || one.equals("PING")
                            || (one.startsWith("ECHO|") && one.indexOf('|', 5) < 0));
        if (tellable) {
          assertThat(server.ask(stream)).as("seed %d round %d", seed, i).isEqualTo(answer(outcome));
          compared++;
        }
      }
      assertThat(compared).isGreaterThan(1000);
    }
  }

  @Test
  void whoIsNotAuthenticatedSendsSmallRequestsOnly() {
    record Case(String stream, String message) {}
    for (Case one :
        List.of(
            new Case("*11\r\n", "Protocol error: unauthenticated multibulk length"),
            new Case("*1\r\n$16385\r\n", "Protocol error: unauthenticated bulk length"),
            new Case("*10\r\n", ""),
            new Case("*1\r\n$16384\r\n", ""))) {
      RequestDecoder decoder = new RequestDecoder();
      decoder.authenticated(false);
      byte[] stream = bytes(one.stream());
      decoder.feed(stream, 0, stream.length);
      String message = "";
      try {
        assertThat(decoder.next(new Request())).isFalse();
      } catch (ProtocolError error) {
        message = error.getMessage();
        assertThat(error.text()).hasToString(message);
        assertThat(error.getStackTrace()).isEmpty();
      }
      assertThat(message).as(one.stream()).isEqualTo(one.message());
    }
  }

  @Test
  void authenticationCountsFromTheNextRequestOfThePipelineOn() throws ProtocolError {
    RequestDecoder decoder = new RequestDecoder();
    decoder.authenticated(false);
    Request request = new Request();
    byte[] stream = bytes(command("AUTH", "x") + command("ECHO", "y".repeat(20_000)));
    decoder.feed(stream, 0, stream.length);
    assertThat(decoder.next(request)).isTrue();
    decoder.authenticated(true);
    assertThat(decoder.next(request)).isTrue();
    assertThat(request.argument(1).length()).isEqualTo(20_000);
  }

  @Test
  void theLimitOfABulkMayChangeAtAnyTime() throws ProtocolError {
    RequestDecoder.Limits limits = new RequestDecoder.Limits();
    RequestDecoder decoder = new RequestDecoder(limits);
    limits.bulkBytesMax(4);
    Request request = new Request();
    byte[] stream = bytes(PING + "*1\r\n$5\r\n");
    decoder.feed(stream, 0, stream.length);
    assertThat(decoder.next(request)).isTrue();
    String message = "";
    try {
      decoder.next(request);
    } catch (ProtocolError error) {
      message = error.getMessage();
    }
    assertThat(message).isEqualTo("Protocol error: invalid bulk length");
  }

  @Test
  void completeRequestsAreViewsOfTheChunk() throws ProtocolError {
    RequestDecoder decoder = new RequestDecoder();
    Request request = new Request();
    byte[] stream = bytes("xx" + command("SET", "k", "v") + "GET k\r\n*2\r\n$3\r\nGE");
    decoder.feed(stream, 2, stream.length - 2);
    assertThat(decoder.next(request)).isTrue();
    assertThat(request.argument(2).array()).isSameAs(stream);
    Request copy = request.copy();
    assertThat(decoder.next(request)).isTrue();
    assertThat(request.argument(1).array()).isSameAs(stream);
    assertThat(decoder.memoryBytes()).isZero();
    assertThat(decoder.next(request)).isFalse();
    assertThat(request.count()).isZero();
    assertThat(decoder.bufferedBytes()).isEqualTo(10);
    assertThat(decoder.memoryBytes()).isPositive();
    assertThat(copy).hasToString("SET k v");
    assertThat(copy.argument(0).array()).isSameAs(copy.argument(2).array());
    assertThat(copy.byteSize()).isEqualTo(5);
    byte[] rest = bytes("T\r\n$1\r\nk\r\n");
    decoder.feed(rest, 0, rest.length);
    assertThat(decoder.next(request)).isTrue();
    assertThat(request).hasToString("GET k");
    assertThat(decoder.next(request)).isFalse();
    assertThat(decoder.memoryBytes()).isZero();
    assertThat(decoder.bufferedBytes()).isZero();
  }

  @Test
  void anAnnouncedBulkCostsMemoryOnlyAsItArrives() throws ProtocolError {
    RequestDecoder decoder = new RequestDecoder();
    Request request = new Request();
    byte[] head = bytes("*2\r\n$4\r\nECHO\r\n$100000000\r\n");
    decoder.feed(head, 0, head.length);
    assertThat(decoder.next(request)).isFalse();
    assertThat(decoder.memoryBytes()).isLessThan(1000);
    byte[] piece = new byte[50_000];
    long arrived = head.length;
    for (int i = 0; i < 2000; i++) {
      decoder.feed(piece, 0, piece.length);
      assertThat(decoder.next(request)).isFalse();
      arrived += piece.length;
      assertThat(decoder.memoryBytes()).isLessThanOrEqualTo(2 * arrived + 1000);
      assertThat(decoder.bufferedBytes()).isBetween(arrived, arrived + 100);
    }
    byte[] tail = bytes("\r\n" + PING);
    decoder.feed(tail, 0, tail.length);
    assertThat(decoder.next(request)).isTrue();
    assertThat(request.argument(1).length()).isEqualTo(100_000_000);
    assertThat(decoder.next(request)).isTrue();
    assertThat(request).hasToString("PING");
    assertThat(request.argument(0).array()).isSameAs(tail);
    assertThat(decoder.next(request)).isFalse();
    assertThat(decoder.memoryBytes()).isZero();
  }

  @Test
  void manyArgumentsAcrossManyChunksArriveInOrder() {
    String[] arguments = new String[50_000];
    Arrays.setAll(arguments, i -> "argument-" + i);
    byte[] stream = bytes(command(arguments) + PING);
    List<String> expected = List.of(String.join("|", arguments), "PING");
    assertThat(whole(stream)).isEqualTo(expected);
    assertThat(cut(stream, new Random(2), 5000)).isEqualTo(expected);
  }

  @Test
  void heldRequestsKeepTheirOrderWhileMoreArrives() throws ProtocolError {
    RequestDecoder decoder = new RequestDecoder();
    Request request = new Request();
    byte[] chunk = bytes(command("ECHO", "1") + command("ECHO", "2") + "*2\r\n$4\r\nEC");
    decoder.feed(chunk, 0, chunk.length);
    assertThat(decoder.next(request)).isTrue();
    decoder.hold();
    Arrays.fill(chunk, (byte) 0);
    byte[] more = bytes("HO\r\n$1\r\n3\r\n" + command("ECHO", "4"));
    decoder.feed(more, 0, more.length);
    decoder.hold();
    Arrays.fill(more, (byte) 0);
    for (String expected : new String[] {"ECHO 2", "ECHO 3", "ECHO 4"}) {
      assertThat(decoder.next(request)).isTrue();
      assertThat(request).hasToString(expected);
    }
    assertThat(decoder.next(request)).isFalse();
    assertThat(decoder.memoryBytes()).isZero();
  }

  @Test
  void pipelinesAreDecodedIntoTheSameViews() throws ProtocolError {
    RequestDecoder decoder = new RequestDecoder();
    Request request = new Request();
    byte[] stream = bytes(command("SET", "key", "value").repeat(1000));
    Bytes[] views = null;
    for (int round = 0; round < 3; round++) {
      decoder.feed(stream, 0, stream.length);
      while (decoder.next(request)) {
        Bytes[] arguments = {request.argument(0), request.argument(1), request.argument(2)};
        views = views == null ? arguments : views;
        for (int i = 0; i < 3; i++) {
          assertThat(arguments[i]).isSameAs(views[i]);
          assertThat(arguments[i].array()).isSameAs(stream);
        }
        assertThat(decoder.memoryBytes()).isZero();
      }
    }
  }

  @Test
  void requestsCanBeMadeFromTheirArguments() {
    assertThat(Request.of("SET", "k", "v")).hasToString("SET k v");
    assertThat(Request.of(Bytes.of("GET"), Bytes.of("k"))).hasToString("GET k");
    assertThat(Request.of(new String[0]).count()).isZero();
    Request cleared = Request.of("PING");
    cleared.clear();
    assertThat(cleared.count()).isZero();
    assertThat(cleared.byteSize()).isZero();
  }
}

package dev.carillon.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What DUMP answers here RESTORE makes the same value of in a redis-server, and the other way
 * round: for each type of collection, in sizes at which the way to keep it changes, with elements
 * of each kind that is packed in its own way. Skipped where no redis-server is installed.
 */
@Tag("reference")
class PayloadExchangeTest {

  /** As many elements as packed collections have at most, and one more or less. */
  private static final int[] SIZES = {1, 2, 10, 127, 128, 129, 511, 512, 513, 1500};

  /**
   * A kind of collection.
   *
   * @param add makes the request that adds some element, given its kind and its index
   * @param finish what is asked when all elements are there
   * @param contents what to ask for all that the key holds; {@code KEY} stands for it
   */
  private record Kind(
      String type,
      BiFunction<Element, Integer, List<Bytes>> add,
      List<String> finish,
      List<String> contents) {

    Kind(String type, BiFunction<Element, Integer, List<Bytes>> add, String contents) {
      this(type, add, List.of(), List.of(contents));
    }
  }

  /** A kind of element. */
  private record Element(String name, IntFunction<Bytes> text) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind("list", (e, i) -> request("RPUSH", e.text.apply(i)), "LRANGE KEY 0 -1"),
          new Kind("set", (e, i) -> request("SADD", e.text.apply(i)), "SMEMBERS KEY"),
          new Kind(
              "hash",
              (e, i) -> request("HSET", e.text.apply(i), e.text.apply(i + 1)),
              "HGETALL KEY"),
          new Kind(
              "zset",
              (e, i) -> request("ZADD", Bytes.of(score(i)), e.text.apply(i)),
              "ZRANGE KEY 0 -1 WITHSCORES"),
          new Kind(
              "stream",
              PayloadExchangeTest::streamEntry,
              List.of(
                  "XGROUP CREATE original g 0",
                  "XGROUP CREATE original none $",
                  // 7.0 makes no consumer where there is nothing to read.
                  "XGROUP CREATECONSUMER original g alice",
                  "XGROUP CREATECONSUMER original g bob",
                  "XREADGROUP GROUP g alice COUNT 5 STREAMS original >",
                  "XREADGROUP GROUP g bob COUNT 100 STREAMS original >",
                  "XACK original g 1-1 1-2 2-4",
                  "XDEL original 1-1 2-5 9-26"),
              List.of(
                  "XRANGE KEY - +",
                  "XINFO GROUPS KEY",
                  "XPENDING KEY g",
                  "XPENDING KEY none",
                  "XLEN KEY")));

  /** Integers, fractions and infinities that 7.0 writes with as many digits as are needed. */
  private static String score(int i) {
    return switch (i % 60) {
      case 7 -> "inf";
      case 8 -> "-inf";
      case 9 -> "1e20";
      case 10 -> "" + (Long.MAX_VALUE >>> 11 + i / 60);
      default -> "" + (i % 23 * 0.25 - 3);
    };
  }

  private static final List<Element> ELEMENTS =
      List.of(
          new Element("small integers", i -> Bytes.of("" + i)),
          new Element("negative integers", i -> Bytes.of("" + -3 * i)),
          new Element("integers of 16 bits", i -> Bytes.of("" + (i * 43 - 32768))),
          new Element("integers of 24 bits", i -> Bytes.of("" + (i * 5003 - 4_000_000))),
          new Element("integers of 32 bits", i -> Bytes.of("" + (i * 1_000_003 - 1_000_000_000))),
          new Element("large integers", i -> Bytes.of("" + (Long.MIN_VALUE + i * 12_345_678_901L))),
          new Element("integers and a word", i -> Bytes.of(i == 7 ? "seven" : "" + i)),
          new Element("texts like integers", i -> Bytes.of((i % 2 == 0 ? "0" : "+") + i)),
          new Element("words", i -> Bytes.of("word:" + i)),
          new Element("words of up to 64 bytes", i -> Bytes.of("w".repeat(i % 58) + ":" + i)),
          new Element("words of 65 bytes", i -> Bytes.of(String.format("%065d", i))),
          new Element("noise", i -> noise(i, i % 40)),
          new Element("long noise", i -> noise(i, 100 + i % 5000)),
          new Element("what can be compressed", i -> Bytes.of(("again " + i + " ").repeat(30))));

  private static final Set<String> UNORDERED = Set.of("set", "hash");

  /** Most entries have the same fields; every seventh has others. */
  private static List<Bytes> streamEntry(Element element, int i) {
    Bytes id = Bytes.of((i / 3 + 1) + "-" + i);
    Bytes text = element.text.apply(i);
    return i % 7 == 5
        ? request("XADD", id, text, Bytes.of("0"), Bytes.of("second"), text)
        : request("XADD", id, Bytes.of("field"), text);
  }

  private static @Nullable ReferenceTarget reference;
  private static Target.Client ours;
  private static Target.Client theirs;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(ReferenceTarget.isInstalled(), "no redis-server on the PATH");
    Case any = CaseFile.all().getFirst();
    reference = ReferenceTarget.start();
    theirs = reference.open(any).connect();
    ours = new EngineTarget().open(any).connect();
  }

  @AfterAll
  static void stop() {
    if (reference != null) {
      reference.close();
    }
  }

  private static Stream<Object[]> kinds() {
    return KINDS.stream()
        .flatMap(kind -> ELEMENTS.stream().map(element -> new Object[] {kind.type, element.name}));
  }

  @ParameterizedTest(name = "{0} of {1}")
  @MethodSource("kinds")
  void payloadsMakeTheSameValueOnBothSides(String type, String elements) {
    Kind kind = KINDS.stream().filter(one -> one.type.equals(type)).findAny().orElseThrow();
    Element element =
        ELEMENTS.stream().filter(e -> e.name.equals(elements)).findAny().orElseThrow();
    for (int size : SIZES) {
      String what = size + " " + elements + " in a " + type;
      for (Target.Client side : List.of(ours, theirs)) {
        ask(side, "DEL", "original");
        for (int i = 0; i < size; i++) {
          must(side, kind.add.apply(element, i));
        }
        kind.finish.forEach(line -> must(side, Notation.words(line)));
      }
      Object contents = contents(ours, kind, "original");
      assertThat(contents(theirs, kind, "original")).as(what).isEqualTo(contents);
      String encoding = encoding(ours, "original");

      restore(ours, theirs);
      assertThat(contents(theirs, kind, "copy"))
          .as("%s, from here to there", what)
          .isEqualTo(contents);
      restore(theirs, ours);
      assertThat(contents(ours, kind, "copy"))
          .as("%s, from there to here", what)
          .isEqualTo(contents);
      assertThat(encoding(ours, "copy")).as("encoding of %s", what).isEqualTo(encoding);
      restore(ours, ours);
      assertThat(contents(ours, kind, "copy"))
          .as("%s, from here to here", what)
          .isEqualTo(contents);
      assertThat(encoding(ours, "copy")).as("encoding of %s", what).isEqualTo(encoding);
    }
  }

  private static void restore(Target.Client from, Target.Client to) {
    Bytes payload = ((Reply.Bulk) ask(from, "DUMP", "original")).text();
    Reply reply =
        ask(
            to,
            List.of(
                Bytes.of("RESTORE"),
                Bytes.of("copy"),
                Bytes.of("0"),
                payload,
                Bytes.of("REPLACE")));
    assertThat(Notation.show(reply)).isEqualTo("+OK");
  }

  private static String encoding(Target.Client side, String key) {
    return Notation.show(ask(side, "OBJECT", "ENCODING", key));
  }

  /** All that a key holds: what two keys have in common that hold the same. */
  private static Object contents(Target.Client side, Kind kind, String key) {
    List<String> replies = new ArrayList<>();
    for (String question : kind.contents) {
      Reply reply = ask(side, Notation.words(question.replace("KEY", key)));
      assertThat(reply).as(question).isNotInstanceOf(Reply.Failure.class);
      replies.add(
          UNORDERED.contains(kind.type)
              ? unordered(reply, kind.type.equals("hash") ? 2 : 1).toString()
              : Notation.show(reply));
    }
    return replies;
  }

  private static Set<String> unordered(Reply reply, int step) {
    Set<String> elements = new TreeSet<>();
    List<Reply> all = ((Reply.Array) reply).elements();
    for (int i = 0; i < all.size(); i += step) {
      StringBuilder element = new StringBuilder();
      all.subList(i, i + step).forEach(part -> element.append(Notation.show(part)));
      assertThat(elements.add(element.toString())).isTrue();
    }
    return elements;
  }

  // -------------------------------------------------------------------------------------- asking

  private static List<Bytes> request(String command, Bytes... words) {
    List<Bytes> request = new ArrayList<>(List.of(Bytes.of(command), Bytes.of("original")));
    request.addAll(List.of(words));
    return request;
  }

  private static Bytes noise(int seed, int length) {
    byte[] bytes = new byte[length + 4];
    new Random(seed).nextBytes(bytes);
    bytes[0] = (byte) seed;
    bytes[1] = (byte) (seed >>> 8);
    return Bytes.of(bytes);
  }

  private static Reply ask(Target.Client side, String... words) {
    return ask(side, Stream.of(words).map(Bytes::of).toList());
  }

  private static Reply ask(Target.Client side, List<Bytes> words) {
    side.send(words);
    Reply reply = side.receive(true);
    assertThat(reply).as("reply to %s", words).isNotNull();
    return reply;
  }

  private static void must(Target.Client side, List<Bytes> words) {
    assertThat(ask(side, words)).as("reply to %s", words).isNotInstanceOf(Reply.Failure.class);
  }
}

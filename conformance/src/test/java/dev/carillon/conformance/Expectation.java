package dev.carillon.conformance;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.resp.Reply;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;

/**
 * What a case says of one reply, and the two ways in which a reply can fulfil it: as it is written,
 * or in the spelling of RESP3 where it was written for RESP2.
 *
 * @param text how the case spells it
 * @param shape what it means
 * @param group 0: elements in this order; 1: elements in any order; 2: pairs of elements in any
 *     order. Concerns the outermost collection.
 */
record Expectation(String text, Shape shape, int group) {

  /** What a reply has to look like. */
  sealed interface Shape {

    /** Exactly this reply; in sets and maps, in any order. */
    record Exactly(Reply reply) implements Shape {}

    /** Any reply of a kind; the empty kind is any reply at all. */
    record Any(String kind) implements Shape {}

    /** An integer within bounds, both included. */
    record Within(long least, long most) implements Shape {}

    /** A bulk string that begins so. */
    record BulkPrefix(Bytes prefix) implements Shape {}

    /** An error that begins so. */
    record FailurePrefix(Bytes prefix) implements Shape {}

    /** A collection of shapes: an array, a set, or a push message. */
    record Elements(Kind kind, List<Shape> shapes) implements Shape {}

    /** A map of shapes. */
    record Pairs(List<Pair> pairs) implements Shape {}
  }

  /** The kinds of collections. */
  enum Kind {
    ARRAY,
    SET,
    PUSH
  }

  /** One key of a map with its value. */
  record Pair(Shape key, Shape value) {}

  /** Reads what stands behind {@code <}. */
  static Expectation parse(String text, int group) {
    Notation.Reader reader = new Notation.Reader(text);
    Shape shape = shape(reader, true);
    reader.skipSpaces();
    if (!reader.isAtEnd()) {
      throw new IllegalArgumentException("something follows the reply: " + reader.rest());
    }
    return new Expectation(text, shape, group);
  }

  // ------------------------------------------------------------------------------------- reading

  private static Shape shape(Notation.Reader reader, boolean outermost) {
    reader.skipSpaces();
    char mark = reader.peek();
    return switch (mark) {
      case '+' -> {
        reader.next();
        yield new Shape.Exactly(
            new Reply.Simple(
                reader.peek() == '"' ? reader.quoted() : Notation.bytes(reader.until(",]} "))));
      }
      case '-' -> failure(reader, outermost);
      case ':' -> integer(reader);
      case '"' -> {
        Bytes text = reader.quoted();
        yield reader.skip("...")
            ? new Shape.BulkPrefix(text)
            : new Shape.Exactly(new Reply.Bulk(text));
      }
      case '=' -> {
        reader.next();
        Bytes text = reader.quoted();
        yield new Shape.Exactly(
            new Reply.Verbatim(text.range(0, 3).toLatin1(), text.range(4, text.length())));
      }
      case ',' -> {
        reader.next();
        Bytes digits = Notation.bytes(reader.until(",]} "));
        yield new Shape.Exactly(new Reply.Real(Numerals.parseDouble(digits)));
      }
      case '(' -> {
        reader.next();
        yield new Shape.Exactly(new Reply.BigNumber(new BigInteger(reader.until(",]} "))));
      }
      case '#' -> {
        reader.next();
        yield new Shape.Exactly(new Reply.Bool(reader.next() == 't'));
      }
      case '?' -> {
        reader.next();
        yield any(reader.until(",]} "));
      }
      case '[' -> new Shape.Elements(Kind.ARRAY, elements(reader));
      case '~' -> {
        reader.next();
        yield new Shape.Elements(Kind.SET, elements(reader));
      }
      case '>' -> {
        reader.next();
        yield new Shape.Elements(Kind.PUSH, elements(reader));
      }
      case '{' -> pairs(reader);
      default -> absence(reader.until(",]} "));
    };
  }

  private static Shape failure(Notation.Reader reader, boolean outermost) {
    reader.expect("-");
    if (reader.peek() == '"') {
      return new Shape.Exactly(new Reply.Failure(reader.quoted()));
    }
    String text = reader.until(outermost ? "" : ",]}");
    return text.endsWith("...")
        ? new Shape.FailurePrefix(Notation.bytes(text.substring(0, text.length() - 3)))
        : new Shape.Exactly(new Reply.Failure(Notation.bytes(text)));
  }

  private static Shape integer(Notation.Reader reader) {
    reader.expect(":");
    String text = reader.until(",]} ");
    int dots = text.indexOf("..");
    return dots < 0
        ? new Shape.Exactly(new Reply.Int(Long.parseLong(text)))
        : new Shape.Within(
            Long.parseLong(text.substring(0, dots)), Long.parseLong(text.substring(dots + 2)));
  }

  private static Shape any(String kind) {
    return switch (kind) {
      case "", "bulk", "int", "array", "map", "error" -> new Shape.Any(kind);
      default -> throw new IllegalArgumentException("no kind of reply is called " + kind);
    };
  }

  private static Shape absence(String word) {
    return new Shape.Exactly(
        switch (word) {
          case "nil" -> Reply.Null.BULK;
          case "nil-array" -> Reply.Null.ARRAY;
          case "null" -> Reply.Null.VALUE;
          default -> throw new IllegalArgumentException("no reply is spelled " + word);
        });
  }

  private static List<Shape> elements(Notation.Reader reader) {
    List<Shape> shapes = new ArrayList<>();
    reader.expect("[");
    reader.skipSpaces();
    while (!reader.skip("]")) {
      shapes.add(shape(reader, false));
      separator(reader, ']');
    }
    return shapes;
  }

  private static Shape pairs(Notation.Reader reader) {
    List<Pair> pairs = new ArrayList<>();
    reader.expect("{");
    reader.skipSpaces();
    while (!reader.skip("}")) {
      Shape key = shape(reader, false);
      reader.skipSpaces();
      reader.expect("=>");
      pairs.add(new Pair(key, shape(reader, false)));
      separator(reader, '}');
    }
    return new Shape.Pairs(pairs);
  }

  private static void separator(Notation.Reader reader, char end) {
    reader.skipSpaces();
    if (reader.peek() != end) {
      reader.expect(",");
      reader.skipSpaces();
    }
  }

  // ------------------------------------------------------------------------------------ matching

  /** Whether {@code reply} is what the case writes. */
  boolean isMetBy(Reply reply) {
    return matches(shape, reply, group);
  }

  private static boolean matches(Shape shape, Reply reply, int group) {
    return switch (shape) {
      case Shape.Exactly(Reply expected) -> expected.equals(reply);
      case Shape.Any(String kind) ->
          switch (kind) {
            case "bulk" -> reply instanceof Reply.Bulk || reply instanceof Reply.Verbatim;
            case "int" -> reply instanceof Reply.Int;
            case "array" -> reply instanceof Reply.Array;
            case "map" -> reply instanceof Reply.Map;
            case "error" -> reply instanceof Reply.Failure;
            default -> true;
          };
      case Shape.Within(long least, long most) ->
          reply instanceof Reply.Int(long value) && least <= value && value <= most;
      case Shape.BulkPrefix(Bytes prefix) ->
          reply instanceof Reply.Bulk(Bytes text) && text.startsWith(prefix);
      case Shape.FailurePrefix(Bytes prefix) ->
          reply instanceof Reply.Failure(Bytes text) && text.startsWith(prefix);
      case Shape.Elements(Kind kind, List<Shape> shapes) ->
          switch (reply) {
            case Reply.Array(List<Reply> elements) ->
                kind == Kind.ARRAY && grouped(shapes, elements, group, AS_WRITTEN);
            case Reply.Push(List<Reply> elements) ->
                kind == Kind.PUSH && grouped(shapes, elements, group, AS_WRITTEN);
            case Reply.Set(List<Reply> elements) ->
                kind == Kind.SET && grouped(shapes, elements, 1, AS_WRITTEN);
            default -> false;
          };
      case Shape.Pairs(List<Pair> pairs) ->
          reply instanceof Reply.Map(List<Reply.Entry> entries)
              && isSameBag(
                  pairs,
                  entries,
                  (pair, entry) ->
                      matches(pair.key(), entry.key(), 0)
                          && matches(pair.value(), entry.value(), 0));
    };
  }

  private static final BiPredicate<Shape, Reply> AS_WRITTEN =
      (shape, reply) -> matches(shape, reply, 0);

  /**
   * Whether {@code reply}, received in RESP3, says what the case writes for RESP2. The same, but
   * that RESP3 has words of its own, and has to use them:
   *
   * <ul>
   *   <li>{@code nil} and {@code nil-array} are {@code null};
   *   <li>a message of Pub/Sub or its confirmation is a push, and nothing else is one;
   *   <li>an array may be a set, or a map whose keys and values alternate in the array, or are
   *       pairs of it (XREAD);
   *   <li>an array may be an array of its pairs;
   *   <li>1 and 0 may be true and false;
   *   <li>a bulk string may be a double of the same value, a big number or a verbatim string of the
   *       same text.
   * </ul>
   */
  boolean isMetInResp3By(Reply reply) {
    return isMessage(shape) == (reply instanceof Reply.Push) && says(shape, reply, group);
  }

  private static boolean isMessage(Shape shape) {
    return shape instanceof Shape.Elements(Kind kind, List<Shape> shapes)
        && kind == Kind.ARRAY
        && !shapes.isEmpty()
        && shapes.get(0) instanceof Shape.Exactly(Reply first)
        && first instanceof Reply.Bulk(Bytes word)
        && switch (word.toLatin1()) {
          case "invalidate",
              "message",
              "pmessage",
              "smessage",
              "subscribe",
              "psubscribe",
              "ssubscribe",
              "unsubscribe",
              "punsubscribe",
              "sunsubscribe" ->
              true;
          default -> false;
        };
  }

  private static boolean says(Shape shape, Reply reply, int group) {
    return switch (shape) {
      case Shape.Exactly(Reply expected) ->
          switch (expected) {
            case Reply.Null absence -> reply == Reply.Null.VALUE;
            case Reply.Int(long value) ->
                reply instanceof Reply.Bool(boolean flag)
                    ? value == (flag ? 1 : 0)
                    : expected.equals(reply);
            case Reply.Bulk(Bytes text) -> isSpelled(text, reply);
            default -> expected.equals(reply);
          };
      case Shape.Any(String kind) ->
          switch (kind) {
            case "bulk" ->
                reply instanceof Reply.Bulk
                    || reply instanceof Reply.Verbatim
                    || reply instanceof Reply.Real
                    || reply instanceof Reply.BigNumber;
            case "array" ->
                reply instanceof Reply.Array
                    || reply instanceof Reply.Set
                    || reply instanceof Reply.Map
                    || reply instanceof Reply.Push;
            default -> matches(shape, reply, group);
          };
      case Shape.BulkPrefix(Bytes prefix) ->
          reply instanceof Reply.Verbatim(String format, Bytes text)
              ? text.startsWith(prefix)
              : matches(shape, reply, group);
      case Shape.Elements(Kind kind, List<Shape> shapes) when kind == Kind.ARRAY ->
          switch (reply) {
            case Reply.Array(List<Reply> elements) ->
                grouped(shapes, elements, group, IN_RESP3)
                    || isPaired(shapes, elements)
                        && grouped(shapes, flattened(elements), group, IN_RESP3);
            case Reply.Set(List<Reply> elements) -> grouped(shapes, elements, group, IN_RESP3);
            case Reply.Push(List<Reply> elements) -> grouped(shapes, elements, group, IN_RESP3);
            case Reply.Map(List<Reply.Entry> entries) ->
                grouped(shapes, alternating(entries), group, IN_RESP3)
                    || grouped(shapes, paired(entries), group, IN_RESP3);
            default -> false;
          };
      default -> matches(shape, reply, group);
    };
  }

  private static final BiPredicate<Shape, Reply> IN_RESP3 = (shape, reply) -> says(shape, reply, 0);

  private static boolean isSpelled(Bytes text, Reply reply) {
    return switch (reply) {
      case Reply.Bulk(Bytes same) -> text.equals(same);
      case Reply.Verbatim(String format, Bytes same) -> text.equals(same);
      case Reply.Real(double value) -> Double.compare(Numerals.parseDouble(text), value) == 0;
      case Reply.BigNumber(BigInteger value) -> text.isWord(value.toString());
      default -> false;
    };
  }

  private static boolean isPaired(List<Shape> shapes, List<Reply> elements) {
    return shapes.size() == 2 * elements.size()
        && elements.stream()
            .allMatch(
                element -> element instanceof Reply.Array(List<Reply> pair) && pair.size() == 2);
  }

  private static List<Reply> flattened(List<Reply> pairs) {
    List<Reply> flat = new ArrayList<>();
    for (Reply pair : pairs) {
      flat.addAll(((Reply.Array) pair).elements());
    }
    return flat;
  }

  private static List<Reply> paired(List<Reply.Entry> entries) {
    return entries.stream()
        .<Reply>map(entry -> new Reply.Array(List.of(entry.key(), entry.value())))
        .toList();
  }

  private static List<Reply> alternating(List<Reply.Entry> entries) {
    List<Reply> flat = new ArrayList<>();
    for (Reply.Entry entry : entries) {
      flat.add(entry.key());
      flat.add(entry.value());
    }
    return flat;
  }

  // ------------------------------------------------------------------------------------- in bulk

  private static boolean grouped(
      List<Shape> shapes, List<Reply> replies, int group, BiPredicate<Shape, Reply> fits) {
    if (shapes.size() != replies.size()) {
      return false;
    }
    if (group == 0) {
      return isSameSequence(shapes, replies, fits);
    }
    return isSameBag(
        chunked(shapes, group),
        chunked(replies, group),
        (some, others) -> isSameSequence(some, others, fits));
  }

  private static <T> List<List<T>> chunked(List<T> list, int size) {
    List<List<T>> chunks = new ArrayList<>();
    for (int i = 0; i < list.size(); i += size) {
      chunks.add(list.subList(i, Math.min(list.size(), i + size)));
    }
    return chunks;
  }

  private static <A, B> boolean isSameSequence(
      List<A> some, List<B> others, BiPredicate<A, B> fits) {
    if (some.size() != others.size()) {
      return false;
    }
    for (int i = 0; i < some.size(); i++) {
      if (!fits.test(some.get(i), others.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** Whether each of {@code some} finds one of {@code others} for itself; greedy, from the left. */
  static <A, B> boolean isSameBag(List<A> some, List<B> others, BiPredicate<A, B> fits) {
    List<B> left = new ArrayList<>(others);
    for (A one : some) {
      int i = 0;
      while (i < left.size() && !fits.test(one, left.get(i))) {
        i++;
      }
      if (i == left.size()) {
        return false;
      }
      left.remove(i);
    }
    return left.isEmpty();
  }
}

package dev.carillon.conformance;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.resp.Reply;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The spelling of words and replies in case files; the README of this module describes it. */
public final class Notation {

  private Notation() {}

  /** Reads a line from left to right. A char stands for a byte. */
  static final class Reader {
    private final String text;
    private int at;

    Reader(String text) {
      this.text = text;
    }

    boolean isAtEnd() {
      return at == text.length();
    }

    /** The next char, or 0 at the end. */
    char peek() {
      return peek(0);
    }

    char peek(int ahead) {
      return at + ahead < text.length() ? text.charAt(at + ahead) : 0;
    }

    char next() {
      if (isAtEnd()) {
        throw new IllegalArgumentException("the line ends too early: " + text);
      }
      return text.charAt(at++);
    }

    /** Steps over {@code wanted} if it is next. */
    boolean skip(String wanted) {
      boolean isNext = text.startsWith(wanted, at);
      at += isNext ? wanted.length() : 0;
      return isNext;
    }

    void expect(String wanted) {
      if (!skip(wanted)) {
        throw new IllegalArgumentException("expected " + wanted + " before: " + rest());
      }
    }

    void skipSpaces() {
      while (peek() == ' ' || peek() == '\t') {
        at++;
      }
    }

    /** Everything up to one of {@code ends}, or to the end of the line. */
    String until(String ends) {
      int from = at;
      while (!isAtEnd() && ends.indexOf(peek()) < 0) {
        at++;
      }
      return text.substring(from, at);
    }

    String rest() {
      return text.substring(at);
    }

    /** What stands in double quotes, its escapes undone; the next char is the first quote. */
    Bytes quoted() {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      expect("\"");
      for (char c = next(); c != '"'; c = next()) {
        bytes.write(c == '\\' ? escaped() : c);
      }
      return Bytes.of(bytes.toByteArray());
    }

    private int escaped() {
      char c = next();
      return switch (c) {
        case 'n' -> '\n';
        case 'r' -> '\r';
        case 't' -> '\t';
        case 'a' -> 7;
        case 'b' -> '\b';
        case 'x' -> Integer.parseInt("" + next() + next(), 16);
        default -> c;
      };
    }

    /**
     * A word as redis-cli reads it: bare, {@code "with escapes"}, {@code 'as it is'}, or several of
     * these without a space between them. It ends before a space or one of {@code ends}.
     */
    Bytes word(String ends) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      while (!isAtEnd() && peek() != ' ' && peek() != '\t' && ends.indexOf(peek()) < 0) {
        if (peek() == '"') {
          bytes.writeBytes(quoted().toByteArray());
        } else if (skip("'")) {
          bytes.writeBytes(bytes(until("'")).toByteArray());
          expect("'");
        } else {
          bytes.write(next());
        }
      }
      return Bytes.of(bytes.toByteArray());
    }
  }

  /** The bytes of a text in which a char stands for a byte. */
  public static Bytes bytes(String text) {
    return Bytes.of(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The words of a line. */
  public static List<Bytes> words(String line) {
    Reader reader = new Reader(line);
    List<Bytes> words = new ArrayList<>();
    for (reader.skipSpaces(); !reader.isAtEnd(); reader.skipSpaces()) {
      words.add(reader.word(""));
    }
    return words;
  }

  // ------------------------------------------------------------------------------------- showing

  /** The bytes as they are if they are harmless, else quoted. */
  public static String word(Bytes text) {
    String bare = text.toLatin1();
    return bare.matches("[A-Za-z0-9_.:+*-][A-Za-z0-9_.:+*@/-]*") ? bare : quote(text);
  }

  /** The bytes in double quotes, with escapes. */
  static String quote(Bytes text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      int c = text.at(i) & 0xff;
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append((char) c);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        case 7 -> quoted.append("\\a");
        case '\b' -> quoted.append("\\b");
        default ->
            quoted.append(
                c >= ' ' && c < 0x7f ? String.valueOf((char) c) : String.format("\\x%02x", c));
      }
    }
    return quoted.append('"').toString();
  }

  /** A reply as a case file writes it. */
  public static String show(Reply reply) {
    return show(reply, true);
  }

  /** Replies to one client, in order. */
  static String show(List<Reply> replies) {
    return replies.isEmpty()
        ? "nothing"
        : replies.stream().map(Notation::show).collect(Collectors.joining(" | "));
  }

  private static String show(Reply reply, boolean outermost) {
    return switch (reply) {
      case Reply.Simple(Bytes text) ->
          "+" + (text.toLatin1().matches("[A-Za-z0-9_-]+") ? text.toLatin1() : quote(text));
      case Reply.Failure(Bytes text) ->
          "-"
              + (outermost && text.toLatin1().matches("[A-Za-z][ -~]*[!-~]")
                  ? text.toLatin1()
                  : quote(text));
      case Reply.Int(long value) -> ":" + value;
      case Reply.Bulk(Bytes text) -> quote(text);
      case Reply.Null spelling ->
          switch (spelling) {
            case BULK -> "nil";
            case ARRAY -> "nil-array";
            case VALUE -> "null";
          };
      case Reply.Array(List<Reply> elements) -> "[" + showAll(elements) + "]";
      case Reply.Set(List<Reply> elements) -> "~[" + showAll(elements) + "]";
      case Reply.Push(List<Reply> elements) -> ">[" + showAll(elements) + "]";
      case Reply.Map(List<Reply.Entry> entries) ->
          entries.stream()
              .map(entry -> show(entry.key(), false) + " => " + show(entry.value(), false))
              .collect(Collectors.joining(", ", "{", "}"));
      case Reply.Real(double value) -> "," + Numerals.of(value).toLatin1();
      case Reply.Bool(boolean value) -> value ? "#t" : "#f";
      case Reply.BigNumber number -> "(" + number.value();
      case Reply.Verbatim(String format, Bytes text) ->
          "=" + quote(bytes(format + ":" + text.toLatin1()));
    };
  }

  private static String showAll(List<Reply> elements) {
    return elements.stream().map(reply -> show(reply, false)).collect(Collectors.joining(", "));
  }
}

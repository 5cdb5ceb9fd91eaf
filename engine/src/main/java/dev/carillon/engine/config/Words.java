package dev.carillon.engine.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The words of a configuration line.
 *
 * <p>Words are separated by blanks. A part in double quotes may hold blanks and the escapes {@code
 * \n \r \t \b \a \xHH}, any other escaped character standing for itself; a part in single quotes
 * only knows {@code \'}. A closing quote must be the end of its word.
 */
final class Words {

  private final String line;
  private int at;

  private Words(String line) {
    this.line = line;
  }

  /** The words of a line, or null if a quote is not closed where it must be. */
  static @Nullable List<String> split(String line) {
    Words words = new Words(line);
    List<String> result = new ArrayList<>();
    while (words.skipBlanks()) {
      String word = words.next();
      if (word == null) {
        return null;
      }
      result.add(word);
    }
    return result;
  }

  /** The word as it must be written so that {@link #split} gives it back. */
  static String quote(String word) {
    if (!word.isEmpty() && word.chars().allMatch(Words::isPlain)) {
      return word;
    }
    StringBuilder quoted = new StringBuilder(word.length() + 2).append('"');
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (c < ' ' || c == 0x7f) {
            quoted.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }

  /** One line made of words, those that need it in quotes. */
  static String join(String name, List<String> words) {
    StringBuilder joined = new StringBuilder(name);
    for (String word : words) {
      joined.append(' ').append(quote(word));
    }
    return joined.toString();
  }

  private static boolean isPlain(int c) {
    return c > ' ' && c != 0x7f && c != '"' && c != '\'' && c != '\\';
  }

  private static boolean isBlank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  private boolean skipBlanks() {
    while (at < line.length() && isBlank(line.charAt(at))) {
      at++;
    }
    return at < line.length();
  }

  private @Nullable String next() {
    StringBuilder word = new StringBuilder();
    while (at < line.length()) {
      char c = line.charAt(at++);
      if (isBlank(c)) {
        break;
      }
      if (c == '"' || c == '\'') {
        boolean closed = c == '"' ? doubleQuoted(word) : singleQuoted(word);
        return closed && (at == line.length() || isBlank(line.charAt(at))) ? word.toString() : null;
      }
      word.append(c);
    }
    return word.toString();
  }

  private boolean singleQuoted(StringBuilder word) {
    while (at < line.length()) {
      char c = line.charAt(at++);
      if (c == '\'') {
        return true;
      }
      if (c == '\\' && at < line.length() && line.charAt(at) == '\'') {
        at++;
        c = '\'';
      }
      word.append(c);
    }
    return false;
  }

  private boolean doubleQuoted(StringBuilder word) {
    while (at < line.length()) {
      char c = line.charAt(at++);
      if (c == '"') {
        return true;
      }
      word.append(c == '\\' && at < line.length() ? escaped() : c);
    }
    return false;
  }

  private char escaped() {
    char c = line.charAt(at++);
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'a' -> '\u0007';
      case 'x' -> {
        int high = at + 1 < line.length() ? hexDigit(line.charAt(at)) : -1;
        int low = at + 1 < line.length() ? hexDigit(line.charAt(at + 1)) : -1;
        if (high < 0 || low < 0) {
          yield c;
        }
        at += 2;
        yield (char) (high << 4 | low);
      }
      default -> c;
    };
  }

  private static int hexDigit(char c) {
    return c < 128 ? Character.digit(c, 16) : -1;
  }
}

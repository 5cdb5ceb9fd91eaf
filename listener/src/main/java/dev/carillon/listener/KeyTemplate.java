package dev.carillon.listener;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A shape of keys with named parts: {@code order:{id}:item:{item}}.
 *
 * <ul>
 *   <li>{@code {name}} stands for one or more bytes; {@code {}} too, without a name.
 *   <li>A part is as short as the text behind it allows; the last one takes the rest. So {@code
 *       {tenant}:{rest}} splits {@code a:b:c} into {@code a} and {@code b:c}.
 *   <li>{@code {{} and {@code }}} are the braces themselves; everything else means itself, also
 *       {@code * ? [} and the backslash.
 * </ul>
 *
 * <p>{@link #ofGlob} is a shape without names, for those who have a glob.
 *
 * <p>Keys are bytes; the template's text is taken as UTF-8. Immutable; any thread.
 */
public final class KeyTemplate {

  private static final byte[] SPECIAL = {'*', '?', '[', ']', '\\'};

  private final String text;
  private final Bytes glob;

  /** The texts around the parts: one more than there are parts. Empty if this is a glob. */
  private final List<Bytes> literals;

  /** The names of the parts, in order; an empty one is not named. */
  private final List<String> names;

  /** The text before the first part, and the one behind the last; empty if this is a glob. */
  private final Bytes first;

  private final Bytes last;

  private KeyTemplate(String text, Bytes glob, List<Bytes> literals, List<String> names) {
    this.text = text;
    this.glob = glob;
    this.literals = List.copyOf(literals);
    this.names = List.copyOf(names);
    first = literals.isEmpty() ? Bytes.EMPTY : literals.getFirst();
    last = literals.isEmpty() ? Bytes.EMPTY : literals.getLast();
  }

  /**
   * Reads a template.
   *
   * @throws IllegalArgumentException with the place, if a brace is not closed, a name occurs twice,
   *     or two parts follow each other without a text between them
   */
  public static KeyTemplate of(String text) {
    List<Bytes> literals = new ArrayList<>();
    List<String> names = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    StringBuilder literal = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean doubled = i + 1 < text.length() && text.charAt(i + 1) == c;
      if ((c == '{' || c == '}') && doubled) {
        literal.append(c);
        i++;
      } else if (c == '}') {
        throw wrong(text, i, "closes nothing; write }} for the character itself");
      } else if (c == '{') {
        int end = text.indexOf('}', i);
        if (end < 0) {
          throw wrong(text, i, "is not closed; write {{ for the character itself");
        }
        String name = text.substring(i + 1, end);
        if (!name.isEmpty() && !seen.add(name)) {
          throw wrong(text, i, "names '" + name + "' for the second time");
        }
        if (!names.isEmpty() && literal.isEmpty()) {
          throw wrong(text, i, "follows another part at once, so nobody knows where that ends");
        }
        literals.add(Bytes.of(literal.toString()));
        literal.setLength(0);
        names.add(name);
        i = end;
      } else {
        literal.append(c);
      }
    }
    literals.add(Bytes.of(literal.toString()));
    return new KeyTemplate(text, glob(literals), literals, names);
  }

  /** The shape of all keys that match a glob, as {@code PSUBSCRIBE} reads it; it has no names. */
  public static KeyTemplate ofGlob(String glob) {
    return new KeyTemplate(glob, Bytes.of(glob), List.of(), List.of());
  }

  private static IllegalArgumentException wrong(String text, int at, String what) {
    return new IllegalArgumentException(
        "key template \"" + text + "\": the brace at " + at + " " + what);
  }

  private static Bytes glob(List<Bytes> literals) {
    ByteArrayOutputStream glob = new ByteArrayOutputStream();
    for (int i = 0; i < literals.size(); i++) {
      if (i > 0) {
        glob.write('*');
      }
      for (byte b : literals.get(i).toByteArray()) {
        for (byte special : SPECIAL) {
          if (b == special) {
            glob.write('\\');
          }
        }
        glob.write(b);
      }
    }
    return Bytes.of(glob.toByteArray());
  }

  /** The glob that matches at least the keys of this shape. */
  public Bytes glob() {
    return glob;
  }

  /** Whether there are keys that a look at their beginning shows to be of another shape. */
  public boolean isNarrow() {
    return Glob.literalPrefixLength(glob) > 0;
  }

  /** Whether {@code key} has this shape. Allocates nothing for a glob or up to one part. */
  public boolean matches(Bytes key) {
    if (literals.isEmpty()) {
      return glob.length() == 1 && glob.at(0) == '*' || Glob.matches(glob, key);
    }
    if (names.size() <= 1) {
      if (names.isEmpty()) {
        return first.equals(key);
      }
      return key.length() > first.length() + last.length()
          && key.startsWith(first)
          && endsWith(key, last);
    }
    return split(key) != null;
  }

  /**
   * The named parts of a key, in the order of the template.
   *
   * @return null if the key is of another shape
   */
  public @Nullable Map<String, Bytes> variables(Bytes key) {
    List<Bytes> parts = split(key);
    if (parts == null) {
      return null;
    }
    Map<String, Bytes> variables = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      if (!names.get(i).isEmpty()) {
        variables.put(names.get(i), parts.get(i));
      }
    }
    return variables;
  }

  /** The parts, or null. A glob has none. */
  private @Nullable List<Bytes> split(Bytes key) {
    if (literals.isEmpty()) {
      return matches(key) ? List.of() : null;
    }
    if (!key.startsWith(first)) {
      return null;
    }
    if (names.isEmpty()) {
      return key.length() == first.length() ? List.of() : null;
    }
    List<Bytes> parts = new ArrayList<>(names.size());
    int at = first.length();
    for (int i = 1; i < names.size(); i++) {
      int end = indexOf(literals.get(i), key, at + 1);
      if (end < 0) {
        return null;
      }
      parts.add(key.range(at, end));
      at = end + literals.get(i).length();
    }
    int end = key.length() - last.length();
    if (end <= at || !endsWith(key, last)) {
      return null;
    }
    parts.add(key.range(at, end));
    return parts;
  }

  private static boolean endsWith(Bytes text, Bytes end) {
    return end.isEmpty()
        || text.length() >= end.length()
            && text.range(text.length() - end.length(), text.length()).equals(end);
  }

  private static int indexOf(Bytes wanted, Bytes text, int from) {
    for (int at = from; at + wanted.length() <= text.length(); at++) {
      if (text.range(at, at + wanted.length()).equals(wanted)) {
        return at;
      }
    }
    return -1;
  }

  /** The template or glob as it was given. */
  @Override
  public String toString() {
    return text;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof KeyTemplate that
        && text.equals(that.text)
        && literals.isEmpty() == that.literals.isEmpty();
  }

  @Override
  public int hashCode() {
    return text.getBytes(StandardCharsets.UTF_8).length * 31 + text.hashCode();
  }
}

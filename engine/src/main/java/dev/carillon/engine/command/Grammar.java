package dev.carillon.engine.command;

import java.util.ArrayList;
import java.util.List;
import java.util.ListIterator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The notation in which a row ({@link Command.Row#grammar}) has what Redis publishes of the
 * arguments of a command and what it tells clients of clusters about it (tips), for COMMAND DOCS
 * and COMMAND INFO. Nothing here decides how a request is read.
 *
 * <p>Words with white space between them: the tips, each behind a tilde, then the arguments:
 *
 * <pre>
 * ~tip            a tip
 * name:type       key, string, integer, double, pattern, unix-time, pure-token, oneof or block
 * name/shown:type  as above, where people are shown another name
 * {@literal @}0              belongs to the first key specification
 * =WORD           is that word, or follows it; in apostrophes where it is not made of letters
 * &lt;6.2.0&gt;         since that version
 * !6.2.0!         no longer to be used since that version
 * ? * +           may be left out, may be repeated, may be repeated with its word
 * ( ... )         the choices of a oneof, the parts of a block
 * </pre>
 *
 * The texts of the rows are made of the facts of commands of 8.10 and the tips of a server of
 * 8.9.241. Any thread.
 */
public final class Grammar {

  /**
   * An argument of a command.
   *
   * @param name what Redis calls it
   * @param displayText what people are shown, mostly the name
   * @param type as Redis spells it
   * @param keySpec the index of the key specification that it belongs to, or -1
   * @param token the word that it is, or that it follows; null if none
   * @param since the version that brought it, null if that is the command's own
   * @param deprecatedSince since when it is not to be used any more; null if it is
   * @param flags {@code optional}, {@code multiple} and {@code multiple_token}, as far as they
   *     apply
   * @param parts of a {@code oneof} or a {@code block}; else none
   */
  public record Argument(
      String name,
      String displayText,
      String type,
      int keySpec,
      @Nullable String token,
      @Nullable String since,
      @Nullable String deprecatedSince,
      List<String> flags,
      List<Argument> parts) {

    /** Whether it consists of others, and has no text of its own to be shown. */
    public boolean isGroup() {
      return type.equals("oneof") || type.equals("block");
    }
  }

  private Grammar() {}

  /** The tips in a text, in its order. */
  public static List<String> tips(String text) {
    List<String> tips = new ArrayList<>();
    for (String word : words(text)) {
      if (word.startsWith("~")) {
        tips.add(word.substring(1));
      }
    }
    return tips;
  }

  /**
   * The arguments in a text, in its order.
   *
   * @throws IllegalStateException if the text is not written in the notation
   */
  public static List<Argument> arguments(String text) {
    List<String> words = new ArrayList<>(words(text));
    words.removeIf(word -> word.startsWith("~"));
    return arguments(words.listIterator(), false);
  }

  private static List<String> words(String text) {
    return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
  }

  /** Up to the parenthesis that closes the group, or to the end where it is none. */
  private static List<Argument> arguments(ListIterator<String> words, boolean inGroup) {
    List<Argument> arguments = new ArrayList<>();
    while (words.hasNext()) {
      String word = words.next();
      if (inGroup && word.equals(")")) {
        return arguments;
      }
      boolean isGroup = word.endsWith("(");
      Matcher matcher = ARGUMENT.matcher(isGroup ? word.substring(0, word.length() - 1) : word);
      if (!matcher.matches()) {
        throw new IllegalStateException("not an argument: " + word);
      }
      arguments.add(argument(matcher, isGroup ? arguments(words, true) : List.of()));
    }
    if (inGroup) {
      throw new IllegalStateException("a parenthesis is not closed");
    }
    return arguments;
  }

  private static final Pattern ARGUMENT =
      Pattern.compile(
          "([^:/]+)(?:/(.+?))?:([a-z-]+)(?:@(\\d+))?"
              + "(?:='?([^'<!?*+]*|[=~*$])'?)?(?:<([^>]+)>)?"
              + "(?:!([^!]+)!)?(\\??)(\\*?)(\\+?)");

  private static Argument argument(Matcher matcher, List<Argument> parts) {
    List<String> flags = new ArrayList<>();
    for (int i = 0; i < FLAGS.size(); i++) {
      if (!matcher.group(8 + i).isEmpty()) {
        flags.add(FLAGS.get(i));
      }
    }
    String name = matcher.group(1);
    String shown = matcher.group(2);
    String keySpec = matcher.group(4);
    return new Argument(
        name,
        shown == null ? name : shown,
        matcher.group(3),
        keySpec == null ? -1 : Integer.parseInt(keySpec),
        matcher.group(5),
        matcher.group(6),
        matcher.group(7),
        flags,
        parts);
  }

  private static final List<String> FLAGS = List.of("optional", "multiple", "multiple_token");
}

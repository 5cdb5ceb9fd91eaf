package dev.carillon.server.cli;

import dev.carillon.protocol.bytes.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Keys as they are shown to people: plain where that is unmistakable, else as redis-cli does. */
final class KeyText {

  private KeyText() {}

  /**
   * The key itself if it is UTF-8 without control characters and neither empty nor quoted nor
   * surrounded by blanks; else in quotes, with {@code \xHH} for what cannot be shown.
   */
  static String of(Bytes key) {
    String text;
    try {
      text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(key.array(), key.offset(), key.length()))
              .toString();
    } catch (CharacterCodingException binary) {
      return quoted(key);
    }
    boolean plain =
        !text.isEmpty()
            && text.charAt(0) != '"'
            && text.strip().equals(text)
            && text.codePoints().allMatch(KeyText::isPrintable);
    return plain ? text : quoted(key);
  }

  private static boolean isPrintable(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }

  private static String quoted(Bytes key) {
    StringBuilder text = new StringBuilder(key.length() + 2).append('"');
    for (int i = 0; i < key.length(); i++) {
      int c = key.at(i) & 0xff;
      switch (c) {
        case '\\', '"' -> text.append('\\').append((char) c);
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        case 0x07 -> text.append("\\a");
        case '\b' -> text.append("\\b");
        default -> {
          if (c >= ' ' && c < 0x7f) {
            text.append((char) c);
          } else {
            text.append(String.format(Locale.ROOT, "\\x%02x", c));
          }
        }
      }
    }
    return text.append('"').toString();
  }
}

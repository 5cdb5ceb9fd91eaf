package dev.carillon.engine.reply;

import java.nio.charset.StandardCharsets;

/**
 * A refusal: what a handler throws when a request cannot be done. It carries the text of an error
 * reply and no stack trace, because it is an answer and not a defect.
 */
public final class CommandError extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final byte[] line;
  private final String code;

  /**
   * A refusal with this text.
   *
   * @param text code and message as they stand on the wire behind the minus sign, characters 0 to
   *     255; line ends within become spaces, those at its end are left out
   */
  public CommandError(String text) {
    super(text, null, false, false);
    int space = text.indexOf(' ');
    this.code = space < 0 ? text : text.substring(0, space);
    this.line =
        withoutLineEnds(text)
            .replace('\r', ' ')
            .replace('\n', ' ')
            .getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String withoutLineEnds(String text) {
    int end = text.length();
    while (end > 0 && (text.charAt(end - 1) == '\r' || text.charAt(end - 1) == '\n')) {
      end--;
    }
    return text.substring(0, end);
  }

  /** The text as bytes, without the minus sign and the line end. */
  public byte[] line() {
    return line;
  }

  /** The text as another error repeats it: without a code that says nothing. */
  public String reason() {
    String text = new String(line, StandardCharsets.ISO_8859_1);
    return text.startsWith("ERR ") ? text.substring(4) : text;
  }

  /** The first word of the text, as INFO errorstats counts it. */
  public String code() {
    return code;
  }
}

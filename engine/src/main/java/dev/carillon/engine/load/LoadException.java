package dev.carillon.engine.load;

import dev.carillon.engine.rdb.RdbFormatException;
import dev.carillon.protocol.bytes.Bytes;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A file cannot be loaded. The message is one sentence: file, place, key, reason, remedy. */
public final class LoadException extends IOException {

  private static final long serialVersionUID = 1;

  /** Longer keys are cut in messages; chosen. */
  private static final int SHOWN_BYTES = 64;

  /** A refusal with its whole sentence. */
  public LoadException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /**
   * A refusal of a place in a file.
   *
   * @param position where reading stopped, in bytes from the start
   * @param key the key that was being read, or null
   * @param remedy what to do
   */
  static LoadException at(
      String file,
      long position,
      @Nullable Bytes key,
      String reason,
      String remedy,
      @Nullable Throwable cause) {
    String named = key == null ? "" : ", key \"" + shown(key) + "\"";
    return new LoadException(
        file + " cannot be loaded: byte " + position + named + ": " + reason + "; " + remedy,
        cause);
  }

  /**
   * What to do about a file that is refused.
   *
   * @param ofDamage what to do if it is damaged
   */
  static String remedy(RdbFormatException refusal, String ofDamage) {
    return refusal instanceof RdbFormatException.Unknown
        ? "let the server that wrote it write it without that, or move it away"
        : ofDamage;
  }

  /** Bytes for people: what is not printable ASCII as hexadecimal digits. */
  static String shown(Bytes text) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), SHOWN_BYTES); i++) {
      int character = text.at(i) & 0xff;
      if (character >= ' ' && character < 0x7f && character != '"' && character != '\\') {
        shown.append((char) character);
      } else {
        shown.append(String.format("\\x%02x", character));
      }
    }
    return text.length() > SHOWN_BYTES ? shown + "…" : shown.toString();
  }
}

package dev.carillon.listener;

import dev.carillon.protocol.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The value that an event removed or replaced, where a feed carries it.
 *
 * @param text a string's bytes, or null if the value was none
 * @param dump the value as {@code DUMP} gives it and {@code RESTORE} takes it, or null if it was a
 *     string
 * @param omittedBytes how large the value was if it was too large to be carried; else 0
 */
public record OldValue(@Nullable Bytes text, @Nullable Bytes dump, long omittedBytes) {

  /** Whether the feed carries the value. */
  public boolean isPresent() {
    return text != null || dump != null;
  }

  /**
   * A string's bytes read as UTF-8.
   *
   * @throws IllegalStateException if the value was no string, or too large to be carried
   */
  public String string() {
    if (text == null) {
      throw new IllegalStateException(
          dump != null
              ? "the value was no string; dump() has it"
              : "the value had " + omittedBytes + " bytes, more than the feed carries");
    }
    return text.toString();
  }
}

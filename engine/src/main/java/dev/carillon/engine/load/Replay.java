package dev.carillon.engine.load;

import dev.carillon.protocol.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Executes commands that were recorded, one after the other, as one client would that began in
 * database 0. Nothing expires by itself, is refused for want of memory, announced or recorded.
 */
@FunctionalInterface
public interface Replay {

  /**
   * Executes a command.
   *
   * @param words its name and arguments
   * @return null, or the error that it was answered
   */
  @Nullable String execute(Bytes[] words);
}

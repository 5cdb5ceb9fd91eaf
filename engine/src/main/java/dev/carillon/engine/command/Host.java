package dev.carillon.engine.command;

import dev.carillon.engine.config.ConfigError;
import dev.carillon.engine.reply.Departure;
import dev.carillon.engine.session.Session;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The process around the engine: what a command may ask of it, and what only it can do. The engine
 * itself sees no files, threads, sockets or clocks. All methods are called from the engine's thread
 * and must not block.
 */
public interface Host {

  /** Where the engine runs alone, in tests: it knows nothing and can do nothing. */
  Host NONE =
      new Host() {
        @Override
        public Map<String, String> facts() {
          return Map.of();
        }

        @Override
        public void shutdown() {
          throw new IllegalStateException("an engine without a process cannot be shut down");
        }

        @Override
        public String rewriteConfig() {
          return "The server is running without a config file";
        }
      };

  /**
   * What INFO says of the process, by the names of its fields: {@code process_id}, {@code
   * tcp_port}, {@code run_id}, {@code executable}, {@code config_file}, {@code os}, {@code
   * used_memory_rss} and so on. Asked anew each time.
   */
  Map<String, String> facts();

  /** Stops the process in an orderly way, soon after this turn (SHUTDOWN). */
  void shutdown();

  /**
   * Writes the current configuration into the configuration file (CONFIG REWRITE).
   *
   * @return an empty text if it was written, else why not, as Redis would say it behind {@code ERR}
   */
  String rewriteConfig();

  /**
   * Reads the file of users ({@code aclfile}).
   *
   * @return its text, characters 0 to 255
   * @throws ConfigError with the reason alone if it cannot be read
   */
  default String readUsers() throws ConfigError {
    throw new ConfigError("No such file or directory");
  }

  /**
   * Replaces the text of the file of users.
   *
   * @param text characters 0 to 255
   * @return whether it was written
   */
  default boolean writeUsers(String text) {
    return false;
  }

  /**
   * Bytes that nobody can guess, for passwords. Where the engine runs alone there are no secrets,
   * and all are zero.
   */
  default byte[] secret(int length) {
    return new byte[length];
  }

  /**
   * Lets the whole server stand still (DEBUG SLEEP), the one thing here that does block. Where the
   * engine runs alone time does not pass by itself, so that nothing is to be waited for.
   *
   * @return by how many milliseconds the clock went on meanwhile from which turns get their time
   */
  default long sleep(long micros) {
    return 0;
  }

  /**
   * Speaks to another server, beside the engine's thread (MIGRATE). Returns at once; the listener
   * is told later, never before this returns, and {@code Engine.serveWaiting} is called after it.
   * Where the engine runs alone nobody is ever reached, and nobody told.
   */
  default void converse(Conversation conversation) {}

  /** Something went wrong that whoever runs the server should know: one sentence for its log. */
  default void warn(String sentence) {}

  /**
   * Prepares that a client's output leaves in another way than by its outbox, from another thread.
   *
   * @param session has output that is held back
   * @param sequence the turn that is durable when the output leaves, with all before it
   * @return null if it has to wait for the engine's thread
   */
  default @Nullable Departure departure(Session session, long sequence) {
    return null;
  }

  /** Sets what {@link #facts} counts to zero (CONFIG RESETSTAT). */
  default void resetCounters() {}

  /** Says something to the people who run the server, in one sentence. */
  default void report(String sentence) {}

  /** The nanoseconds of a clock that only measures durations. */
  default long ticker() {
    return 0;
  }
}

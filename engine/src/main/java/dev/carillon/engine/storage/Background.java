package dev.carillon.engine.storage;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Does what may block beside the engine's thread. Jobs are done one after the other in the order in
 * which they were handed in; a job that must not wait for another kind of jobs needs a background
 * of its own.
 */
public interface Background {

  /** Something that may take long. */
  interface Job {

    /** Does it; on a thread that is not the engine's. */
    void work() throws IOException;

    /**
     * It is done. Called on the engine's thread, between two turns.
     *
     * @param failure why it is not, or null
     */
    void done(@Nullable IOException failure);

    /**
     * Whether somebody waits for {@link #done}. Asked after it was handed to the engine's thread,
     * on a thread that is not the engine's: where nobody waits, that thread need not be woken, and
     * gets to it with the next thing that it has to do.
     */
    default boolean isAwaited() {
      return true;
    }
  }

  /** Hands a job in; returns at once. Engine thread only. */
  void run(Job job);
}

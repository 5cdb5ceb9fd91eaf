package dev.carillon.engine.reply;

/**
 * Output of one client that leaves as soon as the sync that it waits for has ended, from the thread
 * that syncs: nobody has to wake the engine's thread first.
 */
@FunctionalInterface
public interface Departure {

  /**
   * Sends the output, now that no crash can take back what it shows. Called at most once, on the
   * thread that has synced; never waits for the client.
   *
   * @return whether all of it has left; the rest leaves when the engine's thread knows of the sync
   */
  boolean leave();
}

package dev.carillon.listener.dispatch;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks every few milliseconds after those who handle events on the thread that should take the
 * next ones. One thread for all of them, of the platform, since virtual ones may all be busy; it
 * sleeps while there is nothing to look after.
 */
final class Watch {

  private static final Set<Dispatch> WATCHED = ConcurrentHashMap.newKeySet();

  private static final Thread THREAD =
      Thread.ofPlatform().daemon().name("carillon-watch").start(Watch::run);

  private Watch() {}

  /** Looks after somebody from now on, until there is nothing to look after. */
  static void on(Dispatch dispatch) {
    WATCHED.add(dispatch);
    LockSupport.unpark(THREAD);
  }

  private static void run() {
    while (true) {
      long rest = Long.MAX_VALUE;
      for (Dispatch dispatch : WATCHED) {
        // In this order: whoever asks to be watched while this looks is watched.
        WATCHED.remove(dispatch);
        long left = dispatch.look(System.nanoTime());
        if (left > 0) {
          WATCHED.add(dispatch);
          rest = Math.min(rest, left);
        }
      }
      if (!WATCHED.isEmpty()) {
        LockSupport.parkNanos(WATCHED, Math.max(rest, 1));
      } else {
        LockSupport.park(WATCHED);
      }
    }
  }
}

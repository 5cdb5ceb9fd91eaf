package dev.carillon.server.cli;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import sun.misc.Signal;

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an orderly stop that ends with exit code 0, as Redis does.
 *
 * <p>A shutdown hook could not do this: after the hooks the JVM ends with 128 plus the number of
 * the signal, and a hook that calls {@code halt} to prevent that would cut off the hooks of others,
 * such as the one that writes a flight recording. A second signal does not wait for the orderly
 * stop.
 *
 * <p>sun.misc.Signal is in every JDK (module jdk.unsupported) and nothing has replaced it. The
 * compiler warns at each use, and offers no way to say that it is meant.
 */
final class StopSignals {

  /** What {@link #onStop} says of Ctrl-C. */
  static final String INTERRUPT = "SIGINT";

  private static final int IMPATIENT = 130;

  private StopSignals() {}

  /** Calls {@code stop} with the name of the first signal that arrives, on a thread of its own. */
  static void onStop(Consumer<String> stop) {
    AtomicBoolean asked = new AtomicBoolean();
    for (String name : new String[] {"INT", "TERM", "HUP"}) {
      try {
        Signal.handle(
            new Signal(name),
            signal -> {
              if (asked.compareAndSet(false, true)) {
                stop.accept("SIG" + signal.getName());
              } else {
                Runtime.getRuntime().halt(IMPATIENT);
              }
            });
      } catch (IllegalArgumentException notHere) {
        // Windows has no SIGHUP, and -Xrs leaves signals to somebody else.
      }
    }
  }
}

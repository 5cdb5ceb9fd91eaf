import org.jspecify.annotations.NullMarked;

/**
 * A server inside the test's own JVM: a free port, a clock that the test moves, and the events that
 * happened.
 */
@NullMarked
module dev.carillon.junit {
  requires static transitive org.jspecify;
  requires transitive dev.carillon.server;
  requires transitive org.junit.jupiter.api;
  // Only for tests that ask for one.
  requires static dev.carillon.listener;

  exports dev.carillon.junit;
}

package dev.carillon.junit;

import dev.carillon.listener.Carillon;
import java.net.URI;

/** The one class that knows the listener, which need not be on the class path. */
final class ListenerParameter {

  private static final String TYPE = "dev.carillon.listener.Carillon";

  private ListenerParameter() {}

  /** Whether a parameter is one, without loading it. */
  static boolean is(Class<?> type) {
    return type.getName().equals(TYPE);
  }

  /** One for the server of a test. */
  static AutoCloseable connect(URI uri) {
    return Carillon.connect(uri);
  }
}

package dev.carillon.server;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** Which Carillon this is, as the build wrote it down. */
public final class Version {

  private static final Properties PROPERTIES = read();

  private Version() {}

  /** The version, such as {@code 0.1.0-SNAPSHOT}. */
  public static String text() {
    return PROPERTIES.getProperty("version", "unknown");
  }

  /** The abbreviated commit; empty if it was not built from a checkout. */
  public static String commit() {
    return PROPERTIES.getProperty("commit", "");
  }

  private static Properties read() {
    Properties properties = new Properties();
    try (InputStream stream = Version.class.getResourceAsStream("version.properties")) {
      if (stream != null) {
        properties.load(stream);
      }
    } catch (IOException unreadable) {
      // The version is for people; a server without one still serves.
    }
    return properties;
  }
}

package dev.carillon.conformance;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A version of Redis as far as behaviour depends on it: major and minor number.
 *
 * @param major the first number, such as 8 of 8.6.3
 * @param minor the second number, such as 6 of 8.6.3
 */
public record Version(int major, int minor) implements Comparable<Version> {

  /** Before all others. */
  public static final Version NONE = new Version(0, 0);

  private static final Comparator<Version> ORDER =
      Comparator.comparingInt(Version::major).thenComparingInt(Version::minor);

  private static final Pattern TEXT = Pattern.compile("(\\d{1,9})(\\.(\\d{1,9})(\\.\\d+)*)?");

  private static final Pattern IN_INFO = Pattern.compile("(?m)^redis_version:([\\d.]+)\\r?$");

  /**
   * The version that a text such as {@code 8.6}, {@code 8.6.3} or {@code 8} names.
   *
   * @throws IllegalArgumentException if it names none
   */
  public static Version parse(String text) {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("expected a version such as 8.6: " + text);
    }
    String minor = parts.group(3);
    return new Version(
        Integer.parseInt(parts.group(1)), minor == null ? 0 : Integer.parseInt(minor));
  }

  /**
   * The version that a server says it is in its reply to INFO.
   *
   * @throws IllegalArgumentException if it says none
   */
  public static Version ofInfo(String info) {
    Matcher line = IN_INFO.matcher(info);
    if (!line.find()) {
      throw new IllegalArgumentException("INFO names no version: " + info);
    }
    return parse(line.group(1));
  }

  /** Whether this version is the other one or came after it. */
  public boolean isSince(Version other) {
    return compareTo(other) >= 0;
  }

  @Override
  public int compareTo(Version other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}

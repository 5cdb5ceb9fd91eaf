package dev.carillon.engine.config;

import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The types whose values are numbers, and how numbers are read. */
final class NumberTypes {

  private static final Pattern DECIMAL = Pattern.compile("0|-?[1-9][0-9]{0,18}");
  private static final Pattern OCTAL = Pattern.compile("|[+-]?[0-7]{1,20}");
  private static final Pattern MEMORY = Pattern.compile("([0-9]*)([A-Za-z]{0,2})");
  private static final Pattern C_INTEGER = Pattern.compile("[\\t-\\r ]*[+-]?[0-9]{1,100}");

  private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);
  private static final BigInteger LONG_MIN = BigInteger.valueOf(Long.MIN_VALUE);

  private static final Map<String, Long> UNITS =
      Map.of(
          "",
          1L,
          "b",
          1L,
          "k",
          1000L,
          "kb",
          1L << 10,
          "m",
          1000L * 1000,
          "mb",
          1L << 20,
          "g",
          1000L * 1000 * 1000,
          "gb",
          1L << 30);

  private NumberTypes() {}

  /** The integer that a text spells in the one canonical way, or null. */
  static @Nullable Long decimal(String text) {
    if (!DECIMAL.matcher(text).matches()) {
      return null;
    }
    BigInteger value = new BigInteger(text);
    return value.bitLength() < Long.SIZE ? value.longValue() : null;
  }

  /**
   * The integer that a text spells as C's {@code strtoll} reads it: blanks and a sign before, zeros
   * in front, nothing at all for 0, the nearest 64-bit integer for a larger one; null if anything
   * follows it.
   */
  static @Nullable Long lenientDecimal(String text) {
    if (text.isEmpty()) {
      return 0L;
    }
    if (!C_INTEGER.matcher(text).matches()) {
      return null;
    }
    BigInteger value = new BigInteger(text.strip());
    return value.min(LONG_MAX).max(LONG_MIN).longValue();
  }

  /** The bytes that a text with a unit spells, or null; no digits at all are 0, as in Redis. */
  static @Nullable BigInteger memory(String text) {
    Matcher parts = MEMORY.matcher(text);
    if (!parts.matches() || text.length() > 100) {
      return null;
    }
    Long unit = UNITS.get(parts.group(2).toLowerCase(Locale.ROOT));
    if (unit == null) {
      return null;
    }
    String digits = parts.group(1);
    return digits.isEmpty()
        ? BigInteger.ZERO
        : new BigInteger(digits).multiply(BigInteger.valueOf(unit));
  }

  /** Bytes with the largest unit that divides them, as a file says them. */
  static String withUnit(long bytes) {
    if (bytes > 0) {
      for (String unit : List.of("gb", "mb", "kb")) {
        long size = UNITS.getOrDefault(unit, 1L);
        if (bytes % size == 0) {
          return bytes / size + unit;
        }
      }
    }
    return Long.toString(bytes);
  }

  private static ConfigError outside(String min, String max) {
    return new ConfigError("argument must be between " + min + " and " + max + " inclusive");
  }

  static final class Decimal extends ParameterType<Long> {
    private final long min;
    private final long max;
    private final LongUnaryOperator kept;

    Decimal(long min, long max, LongUnaryOperator kept) {
      super("integer, " + min + " to " + max, false);
      this.min = min;
      this.max = max;
      this.kept = kept;
    }

    @Override
    Long parse(List<String> words, Long current) throws ConfigError {
      Long value = decimal(words.get(0));
      if (value == null) {
        throw new ConfigError("argument couldn't be parsed into an integer");
      }
      if (value < min || value > max) {
        throw outside(Long.toString(min), Long.toString(max));
      }
      return kept.applyAsLong(value);
    }

    @Override
    public String format(Long value) {
      return Long.toString(value);
    }
  }

  static final class Octal extends ParameterType<Long> {
    private final long min;
    private final long max;

    Octal(long min, long max) {
      super("octal integer, " + Long.toOctalString(min) + " to " + Long.toOctalString(max), false);
      this.min = min;
      this.max = max;
    }

    @Override
    Long parse(List<String> words, Long current) throws ConfigError {
      if (!OCTAL.matcher(words.get(0)).matches()) {
        throw new ConfigError("argument couldn't be parsed as an octal number");
      }
      long value = words.get(0).isEmpty() ? 0 : Long.parseLong(words.get(0), 8);
      if (value < min || value > max) {
        throw outside(Long.toOctalString(min), Long.toOctalString(max));
      }
      return value;
    }

    @Override
    public String format(Long value) {
      return Long.toOctalString(value);
    }
  }

  static final class Memory extends ParameterType<Long> {
    private final long min;
    private final long max;
    private final LongUnaryOperator kept;
    private final boolean saturates;

    Memory(long min, long max, LongUnaryOperator kept, boolean saturates) {
      super("bytes, " + min + " to " + max + ", with units b k kb m mb g gb", false);
      this.min = min;
      this.max = max;
      this.kept = kept;
      this.saturates = saturates;
    }

    @Override
    Long parse(List<String> words, Long current) throws ConfigError {
      BigInteger value = memory(words.get(0));
      if (value == null) {
        throw new ConfigError("argument must be a memory value");
      }
      if (saturates) {
        value = value.min(LONG_MAX);
      }
      if (value.compareTo(BigInteger.valueOf(min)) < 0
          || value.compareTo(BigInteger.valueOf(max)) > 0) {
        throw outside(Long.toString(min), Long.toString(max));
      }
      return kept.applyAsLong(value.longValue());
    }

    @Override
    public String format(Long value) {
      return Long.toString(value);
    }

    @Override
    List<List<String>> lines(Long value) {
      return List.of(List.of(withUnit(value)));
    }
  }

  static final class MemoryOrPercent extends ParameterType<MemoryLimit> {

    MemoryOrPercent() {
      super("bytes with units b k kb m mb g gb, or a percentage up to 100%", false);
    }

    @Override
    MemoryLimit parse(List<String> words, MemoryLimit current) throws ConfigError {
      String text = words.get(0);
      if (text.endsWith("%")) {
        Long share = decimal(text.substring(0, text.length() - 1));
        if (share == null || share < 0) {
          throw new ConfigError("argument must be a memory or percent value");
        }
        if (share > 100) {
          throw new ConfigError("percentage argument must be less or equal to 100");
        }
        return share == 0 ? MemoryLimit.NONE : new MemoryLimit(share, true);
      }
      BigInteger bytes = memory(text);
      if (bytes == null) {
        throw new ConfigError("argument must be a memory or percent value");
      }
      return new MemoryLimit(bytes.min(LONG_MAX).longValue(), false);
    }

    @Override
    public String format(MemoryLimit value) {
      return value.amount() + (value.percent() ? "%" : "");
    }

    @Override
    List<List<String>> lines(MemoryLimit value) {
      return List.of(List.of(value.percent() ? format(value) : withUnit(value.amount())));
    }
  }
}

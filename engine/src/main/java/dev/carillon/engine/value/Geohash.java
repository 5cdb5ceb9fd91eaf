package dev.carillon.engine.value;

/**
 * Positions on the earth as numbers of 52 bits whose neighbours are mostly near: longitude and
 * latitude are each one of 2^26 steps between their limits, and the bits of the two alternate. Such
 * a number is exact as the score of a sorted set.
 *
 * <p>The limits, the radius of the earth and the formulas are those of Redis, so that scores and
 * distances are equal to the last digit. Latitudes end where a square map of the world does.
 *
 * <p>Any thread.
 */
public final class Geohash {

  /** The highest longitude, in degrees. */
  public static final double LONGITUDE_MAX = 180;

  /** The highest latitude, in degrees. */
  public static final double LATITUDE_MAX = 85.05112878;

  /** Into how many halves of halves each direction is divided. */
  static final int STEPS_MAX = 26;

  static final double EARTH_RADIUS_METERS = 6372797.560856;

  private static final double RADIANS_PER_DEGREE = Math.PI / 180;

  private static final String LETTERS = "0123456789bcdefghjkmnpqrstuvwxyz";
  private static final int BITS_PER_LETTER = 5;

  /** Of the eleventh letter only two bits would be known: it is always the first. */
  private static final int LETTERS_KNOWN = 10;

  private static final long ODD = 0xaaaaaaaaaaaaaaaaL;
  private static final long EVEN = 0x5555555555555555L;

  /** A position in degrees. */
  public record Position(double longitude, double latitude) {

    /** Whether it lies within the limits. */
    public boolean isValid() {
      return longitude >= -LONGITUDE_MAX
          && longitude <= LONGITUDE_MAX
          && latitude >= -LATITUDE_MAX
          && latitude <= LATITUDE_MAX;
    }
  }

  /**
   * A rectangle between lines of longitude and latitude: all positions whose numbers begin with the
   * same bits.
   *
   * @param bits the first bits, two for each step
   * @param steps 1 to {@link #STEPS_MAX}
   */
  public record Cell(long bits, int steps) {

    /** The lowest number within. */
    public long first() {
      return bits << 2 * (STEPS_MAX - steps);
    }

    /** The lowest number behind. */
    public long end() {
      return bits + 1 << 2 * (STEPS_MAX - steps);
    }

    /** The cell so many cells to the east and to the north, round the world at its edges. */
    Cell moved(int east, int north) {
      long all = -1L >>> 64 - 2 * steps;
      // The gaps are filled with ones, so that a carry passes over them, or a borrow stops at none.
      long x = moved(bits, ODD, EVEN & all, east) & ODD & all;
      long y = moved(bits, EVEN, ODD & all, north) & EVEN & all;
      return new Cell((east == 0 ? bits & ODD : x) | (north == 0 ? bits & EVEN : y), steps);
    }

    private static long moved(long bits, long own, long gaps, int by) {
      return by > 0 ? (bits & own) + (gaps + 1) : (bits & own | gaps) - (gaps + 1);
    }

    double west() {
      return degrees(compact(bits >>> 1), -LONGITUDE_MAX, 2 * LONGITUDE_MAX);
    }

    double east() {
      return degrees(compact(bits >>> 1) + 1, -LONGITUDE_MAX, 2 * LONGITUDE_MAX);
    }

    double south() {
      return degrees(compact(bits), -LATITUDE_MAX, 2 * LATITUDE_MAX);
    }

    double north() {
      return degrees(compact(bits) + 1, -LATITUDE_MAX, 2 * LATITUDE_MAX);
    }

    private double degrees(long step, double lowest, double span) {
      return lowest + step * 1.0 / (1L << steps) * span;
    }
  }

  private Geohash() {}

  // ------------------------------------------------------------------------------------- numbers

  /** The number of a valid position. */
  public static long encode(Position position) {
    return cell(position, STEPS_MAX).bits;
  }

  /** The cell that a valid position lies in. */
  static Cell cell(Position position, int steps) {
    return new Cell(encode(position, LATITUDE_MAX, steps), steps);
  }

  private static long encode(Position position, double latitudeMax, int steps) {
    double longitude = (position.longitude + LONGITUDE_MAX) / (2 * LONGITUDE_MAX);
    double latitude = (position.latitude + latitudeMax) / (2 * latitudeMax);
    long scale = 1L << steps;
    return spread((long) (latitude * scale)) | spread((long) (longitude * scale)) << 1;
  }

  /**
   * The position of a score: the middle of the smallest cell; never outside of the limits, though
   * scores that nobody encoded may be anything.
   */
  public static Position decode(double score) {
    // From 2^63 on, what Redis on x86-64 makes of it: the bits below, and none of 2^64 and more.
    long bits = score < 0x1p63 ? (long) score : score < 0x1p64 ? (long) (score - 0x1p63) : 0;
    Cell cell = new Cell(bits, STEPS_MAX);
    double longitude = (cell.west() + cell.east()) / 2;
    double latitude = (cell.south() + cell.north()) / 2;
    return new Position(
        Math.clamp(longitude, -LONGITUDE_MAX, LONGITUDE_MAX),
        Math.clamp(latitude, -LATITUDE_MAX, LATITUDE_MAX));
  }

  /**
   * The geohash of a position in letters, as the rest of the world writes it: its latitudes go from
   * -90 to 90.
   */
  public static String letters(Position position) {
    long bits = encode(position, 90, STEPS_MAX);
    StringBuilder letters = new StringBuilder();
    for (int i = 1; i <= LETTERS_KNOWN; i++) {
      letters.append(LETTERS.charAt((int) (bits >>> 2 * STEPS_MAX - i * BITS_PER_LETTER) & 31));
    }
    return letters.append(LETTERS.charAt(0)).toString();
  }

  /** Puts a zero in front of each of the lowest 32 bits. */
  private static long spread(long bits) {
    long x = bits & 0xffffffffL;
    x = (x | x << 16) & 0x0000ffff0000ffffL;
    x = (x | x << 8) & 0x00ff00ff00ff00ffL;
    x = (x | x << 4) & 0x0f0f0f0f0f0f0f0fL;
    x = (x | x << 2) & 0x3333333333333333L;
    return (x | x << 1) & EVEN;
  }

  /** Undoes {@link #spread}. */
  private static long compact(long bits) {
    long x = bits & EVEN;
    x = (x | x >>> 1) & 0x3333333333333333L;
    x = (x | x >>> 2) & 0x0f0f0f0f0f0f0f0fL;
    x = (x | x >>> 4) & 0x00ff00ff00ff00ffL;
    x = (x | x >>> 8) & 0x0000ffff0000ffffL;
    return (x | x >>> 16) & 0x00000000ffffffffL;
  }

  // ----------------------------------------------------------------------------------- distances

  static double radians(double degrees) {
    return degrees * RADIANS_PER_DEGREE;
  }

  static double degrees(double radians) {
    return radians / RADIANS_PER_DEGREE;
  }

  /** The distance of two positions on a sphere, in metres (the haversine formula). */
  public static double distance(Position one, Position other) {
    double v = Trigonometry.sin((radians(other.longitude) - radians(one.longitude)) / 2);
    if (v == 0) {
      return latitudeDistance(one, other);
    }
    double latitude = radians(one.latitude);
    double otherLatitude = radians(other.latitude);
    double u = Trigonometry.sin((otherLatitude - latitude) / 2);
    double a = u * u + Trigonometry.cos(latitude) * Trigonometry.cos(otherLatitude) * v * v;
    return 2 * EARTH_RADIUS_METERS * Trigonometry.asin(Math.sqrt(a));
  }

  /** The distance of two lines of latitude, in metres. */
  static double latitudeDistance(Position one, Position other) {
    return EARTH_RADIUS_METERS * Math.abs(radians(other.latitude) - radians(one.latitude));
  }
}

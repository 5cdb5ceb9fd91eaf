package dev.carillon.engine.rdb;

/**
 * What modules of Redis have written, which is skipped: it is a sequence of numbers and strings,
 * each behind a number that says which of them it is.
 */
final class RdbModules {

  private static final int END = 0;
  private static final int SIGNED = 1;
  private static final int UNSIGNED = 2;
  private static final int FLOAT = 3;
  private static final int DOUBLE = 4;
  private static final int STRING = 5;

  private static final String CHARACTERS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  private static final int NAME_LENGTH = 9;

  /** The lowest bits of an id are the version of the module's format. */
  private static final int VERSION_BITS = 10;

  private RdbModules() {}

  /** The name in the id of a module's type: nine characters of six bits, the first one highest. */
  static String name(long id) {
    StringBuilder name = new StringBuilder(NAME_LENGTH);
    for (int i = NAME_LENGTH - 1; i >= 0; i--) {
      name.append(CHARACTERS.charAt((int) (id >>> VERSION_BITS + 6 * i) & 0x3f));
    }
    return name.toString();
  }

  /** Skips a value, its end included. */
  static void skip(RdbReader in) throws RdbFormatException {
    for (long what = in.length(); what != END; what = in.length()) {
      switch ((int) Math.clamp(what, -1, STRING + 1)) {
        case SIGNED, UNSIGNED -> in.length();
        case FLOAT -> in.bytes(Float.BYTES);
        case DOUBLE -> in.bytes(Double.BYTES);
        case STRING -> in.string();
        default -> throw new RdbFormatException("a module wrote something of the kind " + what);
      }
    }
  }
}

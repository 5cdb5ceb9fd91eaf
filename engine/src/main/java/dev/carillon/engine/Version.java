package dev.carillon.engine;

/** What we say we are. */
public final class Version {

  /** The version of Redis whose behaviour clients can rely on; they decide by it what to use. */
  public static final String REDIS = "8.8.0";

  /** The version of Carillon: what the build wrote into the module, or a word for none. */
  public static final String CARILLON = carillon();

  private Version() {}

  private static String carillon() {
    String built = Version.class.getPackage().getImplementationVersion();
    return built == null ? "unreleased" : built;
  }
}

package dev.carillon.engine;

/** What we promise to be like. */
public final class Compatibility {

  /** The version of Redis whose behaviour clients can rely on; they decide by it what to use. */
  public static final String REDIS_VERSION = "8.8.0";

  private Compatibility() {}
}

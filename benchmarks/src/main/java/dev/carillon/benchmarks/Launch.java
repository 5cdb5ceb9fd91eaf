package dev.carillon.benchmarks;

/** The JVM flags of the launcher that matter for what is measured here. */
final class Launch {

  static final String SERIAL = "-XX:+UseSerialGC";
  static final String PRETENURE = "-XX:PretenureSizeThreshold=262144";
  static final String HEADERS = "-XX:+UseCompactObjectHeaders";
  static final String HEAP = "-Xmx2g";
  static final String YOUNG = "-Xmn48m";

  private Launch() {}
}

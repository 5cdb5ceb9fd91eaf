package dev.carillon.engine.value;

/**
 * How many bytes a value with many parts takes, kept up to date by the parts, so that asking costs
 * nothing. Engine thread only.
 */
final class Footprint {

  private long bytes;

  /** A part has grown by so many bytes, or shrunk. */
  void add(long difference) {
    bytes += difference;
  }

  long bytes() {
    return bytes;
  }
}

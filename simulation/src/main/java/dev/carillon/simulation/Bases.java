package dev.carillon.simulation;

import dev.carillon.engine.Engine;
import dev.carillon.engine.journal.BaseLoader;
import java.io.IOException;

/** Snapshots under the journal. */
final class Bases {

  private Bases() {}

  static BaseLoader loader(Engine engine) {
    return (name, file) -> {
      throw new IOException(name + " cannot be read: there are no snapshots yet");
    };
  }
}

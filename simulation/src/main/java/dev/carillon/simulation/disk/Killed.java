package dev.carillon.simulation.disk;

/**
 * The process that runs this code is gone: thrown out of whatever it asks of its disk, so that not
 * one more of its instructions has an effect. An error, because code that handles failures must not
 * handle this one.
 */
public final class Killed extends Error {

  private static final long serialVersionUID = 1;

  Killed() {
    super("the process is gone", null, false, false);
  }
}

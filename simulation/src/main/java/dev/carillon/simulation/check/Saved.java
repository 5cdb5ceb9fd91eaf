package dev.carillon.simulation.check;

/** A snapshot stays until there is another one. */
public final class Saved implements Guarantee {

  /** What {@link #onFound} is told where there is no snapshot. */
  public static final int NONE = -1;

  private int done = NONE;

  /** No snapshot was taken. */
  public Saved() {}

  @Override
  public String sentence() {
    return "A snapshot that was reported as done is there after every crash, and after every later"
        + " one that failed, until a newer one takes its place.";
  }

  /** SAVE was answered with OK, or LASTSAVE moved. */
  public void onDone(int number) {
    done = Math.max(done, number);
  }

  /** What is there now. */
  public void onFound(int number) {
    if (number < done) {
      throw broken(
          "snapshot "
              + done
              + " was reported as done, and "
              + (number == NONE ? "there is none" : "snapshot " + number + " is there"));
    }
  }
}

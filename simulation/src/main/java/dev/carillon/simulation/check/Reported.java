package dev.carillon.simulation.check;

/** Nothing is cut off in silence. */
public final class Reported implements Guarantee {

  /** Nothing was cut. */
  public Reported() {}

  @Override
  public String sentence() {
    return "Where a crash tore the journal's last record, the start cuts it off and says so.";
  }

  /**
   * A start left bytes at the journal's end unused.
   *
   * @param reportedBytes how many it said it cut
   * @param report what people read
   */
  public void onTorn(long tornBytes, long reportedBytes, String report) {
    if (reportedBytes <= 0 || report.isBlank()) {
      throw broken(
          tornBytes + " bytes were of no use, and " + reportedBytes + " were reported: " + report);
    }
  }
}

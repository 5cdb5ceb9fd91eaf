package dev.carillon.conformance.differential;

import java.util.List;

/**
 * A difference that nothing explains.
 *
 * @param kind what differs, of which command: shrinking keeps it, so that it does not slip from one
 *     defect to another
 * @param step the index of the step, or the number of steps if it shows only at the end
 * @param text what differs, for people
 */
record Finding(String kind, int step, String text) {

  /** The text for two lists of frames that should be the same. */
  static String difference(String where, List<Frame> ours, List<Frame> theirs) {
    return "  "
        + where
        + "\n    carillon: "
        + Judge.show(ours)
        + "\n    redis:    "
        + Judge.show(theirs);
  }
}

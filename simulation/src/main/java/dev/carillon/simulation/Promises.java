package dev.carillon.simulation;

import dev.carillon.simulation.check.Answered;
import dev.carillon.simulation.check.Bounded;
import dev.carillon.simulation.check.Concealed;
import dev.carillon.simulation.check.Exact;
import dev.carillon.simulation.check.Kept;
import dev.carillon.simulation.check.Readable;
import dev.carillon.simulation.check.Refused;
import dev.carillon.simulation.check.Reported;
import dev.carillon.simulation.check.Restarted;
import dev.carillon.simulation.check.Resumed;
import dev.carillon.simulation.check.Saved;
import dev.carillon.simulation.check.Whole;

/** What is checked in one run; outlives the processes. */
final class Promises {

  final Kept kept = new Kept();
  final Concealed concealed = new Concealed();
  final Bounded bounded = new Bounded();
  final Whole whole = new Whole("0".repeat(40));
  final Reported reported = new Reported();
  final Refused refused = new Refused();
  final Readable readable = new Readable();
  final Restarted restarted = new Restarted();
  final Resumed resumed = new Resumed();
  final Answered answered = new Answered();
  final Exact exact = new Exact();
  final Saved saved = new Saved();
}

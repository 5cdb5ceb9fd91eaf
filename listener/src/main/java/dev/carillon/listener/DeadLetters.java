package dev.carillon.listener;

import java.util.List;

/** Events that a group has given up, oldest first. Any thread. */
public interface DeadLetters {

  /** How many there are. */
  long count();

  /** The oldest ones, up to so many. */
  List<DeadLetter> list(int max);

  /**
   * Hands the oldest ones to the group again, up to so many, with their ids and as if they had not
   * been tried.
   *
   * @return how many
   */
  int redrive(int max);
}

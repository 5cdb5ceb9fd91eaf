package dev.carillon.engine.acl;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What rules can be about: the commands there are, numbered from 0, each subcommand with a number
 * of its own. Immutable.
 */
public interface Abilities {

  /** How many commands and subcommands there are. */
  int count();

  /**
   * The number of a command.
   *
   * @param name such as {@code get} or {@code config|get}, in letters of either case
   * @return -1 if there is none of this name
   */
  int number(String name);

  /** Whether a command is a subcommand. */
  boolean isSubcommand(int number);

  /**
   * The number behind those of a command and its subcommands, which follow it; {@code number + 1}
   * where it has none.
   */
  int familyEnd(int number);

  /**
   * The commands of a category. Not to be changed.
   *
   * @param name without an at sign, in letters of either case
   * @return null if there is no such category
   */
  @Nullable BitSet category(String name);
}

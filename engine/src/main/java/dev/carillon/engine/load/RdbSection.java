package dev.carillon.engine.load;

import java.io.IOException;
import java.util.Set;

/** What is done with an RDB file, or the part of a file that is one, a slice at a time. */
interface RdbSection {

  /** See {@link LoadSource#step}. */
  boolean step(int budgetBytes) throws IOException;

  /** How many keys there were so far. */
  long keys();

  /** See {@link LoadSource#remarks}. */
  Set<String> remarks();
}

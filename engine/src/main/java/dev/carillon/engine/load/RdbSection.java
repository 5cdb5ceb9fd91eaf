package dev.carillon.engine.load;

import dev.carillon.engine.rdb.RdbFileReader;
import dev.carillon.engine.rdb.RdbFormatException;
import dev.carillon.engine.rdb.RdbReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;

/** What is done with an RDB file, or the part of a file that is one, a slice at a time. */
interface RdbSection {

  /** See {@link LoadSource#step}. */
  boolean step(int budgetBytes) throws IOException;

  /** How many keys there were so far. */
  long keys();

  /** See {@link LoadSource#remarks}. */
  Set<String> remarks();

  /**
   * Reads on, and says of what cannot be read where it lies and what to do.
   *
   * @param name of the file
   * @param remedy what helps where the file is damaged
   */
  static boolean readOn(
      RdbFileReader reader, RdbReader in, String name, String remedy, int budgetBytes)
      throws IOException {
    try {
      return reader.readOn(budgetBytes);
    } catch (RdbFormatException e) {
      String reason = e.getMessage() == null ? "it is damaged" : e.getMessage();
      throw LoadException.at(
          name, in.position(), reader.key(), reason, LoadException.remedy(e, remedy), e);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}

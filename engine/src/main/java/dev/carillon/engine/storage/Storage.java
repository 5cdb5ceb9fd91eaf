package dev.carillon.engine.storage;

import java.io.IOException;
import java.util.List;

/**
 * A flat directory of files, of which this process is the only user. Names are relative to it, with
 * {@code /} between the parts; a directory in between is made where it is missing.
 *
 * <p>What a crash of the machine leaves: of a file, what {@link AppendFile#sync} had finished for,
 * and any part of what was appended later, in any order; of creations, renames and deletions those
 * before the last {@link #syncDirectory}, and any of the later ones. A crash of the process alone
 * takes nothing back.
 *
 * <p>Every method may block and may fail; a failure says which file and why. Methods of different
 * files may be called from different threads at a time; those of one file may not.
 */
public interface Storage {

  /**
   * The names of the files in a directory, in ascending order, without those in directories below.
   *
   * @param directory relative, or empty for the directory itself
   * @return full names, as the other methods take them; empty if there is no such directory
   */
  List<String> list(String directory) throws IOException;

  /** Whether there is a file of this name. */
  boolean exists(String name) throws IOException;

  /** How many bytes a file has. */
  long size(String name) throws IOException;

  /** Opens a file for reading from its start. */
  ReadFile read(String name) throws IOException;

  /** Makes an empty file, in the place of any that has the name, and opens it for appending. */
  AppendFile create(String name) throws IOException;

  /**
   * Opens a file for appending.
   *
   * @param length what to keep of it; the rest is cut off
   */
  AppendFile append(String name, long length) throws IOException;

  /** Gives a file another name, in the place of any that has it; one step, also in a crash. */
  void rename(String from, String to) throws IOException;

  /** Removes a file; nothing happens if there is none. */
  void delete(String name) throws IOException;

  /** Returns when creations, renames and deletions in a directory can no longer be taken back. */
  void syncDirectory(String directory) throws IOException;
}

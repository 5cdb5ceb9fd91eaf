package dev.carillon.engine.command.family;

import dev.carillon.engine.feed.Feeds;
import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.load.LoadException;
import dev.carillon.protocol.bytes.Bytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts what files hold in the place of what the keyspace holds, or adds it. Where they cannot be
 * read to their end all stays as it was: there is memory for both until that is known. To be used
 * within a turn that announces and records nothing. Engine thread only.
 */
final class Reload {

  private static final int SCAN_COUNT = 1024;

  /** Fills the databases of the keyspace, which are empty. */
  @FunctionalInterface
  interface Reading {
    /** Reads all. */
    void read() throws IOException;
  }

  private final Keyspace keyspace;
  private final Feeds feeds;

  Reload(Keyspace keyspace, Feeds feeds) {
    this.keyspace = keyspace;
    this.feeds = feeds;
  }

  /**
   * What is read takes the place of all there is.
   *
   * @throws IOException if it cannot be read, with a sentence that says why; nothing has changed
   */
  void replace(Reading reading) throws IOException {
    List<String> facts = feeds.facts();
    feeds.forgetAll();
    List<Database> before = keyspace.setAside();
    boolean done = false;
    try {
      read(reading);
      adopt();
      done = true;
    } finally {
      if (!done) {
        feeds.forgetAll();
        keyspace.replaceAll(before).forEach(Database::drop);
        facts.forEach(fact -> feeds.onFact(Bytes.of(Feeds.FACT), Bytes.of(fact)));
        String problem = feeds.adopt();
        assert problem == null : problem;
      }
    }
    before.forEach(Database::clear);
  }

  /**
   * What is read comes to what there is.
   *
   * @param overwriting whether keys that are there already get what is read; otherwise that is
   *     refused
   * @throws IOException as {@link #replace}
   */
  void add(Reading reading, boolean overwriting) throws IOException {
    List<Database> before = keyspace.setAside();
    boolean done = false;
    List<Database> read;
    try {
      read(reading);
      for (int i = 0; i < before.size(); i++) {
        requireRoom(before.get(i), keyspace.database(i), overwriting);
      }
      done = true;
    } finally {
      read = keyspace.replaceAll(before);
      if (!done) {
        read.forEach(Database::drop);
        feeds.forgetFacts();
      }
    }
    for (int i = 0; i < before.size(); i++) {
      move(read.get(i), before.get(i));
    }
    adopt();
  }

  private static void read(Reading reading) throws IOException {
    try {
      reading.read();
    } catch (OutOfMemoryError exhausted) {
      throw new LoadException("it does not fit into memory beside what is there", exhausted);
    }
  }

  private void adopt() throws IOException {
    String problem = feeds.adopt();
    if (problem != null) {
      throw new LoadException(problem, null);
    }
  }

  private static void requireRoom(Database target, Database read, boolean overwriting)
      throws IOException {
    for (Bytes key : keys(read)) {
      if (target.isFeed(key)) {
        throw new LoadException("the key " + key + " is a feed here", null);
      }
      if (!overwriting && target.contains(key)) {
        throw new LoadException("the key " + key + " is there already; say MERGE", null);
      }
    }
  }

  private static void move(Database read, Database target) {
    for (Bytes key : keys(read)) {
      Entry existing = target.findAsIs(key);
      if (existing != null) {
        target.remove(key, existing);
        target.changedSilently(key);
      }
      Entry entry = read.findAsIs(key);
      if (entry != null) {
        read.move(key, entry, target, key);
        target.changedSilently(key);
        read.changedSilently(key);
      }
    }
    read.drop();
  }

  private static List<Bytes> keys(Database database) {
    List<Bytes> keys = new ArrayList<>(database.size());
    long cursor = 0;
    do {
      cursor = database.scan(cursor, SCAN_COUNT, entry -> keys.add(entry.key().copy()));
    } while (cursor != 0);
    return keys;
  }
}

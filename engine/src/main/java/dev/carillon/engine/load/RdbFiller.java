package dev.carillon.engine.load;

import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.keyspace.Recency;
import dev.carillon.engine.rdb.RdbFileReader;
import dev.carillon.engine.rdb.RdbFormatException;
import dev.carillon.engine.rdb.RdbReader;
import dev.carillon.engine.rdb.RdbStreamExtras;
import dev.carillon.engine.rdb.RdbValue;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Makes keys of what an RDB file, or the part of a file that is one, holds. Keys past their
 * deadline are made too: the sweep announces and removes them afterwards, so that nobody misses
 * that they expired.
 */
final class RdbFiller implements RdbFileReader.Visitor, RdbSection {

  private static final String REMEDY =
      "put an intact copy in its place, or move it away to start without what it holds";

  private static final Bytes STREAM_EXTRAS = Bytes.of(RdbStreamExtras.NAME);

  private final String name;
  private final RdbReader in;
  private final RdbFileReader reader;
  private final Keyspace keyspace;
  private final BiConsumer<Bytes, Bytes> aux;
  private final Set<String> remarks = new LinkedHashSet<>();
  private Database database;
  private long keys;

  /**
   * @param name what to call the file in messages
   * @param in at the first byte
   * @param aux told of each fact that the file holds: name and text
   */
  RdbFiller(
      String name,
      RdbReader in,
      boolean checking,
      Keyspace keyspace,
      BiConsumer<Bytes, Bytes> aux) {
    this.name = name;
    this.in = in;
    this.keyspace = keyspace;
    this.aux = aux;
    this.database = keyspace.database(0);
    this.reader = new RdbFileReader(in, checking, keyspace, this);
  }

  @Override
  public boolean step(int budgetBytes) throws IOException {
    return RdbSection.readOn(reader, in, name, REMEDY, budgetBytes);
  }

  @Override
  public long keys() {
    return keys;
  }

  @Override
  public Set<String> remarks() {
    return remarks;
  }

  @Override
  public void onAux(Bytes auxName, Bytes text) throws RdbFormatException {
    if (!auxName.equals(STREAM_EXTRAS)) {
      aux.accept(auxName, text);
      return;
    }
    Bytes key = RdbStreamExtras.key(text);
    Entry entry = database.findAsIs(key);
    if (entry == null || entry.type() != ValueType.STREAM) {
      throw new RdbFormatException("something is said of a stream that is not there");
    }
    database.edit(entry);
    RdbStreamExtras.apply(text, (StreamValue) entry.object());
    database.changedSilently(key, entry);
  }

  @Override
  public void onDatabase(long number) throws RdbFormatException {
    if (number < 0 || number >= keyspace.count()) {
      throw new RdbFormatException(
          "it has keys in database "
              + number
              + ", and there are "
              + keyspace.count()
              + " databases here: start with --databases "
              + (number + 1));
    }
    database = keyspace.database((int) number);
  }

  @Override
  public void onFunctions() {
    remarks.add(name + " has functions, which Carillon does not have yet: they are left out");
  }

  @Override
  public void onModule(String module) {
    remarks.add(
        name + " has data of the module " + module + " that belong to no value: they are left out");
  }

  @Override
  public void onModuleValue(Bytes key, String module) throws RdbFormatException {
    throw new RdbFormatException.Unknown(
        "its value belongs to the module " + module + ", which Carillon does not have");
  }

  @Override
  public void onEmpty(Bytes key) {
    remarks.add(name + " has collections without elements: their keys are left out");
  }

  @Override
  public void onEntry(
      Bytes key, RdbValue value, long deadlineMillis, long idleSeconds, int frequency)
      throws RdbFormatException {
    if (database.contains(key)) {
      throw new RdbFormatException("the key is there twice");
    }
    boolean hasDeadline = deadlineMillis != RdbFileReader.NO_DEADLINE;
    // Whatever was before 1970 is over as well at its first millisecond.
    long deadline = hasDeadline ? Math.max(1, deadlineMillis) : Entry.NO_DEADLINE;
    Bytes text = value.text();
    Entry entry;
    if (text != null) {
      entry = database.createString(key, text, deadline);
    } else {
      entry = database.create(key, value.type());
      value.putInto(entry);
      if (hasDeadline) {
        entry.deadlineMillis(deadline);
      }
    }
    if (frequency >= 0 || idleSeconds >= 0) {
      use(entry, idleSeconds, frequency);
    }
    database.changedSilently(key);
    keys++;
  }

  private void use(Entry entry, long idleSeconds, int frequency) {
    Recency recency = keyspace.recency();
    if (frequency >= 0 && recency.isFrequency()) {
      entry.access(recency.accessOfFrequency(frequency));
    } else if (idleSeconds >= 0 && !recency.isFrequency()) {
      entry.access(recency.accessIdleFor(idleSeconds));
    }
  }
}

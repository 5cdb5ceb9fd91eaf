package dev.carillon.engine.snapshot;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.rdb.Crc64;
import dev.carillon.engine.rdb.RdbFormatException;
import dev.carillon.engine.rdb.RdbOpcode;
import dev.carillon.engine.rdb.RdbReader;
import dev.carillon.engine.rdb.RdbStreamExtras;
import dev.carillon.engine.rdb.RdbValue;
import dev.carillon.engine.rdb.RdbValues;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.protocol.bytes.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * A file of a snapshot, read in the plainest way: whole, and with no mercy. A key that comes twice
 * fails, and so does everything that is not where it belongs.
 */
final class SnapshotReading {

  final Keyspace keyspace;
  final Map<String, String> facts = new LinkedHashMap<>();
  final int version;
  private Entry last;

  SnapshotReading(byte[] file) {
    Engine engine =
        new Engine(
            new EngineOptions(new Configuration(), new Random(7), Host.NONE, Long.MAX_VALUE));
    keyspace = engine.keyspace();
    version = Integer.parseInt(Bytes.view(file, 5, 4).toLatin1());
    require(Bytes.view(file, 0, 5).toLatin1().equals("REDIS"), "a file begins with REDIS");
    long crc = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(file.length - 8);
    require(
        crc == 0 || crc == Crc64.of(file, 0, file.length - 8), "the checksum is that of the file");
    try {
      read(new RdbReader(Bytes.view(file, 9, file.length - 9 - 8)));
    } catch (RdbFormatException e) {
      throw new AssertionError("the file is damaged", e);
    }
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new AssertionError(rule);
    }
  }

  private void read(RdbReader in) throws RdbFormatException {
    Database database = keyspace.database(0);
    long deadline = Entry.NO_DEADLINE;
    while (true) {
      int opcode = in.int8();
      switch (opcode) {
        case RdbOpcode.AUX -> aux(in.string(), in.string());
        case RdbOpcode.DATABASE -> database = keyspace.database((int) in.length());
        case RdbOpcode.SIZES -> {
          in.length();
          in.length();
        }
        case RdbOpcode.DEADLINE_MILLIS -> deadline = in.int64();
        case RdbOpcode.IDLE -> in.length();
        case RdbOpcode.FREQUENCY -> in.int8();
        case RdbOpcode.END -> {
          require(in.remaining() == 0, "nothing follows the end");
          return;
        }
        default -> {
          entry(opcode, in, database, deadline);
          deadline = Entry.NO_DEADLINE;
        }
      }
    }
  }

  private void aux(Bytes name, Bytes value) throws RdbFormatException {
    if (!name.toLatin1().equals(RdbStreamExtras.NAME)) {
      facts.put(name.toLatin1(), value.toLatin1());
      return;
    }
    require(RdbStreamExtras.key(value).equals(last.key()), "what is said belongs to the last key");
    last.database().edit(last);
    RdbStreamExtras.apply(value, (StreamValue) last.object());
    last.database().changedSilently(last.key(), last);
  }

  /** The kind of a value stands in front of its key, and whoever reads values wants it behind. */
  private void entry(int kind, RdbReader in, Database database, long deadline)
      throws RdbFormatException {
    Bytes key = in.string().copy();
    require(!database.contains(key), "each key comes once, but " + key + " came twice");
    RdbValue value = RdbValues.begin(kind, in, keyspace);
    require(value.readOn(in, Long.MAX_VALUE), "a value has an end");
    Entry entry = database.create(key, value.type());
    value.putInto(entry);
    entry.deadlineMillis(deadline);
    database.changedSilently(key, entry);
    last = entry;
  }
}

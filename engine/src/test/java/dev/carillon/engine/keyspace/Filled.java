package dev.carillon.engine.keyspace;

import dev.carillon.engine.turn.Turn;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import java.util.Random;

/** A keyspace for tests that need many entries of known age, and no commands. */
final class Filled {

  static final long START_MILLIS = 1_700_000_000_000L;
  static final int DATABASES = 3;

  private static final byte[] VALUE = new byte[32];

  final Turn turn = new Turn();
  final Keyspace keyspace;
  final Evictor evictor;
  long nowMillis = START_MILLIS;

  Filled(long seed) {
    keyspace = new Keyspace(DATABASES, turn, new Random(seed));
    evictor = new Evictor(keyspace);
    turn.begin(nowMillis);
  }

  void advance(long millis) {
    turn.commit();
    nowMillis += millis;
    turn.begin(nowMillis);
  }

  /** Makes keys {@code prefix0}, {@code prefix1} and so on. */
  void add(int db, String prefix, int count, long deadlineMillis) {
    for (int i = 0; i < count; i++) {
      Bytes key = Bytes.of(prefix + i);
      Entry entry = keyspace.database(db).create(key, ValueType.STRING);
      entry.string(VALUE, 0, VALUE.length);
      if (deadlineMillis > 0) {
        entry.deadlineMillis(deadlineMillis + i);
      }
      keyspace.database(db).changedSilently(key);
    }
  }

  void remove(int db, String prefix, int count) {
    for (int i = 0; i < count; i++) {
      Bytes key = Bytes.of(prefix + i);
      Entry entry = keyspace.database(db).find(key);
      if (entry != null) {
        keyspace.database(db).remove(key, entry);
        keyspace.database(db).changedSilently(key);
      }
    }
  }

  void use(int db, String prefix, int count) {
    for (int i = 0; i < count; i++) {
      Entry entry = keyspace.database(db).find(Bytes.of(prefix + i));
      if (entry != null) {
        keyspace.recency().touch(entry, false);
      }
    }
  }

  /** How many of the keys {@code prefix0} to {@code prefix(count-1)} are there. */
  int left(int db, String prefix, int count) {
    int left = 0;
    for (int i = 0; i < count; i++) {
      left += keyspace.database(db).contains(Bytes.of(prefix + i)) ? 1 : 0;
    }
    return left;
  }

  int size() {
    int size = 0;
    for (int db = 0; db < DATABASES; db++) {
      size += keyspace.database(db).size();
    }
    return size;
  }

  /** Removes about {@code keys} keys by setting a limit that is so much lower than what is used. */
  void makeRoomFor(int keys) {
    int before = size();
    while (size() > before - keys) {
      evictor.limitBytes(evictor.usedBytes() - 1);
      int sizeBefore = size();
      evictor.round(1);
      if (size() == sizeBefore) {
        return;
      }
    }
  }
}

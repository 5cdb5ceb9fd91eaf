package dev.carillon.engine.keyspace;

import dev.carillon.engine.store.Slots;
import dev.carillon.engine.value.HashValue;
import dev.carillon.engine.value.Intset;
import dev.carillon.engine.value.ListValue;
import dev.carillon.engine.value.Listpack;
import dev.carillon.engine.value.SetEncoding;
import dev.carillon.engine.value.SetValue;
import dev.carillon.engine.value.SortedSetValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How many keys of a database have how many elements, and how many strings how many bytes, in
 * classes that each go up to twice what the one before goes to. It is kept with each change,
 * because whoever asks for it must not have all keys counted.
 *
 * <p>The door that opens a change takes the entry out of its class, and when nothing of the
 * database is open any more all that were open come into the classes of what they are then. An
 * entry that is opened twice, as where fields expire while their hash is changed, is taken out
 * once. O(1) for each change, without allocation. Engine thread only.
 */
final class KeySizes {

  /** Class 0 is what is empty; class n begins at 2 to the power of n - 1. */
  static final int CLASSES = Long.SIZE;

  /** Strings, lists, sets, sorted sets and hashes, which have the first codes. */
  static final int TYPES = ValueType.HASH.code() + 1;

  private static final int[][] NO_COUNTS = {};
  private static final byte[] NO_CLASSES = {};

  private final Database database;
  private final int[][] counts = new int[TYPES][CLASSES];
  private final Bytes view = Bytes.view();

  /** How many collections take how many bytes, in the same classes; empty if nobody counts that. */
  private int[][] memoryCounts = NO_COUNTS;

  /**
   * The class of what the collection in a slot took when it was counted: unlike its size, what it
   * takes may change without anybody's doing.
   */
  private byte[] memoryClasses = NO_CLASSES;

  /** The slots that are in no class because they are open; mostly one. */
  private int[] open = new int[4];

  private int openSlots;
  private int openChanges;

  KeySizes(Database database) {
    this.database = database;
  }

  /** How many keys of a type are in a class. */
  int count(ValueType type, int sizeClass) {
    return type.code() < TYPES ? counts[type.code()][sizeClass] : 0;
  }

  /** How many collections of a type take as many bytes as a class says. */
  int memoryCount(ValueType type, int sizeClass) {
    return memoryCounts.length > 0 && type != ValueType.STRING && type.code() < TYPES
        ? memoryCounts[type.code()][sizeClass]
        : 0;
  }

  /** Counts bytes from now on, where there is nothing yet, or no more. */
  void countMemory(boolean wanted) {
    memoryCounts = wanted ? new int[TYPES][CLASSES] : NO_COUNTS;
    memoryClasses = NO_CLASSES;
  }

  /** A change is opened, of an entry as it still is or of a key that is not there. */
  void opened(@Nullable Entry entry) {
    openChanges++;
    if (entry != null && !isOpen(entry.id())) {
      add(entry.id(), -1);
      takeOutOfMemory(entry.id());
      keepOpen(entry.id());
    }
  }

  /** The change that was opened for a key that is not there has made a slot for it. */
  void created(int id) {
    keepOpen(id);
  }

  /** The slot of a change that is open goes. */
  void freed(int id) {
    for (int i = openSlots - 1; i >= 0; i--) {
      if (open[i] == id) {
        open[i] = open[--openSlots];
        return;
      }
    }
  }

  /** A change is closed. */
  void closed() {
    if (--openChanges <= 0) {
      closeAll();
    }
  }

  /** Nothing is open any more, also where somebody failed before he closed what he had opened. */
  void closeAll() {
    openChanges = 0;
    for (int i = 0; i < openSlots; i++) {
      add(open[i], 1);
      putIntoMemory(open[i]);
    }
    openSlots = 0;
  }

  /** All entries are gone, and nothing is open. */
  void clear() {
    for (int[] ofType : counts) {
      Arrays.fill(ofType, 0);
    }
    for (int[] ofType : memoryCounts) {
      Arrays.fill(ofType, 0);
    }
    openSlots = 0;
    openChanges = 0;
  }

  /**
   * Whether the classes say what counting all entries says, where nothing is open; O(entries). For
   * assertions.
   */
  boolean areRight() {
    if (openChanges != 0) {
      return true;
    }
    int[][] kept = new int[TYPES][];
    for (int type = 0; type < TYPES; type++) {
      kept[type] = counts[type].clone();
    }
    long cursor = 0;
    do {
      cursor = database.scan(cursor, 1024, entry -> add(entry.id(), -1));
    } while (cursor != 0);
    boolean right = true;
    for (int type = 0; type < TYPES; type++) {
      for (int count : counts[type]) {
        right &= count == 0;
      }
      System.arraycopy(kept[type], 0, counts[type], 0, CLASSES);
    }
    return right;
  }

  private boolean isOpen(int id) {
    for (int i = 0; i < openSlots; i++) {
      if (open[i] == id) {
        return true;
      }
    }
    return false;
  }

  private void keepOpen(int id) {
    if (openSlots == open.length) {
      open = Arrays.copyOf(open, 2 * openSlots);
    }
    open[openSlots++] = id;
  }

  private void add(int id, int difference) {
    int type = database.slots.type(id);
    if (type < TYPES) {
      counts[type][Long.SIZE - Long.numberOfLeadingZeros(size(type, id))] += difference;
    }
  }

  private void takeOutOfMemory(int id) {
    if (memoryCounts.length > 0) {
      int type = database.slots.type(id);
      if (type < TYPES && id < memoryClasses.length) {
        memoryCounts[type][memoryClasses[id]]--;
      }
    }
  }

  private void putIntoMemory(int id) {
    if (memoryCounts.length > 0) {
      int type = database.slots.type(id);
      if (type < TYPES) {
        if (id >= memoryClasses.length) {
          memoryClasses = Arrays.copyOf(memoryClasses, Math.max(id + 1, 2 * memoryClasses.length));
        }
        int memoryClass = Long.SIZE - Long.numberOfLeadingZeros(database.sizeBytes(id));
        memoryClasses[id] = (byte) memoryClass;
        memoryCounts[type][memoryClass]++;
      }
    }
  }

  private long size(int type, int id) {
    Slots slots = database.slots;
    if (type == ValueType.STRING.code()) {
      return new Entry(database, id).stringLength();
    }
    if (slots.holdsObject(id)) {
      return switch (database.objectOf(id)) {
        case HashValue hash -> hash.fields().size();
        case ListValue list -> list.size();
        case SetValue set -> set.size();
        case SortedSetValue set -> set.size();
        case null, default -> throw new IllegalStateException("a slot of type " + type);
      };
    }
    Bytes packed = slots.value(id, view);
    if (type == ValueType.HASH.code()) {
      return HashView.packedSize(packed, slots.hint(id));
    }
    if (type == ValueType.SET.code() && slots.hint(id) == SetEncoding.INTSET.form()) {
      return Intset.count(packed);
    }
    int entries = Listpack.count(packed);
    return type == ValueType.SORTED_SET.code() ? entries / 2 : entries;
  }
}

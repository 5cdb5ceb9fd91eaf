package dev.carillon.engine.session;

import dev.carillon.protocol.bytes.Bytes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Lists of fields that a client gave names to, so that it need not repeat them with every hash that
 * it imports (HIMPORT). They end with the session. Engine thread only.
 */
public final class Fieldsets {

  /** Derived, about: an entry of the map, a list, and for each field a string and a reference. */
  private static final int SET_BYTES = 128;

  private static final int FIELD_BYTES = 64;

  private final LongConsumer memory;
  private final Map<Bytes, List<Bytes>> sets = new HashMap<>();
  private long bytes;

  /**
   * No lists.
   *
   * @param memory told by how many bytes they have grown, or shrunk if negative
   */
  Fieldsets(LongConsumer memory) {
    this.memory = memory;
  }

  /** The fields that a name stands for, or null. */
  public @Nullable List<Bytes> find(Bytes name) {
    return sets.get(name);
  }

  /**
   * Lets a name stand for fields, in place of others if it stood for some.
   *
   * @param fields strings of their own, as {@code name}
   */
  public void put(Bytes name, List<Bytes> fields) {
    remove(name);
    sets.put(name, List.copyOf(fields));
    count(size(name, fields));
  }

  /** Forgets a name; answers whether it stood for anything. */
  public boolean remove(Bytes name) {
    List<Bytes> removed = sets.remove(name);
    if (removed != null) {
      count(-size(name, removed));
    }
    return removed != null;
  }

  /** Forgets all names; answers how many there were. */
  public int clear() {
    int count = sets.size();
    sets.clear();
    count(-bytes);
    return count;
  }

  /** The memory of all lists. */
  public long bytes() {
    return bytes;
  }

  private void count(long more) {
    bytes += more;
    memory.accept(more);
  }

  private static long size(Bytes name, List<Bytes> fields) {
    long size = SET_BYTES + name.length();
    for (Bytes field : fields) {
      size += FIELD_BYTES + field.length();
    }
    return size;
  }
}

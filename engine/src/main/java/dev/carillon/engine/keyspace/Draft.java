package dev.carillon.engine.keyspace;

import dev.carillon.engine.value.HashValue;
import dev.carillon.engine.value.MemberTable;
import dev.carillon.engine.value.Packed;
import dev.carillon.engine.value.PackedArray;
import dev.carillon.engine.value.Value;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A collection in the making, which no key holds yet: the result of a command, or what was read
 * from a payload. When nothing can fail any more, {@link Entry#take} makes a key hold it. Engine
 * thread only.
 */
public final class Draft implements Holder {

  /** Chosen: as much as most small collections need. */
  private static final int FIRST_BYTES = 128;

  private final Keyspace keyspace;
  private final ValueType type;
  private PackedArray packed = new PackedArray(FIRST_BYTES);
  private int form;
  private @Nullable Value object;

  /**
   * An empty collection.
   *
   * @param keyspace whose keys may hold it
   */
  public Draft(Keyspace keyspace, ValueType type) {
    this.keyspace = keyspace;
    this.type = type;
  }

  /** The kind of collection. */
  public ValueType type() {
    return type;
  }

  /** The collection as a set. */
  public SetView set() {
    return new SetView(this, keyspace);
  }

  /** The collection as a sorted set. */
  public SortedSetView sortedSet() {
    return new SortedSetView(this, keyspace);
  }

  /**
   * The fields of the collection as a large hash, to which any may be added with values and
   * deadlines; a hash that stays small is put into an entry directly.
   */
  public MemberTable fields() {
    HashValue hash = new HashValue(keyspace.pages(), keyspace.seed(), HashValue.Encoding.HASHTABLE);
    object = hash;
    return hash.fields();
  }

  /** Makes another holder hold the collection; this one must not be used any more. */
  void handTo(Holder other) {
    if (object != null) {
      other.object(object);
    } else {
      other.packed(packed.bytes());
      other.form(form);
    }
  }

  @Override
  public boolean holdsObject() {
    return object != null;
  }

  @Override
  public Value object() {
    return Objects.requireNonNull(object);
  }

  @Override
  public void object(Value value) {
    object = value;
  }

  @Override
  public Packed packed() {
    return packed;
  }

  @Override
  public void packed(Bytes bytes) {
    packed = PackedArray.copyOf(bytes);
    object = null;
    form = 0;
  }

  @Override
  public int form() {
    return form;
  }

  @Override
  public void form(int newForm) {
    form = newForm;
  }
}

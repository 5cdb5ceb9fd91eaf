package dev.carillon.engine.value;

import dev.carillon.engine.store.KeyTable;
import dev.carillon.engine.store.PagePool;

/**
 * A large hash: its fields are the members of a table, their values and deadlines lie with them.
 * What is done to the fields is asked of {@link #fields()}; this adds what belongs to the hash as a
 * whole. Engine thread only.
 */
public final class HashValue extends Value {

  /** What Redis would call the way in which it keeps the hash; it only ever goes on. */
  public enum Encoding {
    /** Few and short fields, none of which ever had a deadline. */
    LISTPACK("listpack"),
    /** Few and short fields, and one of them has or had a deadline. */
    LISTPACK_EX("listpackex"),
    /** Any others. */
    HASHTABLE("hashtable");

    private final String wireName;

    Encoding(String wireName) {
      this.wireName = wireName;
    }

    /** As OBJECT ENCODING says it. */
    public String wireName() {
      return wireName;
    }
  }

  /** Derived: the fields of this object. */
  private static final int OVERHEAD_BYTES = 40;

  private final MemberTable fields;
  private Encoding encoding;
  private int timer;

  /**
   * A hash without fields.
   *
   * @param pages where its pages come from
   * @param seed of the hash of its fields; nobody outside may know it
   */
  public HashValue(PagePool pages, long seed, Encoding encoding) {
    this(new MemberTable(pages, seed), encoding);
  }

  private HashValue(MemberTable fields, Encoding encoding) {
    this.fields = fields;
    this.encoding = encoding;
  }

  @Override
  public KeyTable index() {
    return fields.index();
  }

  @Override
  public ValueType type() {
    return ValueType.HASH;
  }

  /** The fields with their values and deadlines. */
  public MemberTable fields() {
    return fields;
  }

  /** What Redis would call it. */
  public Encoding encoding() {
    return encoding;
  }

  /** Redis would keep it in another way from now on. */
  public void encoding(Encoding next) {
    encoding = next;
  }

  /** A number that the owner keeps here: what wakes it when the earliest field is over. */
  public int timer() {
    return timer;
  }

  /** Sets the number that the owner keeps here; a copy begins with 0. */
  public void timer(int number) {
    timer = number;
  }

  @Override
  public long sizeBytes() {
    return OVERHEAD_BYTES + fields.sizeBytes();
  }

  @Override
  public boolean isEmpty() {
    return fields.size() == 0;
  }

  @Override
  public long parts() {
    return encoding == Encoding.HASHTABLE ? fields.size() : 1;
  }

  @Override
  public HashValue copy() {
    return new HashValue(fields.copy(), encoding);
  }

  @Override
  public void release() {
    fields.release();
  }
}

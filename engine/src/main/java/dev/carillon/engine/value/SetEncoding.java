package dev.carillon.engine.value;

/**
 * What Redis calls the ways to keep a set. The codes of the packed ones are stored in the arena's
 * slots: rows may only be appended.
 */
public enum SetEncoding {
  /** Members one behind the other, see {@link Listpack}. */
  LISTPACK("listpack"),
  /** Ascending integers, see {@link Intset}. */
  INTSET("intset"),
  /** An index of members, see {@link SetValue}. */
  HASHTABLE("hashtable");

  private final String wireName;

  SetEncoding(String wireName) {
    this.wireName = wireName;
  }

  /** The word in replies of OBJECT ENCODING. */
  public String wireName() {
    return wireName;
  }

  /** The number that stands for a packed form in a slot. */
  public int form() {
    return ordinal();
  }
}

package dev.carillon.protocol.event;

/**
 * A class of key events: one letter of {@code notify-keyspace-events}. The table of letters; nobody
 * else lists them.
 *
 * <p>Rows stand in the order in which Redis reads flags back ({@code o c} and {@code a}: see {@link
 * NotifyFlags}). Rows may be added; a letter never changes its meaning.
 */
public enum EventClass {
  /** Events that are not tied to a data type. */
  GENERIC('g', true, "2.8.0", "generic commands, not tied to a data type"),
  /** Events of strings, bitmaps and HyperLogLogs. */
  STRING('$', true, "2.8.0", "string commands"),
  /** Events of lists. */
  LIST('l', true, "2.8.0", "list commands"),
  /** Events of sets. */
  SET('s', true, "2.8.0", "set commands"),
  /** Events of hashes and their fields. */
  HASH('h', true, "2.8.0", "hash commands"),
  /** Events of sorted sets and geo indexes. */
  SORTED_SET('z', true, "2.8.0", "sorted set commands"),
  /** A key's time was over. */
  EXPIRED('x', true, "2.8.0", "a key expired"),
  /** A key was removed to free memory. */
  EVICTED('e', true, "2.8.0", "a key was evicted because of maxmemory"),
  /** Events of streams. */
  STREAM('t', true, "5.0.0", "stream commands"),
  /** Events of data types that modules add; Carillon has none of its own. */
  MODULE('d', true, "6.2.0", "data types of modules"),
  /** Events of arrays. */
  ARRAY('a', true, "8.8.0", "array commands"),
  /** A key was added to a database. */
  NEW('n', false, "7.0.0", "a key was added to a database"),
  /** A value was replaced as a whole. */
  OVERWRITTEN('o', false, "8.2.0", "a value was replaced as a whole"),
  /** A value was replaced by one of another type. */
  TYPE_CHANGED('c', false, "8.2.0", "a value was replaced by one of another type"),
  /** A read looked for a key that does not exist. */
  KEY_MISS('m', false, "6.0.0", "a read looked for a key that does not exist");

  private final char letter;
  private final boolean insideAll;
  private final String since;
  private final String meaning;

  EventClass(char letter, boolean insideAll, String since, String meaning) {
    this.letter = letter;
    this.insideAll = insideAll;
    this.since = since;
    this.meaning = meaning;
  }

  /** The letter of {@code notify-keyspace-events}. */
  public char letter() {
    return letter;
  }

  /** Whether the letter {@code A} includes this class. */
  public boolean isInsideAll() {
    return insideAll;
  }

  /** The version of Redis that introduced the class. */
  public String since() {
    return since;
  }

  /** What events of this class tell, for people. */
  public String meaning() {
    return meaning;
  }

  /** The one bit of this class in {@link NotifyFlags#bits}; not stored anywhere. */
  @SuppressWarnings("EnumOrdinal") // Any distinct bits will do.
  public int bit() {
    return 1 << ordinal();
  }
}

package dev.carillon.engine.rdb;

import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.keyspace.ListView;
import dev.carillon.engine.value.ListImage;
import dev.carillon.engine.value.ListLimit;
import dev.carillon.engine.value.ListValue;
import dev.carillon.engine.value.Listpack;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;

/**
 * Lists in RDB. Redis has written them in four forms, each of which is read here:
 *
 * <pre>
 *    1   the number of elements, the elements
 *   10   a ziplist
 *   14   the number of nodes, each a ziplist
 *   18   the number of nodes, each the number 1 and a large element, or 2 and a listpack
 * </pre>
 *
 * <p>The last one, of 7.0 and newer, is written.
 */
final class RdbList implements RdbValue {

  static final int LIST = 1;
  static final int ZIPLIST = 10;
  static final int QUICKLIST = 14;
  static final int QUICKLIST_2 = 18;

  private static final int PLAIN = 1;
  private static final int PACKED = 2;

  private final int kind;
  private final ListLimit limit;
  private final ListValue list;

  /** How many elements or nodes are still to be read. */
  private long left;

  private RdbList(int kind, ListLimit limit) {
    this.kind = kind;
    this.limit = limit;
    this.list = new ListValue(limit);
  }

  static void write(Entry entry, RdbWriter out) {
    ListView list = entry.list();
    out.kind(QUICKLIST_2);
    out.length(list.nodes());
    for (int i = 0; i < list.nodes(); i++) {
      out.length(list.isPlain(i) ? PLAIN : PACKED);
      out.string(list.node(i));
    }
  }

  /** Begins to write a large list, which may change as soon as this returns. */
  static RdbSlices begin(ListValue list, RdbWriter out) {
    out.kind(QUICKLIST_2);
    out.length(list.chunkCount());
    return new Writing(list.image());
  }

  /** The chunks that are still to be written. */
  private static final class Writing implements RdbSlices {
    private final ListImage image;
    private final LongText text = new LongText();

    Writing(ListImage image) {
      this.image = image;
    }

    @Override
    public boolean write(RdbWriter out, int bytes) {
      long end = (long) out.length() + bytes;
      while (image.hasNext() && out.length() < end) {
        if (!text.isUnderWay()) {
          out.length(image.isPlain() ? PLAIN : PACKED);
        }
        if (text.write(image.bytes(), out, end)) {
          image.pass();
        }
      }
      return !image.hasNext();
    }

    @Override
    public long heldBytes() {
      return image.heldBytes();
    }

    @Override
    public void close() {
      image.close();
    }
  }

  /** Begins to read a list behind its kind, which is one of those above. */
  static RdbList begin(int kind, RdbReader in, Keyspace keyspace) throws RdbFormatException {
    RdbList reading = new RdbList(kind, keyspace.limits().list());
    if (kind == ZIPLIST) {
      Ziplist.visit(in.string(), element -> reading.list.push(false, element));
      requireElements(reading.list);
    } else {
      reading.left = in.count("a list", kind == LIST ? "elements" : "nodes");
    }
    return reading;
  }

  private static void requireElements(ListValue list) throws RdbFormatException {
    if (list.isEmpty()) {
      throw new RdbFormatException.Empty("a list has no elements");
    }
  }

  @Override
  public ValueType type() {
    return ValueType.LIST;
  }

  @Override
  public boolean readOn(RdbReader in, long untilPosition) throws RdbFormatException {
    while (left > 0 && in.position() < untilPosition) {
      readPart(in);
      left--;
    }
    if (left > 0) {
      return false;
    }
    requireElements(list);
    return true;
  }

  private void readPart(RdbReader in) throws RdbFormatException {
    if (kind == LIST) {
      list.push(false, in.string());
      return;
    }
    long container = kind == QUICKLIST_2 ? in.length() : PACKED;
    Bytes bytes = in.string();
    if (bytes.isEmpty()) {
      throw new RdbFormatException("a node of a list has no bytes");
    }
    if (container == PLAIN) {
      if (limit.isLarge(bytes.length())) {
        list.addPlain(bytes);
      } else {
        list.push(false, bytes);
      }
      return;
    }
    if (container != PACKED) {
      throw new RdbFormatException("no node of a list has the number " + container);
    }
    if (kind == QUICKLIST) {
      bytes = Ziplist.toListpack(bytes).bytes();
    } else if (!Listpack.isIntact(bytes)) {
      throw new RdbFormatException("a listpack is damaged");
    }
    if (Listpack.count(bytes) > 0) {
      list.addListpack(bytes);
    }
  }

  @Override
  public void putInto(Entry entry) {
    entry.list().take(list);
  }
}

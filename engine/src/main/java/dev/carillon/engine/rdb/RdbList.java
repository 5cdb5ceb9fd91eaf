package dev.carillon.engine.rdb;

import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.ListView;
import dev.carillon.engine.value.ListLimit;
import dev.carillon.engine.value.ListValue;
import dev.carillon.engine.value.Listpack;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;

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

  /** A node: one large element, or a listpack. */
  private record Node(boolean isPlain, Bytes bytes) {}

  private final List<Bytes> elements = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();

  private RdbList() {}

  static void write(Entry entry, RdbWriter out) {
    ListView list = entry.list();
    out.int8(QUICKLIST_2);
    out.length(list.nodes());
    for (int i = 0; i < list.nodes(); i++) {
      out.length(list.isPlain(i) ? PLAIN : PACKED);
      out.string(list.node(i));
    }
  }

  /** Reads a list behind its kind, which is one of those above. */
  static RdbList read(int kind, RdbReader in) throws RdbFormatException {
    RdbList list = new RdbList();
    if (kind == ZIPLIST) {
      Ziplist.visit(in.string(), list.elements::add);
    } else {
      for (long left = in.length(); left != 0; left--) {
        list.readPart(kind, in);
      }
    }
    if (list.elements.isEmpty() && list.nodes.isEmpty()) {
      throw new RdbFormatException("a list has no elements");
    }
    return list;
  }

  private void readPart(int kind, RdbReader in) throws RdbFormatException {
    if (kind == LIST) {
      elements.add(in.string());
      return;
    }
    long container = kind == QUICKLIST_2 ? in.length() : PACKED;
    Bytes bytes = in.string();
    if (kind == QUICKLIST) {
      bytes = Ziplist.toListpack(bytes).bytes();
    } else if (container == PACKED && !Listpack.isIntact(bytes)) {
      throw new RdbFormatException("a listpack is damaged");
    } else if (container != PACKED && container != PLAIN) {
      throw new RdbFormatException("no node of a list has the number " + container);
    }
    if (container == PLAIN || Listpack.count(bytes) > 0) {
      nodes.add(new Node(container == PLAIN, bytes));
    }
  }

  @Override
  public ValueType type() {
    return ValueType.LIST;
  }

  @Override
  public void putInto(Entry entry) {
    ListView view = entry.list();
    ListLimit limit = view.limit();
    ListValue list = new ListValue(limit);
    for (Bytes element : elements) {
      list.push(false, element);
    }
    for (Node node : nodes) {
      if (!node.isPlain) {
        list.addListpack(node.bytes);
      } else if (limit.isLarge(node.bytes.length())) {
        list.addPlain(node.bytes);
      } else {
        list.push(false, node.bytes);
      }
    }
    view.take(list);
  }
}

package dev.carillon.engine.keyspace;

import dev.carillon.engine.store.Slots;
import dev.carillon.engine.value.ElementVisitor;
import dev.carillon.engine.value.ListLimit;
import dev.carillon.engine.value.ListValue;
import dev.carillon.engine.value.Listpack;
import dev.carillon.engine.value.Packed;
import dev.carillon.protocol.bytes.Bytes;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The list of an entry, whichever form it has: a listpack in the slot, or a {@link ListValue}. Good
 * as long as the entry, through changes of the list.
 *
 * <p><b>Forms.</b> Redis keeps a list in one listpack until {@code list-max-listpack-size} says
 * that it is too large, and again when it has shrunk to half of that; {@link #encoding} says which
 * of the two Redis would have. The slot holds what Redis has in one listpack, unless it is longer
 * than a slot may be: then it is a large list that knows that it is {@linkplain ListValue#isWhole
 * whole}.
 *
 * <p>Elements are numbered from 0; methods that take an index require it to be there. Texts that
 * are put in must not lie in the same database: what is read from a list has to be copied first.
 * The methods that change something are called like those of {@link Entry}. Engine thread only.
 */
public final class ListView {

  private final Entry entry;
  private @Nullable Packed packed;

  ListView(Entry entry) {
    this.entry = entry;
  }

  /** The listpack of a small list. */
  private Packed packed() {
    Packed slot = packed;
    if (slot == null) {
      slot = entry.packed();
      packed = slot;
    }
    return slot;
  }

  private boolean isLarge() {
    return entry.holdsObject();
  }

  private ListValue large() {
    return (ListValue) entry.object();
  }

  /** How much a node holds that is made now. */
  public ListLimit limit() {
    return entry.database().keyspace().limits().list();
  }

  /** Where the digits of integers are written that a view points at. */
  private byte[] scratch() {
    return entry.database().digits;
  }

  // -------------------------------------------------------------------------------------- reading

  /** How many elements there are. */
  public long size() {
    return isLarge() ? large().size() : Listpack.count(packed().bytes());
  }

  /** An element; good until the list is read or changed again. */
  public Bytes get(long index) {
    Bytes view = Bytes.view();
    if (isLarge()) {
      return large().get(index, view);
    }
    Bytes pack = packed().bytes();
    return Listpack.text(pack, Listpack.seek(pack, (int) index), view, scratch());
  }

  /** Shows all elements from one to an end of the list to a visitor, until it has seen enough. */
  public void visit(long from, boolean forward, ElementVisitor visitor) {
    if (isLarge()) {
      large().visit(from, forward, visitor);
    } else {
      Bytes pack = packed().bytes();
      int at = Listpack.seek(pack, (int) from);
      Listpack.visit(pack, at, forward, Bytes.view(), scratch(), visitor);
    }
  }

  /** Shows so many elements, which must be there, from one on in a direction to a visitor. */
  public void visit(long from, long count, boolean forward, Consumer<Bytes> visitor) {
    if (count > 0) {
      long[] left = {count};
      visit(
          from,
          forward,
          text -> {
            visitor.accept(text);
            return --left[0] > 0;
          });
    }
  }

  /** How many nodes Redis would keep the list in; for those who write them as they are. */
  public int nodes() {
    return isLarge() ? large().chunkCount() : 1;
  }

  /** The bytes of a node: a listpack, or an element if the node {@link #isPlain}. */
  public Bytes node(int number) {
    return isLarge() ? large().chunkBytes(number) : packed().bytes();
  }

  /** Whether a node is one large element. */
  public boolean isPlain(int number) {
    return isLarge() && large().isPlain(number);
  }

  /** Redis' word for the form, as OBJECT ENCODING says it. */
  public String encoding() {
    return isLarge() && !large().isWhole() ? "quicklist" : "listpack";
  }

  // ------------------------------------------------------------------------------------- changing

  /**
   * Adds elements at an end, one after the other, so that those at the head end up in reverse.
   *
   * @param texts gives the elements by numbers
   * @param from the first number
   * @param to the number behind the last one
   */
  public void push(boolean atHead, IntFunction<Bytes> texts, int from, int to) {
    // A list of several nodes stays one, however much is added.
    if (!isLarge() || large().isWhole()) {
      long textBytes = 0;
      long entryBytes = 0;
      for (int i = from; i < to; i++) {
        textBytes += texts.apply(i).length();
        entryBytes += Listpack.entryBytes(texts.apply(i));
      }
      makeRoom(to - from, textBytes, entryBytes);
    }
    if (isLarge()) {
      ListValue list = large();
      for (int i = from; i < to; i++) {
        list.push(atHead, texts.apply(i));
      }
    } else {
      for (int i = from; i < to; i++) {
        int at = atHead ? Listpack.first(packed().bytes()) : Listpack.NONE;
        Listpack.insert(packed(), at, texts.apply(i));
      }
    }
  }

  /** Adds an element at an end. */
  public void push(boolean atHead, Bytes text) {
    push(atHead, i -> text, 0, 1);
  }

  /** Removes elements from an end. */
  public void remove(boolean fromHead, long count) {
    if (count == 0) {
      return;
    }
    if (isLarge()) {
      large().remove(fromHead, count);
      shrink();
    } else {
      Bytes pack = packed().bytes();
      int entries = (int) count;
      int from = fromHead ? Listpack.first(pack) : Listpack.seek(pack, -entries);
      Listpack.delete(packed(), from, entries);
    }
  }

  /** Replaces an element. */
  public void set(long index, Bytes text) {
    makeRoom(text);
    if (isLarge()) {
      large().set(index, text);
      shrink();
    } else {
      Listpack.replace(packed(), Listpack.seek(packed().bytes(), (int) index), text);
    }
  }

  /** Adds an element before or behind another one. */
  public void insert(long index, boolean behind, Bytes text) {
    makeRoom(text);
    if (isLarge()) {
      large().insert(index, behind, text);
    } else {
      int at = Listpack.seek(packed().bytes(), (int) index + (behind ? 1 : 0));
      Listpack.insert(packed(), at, text);
    }
  }

  /**
   * Removes elements with a text.
   *
   * @param limit how many at most
   * @param fromHead whether those go that are nearest to the head, or to the tail
   * @return how many went
   */
  public long removeMatches(Bytes text, long limit, boolean fromHead) {
    if (isLarge()) {
      long removed = large().removeMatches(text, limit, fromHead);
      shrink();
      return removed;
    }
    long kept = fromHead ? 0 : Math.max(0, Listpack.countMatches(packed().bytes(), text) - limit);
    return Listpack.deleteMatches(packed(), text, (int) kept, limit);
  }

  /** Removes all elements but {@code count} of them from {@code first} on. */
  public void trim(long first, long count) {
    long behind = size() - first - count;
    remove(true, first);
    remove(false, behind);
  }

  /** Replaces the whole list, or what a key held instead of one, by elements. */
  public void replace(Iterable<Bytes> texts) {
    ListValue list = new ListValue(limit());
    for (Bytes text : texts) {
      list.push(false, text);
    }
    take(list);
  }

  /**
   * Replaces the whole list by one that was put together elsewhere, in the form that its size asks
   * for.
   */
  public void take(ListValue list) {
    if (list.chunkCount() == 1
        && !list.isPlain(0)
        && !limit().isExceeded(list.chunkBytes(0).length(), list.size())) {
      list.whole(true);
    }
    if (!pack(list, Slots.MAX_INLINE)) {
      entry.object(list);
    }
  }

  // ---------------------------------------------------------------------------------------- forms

  private void makeRoom(Bytes text) {
    makeRoom(1, text.length(), Listpack.entryBytes(text));
  }

  /**
   * Chooses the form before elements are put in, by what Redis goes by: their bare texts. So a list
   * may exceed the limit a little and still be said to be a listpack.
   *
   * @param entryBytes what the elements take in a listpack
   */
  private void makeRoom(long count, long textBytes, long entryBytes) {
    if (isLarge()) {
      ListValue list = large();
      if (list.isWhole()
          && limit().isExceeded(list.listpackBytes() + textBytes, list.size() + count)) {
        list.whole(false);
      }
      return;
    }
    Bytes pack = packed().bytes();
    long bytes = Math.max(pack.length(), Listpack.OVERHEAD_BYTES);
    boolean isExceeded = limit().isExceeded(bytes + textBytes, Listpack.count(pack) + count);
    if (isExceeded || bytes + entryBytes > Slots.MAX_INLINE) {
      ListValue list = new ListValue(limit());
      list.addListpack(pack);
      list.whole(!isExceeded);
      entry.object(list);
    }
  }

  /** Chooses the form after elements went from a large list. */
  private void shrink() {
    ListValue list = large();
    if (!list.isWhole()
        && list.chunkCount() == 1
        && !list.isPlain(0)
        && limit().isHalfEmpty(list.chunkBytes(0).length(), list.size())) {
      list.whole(true);
    }
    // Half of what fits, so that a list does not change its form with every element.
    pack(list, Slots.MAX_INLINE / 2);
  }

  /** Puts a list into the slot if it is whole and short enough. */
  private boolean pack(ListValue list, int bytesMax) {
    boolean fits =
        list.isWhole() && list.chunkCount() == 1 && list.chunkBytes(0).length() <= bytesMax;
    if (fits) {
      entry.packed(list.chunkBytes(0));
    }
    return fits;
  }
}

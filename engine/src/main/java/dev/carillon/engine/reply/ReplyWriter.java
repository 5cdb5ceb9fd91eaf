package dev.carillon.engine.reply;

import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;

/**
 * Says what a handler means; its two implementations know how each protocol spells it. Replies are
 * written straight into the client's outbox: an aggregate's size comes first, then exactly that
 * many elements (pairs, for a map) must follow. Engine thread only.
 */
public interface ReplyWriter {

  /** Where the bytes go. */
  Outbox out();

  /** There is no such value. */
  void nil();

  /** There is no such array. */
  void nilArray();

  /** A map of {@code pairs} keys and values follows. */
  void map(long pairs);

  /** A set of {@code size} elements follows. */
  void set(long size);

  /** A message of {@code size} elements that answers no request follows. */
  void push(long size);

  /** A floating point number, as Redis formats it for this protocol. */
  void real(double number);

  /** A number with a fraction whose digits are known, because a double could not hold them. */
  void real(Bytes digits);

  /** An integer of any size, by its digits. */
  void bigNumber(String digits);

  /** A truth value. */
  void bool(boolean value);

  /** Text for people: {@code format} is three characters such as {@code txt}. */
  void verbatim(String format, String text);

  /** The length of an array that was opened by {@link #mapLater} is {@code pairs} pairs. */
  void endMap(Outbox.Place place, long pairs);

  /** The length of a set that was opened by {@link #setLater} is {@code size} elements. */
  void endSet(Outbox.Place place, long size);

  /** The protocol's number, 2 or 3. */
  int version();

  /** {@code +OK}. */
  default void ok() {
    out().put(Spelling.OK);
  }

  /** A short status of printable characters. */
  default void simple(String status) {
    Outbox out = out();
    out.put('+');
    out.put(status.getBytes(StandardCharsets.ISO_8859_1));
    out.lineEnd();
  }

  /** An integer. */
  default void integer(long number) {
    out().line(':', number);
  }

  /** An integer without a sign, as a big number where it does not fit into an integer's 63 bits. */
  default void unsigned(long number) {
    if (number >= 0) {
      integer(number);
    } else {
      bigNumber(Long.toUnsignedString(number));
    }
  }

  /** A string. */
  default void bulk(Bytes text) {
    out().bulk(text.array(), text.offset(), text.length());
  }

  /** A string. */
  default void bulk(byte[] array, int offset, int length) {
    out().bulk(array, offset, length);
  }

  /** A string, as UTF-8. */
  default void bulk(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out().bulk(bytes, 0, bytes.length);
  }

  /** The decimal digits of an integer as a string. */
  default void bulkLong(long number) {
    bulk(Long.toString(number));
  }

  /** An array of {@code size} elements follows. */
  default void array(long size) {
    out().line('*', size);
  }

  /** An array follows whose size is said by {@link #endArray} when all its elements are written. */
  default Outbox.Place arrayLater() {
    return out().openPlace();
  }

  /** Says the size of the array opened last. */
  default void endArray(Outbox.Place place, long size) {
    out().fill(place, '*', size);
  }

  /**
   * The answer to one step of an iteration: says the cursor to go on from and the size of what was
   * written since {@link #arrayLater} gave the place.
   */
  default void endScan(Outbox.Place place, long cursor, long size) {
    String digits = Long.toString(cursor);
    String lines = "*2\r\n$" + digits.length() + "\r\n" + digits + "\r\n*" + size + "\r\n";
    out().fill(place, lines.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** A set follows whose size is said by {@link #endSet} when all its elements are written. */
  default Outbox.Place setLater() {
    return out().openPlace();
  }

  /** A map follows whose size is said by {@link #endMap}. */
  default Outbox.Place mapLater() {
    return out().openPlace();
  }

  /** A refusal. */
  default void error(CommandError error) {
    Outbox out = out();
    out.put('-');
    out.put(error.line());
    out.lineEnd();
  }
}

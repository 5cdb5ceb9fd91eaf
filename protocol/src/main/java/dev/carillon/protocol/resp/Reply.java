package dev.carillon.protocol.resp;

import dev.carillon.protocol.bytes.Bytes;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A reply as a client sees it: what {@link ReplyDecoder} makes of RESP2 and RESP3. For listeners,
 * {@code watch} and tests; the server writes its replies without building such trees.
 *
 * <p>Immutable, with bytes of its own; any thread.
 */
public sealed interface Reply {

  /** A line of text such as {@code +OK}, without its marker. */
  record Simple(Bytes text) implements Reply {}

  /** An error with its code, such as {@code ERR unknown command}; from a line or a bulk error. */
  record Failure(Bytes text) implements Reply {

    /** The first word: the code of the error. */
    public String code() {
      String line = text.toLatin1();
      int space = line.indexOf(' ');
      return space < 0 ? line : line.substring(0, space);
    }
  }

  /** An integer. */
  record Int(long value) implements Reply {}

  /** A binary-safe string. */
  record Bulk(Bytes text) implements Reply {}

  /** The absence of a value, in one of its three spellings. */
  enum Null implements Reply {
    /** RESP2's {@code $-1}. */
    BULK,
    /** RESP2's {@code *-1}. */
    ARRAY,
    /** RESP3's {@code _}. */
    VALUE
  }

  /** A sequence. */
  record Array(List<Reply> elements) implements Reply {

    /** A sequence of these elements, which are copied. */
    public Array {
      elements = List.copyOf(elements);
    }
  }

  /** A collection without duplicates, in the order of arrival. */
  record Set(List<Reply> elements) implements Reply {

    /** A collection of these elements, which are copied. */
    public Set {
      elements = List.copyOf(elements);
    }
  }

  /** A message that answers no request: Pub/Sub, invalidation. */
  record Push(List<Reply> elements) implements Reply {

    /** A message of these elements, which are copied. */
    public Push {
      elements = List.copyOf(elements);
    }
  }

  /** Keys with values, in the order of arrival; keys need not be distinct. */
  record Map(List<Entry> entries) implements Reply {

    /** A map of these entries, which are copied. */
    public Map {
      entries = List.copyOf(entries);
    }

    /** The first value whose key is a simple or bulk string equal to {@code key}, or null. */
    public @Nullable Reply get(String key) {
      Bytes wanted = Bytes.of(key);
      for (Entry entry : entries) {
        if ((entry.key() instanceof Simple(Bytes text) && text.equals(wanted))
            || (entry.key() instanceof Bulk(Bytes bulk) && bulk.equals(wanted))) {
          return entry.value();
        }
      }
      return null;
    }
  }

  /** One key of a map with its value. */
  record Entry(Reply key, Reply value) {}

  /** A double; also infinite or NaN. */
  record Real(double value) implements Reply {}

  /** True or false. */
  record Bool(boolean value) implements Reply {}

  /** An integer of any size. */
  record BigNumber(BigInteger value) implements Reply {}

  /** A string with a format of three characters, such as {@code txt}. */
  record Verbatim(String format, Bytes text) implements Reply {}
}

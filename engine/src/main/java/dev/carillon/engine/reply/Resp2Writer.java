package dev.carillon.engine.reply;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;

/** RESP2: maps and sets are arrays, numbers with a fraction are strings, truth is 1 or 0. */
public final class Resp2Writer implements ReplyWriter {

  private final Outbox out;

  /** A writer into {@code out}. */
  public Resp2Writer(Outbox out) {
    this.out = out;
  }

  @Override
  public Outbox out() {
    return out;
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public void nil() {
    out.put(Spelling.NIL_BULK);
  }

  @Override
  public void nilArray() {
    out.put(Spelling.NIL_ARRAY);
  }

  @Override
  public void map(long pairs) {
    out.line('*', 2 * pairs);
  }

  @Override
  public void endMap(Outbox.Place place, long pairs) {
    out.fill(place, '*', 2 * pairs);
  }

  @Override
  public void endSet(Outbox.Place place, long size) {
    out.fill(place, '*', size);
  }

  @Override
  public void set(long size) {
    out.line('*', size);
  }

  @Override
  public void push(long size) {
    out.line('*', size);
  }

  @Override
  public void real(double number) {
    bulk(Numerals.of(number));
  }

  @Override
  public void real(Bytes digits) {
    bulk(digits);
  }

  @Override
  public void bigNumber(String digits) {
    bulk(digits);
  }

  @Override
  public void bool(boolean value) {
    out.line(':', value ? 1 : 0);
  }

  @Override
  public void verbatim(String format, String text) {
    bulk(text);
  }
}

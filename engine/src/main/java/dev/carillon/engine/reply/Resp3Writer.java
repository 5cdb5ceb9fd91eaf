package dev.carillon.engine.reply;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.nio.charset.StandardCharsets;

/** RESP3: every meaning has a spelling of its own. */
public final class Resp3Writer implements ReplyWriter {

  private final Outbox out;

  /** A writer into {@code out}. */
  public Resp3Writer(Outbox out) {
    this.out = out;
  }

  @Override
  public Outbox out() {
    return out;
  }

  @Override
  public int version() {
    return 3;
  }

  @Override
  public void nil() {
    out.put(Spelling.NULL);
  }

  @Override
  public void nilArray() {
    out.put(Spelling.NULL);
  }

  @Override
  public void map(long pairs) {
    out.line('%', pairs);
  }

  @Override
  public void endMap(Outbox.Place place, long pairs) {
    out.fill(place, '%', pairs);
  }

  @Override
  public void endSet(Outbox.Place place, long size) {
    out.fill(place, '~', size);
  }

  @Override
  public void set(long size) {
    out.line('~', size);
  }

  @Override
  public void push(long size) {
    out.line('>', size);
  }

  @Override
  public void real(double number) {
    real(Numerals.of(number));
  }

  @Override
  public void real(Bytes digits) {
    out.put(',');
    out.put(digits.array(), digits.offset(), digits.length());
    out.lineEnd();
  }

  @Override
  public void bigNumber(String digits) {
    out.put('(');
    out.put(digits.getBytes(StandardCharsets.ISO_8859_1));
    out.lineEnd();
  }

  @Override
  public void bool(boolean value) {
    out.put(value ? Spelling.TRUE : Spelling.FALSE);
  }

  @Override
  public void verbatim(String format, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.line('=', bytes.length + 4L);
    out.put(format.getBytes(StandardCharsets.US_ASCII), 0, 3);
    out.put(':');
    out.put(bytes);
    out.lineEnd();
  }
}

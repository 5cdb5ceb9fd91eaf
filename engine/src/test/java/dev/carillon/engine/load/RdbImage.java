package dev.carillon.engine.load;

import dev.carillon.engine.rdb.Crc64;
import dev.carillon.engine.rdb.RdbOpcode;
import dev.carillon.engine.rdb.RdbWriter;
import dev.carillon.protocol.bytes.Bytes;
import java.util.HexFormat;
import java.util.function.Consumer;

/** An RDB file made by hand, in the order of the calls. */
final class RdbImage {

  final RdbWriter out = new RdbWriter(false, 1024);
  private final int version;

  /** Begins a file of a version of Redis. */
  RdbImage(int version) {
    this(String.format("REDIS%04d", version), version);
  }

  RdbImage(String magic, int version) {
    this.version = version;
    raw(Bytes.of(magic));
  }

  private void raw(Bytes bytes) {
    out.bytes(bytes.array(), bytes.offset(), bytes.length());
  }

  RdbImage aux(String name, String text) {
    return opcode(RdbOpcode.AUX).string(name).string(text);
  }

  RdbImage opcode(int code) {
    out.int8(code);
    return this;
  }

  RdbImage string(String text) {
    out.string(Bytes.of(text));
    return this;
  }

  /** A string of bytes in hexadecimal digits. */
  RdbImage string16(String digits) {
    out.string(Bytes.of(HexFormat.of().parseHex(digits.replace(" ", ""))));
    return this;
  }

  RdbImage length(long length) {
    out.length(length);
    return this;
  }

  /** Bytes as they are, in hexadecimal digits; spaces do not count. */
  RdbImage hex(String digits) {
    raw(Bytes.of(HexFormat.of().parseHex(digits.replace(" ", ""))));
    return this;
  }

  RdbImage database(int number) {
    return opcode(RdbOpcode.DATABASE).length(number);
  }

  /** A key whose value is a string that is given in hexadecimal digits. */
  RdbImage packed(int kind, String key, String digits) {
    return opcode(kind).string(key).string16(digits);
  }

  RdbImage entry(int kind, String key, Consumer<RdbWriter> value) {
    opcode(kind).string(key);
    value.accept(out);
    return this;
  }

  RdbImage text(String key, String value) {
    return entry(0, key, writer -> writer.string(Bytes.of(value)));
  }

  /** The whole file, with its end and, if the version has one, its checksum. */
  byte[] end() {
    opcode(RdbOpcode.END);
    Bytes body = out.written().copy();
    if (version >= 5) {
      out.int64(Crc64.of(body.array(), body.offset(), body.length()));
    }
    return out.written().toByteArray();
  }
}

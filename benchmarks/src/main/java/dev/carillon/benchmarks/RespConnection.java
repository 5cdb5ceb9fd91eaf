package dev.carillon.benchmarks;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A blocking connection for programs that measure: replies in RESP2 are walked element by element
 * while they arrive, without making objects of them, so that the client costs little beside the
 * server. One thread at a time.
 *
 * <p>Uses nothing but the JDK, so that the programs run from their sources.
 */
final class RespConnection implements AutoCloseable {

  private static final int INPUT_BYTES = 1 << 18;

  private final SocketChannel channel;
  private final ByteBuffer input = ByteBuffer.allocateDirect(INPUT_BYTES).flip();
  private long readNanos;

  RespConnection(String host, int port) throws IOException {
    channel = SocketChannel.open(new InetSocketAddress(host, port));
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
  }

  // ------------------------------------------------------------------------------------- sending

  /** A request, encoded. */
  static byte[] request(String... words) {
    StringBuilder text = new StringBuilder("*").append(words.length).append("\r\n");
    for (String word : words) {
      text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  void send(byte[] requests) throws IOException {
    send(ByteBuffer.wrap(requests));
  }

  void send(ByteBuffer requests) throws IOException {
    while (requests.hasRemaining()) {
      channel.write(requests);
    }
  }

  // ------------------------------------------------------------------------------------- walking

  /** When the last bytes came that were looked at, as {@link System#nanoTime} has it. */
  long readNanos() {
    return readNanos;
  }

  private byte next() throws IOException {
    if (!input.hasRemaining()) {
      input.clear();
      int read = channel.read(input);
      readNanos = System.nanoTime();
      if (read < 0) {
        throw new EOFException("the server closed the connection");
      }
      input.flip();
    }
    return input.get();
  }

  /** The first byte of the next element; an error reply is thrown. */
  private byte kind() throws IOException {
    byte kind = next();
    if (kind == '-') {
      throw new IOException("the server refused: " + line());
    }
    return kind;
  }

  private String line() throws IOException {
    StringBuilder text = new StringBuilder();
    for (byte one = next(); one != '\r'; one = next()) {
      text.append((char) one);
    }
    next();
    return text.toString();
  }

  private long integer() throws IOException {
    byte one = next();
    boolean negative = one == '-';
    long value = 0;
    for (one = negative ? next() : one; one != '\r'; one = next()) {
      value = value * 10 + one - '0';
    }
    next();
    return negative ? -value : value;
  }

  /** How many elements the array that comes next has; -1 for nil. */
  int array() throws IOException {
    if (kind() != '*') {
      throw new IOException("an array was expected");
    }
    return (int) integer();
  }

  /** The integer that comes next. */
  long number() throws IOException {
    if (kind() != ':') {
      throw new IOException("an integer was expected");
    }
    return integer();
  }

  /** The string that comes next, of ISO 8859-1; empty for nil. */
  String string() throws IOException {
    byte[] bytes = new byte[64];
    int length = string(bytes);
    if (length > bytes.length) {
      throw new IOException("a string of " + length + " bytes is too long here");
    }
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }

  /** The string that comes next, of any length; empty for nil. */
  byte[] bytes() throws IOException {
    int length = stringLength();
    byte[] bytes = new byte[Math.max(length, 0)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = next();
    }
    endString(length);
    return bytes;
  }

  /**
   * Puts the string that comes next into an array.
   *
   * @return how long it is; of a longer one than the array only the beginning is there
   */
  int string(byte[] target) throws IOException {
    int length = stringLength();
    for (int i = 0; i < length; i++) {
      byte one = next();
      if (i < target.length) {
        target[i] = one;
      }
    }
    endString(length);
    return Math.max(length, 0);
  }

  private int stringLength() throws IOException {
    if (kind() != '$') {
      throw new IOException("a string was expected");
    }
    return (int) integer();
  }

  private void endString(int length) throws IOException {
    if (length >= 0) {
      next();
      next();
    }
  }

  /** Passes the element that comes next, with all that is in it. */
  void skip() throws IOException {
    switch (kind()) {
      case '+' -> {
        while (next() != '\n') {}
      }
      case ':' -> integer();
      case '$' -> {
        int left = (int) integer();
        for (left = left < 0 ? 0 : left + 2; left > 0; ) {
          next();
          left--;
          int some = Math.min(left, input.remaining());
          input.position(input.position() + some);
          left -= some;
        }
      }
      case '*' -> {
        for (long left = integer(); left > 0; left--) {
          skip();
        }
      }
      default -> throw new IOException("not an element of RESP2");
    }
  }

  /** Sends a request and passes its reply. */
  void ask(String... words) throws IOException {
    send(request(words));
    skip();
  }

  /** A number that a section of INFO has, 0 if it has none of that name. */
  long info(String section, String name) throws IOException {
    send(request("INFO", section));
    String text = new String(bytes(), StandardCharsets.ISO_8859_1);
    return Arrays.stream(text.split("\r\n"))
        .filter(line -> line.startsWith(name + ":"))
        .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
        .findFirst()
        .orElse(0);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

package dev.carillon.simulation.kills;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.ReplyDecoder;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client's connection, blocking. One thread at a time. */
final class Connection implements Closeable {

  private static final int PATIENCE_MILLIS = 30_000;

  private final Socket socket;
  private final ReplyDecoder decoder = new ReplyDecoder();
  private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();
  private final byte[] chunk = new byte[16 * 1024];

  Connection(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
  }

  /** Adds a request to what {@link #flush} sends. */
  void add(String... words) {
    put("*" + words.length + "\r\n");
    for (String word : words) {
      put("$" + word.length() + "\r\n" + word + "\r\n");
    }
  }

  private void put(String text) {
    unsent.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  void flush() throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(unsent.toByteArray());
    unsent.reset();
  }

  /** The next reply. */
  Reply receive() throws IOException {
    try {
      Reply reply = decoder.next();
      while (reply == null) {
        int count = socket.getInputStream().read(chunk);
        if (count < 0) {
          throw new EOFException("the server closed the connection");
        }
        decoder.feed(chunk, 0, count);
        reply = decoder.next();
      }
      return reply;
    } catch (ProtocolError e) {
      throw new IOException("no reply: " + e.getMessage(), e);
    }
  }

  /** Asks for one thing and waits for the reply. */
  Reply ask(String... words) throws IOException {
    add(words);
    flush();
    return receive();
  }

  /** As {@link #ask}; the reply as text, null as an empty one. */
  String text(String... words) throws IOException {
    return text(ask(words));
  }

  static String text(Reply reply) {
    return switch (reply) {
      case Reply.Simple(Bytes text) -> text.toLatin1();
      case Reply.Bulk(Bytes text) -> text.toLatin1();
      case Reply.Int(long value) -> Long.toString(value);
      case Reply.Failure(Bytes text) -> "-" + text.toLatin1();
      case Reply.Null none -> "";
      default -> reply.toString();
    };
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

package dev.carillon.server.cli;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.ReplyDecoder;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A connection to any Redis-compatible server over a plain socket: requests out, replies in. One
 * thread at a time; another one may {@link #close}.
 */
final class RedisConnection implements AutoCloseable {

  private static final int CONNECT_MILLIS = 5000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final ReplyDecoder decoder = new ReplyDecoder();
  private final byte[] chunk = new byte[16 * 1024];

  private RedisConnection(Socket socket) throws IOException {
    this.socket = socket;
    in = socket.getInputStream();
    out = socket.getOutputStream();
  }

  /** Connects, without a word to the server yet. */
  static RedisConnection open(String host, int port) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
      return new RedisConnection(socket);
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /** How long {@link #next} waits before it throws a {@link java.net.SocketTimeoutException}. */
  void patience(int millis) throws IOException {
    socket.setSoTimeout(millis);
  }

  /** Sends a request and returns the next reply. */
  Reply ask(String... words) throws IOException {
    send(words);
    return next();
  }

  /** Sends a request; its reply is left for {@link #next}. */
  void send(String... words) throws IOException {
    out.write(request(words));
  }

  /** Sends bytes as they are. */
  void send(byte[] requests) throws IOException {
    out.write(requests);
  }

  /** A request as it is written on the wire. */
  static byte[] request(String... words) {
    return request(Arrays.stream(words).map(Bytes::of).toArray(Bytes[]::new));
  }

  /** As {@link #request(String...)}, for words that may be binary. */
  static byte[] request(Bytes... words) {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(("*" + words.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (Bytes word : words) {
      request.writeBytes(("$" + word.length() + "\r\n").getBytes(StandardCharsets.US_ASCII));
      request.write(word.array(), word.offset(), word.length());
      request.writeBytes(new byte[] {'\r', '\n'});
    }
    return request.toByteArray();
  }

  /** Waits for the next reply or message. */
  Reply next() throws IOException {
    try {
      Reply reply = decoder.next();
      while (reply == null) {
        int length = in.read(chunk);
        if (length < 0) {
          throw new EOFException("the server closed the connection");
        }
        decoder.feed(chunk, 0, length);
        reply = decoder.next();
      }
      return reply;
    } catch (ProtocolError e) {
      throw new IOException("this is no Redis server: " + e.text(), e);
    }
  }

  /** The text of a string, or null if the reply is something else. */
  static @Nullable Bytes text(@Nullable Reply reply) {
    if (reply instanceof Reply.Bulk(Bytes bulk)) {
      return bulk;
    }
    return reply instanceof Reply.Simple(Bytes line) ? line : null;
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It was of no use any more in any case.
    }
  }
}

package dev.carillon.server;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.ReplyDecoder;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A socket to a server under test that can also misbehave; replies are waited for 10 s at most. */
public final class RawClient implements AutoCloseable {

  private final Socket socket = new Socket();
  private final ReplyDecoder decoder = new ReplyDecoder();
  private final byte[] chunk = new byte[64 * 1024];

  /** A client of a server on this machine. */
  public RawClient(CarillonServer server) throws IOException {
    this(server, 0);
  }

  /**
   * A client whose kernel takes little while the client does not read.
   *
   * @param receiveBytes the size of the receive buffer; 0 for the usual one
   */
  public RawClient(CarillonServer server, int receiveBytes) throws IOException {
    if (receiveBytes > 0) {
      socket.setReceiveBufferSize(receiveBytes);
    }
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()), 60_000);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(60_000);
  }

  /** Sends characters 0 to 255 as bytes. */
  public void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sends bytes as they are. */
  public void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** A request as clients write it. */
  public static byte[] request(String... words) {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(("*" + words.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (String word : words) {
      byte[] bytes = word.getBytes(StandardCharsets.ISO_8859_1);
      request.writeBytes(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      request.writeBytes(bytes);
      request.writeBytes(new byte[] {'\r', '\n'});
    }
    return request.toByteArray();
  }

  /** Sends a request and renders its reply. */
  public String ask(String... words) throws IOException {
    send(request(words));
    return next();
  }

  /** Waits for the next reply: its text, {@code (nil)}, or elements in brackets. */
  public String next() throws IOException {
    return text(reply());
  }

  /** Waits for the next reply. */
  public Reply reply() throws IOException {
    try {
      Reply reply = decoder.next();
      while (reply == null) {
        int length = socket.getInputStream().read(chunk);
        if (length < 0) {
          throw new EOFException();
        }
        decoder.feed(chunk, 0, length);
        reply = decoder.next();
      }
      return reply;
    } catch (ProtocolError e) {
      throw new IOException(e);
    }
  }

  /** Reads and forgets until the server closes the connection. */
  public void readToEnd() throws IOException {
    try {
      while (socket.getInputStream().read(chunk) >= 0) {
        // Only the end matters.
      }
    } catch (java.net.SocketException reset) {
      // Also an end.
    }
  }

  /** Ends the connection with a reset, as a process that dies does. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private static String text(Reply reply) {
    return switch (reply) {
      case Reply.Simple(Bytes line) -> line.toLatin1();
      case Reply.Failure(Bytes line) -> "-" + line.toLatin1();
      case Reply.Bulk(Bytes bulk) -> bulk.toLatin1();
      case Reply.Int(long value) -> Long.toString(value);
      case Reply.Null none -> "(nil)";
      case Reply.Array(var elements) -> elements.stream().map(RawClient::text).toList().toString();
      case Reply.Push(var elements) -> elements.stream().map(RawClient::text).toList().toString();
      default -> reply.toString();
    };
  }
}

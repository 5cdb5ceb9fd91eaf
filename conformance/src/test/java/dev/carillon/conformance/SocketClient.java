package dev.carillon.conformance;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.ReplyDecoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client over a socket of the loopback interface. */
final class SocketClient implements Target.Client {

  private static final int PATIENCE_MILLIS = 60_000;

  private final Socket socket;
  private final ReplyDecoder decoder = new ReplyDecoder();
  private final byte[] chunk = new byte[64 * 1024];

  SocketClient(int port) {
    try {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE_MILLIS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void send(List<Bytes> words) {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(ascii("*" + words.size() + "\r\n"));
    for (Bytes word : words) {
      request.writeBytes(ascii("$" + word.length() + "\r\n"));
      request.writeBytes(word.toByteArray());
      request.writeBytes(ascii("\r\n"));
    }
    try {
      socket.getOutputStream().write(request.toByteArray());
    } catch (IOException e) {
      throw new Runner.Interruption("cannot send: " + e.getMessage(), e);
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public @Nullable Reply receive(boolean patient) {
    try {
      while (true) {
        Reply reply = decoder.next();
        if (reply != null) {
          return reply;
        }
        if (!patient && socket.getInputStream().available() == 0) {
          return null;
        }
        int count = socket.getInputStream().read(chunk);
        if (count < 0) {
          return null;
        }
        decoder.feed(chunk, 0, count);
      }
    } catch (SocketTimeoutException | SocketException nothing) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ProtocolError e) {
      throw new Runner.Interruption("the server said something that is no reply", e);
    }
  }

  /** As {@link #receive}, but not as patient. */
  @Nullable Reply receiveWithin(int millis) {
    try {
      socket.setSoTimeout(millis);
      Reply reply = receive(true);
      socket.setSoTimeout(PATIENCE_MILLIS);
      return reply;
    } catch (SocketException ended) {
      return null;
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

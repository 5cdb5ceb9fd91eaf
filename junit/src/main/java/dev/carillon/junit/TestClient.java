package dev.carillon.junit;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.ReplyDecoder;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A plain client of the server under test: words out, a reply in. It connects when it is first used
 * and again after {@link dev.carillon.server.CarillonServer#dropConnections}, so that a test about
 * lost connections can go on sending commands. It is there to prepare and look at data without a
 * client library; code under test brings its own.
 *
 * <p>Any thread; one request at a time.
 */
public final class TestClient {

  private final int port;
  private final ByteBuffer chunk = ByteBuffer.allocate(64 * 1024);
  private ReplyDecoder decoder = new ReplyDecoder();
  private @Nullable SocketChannel channel;

  TestClient(int port) {
    this.port = port;
  }

  /**
   * Sends a command and returns what it answered as a text: a string read as UTF-8, a number in
   * digits, null for the absence of a value, other collections in their Java form.
   *
   * @throws IllegalStateException if the server refused it, with its words
   */
  public @Nullable String call(String... words) {
    return text(ask(words), words[0]);
  }

  /** Sends a command and returns the reply as it is, refusals too. */
  public Reply ask(String... words) {
    return ask(Arrays.stream(words).map(Bytes::of).toArray(Bytes[]::new));
  }

  /** As {@link #ask(String...)}, for words that may be binary. */
  public synchronized Reply ask(Bytes... words) {
    try {
      SocketChannel connected = connected();
      connected.write(ByteBuffer.wrap(request(words)));
      Reply reply = decoder.next();
      while (reply == null) {
        chunk.clear();
        if (connected.read(chunk) < 0) {
          throw new EOFException("the server closed the connection");
        }
        decoder.feed(chunk.array(), 0, chunk.position());
        reply = decoder.next();
      }
      return reply;
    } catch (ProtocolError e) {
      close();
      throw new IllegalStateException(e);
    } catch (IOException e) {
      close();
      throw new UncheckedIOException(e);
    }
  }

  private SocketChannel connected() throws IOException {
    if (channel != null && !isEnded(channel)) {
      return channel;
    }
    close();
    SocketChannel opened =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    decoder = new ReplyDecoder();
    channel = opened;
    return opened;
  }

  /** Whether the server has closed the connection; asked between a reply and the next request. */
  private boolean isEnded(SocketChannel open) {
    try {
      open.configureBlocking(false);
      chunk.clear();
      int length = open.read(chunk);
      if (length > 0) {
        decoder.feed(chunk.array(), 0, length);
      }
      open.configureBlocking(true);
      return length < 0;
    } catch (IOException e) {
      return true;
    }
  }

  private static byte[] request(Bytes... words) {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(ascii("*" + words.length + "\r\n"));
    for (Bytes word : words) {
      request.writeBytes(ascii("$" + word.length() + "\r\n"));
      request.write(word.array(), word.offset(), word.length());
      request.writeBytes(ascii("\r\n"));
    }
    return request.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static @Nullable String text(Reply reply, String command) {
    return switch (reply) {
      case Reply.Simple(Bytes line) -> line.toString();
      case Reply.Bulk(Bytes bulk) -> bulk.toString();
      case Reply.Int(long value) -> Long.toString(value);
      case Reply.Null none -> null;
      case Reply.Failure(Bytes line) ->
          throw new IllegalStateException(command + " was refused: " + line);
      case Reply.Array(var elements) ->
          elements.stream().map(element -> text(element, command)).toList().toString();
      default -> reply.toString();
    };
  }

  /** Ends the connection; the next request makes a new one. */
  synchronized void close() {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // It was of no use any more in any case.
    }
    channel = null;
  }
}

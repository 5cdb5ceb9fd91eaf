package dev.carillon.protocol.resp;

import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;

/**
 * A stream of bytes that is not RESP. Nothing after the place can be understood, so the connection
 * is to be closed once the text has been sent.
 *
 * <p>Carries no stack trace: it tells about the peer, not about this program.
 */
public final class ProtocolError extends Exception {

  private static final long serialVersionUID = 1L;

  /**
   * An error with Redis' words.
   *
   * @param message what goes behind {@code -ERR }, one char per byte
   */
  public ProtocolError(String message) {
    super(message, null, false, false);
  }

  /**
   * The message as it goes onto the wire behind {@code -ERR }. It can quote a byte of the request,
   * so it is not always UTF-8; line ends in it have been replaced by spaces.
   */
  public Bytes text() {
    return Bytes.of(String.valueOf(getMessage()).getBytes(StandardCharsets.ISO_8859_1));
  }
}

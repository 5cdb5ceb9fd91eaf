package dev.carillon.conformance.differential;

import dev.carillon.conformance.Notation;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.ReplyDecoder;
import java.nio.charset.StandardCharsets;

/**
 * A reply or a message as it came over the wire.
 *
 * @param wire its bytes, a char for each: two frames are the same if these are
 */
record Frame(String wire) {

  /** Whether this is a message of RESP3 that answers no request. */
  boolean isPush() {
    return wire.charAt(0) == '>';
  }

  /** What it says. */
  Reply reply() {
    byte[] bytes = wire.getBytes(StandardCharsets.ISO_8859_1);
    ReplyDecoder decoder = new ReplyDecoder();
    decoder.feed(bytes, 0, bytes.length);
    try {
      Reply reply = decoder.next();
      if (reply != null) {
        return reply;
      }
    } catch (ProtocolError e) {
      throw new IllegalStateException("no reply: " + wire, e);
    }
    throw new IllegalStateException("not a whole reply: " + wire);
  }

  @Override
  public String toString() {
    return Notation.show(reply());
  }
}

package dev.carillon.engine.tracking;

import dev.carillon.protocol.bytes.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Renders the messages of tracking. Keys that are null stand for all keys. */
final class InvalidationFrame {

  private static final Bytes CHANNEL = Bytes.of("__redis__:invalidate");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** The push {@code invalidate} of protocol 3. */
  Bytes push(@Nullable List<Bytes> keys) {
    out.reset();
    text(">2\r\n");
    bulk(Bytes.of("invalidate"));
    if (keys == null) {
      text("_\r\n");
    } else {
      keys(keys);
    }
    return rendered();
  }

  /** A message of protocol 2 on the channel that clients subscribe to for it. */
  Bytes message(@Nullable List<Bytes> keys) {
    out.reset();
    text("*3\r\n");
    bulk(Bytes.of("message"));
    bulk(CHANNEL);
    if (keys == null) {
      text("$-1\r\n");
    } else {
      keys(keys);
    }
    return rendered();
  }

  /** The push that tells a client of protocol 3 that its redirection leads nowhere. */
  Bytes redirectBroken(long clientId) {
    out.reset();
    text(">2\r\n");
    bulk(Bytes.of("tracking-redir-broken"));
    text(":" + clientId + "\r\n");
    return rendered();
  }

  private void keys(List<Bytes> keys) {
    text("*" + keys.size() + "\r\n");
    keys.forEach(this::bulk);
  }

  private void bulk(Bytes bytes) {
    text("$" + bytes.length() + "\r\n");
    out.write(bytes.array(), bytes.offset(), bytes.length());
    text("\r\n");
  }

  private void text(String ascii) {
    out.writeBytes(ascii.getBytes(StandardCharsets.US_ASCII));
  }

  private Bytes rendered() {
    return Bytes.of(out.toByteArray());
  }
}

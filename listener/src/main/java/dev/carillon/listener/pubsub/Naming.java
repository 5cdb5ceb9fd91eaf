package dev.carillon.listener.pubsub;

import dev.carillon.listener.KeyEvent;
import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * The names of events since one canary: the canary's text, a digest of what happened to which key,
 * and how often that happened since. Sources that hear different selections of events agree about
 * those that they share. One thread.
 *
 * <p>It remembers the keys that were heard of since then, which the next canary ends.
 */
final class Naming {

  private record What(String name, int database, Bytes key) {}

  private static final int DIGEST_SHOWN = 12;

  private final String head;
  private final Map<What, Integer> counts = new HashMap<>();

  /** Names since a canary that sang {@code text}. */
  Naming(String group, byte[] text) {
    head = group + "/" + new String(text, StandardCharsets.US_ASCII) + "/";
  }

  /** The next event. */
  KeyEvent event(Hearing.Heard heard, Instant at) {
    What what = new What(heard.name(), heard.database(), heard.key());
    int number = counts.merge(what, 1, Integer::sum);
    return new KeyEvent(
        head + digest(what),
        number,
        heard.name(),
        heard.database(),
        heard.key(),
        heard.template(),
        at);
  }

  private static String digest(What what) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update((what.database + " " + what.name + " ").getBytes(StandardCharsets.UTF_8));
      digest.update(what.key.array(), what.key.offset(), what.key.length());
      return HexFormat.of().formatHex(digest.digest(), 0, DIGEST_SHOWN);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every JDK has it.
    }
  }
}

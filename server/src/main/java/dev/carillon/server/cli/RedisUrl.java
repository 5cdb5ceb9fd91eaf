package dev.carillon.server.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Where a server is and who asks: {@code redis://[user:password@]host[:port][/db]}.
 *
 * @param user null for the default one
 * @param password null for none
 * @param db -1 if the address names none
 */
record RedisUrl(String host, int port, @Nullable String user, @Nullable String password, int db) {

  private static final int PORT = 6379;

  /**
   * Reads an address; {@code redis://} may be left out.
   *
   * @throws IllegalArgumentException with a sentence if it is none
   */
  static RedisUrl parse(String text) {
    if (text.startsWith("rediss://")) {
      throw new IllegalArgumentException(
          "--url rediss:// (TLS) is not supported yet; a tunnel such as stunnel helps meanwhile");
    }
    URI uri;
    try {
      uri = new URI(text.contains("://") ? text : "redis://" + text);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(malformed(text), e);
    }
    String host = uri.getHost();
    if (!"redis".equals(uri.getScheme()) || host == null) {
      throw new IllegalArgumentException(malformed(text));
    }
    String user = null;
    String password = null;
    if (uri.getRawUserInfo() != null) {
      String[] parts = uri.getRawUserInfo().split(":", 2);
      // As redis-cli does: a single word is a password.
      user = parts.length == 2 && !parts[0].isEmpty() ? decode(parts[0]) : null;
      password = decode(parts[parts.length - 1]);
    }
    return new RedisUrl(
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
        uri.getPort() < 0 ? PORT : uri.getPort(),
        user,
        password,
        db(text, uri.getPath()));
  }

  private static int db(String text, @Nullable String path) {
    if (path == null || path.length() <= 1) {
      return -1;
    }
    try {
      int db = Integer.parseInt(path.substring(1));
      if (db >= 0) {
        return db;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(malformed(text), e);
    }
    throw new IllegalArgumentException(malformed(text));
  }

  /** Without the password, which may be in what was typed. */
  private static String malformed(String text) {
    return "--url "
        + text.replaceFirst("//.*@", "//…@")
        + " is not redis://[user:password@]host[:port][/db]";
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** The same with a password where the address named none. */
  RedisUrl withPassword(String otherwise) {
    return password == null ? new RedisUrl(host, port, user, otherwise, db) : this;
  }

  /** {@code host:port}, for people. */
  String place() {
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }
}

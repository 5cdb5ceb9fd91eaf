package dev.carillon.engine.session;

/**
 * What the transport knows of a client's connection, for CLIENT LIST and for people.
 *
 * @param address {@code ip:port} of the client, a socket's path, or {@code embedded}
 * @param localAddress {@code ip:port} that the client connected to
 * @param fileDescriptor the socket's number, or -1 where there is none
 */
public record Peer(String address, String localAddress, int fileDescriptor) {

  /** Whether the client came over the loopback interface, a Unix socket, or without any. */
  public boolean isLocal() {
    return !address.contains(":")
        || address.startsWith("/")
        || address.startsWith("127.")
        || address.startsWith("[::1]:")
        || address.startsWith("::1:");
  }
}

package dev.carillon.listener;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that go away and come back. None of those that a system gives to clients: one
 * that connects while nobody listens could be given the very port that it connects to, and would
 * talk to itself, at a port that the server then does not get.
 */
public final class FreePort {

  private FreePort() {}

  /** A port of this machine that nobody listens at. */
  public static int next() {
    while (true) {
      int port = 10_000 + ThreadLocalRandom.current().nextInt(20_000);
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return probe.getLocalPort();
      } catch (IOException taken) {
        // Another one.
      }
    }
  }
}

package dev.carillon.conformance.differential;

import dev.carillon.conformance.Version;
import dev.carillon.protocol.bytes.Bytes;
import java.util.List;

/** One of the two servers that are compared. One thread. */
interface Side extends AutoCloseable {

  /** The version of Redis that this side is, or speaks like. */
  Version version();

  /** Empties the server, ends its clients and sets its parameters to their defaults. */
  void begin();

  /** A new connection. */
  Link connect();

  /** Waits until all that earlier requests caused has arrived. */
  void settle();

  /** What the server has counted since it was started, or since a client had it forget that. */
  Counters counters();

  @Override
  void close();

  /** One connection. */
  interface Link {

    /** The number by which CLIENT KILL knows this connection. */
    long id();

    /** Sends a request. */
    void send(List<Bytes> words);

    /** What has arrived since the last look, in order. */
    List<Frame> take();

    /** Whether the server has not ended the connection. */
    boolean isOpen();

    /** Ends the connection. */
    void close();
  }
}

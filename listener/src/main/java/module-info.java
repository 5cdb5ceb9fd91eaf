import org.jspecify.annotations.NullMarked;

/**
 * Reacts to key events in Java, on Carillon, Redis and Valkey. Knows the protocol and a client
 * library, and nothing of the server.
 */
@NullMarked
module dev.carillon.listener {
  requires static transitive org.jspecify;
  requires transitive dev.carillon.protocol;
  requires io.netty.buffer;
  requires io.netty.common;
  requires io.netty.transport;
  requires lettuce.core;
  requires org.slf4j;
  // Only for those who have it: dev.carillon.listener.micrometer.
  requires static micrometer.core;
  // And dev.carillon.listener.idempotency.
  requires static transitive java.sql;

  exports dev.carillon.listener;
  exports dev.carillon.listener.idempotency;
  exports dev.carillon.listener.micrometer;
}

import org.jspecify.annotations.NullMarked;

/**
 * What both ends of a socket must agree on: binary-safe strings, globs, number texts, the catalogue
 * of key events and the RESP protocol. Knows no keyspace, no socket, no thread and no clock.
 */
@NullMarked
module dev.carillon.protocol {
  requires static transitive org.jspecify;

  exports dev.carillon.protocol.bytes;
  exports dev.carillon.protocol.event;
  exports dev.carillon.protocol.resp;
}

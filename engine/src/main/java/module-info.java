import org.jspecify.annotations.NullMarked;

/**
 * The keyspace as a deterministic state machine: requests and the time go in, replies,
 * notifications and effects come out. Knows no socket, no thread, no file and no clock.
 */
@NullMarked
module dev.carillon.engine {
  requires static transitive org.jspecify;
  requires transitive dev.carillon.protocol;

  // What whoever embeds the server touches.
  exports dev.carillon.engine;
  exports dev.carillon.engine.config;

  // What feeds the engine and takes its output away.
  exports dev.carillon.engine.command to
      dev.carillon.server;
  exports dev.carillon.engine.keyspace to
      dev.carillon.server;
  exports dev.carillon.engine.reply to
      dev.carillon.server;
  exports dev.carillon.engine.session to
      dev.carillon.server;
  exports dev.carillon.engine.turn to
      dev.carillon.server;
}

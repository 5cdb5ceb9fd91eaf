import org.jspecify.annotations.NullMarked;

/**
 * The keyspace as a deterministic state machine: requests and the time go in, replies,
 * notifications and effects come out. Knows no socket, no thread, no file and no clock.
 */
@NullMarked
module dev.carillon.engine {
  requires static transitive org.jspecify;
  requires transitive dev.carillon.protocol;
  requires re2j;

  exports dev.carillon.engine;
  exports dev.carillon.engine.acl;
  exports dev.carillon.engine.command;
  exports dev.carillon.engine.config;
  exports dev.carillon.engine.journal;
  exports dev.carillon.engine.keyspace;
  exports dev.carillon.engine.load;
  exports dev.carillon.engine.reply;
  exports dev.carillon.engine.rewrite;
  exports dev.carillon.engine.session;
  exports dev.carillon.engine.snapshot;
  exports dev.carillon.engine.storage;
  exports dev.carillon.engine.turn;
}

import org.jspecify.annotations.NullMarked;

/**
 * Sockets, threads, files and clocks around the engine: a server to embed, and the command line.
 */
@NullMarked
module dev.carillon.server {
  requires static transitive org.jspecify;
  requires transitive dev.carillon.engine;
  requires HdrHistogram;
  requires info.picocli;
  requires io.netty.buffer;
  requires io.netty.common;
  requires transitive io.netty.transport;
  requires io.netty.transport.classes.epoll;
  requires io.netty.transport.unix.common;
  requires java.management;
  requires jdk.management;
  requires jdk.unsupported;
  requires org.slf4j;
  // Of the distribution; whoever embeds the server brings a logger.
  requires static ch.qos.logback.classic;
  requires static ch.qos.logback.core;

  exports dev.carillon.server;
  exports dev.carillon.server.transport;

  opens dev.carillon.server.cli to
      info.picocli;
}

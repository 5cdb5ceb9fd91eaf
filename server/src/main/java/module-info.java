import org.jspecify.annotations.NullMarked;

/**
 * Sockets, threads, files and clocks around the engine: a server to embed, and the command line.
 */
@NullMarked
module dev.carillon.server {
  requires static transitive org.jspecify;
  requires transitive dev.carillon.engine;
  requires HdrHistogram;
  requires io.netty.buffer;
  requires io.netty.common;
  requires io.netty.transport;
  requires io.netty.transport.classes.epoll;
  requires io.netty.transport.unix.common;
  requires java.management;
  requires jdk.management;
  requires org.slf4j;

  exports dev.carillon.server;
  exports dev.carillon.server.transport;
}

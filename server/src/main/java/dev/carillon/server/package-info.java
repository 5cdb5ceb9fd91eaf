/** A server around the engine, to run or to embed: {@link dev.carillon.server.CarillonServer}. */
@NullMarked
package dev.carillon.server;

import org.jspecify.annotations.NullMarked;

/**
 * The engine as a whole: the constructor that wires its rooms together, the table of counters, and
 * the version it promises to be like. Rooms count and tell the version; none of them knows the
 * engine that it is a part of.
 */
package dev.carillon.engine;

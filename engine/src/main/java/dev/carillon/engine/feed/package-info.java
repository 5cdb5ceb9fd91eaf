/**
 * Feeds: durable sequences of events, each held in a stream key that only the server appends to. A
 * sink of turns above the keyspace; knows no commands, sessions or files, nor the other sinks.
 */
@NullMarked
package dev.carillon.engine.feed;

import org.jspecify.annotations.NullMarked;

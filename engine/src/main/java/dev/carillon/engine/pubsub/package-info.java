/**
 * Pub/Sub: who listens to which channels, patterns and shard channels, and the sink that turns the
 * events of a turn into messages. This room refuses to know commands, keys and their values, the
 * journal and feeds, and what a session is beyond its {@link dev.carillon.engine.pubsub.Subscriber}
 * side.
 */
package dev.carillon.engine.pubsub;

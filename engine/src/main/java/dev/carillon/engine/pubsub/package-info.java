/**
 * Who listens to what: the exact channels, patterns and shard channels that sessions have
 * subscribed to, and the index that answers, for one channel, who hears it. This room refuses to
 * know where messages come from, how they are written for a client, and what a session is beyond
 * its {@link dev.carillon.engine.pubsub.Subscriber} side.
 */
package dev.carillon.engine.pubsub;

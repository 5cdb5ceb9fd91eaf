/**
 * The catalogue of key events, the flags that select them and the Pub/Sub channels that carry them.
 * Knows how an event is named and written, and refuses to know what causes it or who hears it.
 */
package dev.carillon.protocol.event;

/**
 * Filling the keyspace at the start from files that Redis or this server wrote: RDB files and
 * append-only files, a slice at a time, so that clients can be answered meanwhile. Changes no file,
 * and knows nothing of how the journal is written.
 */
package dev.carillon.engine.load;

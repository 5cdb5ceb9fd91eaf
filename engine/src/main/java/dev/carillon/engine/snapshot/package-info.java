/**
 * Snapshots: all databases as they were between two turns, written into an RDB file while turns go
 * on, and when that is done by itself. Knows keys, files and their format; knows neither commands
 * nor clients, and has no thread: it works in slices, when it is asked to.
 */
package dev.carillon.engine.snapshot;

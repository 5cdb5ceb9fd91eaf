/**
 * The engine's only words about files and about work beside its thread: a flat directory of files
 * that are written at their end, and somebody who does what may block. Knows nothing of journals,
 * snapshots or keys; whoever embeds the engine implements it.
 */
@NullMarked
package dev.carillon.engine.storage;

import org.jspecify.annotations.NullMarked;

/**
 * The unit of atomicity: what one uninterrupted run of the engine changed and announced. Knows
 * nothing of commands, sessions, keys' values, or of the sinks that consume it.
 */
package dev.carillon.engine.turn;

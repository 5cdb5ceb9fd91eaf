/**
 * Binary-safe strings and what can be read from them: globs and numbers. Knows nothing of the
 * protocol that carries them, of events, or of keys.
 */
package dev.carillon.protocol.bytes;

/**
 * Client-side caching: who read which keys, and who is told when they change. Knows clients only as
 * {@link dev.carillon.engine.tracking.TrackedClient}, and nothing of commands or values.
 */
package dev.carillon.engine.tracking;

/**
 * Deadlines in order: which node falls due next, and which are due now. This room knows node ids
 * and milliseconds; it refuses to know keys, values, events, and what being due means.
 */
package dev.carillon.engine.time;

/**
 * What a key holds. Values know nothing of their key, its database, its deadline, of events, or of
 * who is listening.
 */
package dev.carillon.engine.value;

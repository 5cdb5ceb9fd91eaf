/**
 * Who is asking: one client's conversation, whatever carries it, with its output, its transaction
 * and its subscriptions. Knows nothing of commands or keys.
 */
package dev.carillon.engine.session;

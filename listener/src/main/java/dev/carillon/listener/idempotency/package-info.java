/**
 * Handling an event once in effect, though it may be delivered again: by noting its id together
 * with what the handler did.
 */
package dev.carillon.listener.idempotency;

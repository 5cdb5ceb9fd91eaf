/**
 * From events that have arrived to handlers that have returned: bounded queues, bounded
 * concurrency, order by key, retries. Knows no connection.
 */
package dev.carillon.listener.dispatch;

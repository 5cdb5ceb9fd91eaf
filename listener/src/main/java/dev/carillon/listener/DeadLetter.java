package dev.carillon.listener;

import dev.carillon.protocol.bytes.Bytes;

/**
 * An event that was given up: its handler threw at the last attempt.
 *
 * @param id the event's id
 * @param name the event, such as {@code expired}
 * @param key of which key
 * @param attempts how often it was tried
 * @param error what the handler threw at last
 */
public record DeadLetter(String id, String name, Bytes key, int attempts, String error) {}

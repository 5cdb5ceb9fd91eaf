package dev.carillon.engine.config;

/**
 * A condition under which a snapshot is taken by itself.
 *
 * @param seconds how old the last snapshot must be, at least 1
 * @param changes how many changes there must have been since, at least 0
 */
public record SavePoint(long seconds, int changes) {}

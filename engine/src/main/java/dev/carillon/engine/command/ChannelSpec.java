package dev.carillon.engine.command;

/**
 * Which arguments of a request are channels of Pub/Sub that messages are sent to or received from.
 *
 * @param first the index of the first channel
 * @param last the index of the last one; -1 is the last argument
 * @param arePatterns whether they are patterns of channels
 */
public record ChannelSpec(int first, int last, boolean arePatterns) {}

package dev.carillon.engine.storage;

/**
 * What an engine that keeps its data gets from whoever embeds it.
 *
 * @param storage the directory of its files
 * @param syncs does short work for which somebody waits: the syncs of the journal
 * @param bulk does long work, such as writing a snapshot or removing large files
 */
public record Disk(Storage storage, Background syncs, Background bulk) {}

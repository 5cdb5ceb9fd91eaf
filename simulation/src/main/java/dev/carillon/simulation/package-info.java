/**
 * Runs of the shipped engine over a disk that fails on purpose: a seed decides what clients ask
 * for, how far the clock moves, what the disk does to the journal and when the process ends. What
 * each client was told is compared with what is there afterwards.
 */
@NullMarked
package dev.carillon.simulation;

import org.jspecify.annotations.NullMarked;

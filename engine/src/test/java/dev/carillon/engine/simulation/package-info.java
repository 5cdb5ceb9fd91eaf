/**
 * The whole engine under random use: a seed decides what clients ask, how the clock moves, when
 * sweeps run and what memory is allowed; a naive model predicts every byte that leaves. What is
 * promised is listed in {@link dev.carillon.engine.simulation.Promise}, and for most of them a
 * saboteur shows that the checker would notice.
 */
@NullMarked
package dev.carillon.engine.simulation;

import org.jspecify.annotations.NullMarked;

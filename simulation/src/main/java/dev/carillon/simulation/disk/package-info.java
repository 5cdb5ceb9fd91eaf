/**
 * A disk that loses, fills up, fails and lies as disks do, but by a seed. Knows nothing of engines,
 * journals or keys.
 */
@NullMarked
package dev.carillon.simulation.disk;

import org.jspecify.annotations.NullMarked;

/**
 * Kills in earnest: the launcher's own process, a directory on a real disk, SIGKILL at random
 * moments. Knows the server only by its command line and its protocol.
 */
@NullMarked
package dev.carillon.simulation.kills;

import org.jspecify.annotations.NullMarked;

/** Points of a day, which become a ranking when the day ends. */
@NullMarked
package dev.carillon.examples.leaderboard;

import org.jspecify.annotations.NullMarked;

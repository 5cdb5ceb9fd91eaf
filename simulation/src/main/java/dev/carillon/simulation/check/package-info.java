/**
 * One class for each promise about crashes, named after it; what it says where the promise is
 * broken is the sentence that people were promised. Knows nothing of engines: it is told what
 * clients were told, and what was there afterwards.
 */
@NullMarked
package dev.carillon.simulation.check;

import org.jspecify.annotations.NullMarked;

/** Sessions that end, and the seats that they held. */
@NullMarked
package dev.carillon.examples.sessions;

import org.jspecify.annotations.NullMarked;

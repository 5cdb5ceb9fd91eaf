/** Files of Redis, made by hand and by a real server, and what an engine makes of them. */
@NullMarked
package dev.carillon.engine.load;

import org.jspecify.annotations.NullMarked;

/** Near caches that follow the server, also after a lost connection. */
@NullMarked
package dev.carillon.examples.caches;

import org.jspecify.annotations.NullMarked;

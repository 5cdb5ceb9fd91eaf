/**
 * The one thread: what it does in which order, when it parks and when it wakes. Knows no sockets
 * beyond what it tells them to flush.
 */
@NullMarked
package dev.carillon.server.loop;

import org.jspecify.annotations.NullMarked;

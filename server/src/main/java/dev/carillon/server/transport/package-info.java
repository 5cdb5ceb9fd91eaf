/** Sockets: how bytes come in and go out. Knows the loop, and nothing of what requests mean. */
@NullMarked
package dev.carillon.server.transport;

import org.jspecify.annotations.NullMarked;

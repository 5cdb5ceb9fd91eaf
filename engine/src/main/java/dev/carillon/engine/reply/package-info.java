/**
 * How replies are said: what a handler means (a map, a set, nil, a real number), how the two
 * protocols spell it, and the one table of error texts. Knows nothing of commands, keys or sockets.
 */
package dev.carillon.engine.reply;

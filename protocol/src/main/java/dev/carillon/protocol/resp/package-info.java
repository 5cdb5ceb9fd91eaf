/**
 * The RESP protocol as bytes: requests and replies out of chunks of a stream. Knows neither sockets
 * nor what a command means; replies of the server are written elsewhere, by their meaning.
 */
package dev.carillon.protocol.resp;

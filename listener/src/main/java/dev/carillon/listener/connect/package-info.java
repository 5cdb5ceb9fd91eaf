/** Connections to the server, and what is asked over them. The only room that opens any. */
package dev.carillon.listener.connect;

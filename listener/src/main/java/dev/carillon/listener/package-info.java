/**
 * What applications see: which key events to listen to, and what to do with them. Begin at {@link
 * dev.carillon.listener.Carillon}.
 */
package dev.carillon.listener;

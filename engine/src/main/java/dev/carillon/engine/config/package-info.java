/**
 * What can be tuned: the table of parameters, their types, their current values, and the text of
 * configuration files. Knows no file, socket or clock; texts come in as strings whose characters 0
 * to 255 each stand for one byte, so that a password or a path survives whatever its encoding is.
 */
package dev.carillon.engine.config;

/**
 * The command line: what {@code carillon serve}, {@code watch} and {@code version} do and say.
 * Everything for people is written here, and nothing else decides about exit codes.
 */
@NullMarked
package dev.carillon.server.cli;

import org.jspecify.annotations.NullMarked;

/**
 * What clients may rely on, told as cases and run against the engine alone, against the server over
 * sockets in both protocols, and against a reference server where there is one. It knows what goes
 * over the wire, and nothing of how the server does it.
 */
@NullMarked
package dev.carillon.conformance;

import org.jspecify.annotations.NullMarked;

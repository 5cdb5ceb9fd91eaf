/**
 * Questions with numbers for answers: JMH benchmarks of single rooms of the engine, and programs
 * that measure a running server. Knows everything, and is never shipped.
 */
@NullMarked
package dev.carillon.benchmarks;

import org.jspecify.annotations.NullMarked;

/**
 * Random conversations held with Carillon's engine and with an installed redis-server at once. Each
 * must answer, announce and keep the same; where they may differ is said in {@code explained.txt},
 * one difference at a time with its reason.
 */
@NullMarked
package dev.carillon.conformance.differential;

import org.jspecify.annotations.NullMarked;

/** Orders that cancel themselves when they are not paid in time. */
@NullMarked
package dev.carillon.examples.orders;

import org.jspecify.annotations.NullMarked;

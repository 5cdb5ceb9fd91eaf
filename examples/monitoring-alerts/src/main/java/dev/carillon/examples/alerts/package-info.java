/** Rules about stock, configuration and counters, and a log of alerts. */
@NullMarked
package dev.carillon.examples.alerts;

import org.jspecify.annotations.NullMarked;

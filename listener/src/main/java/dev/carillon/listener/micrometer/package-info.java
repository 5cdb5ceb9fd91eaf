/** Meters of subscriptions, for those who have Micrometer. */
package dev.carillon.listener.micrometer;

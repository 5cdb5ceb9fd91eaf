/**
 * What a test needs to let keys expire, drop connections and see which events happened, without a
 * container and without waiting. Knows JUnit and the embedded server, and no particular client.
 */
package dev.carillon.junit;

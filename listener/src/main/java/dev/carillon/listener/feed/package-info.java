/**
 * Events as a feed keeps them: read by a group, one worker at a time for each partition, and
 * acknowledged when they are handled.
 */
package dev.carillon.listener.feed;

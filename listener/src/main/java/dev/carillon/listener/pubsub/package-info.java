/**
 * Events as they are announced on channels: which channels to hear, whether they can be heard, and
 * what to say when something may have been missed.
 */
package dev.carillon.listener.pubsub;

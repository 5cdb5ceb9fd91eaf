/**
 * The write-ahead log of turns: what is written, when it is durable, and how it is read after a
 * crash. A sink of effects above files; knows no commands, keys, sessions or replies.
 */
@NullMarked
package dev.carillon.engine.journal;

import org.jspecify.annotations.NullMarked;

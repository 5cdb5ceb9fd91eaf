/**
 * Who waits for which texts: globs in an index that answers whose glob matches a channel, or a key,
 * without asking every one, and ordered lists of members. This room refuses to know what the texts
 * are and what is done with an answer.
 */
package dev.carillon.engine.pattern;

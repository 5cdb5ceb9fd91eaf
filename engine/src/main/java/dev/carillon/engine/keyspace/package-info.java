/**
 * What is: databases of entries, their index, their bytes and their deadlines, and the doors
 * through which every read and every change passes. Knows nothing of commands, sessions or replies.
 */
package dev.carillon.engine.keyspace;

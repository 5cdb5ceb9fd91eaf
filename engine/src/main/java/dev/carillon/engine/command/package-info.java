/**
 * What can be asked: the table of commands, how a request finds its row, and the one thing that a
 * handler sees. The families below hold the rows and the handlers.
 */
package dev.carillon.engine.command;

/**
 * The families of commands: in each file the rows stand on top and their handlers below. A family
 * sees keys only through {@link dev.carillon.engine.command.CommandContext}.
 */
package dev.carillon.engine.command.family;

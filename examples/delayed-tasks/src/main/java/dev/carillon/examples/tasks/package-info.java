/** Things to do later: reminders, and messages that are tried again. */
@NullMarked
package dev.carillon.examples.tasks;

import org.jspecify.annotations.NullMarked;

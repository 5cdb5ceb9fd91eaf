/**
 * Users and what their rules allow: which commands, keys and channels. Knows neither requests nor
 * replies nor clients; whoever executes commands says here which commands there are, and asks.
 */
@NullMarked
package dev.carillon.engine.acl;

import org.jspecify.annotations.NullMarked;

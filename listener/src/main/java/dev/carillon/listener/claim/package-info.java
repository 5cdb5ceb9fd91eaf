/**
 * Groups on servers that keep no feeds: every worker hears every event, and a key of the server
 * says which of them handles it. As good as it can be without the server's help, and no better.
 */
package dev.carillon.listener.claim;

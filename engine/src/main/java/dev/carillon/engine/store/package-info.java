/**
 * Where bytes lie: an arena of slots with stable ids in pages that the collector never traces, and
 * an index over it. A database keeps its keys here, a large collection its members. Knows neither
 * what the bytes mean nor who owns them.
 */
package dev.carillon.engine.store;

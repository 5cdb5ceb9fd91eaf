/**
 * Values as RDB writes them, the format of Redis' snapshots and of DUMP: numbers, strings, values
 * and checksums. Knows entries and values; nothing of commands, files or whole snapshots.
 */
package dev.carillon.engine.rdb;

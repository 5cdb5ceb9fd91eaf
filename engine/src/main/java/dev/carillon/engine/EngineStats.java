package dev.carillon.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * THE table of counters: each row has the name that INFO uses, a unit and a sentence, and reads a
 * field that the engine counts in. INFO, metrics and documentation pages read rows. Engine thread
 * only.
 */
public final class EngineStats {

  /** What a counter counts. */
  public enum Unit {
    COMMANDS,
    KEYS,
    CLIENTS,
    BYTES,
    LOOKUPS,
    MESSAGES,
    REPLIES
  }

  /**
   * One row.
   *
   * @param name as INFO says it
   * @param doc what it counts, in one sentence
   * @param value reads it
   * @param set sets it, for CONFIG RESETSTAT
   */
  public record Counter(String name, Unit unit, String doc, LongSupplier value, LongConsumer set) {}

  /** When the engine was first used, in epoch milliseconds. */
  public long startedMillis;

  /** Requests executed, queued ones at their EXEC. */
  public long commandsProcessed;

  /** Reads of keys that were there. */
  public long keyspaceHits;

  /** Reads of keys that were not there. */
  public long keyspaceMisses;

  /** Error replies. */
  public long errorReplies;

  /** Clients that were refused because there were too many. */
  public long rejectedConnections;

  /** Clients that were closed because their output grew beyond its limit. */
  public long outputBufferDisconnections;

  /** Clients that were closed because their input grew beyond its limit. */
  public long queryBufferDisconnections;

  /** Clients that were closed because all together took too much memory. */
  public long evictedClients;

  /** Names or passwords of users that were wrong. */
  public long deniedUsers;

  /** Requests whose command was denied to their user. */
  public long deniedCommands;

  /** Requests that named a key that was denied to their user. */
  public long deniedKeys;

  /** Requests that named a channel that was denied to their user. */
  public long deniedChannels;

  /** Bytes received from clients. */
  public long netInputBytes;

  /** Bytes sent to clients. */
  public long netOutputBytes;

  private long peakBytes;

  private final List<Counter> counters = new ArrayList<>();
  private final Map<String, Long> errorsByCode = new TreeMap<>();

  /** All counters at zero. */
  public EngineStats() {
    row(
        "total_commands_processed",
        Unit.COMMANDS,
        "Requests executed, queued ones at their EXEC.",
        () -> commandsProcessed,
        value -> commandsProcessed = value);
    row(
        "total_net_input_bytes",
        Unit.BYTES,
        "Bytes received from clients.",
        () -> netInputBytes,
        value -> netInputBytes = value);
    row(
        "total_net_output_bytes",
        Unit.BYTES,
        "Bytes sent to clients.",
        () -> netOutputBytes,
        value -> netOutputBytes = value);
    row(
        "rejected_connections",
        Unit.CLIENTS,
        "Clients that were refused because there were too many.",
        () -> rejectedConnections,
        value -> rejectedConnections = value);
    row(
        "keyspace_hits",
        Unit.LOOKUPS,
        "Reads of keys that were there.",
        () -> keyspaceHits,
        value -> keyspaceHits = value);
    row(
        "keyspace_misses",
        Unit.LOOKUPS,
        "Reads of keys that were not there.",
        () -> keyspaceMisses,
        value -> keyspaceMisses = value);
    row(
        "total_error_replies",
        Unit.REPLIES,
        "Error replies.",
        () -> errorReplies,
        value -> errorReplies = value);
    row(
        "client_query_buffer_limit_disconnections",
        Unit.CLIENTS,
        "Clients that were closed because their input grew beyond its limit.",
        () -> queryBufferDisconnections,
        value -> queryBufferDisconnections = value);
    row(
        "client_output_buffer_limit_disconnections",
        Unit.CLIENTS,
        "Clients that were closed because their output grew beyond its limit.",
        () -> outputBufferDisconnections,
        value -> outputBufferDisconnections = value);
    row(
        "evicted_clients",
        Unit.CLIENTS,
        "Clients that were closed because all together took too much memory.",
        () -> evictedClients,
        value -> evictedClients = value);
    row(
        "acl_access_denied_auth",
        Unit.COMMANDS,
        "Names or passwords of users that were wrong.",
        () -> deniedUsers,
        value -> deniedUsers = value);
    row(
        "acl_access_denied_cmd",
        Unit.COMMANDS,
        "Requests whose command was denied to their user.",
        () -> deniedCommands,
        value -> deniedCommands = value);
    row(
        "acl_access_denied_key",
        Unit.COMMANDS,
        "Requests that named a key that was denied to their user.",
        () -> deniedKeys,
        value -> deniedKeys = value);
    row(
        "acl_access_denied_channel",
        Unit.COMMANDS,
        "Requests that named a channel that was denied to their user.",
        () -> deniedChannels,
        value -> deniedChannels = value);
  }

  private void row(String name, Unit unit, String doc, LongSupplier value, LongConsumer set) {
    counters.add(new Counter(name, unit, doc, value, set));
  }

  /** All rows, in the order of INFO. */
  public List<Counter> counters() {
    return Collections.unmodifiableList(counters);
  }

  /** An error reply was written that begins with {@code code}. */
  public void onError(String code) {
    errorReplies++;
    if (errorsByCode.size() < 128 || errorsByCode.containsKey(code)) {
      errorsByCode.merge(code, 1L, Long::sum);
    }
  }

  /** How often each code of error replies was written. */
  public Map<String, Long> errorsByCode() {
    return Collections.unmodifiableMap(errorsByCode);
  }

  /** The most bytes ever in use, as far as anybody looked; {@code nowBytes} are now. */
  public long peakBytes(long nowBytes) {
    peakBytes = Math.max(peakBytes, nowBytes);
    return peakBytes;
  }

  /** CONFIG RESETSTAT. */
  public void reset() {
    counters.forEach(counter -> counter.set().accept(0));
    errorsByCode.clear();
    peakBytes = 0;
  }
}

package dev.carillon.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;

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

  /** How fast a counter grows: the average of its last samples, as Redis takes it. */
  private static final class Rate {

    private final LongSupplier value;
    private final long[] samples = new long[16];
    private int next;
    private long lastValue;
    private long lastMillis;

    private Rate(LongSupplier value) {
      this.value = value;
    }

    private void sample(long nowMillis) {
      long now = value.getAsLong();
      if (lastMillis > 0 && nowMillis > lastMillis) {
        samples[next] = Math.max(0, now - lastValue) * 1000 / (nowMillis - lastMillis);
        next = (next + 1) % samples.length;
      }
      lastValue = now;
      lastMillis = nowMillis;
    }

    private void reset() {
      Arrays.fill(samples, 0);
      lastValue = value.getAsLong();
    }

    private double perSecond() {
      return (double) LongStream.of(samples).sum() / samples.length;
    }
  }

  /** Chosen as in Redis: the last 1.6 seconds count. */
  private static final long SAMPLE_MILLIS = 100;

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

  private final Rate commandRate = new Rate(() -> commandsProcessed);
  private final Rate inputRate = new Rate(() -> netInputBytes);
  private final Rate outputRate = new Rate(() -> netOutputBytes);
  private long nextSampleMillis;
  private long peakBytes;
  private long peakMillis;

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
  public long peakBytes(long nowBytes, long nowMillis) {
    if (nowBytes > peakBytes) {
      peakBytes = nowBytes;
      peakMillis = nowMillis;
    }
    return peakBytes;
  }

  /**
   * When {@link #peakBytes} was looked at and more than before, in epoch milliseconds; 0: never.
   */
  public long peakMillis() {
    return peakMillis;
  }

  /** Looks how far the counters are that have a rate; to be called now and then. */
  public void sample(long nowMillis) {
    if (nowMillis >= nextSampleMillis || nowMillis < nextSampleMillis - 2 * SAMPLE_MILLIS) {
      nextSampleMillis = nowMillis + SAMPLE_MILLIS;
      commandRate.sample(nowMillis);
      inputRate.sample(nowMillis);
      outputRate.sample(nowMillis);
    }
  }

  /** How many commands were executed in a second, of late. */
  public double commandsPerSecond() {
    return commandRate.perSecond();
  }

  /** How many bytes were received in a second, of late. */
  public double inputBytesPerSecond() {
    return inputRate.perSecond();
  }

  /** How many bytes were sent in a second, of late. */
  public double outputBytesPerSecond() {
    return outputRate.perSecond();
  }

  /** CONFIG RESETSTAT. */
  public void reset() {
    counters.forEach(counter -> counter.set().accept(0));
    commandRate.reset();
    inputRate.reset();
    outputRate.reset();
    errorsByCode.clear();
    peakBytes = 0;
    peakMillis = 0;
  }
}

package dev.carillon.conformance.differential;

import dev.carillon.protocol.bytes.Bytes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a server counts and says in INFO, as far as it follows from the requests alone: how often
 * each command was called, rejected and failed, errors by their code, keys that were found, missed
 * and over, how many keys there are.
 */
record Counters(Map<String, Long> values) {

  /** The sections that have them. */
  static final List<Bytes> REQUEST =
      List.of(
          Bytes.of("INFO"),
          Bytes.of("clients"),
          Bytes.of("stats"),
          Bytes.of("persistence"),
          Bytes.of("commandstats"),
          Bytes.of("errorstats"),
          Bytes.of("keyspace"));

  private static final Set<String> NAMES =
      Set.of(
          "blocked_clients",
          "evicted_keys",
          "expired_keys",
          "keyspace_hits",
          "keyspace_misses",
          "pubsub_channels",
          "pubsub_patterns",
          "pubsubshard_channels",
          "total_error_replies",
          "tracking_clients",
          "tracking_total_prefixes");

  /** What the comparison itself asks for, on one side more often than on the other. */
  private static final Set<String> ASKED_BY_US =
      Set.of("client|id", "client|list", "hscan", "info", "ping", "scan", "sscan", "zscan");

  private static final String COMMAND = "cmdstat_";
  private static final String ERROR = "errorstat_";
  private static final Set<String> OF_COMMANDS = Set.of("calls", "rejected_calls", "failed_calls");
  private static final Set<String> OF_DATABASES = Set.of("keys", "expires");

  /** Nothing was counted. */
  static Counters none() {
    return new Counters(Map.of());
  }

  /** Those in a text that INFO answered. */
  static Counters of(Bytes info) {
    Map<String, Long> values = new HashMap<>();
    for (String line : info.toLatin1().split("\r\n", -1)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        String name = line.substring(0, colon);
        String value = line.substring(colon + 1);
        if (NAMES.contains(name)) {
          values.put(name, Long.parseLong(value));
        } else if (name.startsWith(COMMAND)) {
          String command = name.substring(COMMAND.length());
          if (!ASKED_BY_US.contains(command)) {
            addParts(values, command, value, OF_COMMANDS);
          }
        } else if (name.startsWith(ERROR)) {
          addParts(values, "errors " + name.substring(ERROR.length()), value, Set.of("count"));
        } else if (value.startsWith("keys=")) {
          addParts(values, name, value, OF_DATABASES);
        }
      }
    }
    return new Counters(values);
  }

  private static void addParts(
      Map<String, Long> values, String name, String text, Set<String> wanted) {
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals > 0 && wanted.contains(part.substring(0, equals))) {
        values.put(
            name + " " + part.substring(0, equals), Long.parseLong(part.substring(equals + 1)));
      }
    }
  }

  /** By how much each counter is higher than before, without those that are the same. */
  Map<String, Long> since(Counters before) {
    Map<String, Long> grown = new TreeMap<>();
    Set<String> names = new TreeSet<>(values.keySet());
    names.addAll(before.values.keySet());
    for (String name : names) {
      long difference = values.getOrDefault(name, 0L) - before.values.getOrDefault(name, 0L);
      if (difference != 0) {
        grown.put(name, difference);
      }
    }
    return grown;
  }
}

package dev.carillon.engine.command.family;

import dev.carillon.engine.Compatibility;
import dev.carillon.engine.EngineStats;
import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.DurationHistogram;
import dev.carillon.engine.command.HotKeys;
import dev.carillon.engine.command.Loading;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.journal.Journal;
import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.rewrite.Rewrites;
import dev.carillon.engine.session.ClientLine;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.snapshot.Snapshots;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Numerals;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;

/**
 * The text of INFO, section by section. What the engine knows it says itself; what only the process
 * knows comes from {@link dev.carillon.engine.command.Host#facts}, where a fact of a field's name
 * also overrides what stands here. Fields whose subject does not exist here (replicas, forks) say
 * the value of a Redis that does not use it, because monitoring expects them.
 */
final class InfoSections {

  /** A section: its title and who writes it. */
  private record Section(String title, boolean byDefault, Consumer<InfoSections> writer) {
    String word() {
      return title.toLowerCase(Locale.ROOT);
    }
  }

  private static final List<Section> SECTIONS =
      List.of(
          new Section("Server", true, InfoSections::server),
          new Section("Clients", true, InfoSections::clients),
          new Section("Memory", true, InfoSections::memory),
          new Section("Persistence", true, InfoSections::persistence),
          new Section("Threads", true, InfoSections::threads),
          new Section("Stats", true, InfoSections::stats),
          new Section("Expiry", true, InfoSections::expiry),
          new Section("Replication", true, InfoSections::replication),
          new Section("CPU", true, InfoSections::cpu),
          new Section("Hotkeys", true, InfoSections::hotKeys),
          new Section("Modules", true, info -> {}),
          new Section("Commandstats", false, InfoSections::commandstats),
          new Section("Errorstats", true, InfoSections::errorstats),
          new Section("Latencystats", false, InfoSections::latencystats),
          new Section("Cluster", true, info -> info.field("cluster_enabled", 0)),
          new Section("Keyspace", true, InfoSections::keyspace),
          new Section("Keysizes", true, InfoSections::keySizes));

  /** Chosen: bounds what avg_ttl costs; the order of the index is random enough for a sample. */
  private static final int TTL_SAMPLE = 128;

  private final CommandContext ctx;
  private final Map<String, String> facts;
  private final StringBuilder text = new StringBuilder();

  InfoSections(CommandContext ctx) {
    this.ctx = ctx;
    this.facts = ctx.host().facts();
  }

  /**
   * Renders sections in their order.
   *
   * @param asked names in lower case, {@code default}, {@code all} and {@code everything} among
   *     them; none means {@code default}; unknown ones mean nothing
   */
  String text(Set<String> asked) {
    boolean all = asked.contains("all") || asked.contains("everything");
    boolean usual = asked.isEmpty() || asked.contains("default");
    for (Section section : SECTIONS) {
      if (all || usual && section.byDefault() || asked.contains(section.word())) {
        if (!text.isEmpty()) {
          text.append("\r\n");
        }
        text.append("# ").append(section.title()).append("\r\n");
        section.writer().accept(this);
      }
    }
    return text.toString();
  }

  private void line(String name, Object value) {
    text.append(name).append(':').append(value).append("\r\n");
  }

  /** A field that the process may know better. */
  private void field(String name, Object value) {
    String fact = facts.get(name);
    line(name, fact == null ? value : fact);
  }

  private long fact(String name, long otherwise) {
    String fact = facts.get(name);
    return fact == null ? otherwise : Long.parseLong(fact);
  }

  // -------------------------------------------------------------------------------------- process

  private void hotKeys() {
    HotKeys.Findings findings = ctx.observers().hotKeys().findings();
    if (findings != null) {
      line("hotkeys-tracking-active", findings.isActive(ctx.nowMillis()) ? 1 : 0);
      line("hotkeys-cmd-cpu-time", 0);
    }
  }

  private void server() {
    long uptimeSeconds =
        fact("uptime_in_seconds", (ctx.nowMillis() - ctx.stats().startedMillis) / 1000);
    line("redis_version", Compatibility.REDIS_VERSION);
    line("server_name", "carillon");
    field("carillon_version", "unknown");
    field("carillon_commit", "");
    field("redis_git_sha1", "00000000");
    field("redis_git_dirty", 0);
    field("redis_build_id", "0");
    field("redis_mode", "standalone");
    field("os", "unknown");
    field("arch_bits", 64);
    field("java_version", "unknown");
    field("process_id", 0);
    field("process_supervised", "no");
    field("run_id", "0".repeat(40));
    field("tcp_port", ctx.config().get(Parameters.PORT));
    line("server_time_usec", ctx.nowMillis() * 1000);
    line("uptime_in_seconds", uptimeSeconds);
    line("uptime_in_days", uptimeSeconds / 86_400);
    line("hz", ctx.config().get(Parameters.HZ));
    line("configured_hz", ctx.config().get(Parameters.HZ));
    line("lru_clock", ctx.nowMillis() / 1000 & 0xffffff);
    field("executable", "");
    field("config_file", "");
    field("io_threads_active", 0);
    long port = fact("tcp_port", ctx.config().get(Parameters.PORT));
    if (port > 0) {
      StringBuilder addresses = new StringBuilder();
      for (String address : ctx.config().get(Parameters.BIND)) {
        addresses.append(",bind=").append(address);
      }
      line("listener0", "name=tcp" + addresses + ",port=" + port);
    }
  }

  private void clients() {
    int blocked = 0;
    int pubsub = 0;
    int watching = 0;
    long inputMax = 0;
    long outputMax = 0;
    for (Session session : ctx.sessions().all()) {
      blocked += session.isWaitingForReply() ? 1 : 0;
      pubsub += session.subscriptions().isEmpty() ? 0 : 1;
      watching += session.transaction().watched() > 0 ? 1 : 0;
      inputMax = Math.max(inputMax, session.inputBytes());
      outputMax = Math.max(outputMax, session.outbox().pendingBytes());
    }
    line("connected_clients", ctx.sessions().count());
    line("cluster_connections", 0);
    line("maxclients", ctx.config().get(Parameters.MAXCLIENTS));
    line("client_recent_max_input_buffer", inputMax);
    line("client_recent_max_output_buffer", outputMax);
    line("blocked_clients", blocked);
    line("tracking_clients", ctx.tracking().clients());
    line("pubsub_clients", pubsub);
    line("watching_clients", watching);
    line("clients_in_timeout_table", ctx.blocking().timeouts());
    line("total_watched_keys", ctx.keyspace().watchers().keys());
    line("total_blocking_keys", ctx.blocking().keys());
    line("total_blocking_keys_on_nokey", ctx.blocking().keysEvenIfGone());
  }

  private void memory() {
    long used = ctx.evictor().usedBytes();
    long reserved = ctx.keyspace().reservedBytes();
    long resident = fact("used_memory_rss", reserved);
    long peak = ctx.stats().peakBytes(used, ctx.nowMillis());
    long limit = ctx.config().get(Parameters.MAXMEMORY);
    long system = fact("total_system_memory", 0);
    size("used_memory", used);
    size("used_memory_rss", resident);
    size("used_memory_peak", peak);
    line("used_memory_peak_time", ctx.stats().peakMillis() / 1000);
    line("used_memory_peak_perc", percent(used, peak));
    line("used_memory_overhead", used - ctx.keyspace().usedBytes());
    size("used_memory_feeds", ctx.feeds().sizeBytes());
    line("used_memory_startup", 0);
    line("used_memory_dataset", ctx.keyspace().usedBytes());
    line("used_memory_dataset_perc", percent(ctx.keyspace().usedBytes(), used));
    line("allocator_allocated", ctx.keyspace().usedBytes());
    line("allocator_active", reserved);
    line("allocator_resident", reserved);
    line("allocator_muzzy", 0);
    size("total_system_memory", system);
    field("heap_used_bytes", 0);
    field("heap_committed_bytes", 0);
    field("heap_max_bytes", 0);
    field("used_memory_vm_eval", 0);
    size("used_memory_lua", fact("used_memory_lua", 0));
    field("used_memory_scripts_eval", 0);
    field("number_of_cached_scripts", 0);
    field("number_of_functions", 0);
    field("number_of_libraries", 0);
    field("used_memory_vm_functions", 0);
    size("used_memory_vm_total", fact("used_memory_vm_total", 0));
    field("used_memory_functions", 0);
    size("used_memory_scripts", fact("used_memory_scripts", 0));
    size("maxmemory", limit);
    line("maxmemory_policy", ctx.config().format(Parameters.MAXMEMORY_POLICY));
    line("allocator_frag_ratio", ratio(reserved, ctx.keyspace().usedBytes()));
    line("allocator_frag_bytes", reserved - ctx.keyspace().usedBytes());
    line("allocator_rss_ratio", "1.00");
    line("allocator_rss_bytes", 0);
    line("rss_overhead_ratio", ratio(resident, reserved));
    line("rss_overhead_bytes", resident - reserved);
    // The resident size is that of a whole JVM and says nothing about fragmentation.
    line("mem_fragmentation_ratio", ratio(reserved, used));
    line("mem_fragmentation_bytes", reserved - used);
    field("mem_not_counted_for_evict", 0);
    line("mem_replication_backlog", 0);
    line("mem_total_replication_buffers", 0);
    line("mem_replica_full_sync_buffer", 0);
    line("mem_clients_slaves", 0);
    line("mem_clients_normal", clientBytes());
    line("mem_cluster_slot_migration_output_buffer", 0);
    line("mem_cluster_slot_migration_input_buffer", 0);
    line("mem_cluster_slot_migration_input_buffer_peak", 0);
    line("mem_cluster_links", 0);
    Journal journal = ctx.journal();
    field("mem_aof_buffer", journal == null ? 0 : journal.keptBytes());
    line("mem_allocator", "carillon");
    line("active_defrag_running", 0);
    line("lazyfree_pending_objects", 0);
    line("lazyfreed_objects", ctx.keyspace().lazilyFreed());
  }

  private long clientBytes() {
    long bytes = 0;
    for (Session session : ctx.sessions().all()) {
      bytes += ClientLine.memoryBytes(session);
    }
    return bytes;
  }

  private void size(String name, long bytes) {
    line(name, bytes);
    line(name + "_human", human(bytes));
  }

  private static String percent(long part, long whole) {
    return String.format(Locale.ROOT, "%.2f%%", whole == 0 ? 100.0 : part * 100.0 / whole);
  }

  private static String ratio(long part, long whole) {
    return String.format(Locale.ROOT, "%.2f", whole == 0 ? 1.0 : (double) part / whole);
  }

  /** A size for people: {@code 512B}, {@code 1.50M}. */
  static String human(long bytes) {
    if (bytes < 1024) {
      return bytes + "B";
    }
    double size = bytes;
    int unit = -1;
    while (size >= 1024 && unit < 4) {
      size /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.2f%c", size, "KMGTP".charAt(unit));
  }

  private void persistence() {
    Loading loading = ctx.loading();
    field("loading", loading.isActive() ? 1 : 0);
    field("async_loading", 0);
    Snapshots snapshots = ctx.snapshots();
    line("current_cow_peak", snapshots.heldBytesPeak());
    line("current_cow_size", snapshots.heldBytes());
    line("current_cow_size_age", 0);
    line("current_fork_perc", "0.00");
    line("current_save_keys_processed", snapshots.keysWritten());
    line("current_save_keys_total", snapshots.keysTotal());
    line("rdb_changes_since_last_save", snapshots.changesSinceLastSave());
    line("rdb_bgsave_in_progress", snapshots.isDumping() ? 1 : 0);
    line("rdb_last_save_time", snapshots.lastSaveMillis() / 1000);
    line("rdb_last_bgsave_status", snapshots.status().word());
    line("rdb_saves_consecutive_failures", snapshots.consecutiveFailures());
    line("rdb_last_bgsave_time_sec", snapshots.lastSeconds());
    line("rdb_current_bgsave_time_sec", snapshots.currentSeconds());
    line("rdb_saves", snapshots.saves());
    line("rdb_last_cow_size", snapshots.lastHeldBytes());
    field("rdb_last_load_keys_expired", 0);
    field("rdb_last_load_keys_loaded", loading.keysLoaded());
    Journal journal = ctx.journal();
    Rewrites rewrites = ctx.rewrites();
    field("aof_enabled", journal != null || rewrites.isBeginning() ? 1 : 0);
    field("aof_rewrite_in_progress", rewrites.isRunning() ? 1 : 0);
    field("aof_rewrite_scheduled", rewrites.isScheduled() ? 1 : 0);
    field("aof_last_rewrite_time_sec", rewrites.lastSeconds());
    field("aof_current_rewrite_time_sec", rewrites.currentSeconds());
    field("aof_last_bgrewrite_status", rewrites.hasFailed() ? "err" : "ok");
    field("aof_rewrites", rewrites.rewrites());
    field("aof_rewrites_consecutive_failures", rewrites.consecutiveFailures());
    field("aof_last_write_status", journal == null || journal.failure() == null ? "ok" : "err");
    field("aof_last_cow_size", rewrites.lastHeldBytes());
    field("module_fork_in_progress", 0);
    field("module_fork_last_cow_size", 0);
    if (loading.isActive()) {
      long total = loading.totalBytes();
      field("loading_start_time", loading.startedMillis() / 1000);
      field("loading_total_bytes", total);
      field("loading_rdb_used_mem", 0);
      field("loading_loaded_bytes", loading.loadedBytes());
      double percent = total == 0 ? 100 : 100.0 * loading.loadedBytes() / total;
      field("loading_loaded_perc", String.format(Locale.ROOT, "%.2f", percent));
      field("loading_eta_seconds", loading.secondsLeft(ctx.nowMillis()));
    }
    if (journal != null) {
      field("aof_current_size", journal.sizeBytes());
      field("aof_base_size", journal.baseBytes());
      field("aof_pending_rewrite", rewrites.isScheduled() ? 1 : 0);
      field("aof_buffer_length", journal.keptBytes());
      field("aof_pending_bio_fsync", journal.isWorking() ? 1 : 0);
      field("aof_delayed_fsync", journal.syncsDelayed());
      field("carillon_journal_sequence", ctx.turn().sequence());
      field("carillon_journal_durable_sequence", journal.durableSequence());
      field("carillon_journal_syncs", journal.syncsDone());
    }
  }

  /** Input and output are the work of the one thread that executes commands. */
  private void threads() {
    long commands = ctx.stats().commandsProcessed;
    line(
        "io_thread_0",
        "clients=" + ctx.sessions().count() + ",reads=" + commands + ",writes=" + commands);
  }

  private void stats() {
    Keyspace keyspace = ctx.keyspace();
    line("total_connections_received", ctx.sessions().opened());
    for (EngineStats.Counter counter : ctx.stats().counters()) {
      line(counter.name(), counter.value().getAsLong());
    }
    EngineStats stats = ctx.stats();
    line("instantaneous_ops_per_sec", (long) stats.commandsPerSecond());
    line("instantaneous_input_kbps", kilobytes(stats.inputBytesPerSecond()));
    line("instantaneous_output_kbps", kilobytes(stats.outputBytesPerSecond()));
    line("total_net_repl_input_bytes", 0);
    line("total_net_repl_output_bytes", 0);
    line("instantaneous_input_repl_kbps", "0.00");
    line("instantaneous_output_repl_kbps", "0.00");
    line("sync_full", 0);
    line("sync_partial_ok", 0);
    line("sync_partial_err", 0);
    line("expired_subkeys", keyspace.expiredFields());
    line("expired_subkeys_active", keyspace.sweptFields());
    line("expired_keys", keyspace.expiredKeys());
    line("expired_keys_active", keyspace.sweptKeys());
    line("expired_stale_perc", "0.00");
    line("expired_time_cap_reached_count", 0);
    line("expire_cycle_cpu_milliseconds", 0);
    line("evicted_keys", keyspace.evictedKeys());
    field("evicted_scripts", 0);
    line("total_eviction_exceeded_time", 0);
    line("current_eviction_exceeded_time", 0);
    line("pubsub_channels", ctx.pubsub().registry().channels());
    line("pubsub_patterns", ctx.pubsub().registry().patterns());
    line("pubsubshard_channels", ctx.pubsub().registry().shardChannels());
    line("latest_fork_usec", 0);
    line("total_forks", 0);
    line("migrate_cached_sockets", 0);
    line("slave_expires_tracked_keys", 0);
    line("active_defrag_hits", 0);
    line("active_defrag_misses", 0);
    line("active_defrag_key_hits", 0);
    line("active_defrag_key_misses", 0);
    line("total_active_defrag_time", 0);
    line("current_active_defrag_time", 0);
    line("tracking_total_keys", ctx.tracking().keys());
    line("tracking_total_items", ctx.tracking().items());
    line("tracking_total_prefixes", ctx.tracking().prefixes());
    line("unexpected_error_replies", 0);
    line("dump_payload_sanitizations", 0);
    field("total_reads_processed", ctx.stats().commandsProcessed);
    field("total_writes_processed", ctx.stats().commandsProcessed);
    line("io_threaded_reads_processed", 0);
    line("io_threaded_writes_processed", 0);
    line("io_threaded_total_prefetch_batches", 0);
    line("io_threaded_total_prefetch_entries", 0);
    line("reply_buffer_shrinks", 0);
    line("reply_buffer_expands", 0);
    line("acl_access_denied_tls_cert", 0);
  }

  private static String kilobytes(double bytes) {
    return String.format(Locale.ROOT, "%.2f", bytes / 1024);
  }

  /** How late expiries are, as the process measures it. */
  private void expiry() {
    facts.forEach(
        (name, value) -> {
          if (name.startsWith("expired_lateness_")) {
            line(name, value);
          }
        });
  }

  private void replication() {
    line("role", "master");
    line("connected_slaves", 0);
    line("master_failover_state", "no-failover");
    line("master_replid", facts.getOrDefault("run_id", "0".repeat(40)));
    line("master_replid2", "0".repeat(40));
    line("master_repl_offset", 0);
    line("second_repl_offset", -1);
    line("repl_backlog_active", 0);
    line("repl_backlog_size", 1048576);
    line("repl_backlog_first_byte_offset", 0);
    line("repl_backlog_histlen", 0);
  }

  /** The JVM tells the time of all its threads together, and not what of it the system took. */
  private void cpu() {
    String seconds = String.format(Locale.ROOT, "%.6f", fact("used_cpu_nanos", 0) / 1e9);
    field("used_cpu_sys", "0.000000");
    field("used_cpu_user", seconds);
    field("used_cpu_sys_children", "0.000000");
    field("used_cpu_user_children", "0.000000");
    field("used_cpu_sys_main_thread", "0.000000");
    field("used_cpu_user_main_thread", seconds);
  }

  // ------------------------------------------------------------------------------------- commands

  private void forEachCommand(Consumer<Command> consumer) {
    for (Command command : ctx.commands().commands()) {
      consumer.accept(command);
      command.subcommands().values().forEach(consumer);
    }
  }

  private void commandstats() {
    forEachCommand(
        command -> {
          Command.CommandStats stats = command.stats;
          if (stats.calls > 0 || stats.rejected > 0) {
            long micros = stats.nanos / 1000;
            line(
                "cmdstat_" + command.fullName(),
                String.format(
                    Locale.ROOT,
                    "calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
                    stats.calls,
                    micros,
                    stats.calls == 0 ? 0.0 : (double) micros / stats.calls,
                    stats.rejected,
                    stats.failed));
          }
        });
  }

  private void errorstats() {
    ctx.stats()
        .errorsByCode()
        .forEach((code, count) -> line("errorstat_" + code, "count=" + count));
  }

  private void latencystats() {
    List<Double> percentiles = ctx.config().get(Parameters.LATENCY_TRACKING_INFO_PERCENTILES);
    forEachCommand(
        command -> {
          DurationHistogram durations = command.stats.durations();
          if (durations != null) {
            line(
                "latency_percentiles_usec_" + command.fullName(),
                percentiles.stream()
                    .map(percent -> percentile(durations, percent))
                    .collect(Collectors.joining(",")));
          }
        });
  }

  private static String percentile(DurationHistogram durations, double percent) {
    return String.format(
        Locale.ROOT, "p%s=%.3f", Numerals.of(percent), durations.percentileNanos(percent) / 1000.0);
  }

  // ------------------------------------------------------------------------------------- keyspace

  private void keyspace() {
    for (int i = 0; i < ctx.keyspace().count(); i++) {
      Database database = ctx.keyspace().database(i);
      if (database.size() > 0) {
        line(
            "db" + i,
            "keys="
                + database.size()
                + ",expires="
                + database.deadlines()
                + ",avg_ttl="
                + averageTtlMillis(database)
                + ",subexpiry="
                + database.hashesWithDeadlines());
      }
    }
  }

  private void keySizes() {
    for (int i = 0; i < ctx.keyspace().count(); i++) {
      Database database = ctx.keyspace().database(i);
      if (database.size() > 0) {
        String start = "db" + i + "_distrib_";
        COUNTED.forEach(
            (type, name) ->
                sizes(
                    start + name + (type == ValueType.STRING ? "_sizes" : "_items"),
                    size -> database.keysOfSize(type, size)));
        COUNTED.forEach(
            (type, name) ->
                sizes(start + name + "_sizes", size -> database.keysOfMemory(type, size)));
      }
    }
  }

  /** The types of which INFO tells sizes, in its order and by its names. */
  private static final Map<ValueType, String> COUNTED = new EnumMap<>(ValueType.class);

  static {
    COUNTED.put(ValueType.STRING, "strings");
    COUNTED.put(ValueType.LIST, "lists");
    COUNTED.put(ValueType.SET, "sets");
    COUNTED.put(ValueType.SORTED_SET, "zsets");
    COUNTED.put(ValueType.HASH, "hashes");
  }

  private void sizes(String name, IntUnaryOperator keysOfClass) {
    StringJoiner classes = new StringJoiner(",");
    for (int i = 0; i < Database.SIZE_CLASSES; i++) {
      int keys = keysOfClass.applyAsInt(i);
      if (keys > 0) {
        classes.add((i == 0 ? "0" : powerOfTwo(i - 1)) + "=" + keys);
      }
    }
    if (classes.length() > 0) {
      line(name, classes);
    }
  }

  /** A power of two in the largest unit of bytes that it fills. */
  private static String powerOfTwo(int exponent) {
    String unit = exponent < 10 ? "" : String.valueOf("KMGTPE".charAt(exponent / 10 - 1));
    return (1 << exponent % 10) + unit;
  }

  private long averageTtlMillis(Database database) {
    if (database.deadlines() == 0) {
      return 0;
    }
    long[] sum = new long[2];
    database.scan(
        0,
        TTL_SAMPLE,
        entry -> {
          if (entry.hasDeadline()) {
            sum[0] += Math.max(0, entry.deadlineMillis() - ctx.nowMillis());
            sum[1]++;
          }
        });
    return sum[1] == 0 ? 0 : sum[0] / sum[1];
  }
}

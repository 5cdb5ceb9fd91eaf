package dev.carillon.engine.config;

import static dev.carillon.engine.config.ParameterType.INT_MAX;
import static dev.carillon.engine.config.ParameterType.INT_MIN;
import static dev.carillon.engine.config.ParameterType.UINT_MAX;
import static dev.carillon.engine.config.ParameterType.bytes;
import static dev.carillon.engine.config.ParameterType.bytesOrPercent;
import static dev.carillon.engine.config.ParameterType.choice;
import static dev.carillon.engine.config.ParameterType.integer;
import static dev.carillon.engine.config.ParameterType.notifyFlags;
import static dev.carillon.engine.config.ParameterType.octal;
import static dev.carillon.engine.config.ParameterType.oneOf;
import static dev.carillon.engine.config.ParameterType.oomScores;
import static dev.carillon.engine.config.ParameterType.outputBufferLimits;
import static dev.carillon.engine.config.ParameterType.percentiles;
import static dev.carillon.engine.config.ParameterType.replicationSource;
import static dev.carillon.engine.config.ParameterType.savePoints;
import static dev.carillon.engine.config.ParameterType.text;
import static dev.carillon.engine.config.ParameterType.unsignedBytes;
import static dev.carillon.engine.config.ParameterType.wordSet;
import static dev.carillon.engine.config.ParameterType.wordSetOrAll;
import static dev.carillon.engine.config.ParameterType.words;
import static dev.carillon.engine.config.ParameterType.yesOrNo;

import dev.carillon.engine.config.OutputBufferLimits.Limit;
import dev.carillon.protocol.event.NotifyFlags;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table of parameters, the only source of what can be configured.
 *
 * <p>It has every parameter of Redis, so that existing files and tools work, and those that only
 * Carillon has. Names, defaults, ranges and refusals up to 7.0 were observed from a running 7.0.15;
 * those of later versions are from public listings of an 8.8.1 server and its documentation and
 * have not been observed here. Rows that some code asks for have a constant. Rows say {@code
 * withoutEffect} as long as no code does what their sentence says.
 *
 * <p>Immutable after class initialisation and safe for any thread.
 */
public final class Parameters {

  private static final List<Parameter<?>> ROWS = new ArrayList<>();

  private static final long KB = 1L << 10;
  private static final long MB = 1L << 20;
  private static final long GB = 1L << 30;
  private static final long LONG_MAX = Long.MAX_VALUE;

  // -------------------------------------------------------------------------------- connections

  /** See its row. */
  public static final Parameter<Long> PORT =
      parameter("port", integer(0, 65535))
          .initially(6379L)
          .doc("The TCP port for clients; 0 opens none.");

  /** See its row; each word is an address, a minus sign before it means that it may be missing. */
  public static final Parameter<List<String>> BIND =
      parameter("bind", words(16, "Too many bind addresses specified."))
          .initially(List.of("*", "-::*"))
          .doc("The local addresses that the ports are opened on.");

  /** See its row. */
  public static final Parameter<Boolean> PROTECTED_MODE =
      parameter("protected-mode", yesOrNo())
          .initially(true)
          .doc("Refuses clients of other machines as long as the default user has no password.");

  /** See its row. */
  public static final Parameter<Long> TIMEOUT =
      parameter("timeout", integer(0, INT_MAX))
          .initially(0L)
          .doc("Closes the connection of a client that was idle for so many seconds; 0 never.");

  /** See its row. */
  public static final Parameter<Long> TCP_KEEPALIVE =
      parameter("tcp-keepalive", integer(0, INT_MAX))
          .initially(300L)
          .doc("Seconds of silence after which the kernel probes a connection; 0 never.");

  /** See its row. */
  public static final Parameter<Long> TCP_BACKLOG =
      parameter("tcp-backlog", integer(0, INT_MAX))
          .immutable()
          .initially(511L)
          .doc("How many connections may wait to be accepted.");

  /** See its row; empty means none. */
  public static final Parameter<String> UNIXSOCKET =
      parameter("unixsocket", text())
          .immutable()
          .withoutEffect()
          .initially("")
          .doc("The path of a Unix socket for clients; empty opens none.");

  /** See its row. */
  public static final Parameter<Long> UNIXSOCKETPERM =
      parameter("unixsocketperm", octal(0, 0777))
          .immutable()
          .withoutEffect()
          .initially(0L)
          .doc("The file mode of the Unix socket, in octal; 0 leaves it to the umask.");

  /** See its row. */
  public static final Parameter<Long> MAXCLIENTS =
      parameter("maxclients", integer(1, UINT_MAX))
          .initially(10_000L)
          .doc("How many clients may be connected at once.");

  /** See its row. */
  public static final Parameter<OutputBufferLimits> CLIENT_OUTPUT_BUFFER_LIMIT =
      parameter("client-output-buffer-limit", outputBufferLimits())
          .initially(
              new OutputBufferLimits(
                  Limit.NONE, new Limit(256 * MB, 64 * MB, 60), new Limit(32 * MB, 8 * MB, 60)))
          .doc("How many bytes may wait for a slow client before its connection is closed.");

  /** See its row. */
  public static final Parameter<Long> CLIENT_QUERY_BUFFER_LIMIT =
      parameter("client-query-buffer-limit", bytes(MB, LONG_MAX))
          .initially(GB)
          .doc("How many bytes one client may have sent that are not a whole request yet.");

  /** See its row. */
  public static final Parameter<Long> PROTO_MAX_BULK_LEN =
      parameter("proto-max-bulk-len", bytes(MB, LONG_MAX))
          .initially(512 * MB)
          .doc("The largest argument of a request and the largest string value, in bytes.");

  /** See its row. */
  public static final Parameter<MemoryLimit> MAXMEMORY_CLIENTS =
      parameter("maxmemory-clients", bytesOrPercent())
          .initially(MemoryLimit.NONE)
          .doc("How many bytes, or percent of maxmemory, the buffers of all clients may take.");

  static {
    parameter("max-new-connections-per-cycle", integer(1, 1000))
        .since("7.4")
        .withoutEffect()
        .initially(10L)
        .doc("How many connections are accepted before other work gets its turn.");
    parameter("max-new-tls-connections-per-cycle", integer(1, 1000))
        .since("7.4")
        .withoutEffect()
        .initially(1L)
        .doc("How many TLS connections are accepted before other work gets its turn.");
    parameter("bind-source-addr", text())
        .withoutEffect()
        .initially("")
        .doc("The local address that outgoing connections start from.");
    parameter("socket-mark-id", integer(0, UINT_MAX))
        .immutable()
        .withoutEffect()
        .initially(0L)
        .doc("A mark that the kernel puts on the sockets, for routing.");
    parameter("io-threads", integer(1, 128))
        .immutable()
        .withoutEffect()
        .initially(1L)
        .doc("How many threads read and write sockets.");
    parameter("lookahead", integer(1, INT_MAX))
        .since("8.4")
        .withoutEffect()
        .initially(16L)
        .doc("How many requests of one client are read ahead so that their keys are at hand.");
    parameter("prefetch-batch-max-size", integer(0, 128))
        .since("8.0")
        .hidden()
        .withoutEffect()
        .initially(16L)
        .doc("How many keys are fetched into the caches of the processor together.");
  }

  // ----------------------------------------------------------------------------------------- TLS

  static {
    parameter("tls-port", integer(0, 65535))
        .withoutEffect()
        .initially(0L)
        .doc("The TCP port for clients that speak TLS; 0 opens none.");
    parameter("tls-cert-file", text())
        .withoutEffect()
        .initially("")
        .doc("The path of the server's certificate.");
    parameter("tls-key-file", text())
        .withoutEffect()
        .initially("")
        .doc("The path of the key to the server's certificate.");
    parameter("tls-key-file-pass", text())
        .sensitive()
        .withoutEffect()
        .initially("")
        .doc("The password of tls-key-file.");
    parameter("tls-client-cert-file", text())
        .withoutEffect()
        .initially("")
        .doc("The path of the certificate for outgoing connections.");
    parameter("tls-client-key-file", text())
        .withoutEffect()
        .initially("")
        .doc("The path of the key to the certificate for outgoing connections.");
    parameter("tls-client-key-file-pass", text())
        .sensitive()
        .withoutEffect()
        .initially("")
        .doc("The password of tls-client-key-file.");
    parameter("tls-dh-params-file", text())
        .withoutEffect()
        .initially("")
        .doc("The path of the parameters for Diffie-Hellman key exchange.");
    parameter("tls-ca-cert-file", text())
        .withoutEffect()
        .initially("")
        .doc("The path of the certificates that clients' certificates are checked against.");
    parameter("tls-ca-cert-dir", text())
        .withoutEffect()
        .initially("")
        .doc("A directory of certificates that clients' certificates are checked against.");
    parameter("tls-auth-clients", oneOf("no", "yes", "optional"))
        .withoutEffect()
        .initially("yes")
        .doc("Whether a client must, may or need not show a certificate.");
    parameter("tls-auth-clients-user", oneOf("CN", "off"))
        .since("8.6")
        .withoutEffect()
        .initially("off")
        .doc("Which field of a client's certificate names the user that it becomes.");
    parameter("tls-replication", yesOrNo())
        .withoutEffect()
        .initially(false)
        .doc("Whether a replica speaks TLS to its master.");
    parameter("tls-cluster", yesOrNo())
        .withoutEffect()
        .initially(false)
        .doc("Whether nodes of a cluster speak TLS to each other.");
    parameter("tls-protocols", text())
        .withoutEffect()
        .initially("")
        .doc("The versions of TLS that are offered; empty means those considered safe.");
    parameter("tls-ciphers", text())
        .withoutEffect()
        .initially("")
        .doc("The ciphers for TLS 1.2 and older.");
    parameter("tls-ciphersuites", text())
        .withoutEffect()
        .initially("")
        .doc("The cipher suites for TLS 1.3.");
    parameter("tls-prefer-server-ciphers", yesOrNo())
        .withoutEffect()
        .initially(false)
        .doc("Whether the server's order of ciphers beats the client's.");
    parameter("tls-session-caching", yesOrNo())
        .withoutEffect()
        .initially(true)
        .doc("Whether clients may resume TLS sessions.");
    parameter("tls-session-cache-size", integer(0, INT_MAX))
        .withoutEffect()
        .initially(20_480L)
        .doc("How many TLS sessions are kept for resuming; 0 means no limit.");
    parameter("tls-session-cache-timeout", integer(0, INT_MAX))
        .withoutEffect()
        .initially(300L)
        .doc("For how many seconds a TLS session may be resumed.");
  }

  // ------------------------------------------------------------------------------------- process

  /** See its row. */
  public static final Parameter<LogLevel> LOGLEVEL =
      parameter("loglevel", choice(LogLevel.class))
          .initially(LogLevel.NOTICE)
          .doc("How much is logged.");

  /** See its row; empty means standard output. */
  public static final Parameter<String> LOGFILE =
      parameter("logfile", text())
          .immutable()
          .initially("")
          .doc("The path of the log; empty logs to standard output.");

  /** See its row; empty means none. */
  public static final Parameter<String> PIDFILE =
      parameter("pidfile", text())
          .immutable()
          .initially("")
          .doc("A file that the process id is written to; empty means none.");

  /** See its row. */
  public static final Parameter<Boolean> DAEMONIZE =
      parameter("daemonize", yesOrNo())
          .immutable()
          .withoutEffect()
          .initially(false)
          .doc("Whether the server detaches itself from its terminal.");

  /** See its row. */
  public static final Parameter<List<String>> SHUTDOWN_ON_SIGINT =
      parameter("shutdown-on-sigint", wordSet("default", "save", "nosave", "now", "force"))
          .initially(List.of())
          .doc("How the server shuts down when it is interrupted, in the words of SHUTDOWN.");

  /** See its row. */
  public static final Parameter<List<String>> SHUTDOWN_ON_SIGTERM =
      parameter("shutdown-on-sigterm", wordSet("default", "save", "nosave", "now", "force"))
          .initially(List.of())
          .doc("How the server shuts down when it is terminated, in the words of SHUTDOWN.");

  static {
    parameter("shutdown-timeout", integer(0, INT_MAX))
        .withoutEffect()
        .initially(10L)
        .doc("For how many seconds a shutdown waits for replicas that lag behind.");
    parameter("supervised", oneOf("upstart", "systemd", "auto", "no"))
        .immutable()
        .withoutEffect()
        .initially("no")
        .doc("Which supervisor is told that the server is up.");
    parameter("syslog-enabled", yesOrNo())
        .immutable()
        .withoutEffect()
        .initially(false)
        .doc("Whether the log also goes to the system log.");
    parameter("syslog-ident", text())
        .immutable()
        .withoutEffect()
        .initially("redis")
        .doc("The name that lines in the system log carry.");
    parameter(
            "syslog-facility",
            oneOf(
                "user", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
                "local7"))
        .immutable()
        .withoutEffect()
        .initially("local0")
        .doc("The facility of lines in the system log.");
    parameter("hide-user-data-from-log", yesOrNo())
        .since("7.4")
        .withoutEffect()
        .initially(false)
        .doc("Whether the log leaves out keys and values.");
    parameter("crash-log-enabled", yesOrNo())
        .withoutEffect()
        .initially(true)
        .doc("Whether a crash logs the state of the server.");
    parameter("crash-memcheck-enabled", yesOrNo())
        .withoutEffect()
        .initially(true)
        .doc("Whether a crash is followed by a quick test of the memory.");
    parameter("use-exit-on-panic", yesOrNo())
        .hidden()
        .withoutEffect()
        .initially(false)
        .doc("Whether a panic exits the process where it would otherwise abort it.");
    parameter("always-show-logo", yesOrNo())
        .immutable()
        .withoutEffect()
        .initially(false)
        .doc("Whether the logo is printed also where nobody watches.");
    parameter("set-proc-title", yesOrNo())
        .immutable()
        .withoutEffect()
        .initially(true)
        .doc("Whether the title of the process says what it serves.");
    parameter("proc-title-template", text(TextChecks::procTitle))
        .withoutEffect()
        .initially("{title} {listen-addr} {server-mode}")
        .doc("The title of the process, with names in braces for what is filled in.");
    parameter("locale-collate", text())
        .since("7.2")
        .withoutEffect()
        .initially("")
        .doc("The locale that SORT ALPHA compares by; empty means that of the environment.");
    parameter("ignore-warnings", text())
        .withoutEffect()
        .initially("")
        .doc("Names of warnings that do not keep the server from starting.");
    parameter("disable-thp", yesOrNo())
        .immutable()
        .withoutEffect()
        .initially(true)
        .doc("Whether the server opts out of transparent huge pages.");
    parameter(
            "oom-score-adj", oneOf(Map.of("relative", "yes"), "no", "yes", "relative", "absolute"))
        .withoutEffect()
        .initially("no")
        .doc("Whether the server tells the kernel how readily to kill it when memory runs out.");
    parameter("oom-score-adj-values", oomScores())
        .withoutEffect()
        .initially(List.of(0L, 200L, 800L))
        .doc("How readily the kernel kills a master, a replica and a child process.");
    parameter("server-cpulist", text())
        .alias("server_cpulist")
        .immutable()
        .withoutEffect()
        .initially("")
        .doc("The processors that the server's threads stay on.");
    parameter("bio-cpulist", text())
        .alias("bio_cpulist")
        .immutable()
        .withoutEffect()
        .initially("")
        .doc("The processors that background threads stay on.");
    parameter("aof-rewrite-cpulist", text())
        .alias("aof_rewrite_cpulist")
        .immutable()
        .withoutEffect()
        .initially("")
        .doc("The processors that a rewrite of the append-only file stays on.");
    parameter("bgsave-cpulist", text())
        .alias("bgsave_cpulist")
        .immutable()
        .withoutEffect()
        .initially("")
        .doc("The processors that a background save stays on.");
    parameter("jemalloc-bg-thread", yesOrNo())
        .withoutEffect()
        .initially(true)
        .doc("Whether the allocator purges in a thread of its own.");
    parameter("watchdog-period", integer(0, INT_MAX))
        .hidden()
        .withoutEffect()
        .initially(0L)
        .doc("Milliseconds after which a stuck server logs where it is stuck; 0 never.");
  }

  // ------------------------------------------------------------------------------------ security

  /** See its row; empty means none. */
  public static final Parameter<String> REQUIREPASS =
      parameter("requirepass", text())
          .sensitive()
          .initially("")
          .doc("The password of the default user; empty means none.");

  /** See its row; empty means none. */
  public static final Parameter<String> ACLFILE =
      parameter("aclfile", text())
          .immutable()
          .initially("")
          .doc("The path of a file of users; empty means that users are in this file.");

  /** See its row; {@code allchannels} or {@code resetchannels}. */
  public static final Parameter<String> ACL_PUBSUB_DEFAULT =
      parameter("acl-pubsub-default", oneOf("allchannels", "resetchannels"))
          .initially("resetchannels")
          .doc("Which Pub/Sub channels a new user may use.");

  /** See its row. */
  public static final Parameter<Long> ACLLOG_MAX_LEN =
      parameter("acllog-max-len", integer(0, LONG_MAX))
          .initially(128L)
          .doc("How many refusals ACL LOG keeps.");

  /** See its row. */
  public static final Parameter<Access> ENABLE_PROTECTED_CONFIGS =
      parameter("enable-protected-configs", choice(Access.class))
          .immutable()
          .initially(Access.NO)
          .doc("Who may change the parameters that say where files lie.");

  /** See its row. */
  public static final Parameter<Access> ENABLE_DEBUG_COMMAND =
      parameter("enable-debug-command", choice(Access.class))
          .immutable()
          .initially(Access.NO)
          .doc("Who may use DEBUG.");

  static {
    parameter("enable-module-command", choice(Access.class))
        .immutable()
        .withoutEffect()
        .initially(Access.NO)
        .doc("Who may use MODULE.");
  }

  // -------------------------------------------------------------------------- keyspace and memory

  /** See its row. */
  public static final Parameter<Long> DATABASES =
      parameter("databases", integer(1, INT_MAX))
          .immutable()
          .initially(16L)
          .doc("How many databases there are, numbered from 0.");

  /** See its row. */
  public static final Parameter<Long> MAXMEMORY =
      parameter("maxmemory", unsignedBytes())
          .initially(0L)
          .doc("How many bytes the data may take before keys are evicted; 0 means no limit.");

  /** See its row. */
  public static final Parameter<EvictionPolicy> MAXMEMORY_POLICY =
      parameter("maxmemory-policy", choice(EvictionPolicy.class))
          .initially(EvictionPolicy.NOEVICTION)
          .doc("Which keys are evicted when memory is full.");

  /** See its row. */
  public static final Parameter<Long> MAXMEMORY_SAMPLES =
      parameter("maxmemory-samples", integer(1, 64))
          .initially(5L)
          .doc("How many keys are compared to find one to evict.");

  /** See its row; it can be switched on at the start only. */
  public static final Parameter<Boolean> KEY_MEMORY_HISTOGRAMS =
      parameter("key-memory-histograms", yesOrNo())
          .since("8.6")
          .initially(false)
          .doc("Whether INFO tells collections by the bytes that they take.");

  /** See its row; from 0, stop soon, to 100, do not stop before there is room. */
  public static final Parameter<Long> MAXMEMORY_EVICTION_TENACITY =
      parameter("maxmemory-eviction-tenacity", integer(0, 100))
          .withoutEffect()
          .initially(10L)
          .doc("How long one round of evictions may keep clients waiting, on a scale of 0 to 100.");

  /** See its row. */
  public static final Parameter<Long> LFU_LOG_FACTOR =
      parameter("lfu-log-factor", integer(0, INT_MAX))
          .initially(10L)
          .doc("How much harder each further step of a key's counter of accesses is.");

  /** See its row. */
  public static final Parameter<Long> LFU_DECAY_TIME =
      parameter("lfu-decay-time", integer(0, INT_MAX))
          .initially(1L)
          .doc("Minutes without access after which a key's counter drops by one; 0 never.");

  /** See its row. */
  public static final Parameter<Long> HASH_MAX_LISTPACK_ENTRIES =
      parameter("hash-max-listpack-entries", integer(0, LONG_MAX))
          .alias("hash-max-ziplist-entries")
          .initially(512L)
          .doc("Up to how many fields a hash stays compact.");

  /** See its row. */
  public static final Parameter<Long> HASH_MAX_LISTPACK_VALUE =
      parameter("hash-max-listpack-value", bytes(0, LONG_MAX))
          .alias("hash-max-ziplist-value")
          .initially(64L)
          .doc("The longest field or value, in bytes, of a compact hash.");

  /** See its row. */
  public static final Parameter<Long> LIST_MAX_LISTPACK_SIZE =
      parameter("list-max-listpack-size", integer(INT_MIN, INT_MAX))
          .alias("list-max-ziplist-size")
          .initially(-2L)
          .doc("How many elements a node of a list holds, or, from -1 to -5, 4 to 64 kilobytes.");

  /** See its row. */
  public static final Parameter<Long> SET_MAX_INTSET_ENTRIES =
      parameter("set-max-intset-entries", integer(0, LONG_MAX))
          .initially(512L)
          .doc("Up to how many members a set of integers stays compact.");

  /** See its row. */
  public static final Parameter<Long> SET_MAX_LISTPACK_ENTRIES =
      parameter("set-max-listpack-entries", integer(0, LONG_MAX))
          .since("7.2")
          .initially(128L)
          .doc("Up to how many members a set of other strings stays compact.");

  /** See its row. */
  public static final Parameter<Long> SET_MAX_LISTPACK_VALUE =
      parameter("set-max-listpack-value", integer(0, LONG_MAX))
          .since("7.2")
          .initially(64L)
          .doc("The longest member, in bytes, of a compact set of strings.");

  /** See its row. */
  public static final Parameter<Long> ZSET_MAX_LISTPACK_ENTRIES =
      parameter("zset-max-listpack-entries", integer(0, LONG_MAX))
          .alias("zset-max-ziplist-entries")
          .initially(128L)
          .doc("Up to how many members a sorted set stays compact.");

  /** See its row. */
  public static final Parameter<Long> ZSET_MAX_LISTPACK_VALUE =
      parameter("zset-max-listpack-value", bytes(0, LONG_MAX))
          .alias("zset-max-ziplist-value")
          .initially(64L)
          .doc("The longest member, in bytes, of a compact sorted set.");

  /** See its row. */
  public static final Parameter<Long> HLL_SPARSE_MAX_BYTES =
      parameter("hll-sparse-max-bytes", bytes(0, LONG_MAX))
          .initially(3000L)
          .doc("Up to how many bytes a HyperLogLog stays in its sparse form.");

  /** See its row. */
  public static final Parameter<Long> STREAM_NODE_MAX_BYTES =
      parameter("stream-node-max-bytes", bytes(0, LONG_MAX))
          .initially(4096L)
          .doc("How many bytes a node of a stream may take; 0 means no limit.");

  /** See its row. */
  public static final Parameter<Long> STREAM_NODE_MAX_ENTRIES =
      parameter("stream-node-max-entries", integer(0, LONG_MAX))
          .initially(100L)
          .doc("How many entries a node of a stream may hold; 0 means no limit.");

  /** See its row. */
  public static final Parameter<Long> STREAM_IDMP_DURATION =
      parameter("stream-idmp-duration", integer(1, 86_400))
          .since("8.6")
          .initially(100L)
          .doc("For how many seconds a stream remembers the ids that producers gave.");

  /** See its row. */
  public static final Parameter<Long> STREAM_IDMP_MAXSIZE =
      parameter("stream-idmp-maxsize", integer(1, 10_000))
          .since("8.6")
          .initially(100L)
          .doc("How many ids of one producer a stream remembers.");

  /** See its row. */
  public static final Parameter<Long> ARRAY_SLICE_SIZE =
      parameter("array-slice-size", integer(1, UINT_MAX))
          .since("8.8")
          .withoutEffect()
          .initially(4096L)
          .doc("How many indexes a slice of a new array covers, a power of two.");

  static {
    parameter("array-sparse-kmax", integer(0, UINT_MAX))
        .since("8.8")
        .withoutEffect()
        .initially(10L)
        .doc("Above how many elements a sparse slice of an array becomes a dense one.");
    parameter("array-sparse-kmin", integer(0, UINT_MAX))
        .since("8.8")
        .withoutEffect()
        .initially(5L)
        .doc("Below how many elements a dense slice of an array becomes a sparse one.");
    parameter("list-compress-depth", integer(0, INT_MAX))
        .withoutEffect()
        .initially(0L)
        .doc("How many nodes at either end of a list are not compressed; 0 compresses none.");
    parameter("activerehashing", yesOrNo())
        .withoutEffect()
        .initially(true)
        .doc("Whether hash tables grow also while no command touches them.");
    parameter("lazyfree-lazy-eviction", yesOrNo())
        .withoutEffect()
        .initially(false)
        .doc("Whether evicted values are freed by another thread.");
    parameter("lazyfree-lazy-expire", yesOrNo())
        .withoutEffect()
        .initially(false)
        .doc("Whether expired values are freed by another thread.");
    parameter("lazyfree-lazy-server-del", yesOrNo())
        .withoutEffect()
        .initially(false)
        .doc("Whether overwritten values are freed by another thread.");
    parameter("lazyfree-lazy-user-del", yesOrNo())
        .withoutEffect()
        .initially(false)
        .doc("Whether DEL frees like UNLINK.");
    parameter("lazyfree-lazy-user-flush", yesOrNo())
        .withoutEffect()
        .initially(false)
        .doc("Whether a flush that does not say how frees by another thread.");
    parameter("lazyexpire-nested-arbitrary-keys", yesOrNo())
        .since("8.0")
        .hidden()
        .withoutEffect()
        .initially(true)
        .doc("Whether scripts and modules may delete expired keys that they did not declare.");
    parameter("activedefrag", yesOrNo())
        .withoutEffect()
        .initially(false)
        .doc("Whether memory is defragmented while the server runs.");
    parameter("active-defrag-ignore-bytes", bytes(1, LONG_MAX))
        .withoutEffect()
        .initially(100 * MB)
        .doc("How many wasted bytes are not worth a defragmentation.");
    parameter("active-defrag-threshold-lower", integer(0, 1000))
        .withoutEffect()
        .initially(10L)
        .doc("From which percentage of waste memory is defragmented.");
    parameter("active-defrag-threshold-upper", integer(0, 1000))
        .withoutEffect()
        .initially(100L)
        .doc("From which percentage of waste memory is defragmented with full effort.");
    parameter("active-defrag-cycle-min", integer(1, 99))
        .withoutEffect()
        .initially(1L)
        .doc("The least percentage of processor time for defragmentation.");
    parameter("active-defrag-cycle-max", integer(1, 99))
        .withoutEffect()
        .initially(25L)
        .doc("The largest percentage of processor time for defragmentation.");
    parameter("active-defrag-max-scan-fields", integer(1, LONG_MAX))
        .withoutEffect()
        .initially(1000L)
        .doc("Up to how many elements a value is defragmented in one go.");
    parameter("vset-force-single-threaded-execution", yesOrNo())
        .since("8.0")
        .withoutEffect()
        .initially(false)
        .doc("Whether vector sets are searched on the main thread only.");
  }

  // ------------------------------------------------------------------- time, events and diagnosis

  /** See its row. */
  public static final Parameter<NotifyFlags> NOTIFY_KEYSPACE_EVENTS =
      parameter("notify-keyspace-events", notifyFlags())
          .initially(NotifyFlags.NONE)
          .doc("Which events of keys are published, and on which channels.");

  /** See its row. */
  public static final Parameter<Long> FEED_MAX_BYTES =
      parameter("feed-max-bytes", bytes(1, LONG_MAX))
          .since("carillon")
          .initially(64 * MB)
          .doc("How many bytes a new feed, or each of its partitions, holds unless it says so.");

  /** See its row. */
  public static final Parameter<Long> HZ =
      parameter("hz", integer(0, INT_MAX, hz -> Math.max(1, Math.min(500, hz))))
          .withoutEffect()
          .initially(10L)
          .doc("How many times a second recurring work is done; kept between 1 and 500.");

  /** See its row. */
  public static final Parameter<Long> ACTIVE_EXPIRE_EFFORT =
      parameter("active-expire-effort", integer(1, 10))
          .withoutEffect()
          .initially(1L)
          .doc("How much time is spent on looking for expired keys, on a scale of 1 to 10.");

  /** See its row. */
  public static final Parameter<Long> BUSY_REPLY_THRESHOLD =
      parameter("busy-reply-threshold", integer(0, LONG_MAX))
          .alias("lua-time-limit")
          .withoutEffect()
          .initially(5000L)
          .doc("Milliseconds after which clients are told that a script keeps the server busy.");

  /** See its row. */
  public static final Parameter<Long> TRACKING_TABLE_MAX_KEYS =
      parameter("tracking-table-max-keys", integer(0, LONG_MAX))
          .initially(1_000_000L)
          .doc("How many keys are remembered for clients that cache them; 0 means no limit.");

  /** See its row. */
  public static final Parameter<Long> SLOWLOG_LOG_SLOWER_THAN =
      parameter("slowlog-log-slower-than", integer(-1, LONG_MAX))
          .initially(10_000L)
          .doc("Microseconds from which a command is in the slow log; -1 logs none.");

  /** See its row. */
  public static final Parameter<Long> SLOWLOG_MAX_LEN =
      parameter("slowlog-max-len", integer(0, LONG_MAX))
          .initially(128L)
          .doc("How many commands the slow log keeps.");

  /** See its row. */
  public static final Parameter<Long> SLOWLOG_ENTRY_MAX_ARGC =
      parameter("slowlog-entry-max-argc", integer(2, INT_MAX))
          .since("8.8")
          .initially(32L)
          .doc("How many arguments of a command the slow log keeps.");

  /** See its row. */
  public static final Parameter<Long> SLOWLOG_ENTRY_MAX_STRING_LEN =
      parameter("slowlog-entry-max-string-len", integer(1, LONG_MAX))
          .since("8.8")
          .initially(128L)
          .doc("How many bytes of an argument the slow log keeps.");

  /** See its row. */
  public static final Parameter<Long> LATENCY_MONITOR_THRESHOLD =
      parameter("latency-monitor-threshold", integer(0, LONG_MAX))
          .initially(0L)
          .doc("Milliseconds from which LATENCY records a delay; 0 records none.");

  /** See its row. */
  public static final Parameter<Boolean> LATENCY_TRACKING =
      parameter("latency-tracking", yesOrNo())
          .initially(true)
          .doc("Whether the time that each command takes is kept for INFO.");

  /** See its row; 0 to 100. */
  public static final Parameter<List<Double>> LATENCY_TRACKING_INFO_PERCENTILES =
      parameter("latency-tracking-info-percentiles", percentiles())
          .initially(List.of(50.0, 99.0, 99.9))
          .doc("Which percentiles of the time that a command takes INFO shows.");

  static {
    parameter("dynamic-hz", yesOrNo())
        .withoutEffect()
        .initially(true)
        .doc("Whether recurring work is done more often while many clients are connected.");
    parameter("lua-enable-deprecated-api", yesOrNo())
        .since("8.0")
        .immutable()
        .hidden()
        .withoutEffect()
        .initially(false)
        .doc("Whether scripts may use functions that were taken from them for safety.");
  }

  // ------------------------------------------------------------------------ journal and snapshots

  /** See its row; a relative path is relative to where the server was started. */
  public static final Parameter<String> DIR =
      parameter("dir", text())
          .guarded()
          .initially("./")
          .doc("The directory that the server's files lie in.");

  /** See its row. */
  public static final Parameter<String> DBFILENAME =
      parameter("dbfilename", text(TextChecks::snapshotName))
          .guarded()
          .initially("dump.rdb")
          .doc("The name of the snapshot file.");

  /** See its row. */
  public static final Parameter<List<SavePoint>> SAVE =
      parameter("save", savePoints())
          .initially(
              List.of(new SavePoint(3600, 1), new SavePoint(300, 100), new SavePoint(60, 10_000)))
          .doc("After how many seconds with how many changes a snapshot is taken; empty never.");

  /** See its row. */
  public static final Parameter<Boolean> STOP_WRITES_ON_BGSAVE_ERROR =
      parameter("stop-writes-on-bgsave-error", yesOrNo())
          .initially(true)
          .doc("Whether writes are refused after a snapshot could not be taken.");

  /** See its row. */
  public static final Parameter<Boolean> RDBCOMPRESSION =
      parameter("rdbcompression", yesOrNo())
          .initially(true)
          .doc("Whether strings in a snapshot are compressed.");

  /** See its row. */
  public static final Parameter<Boolean> RDBCHECKSUM =
      parameter("rdbchecksum", yesOrNo())
          .immutable()
          .initially(true)
          .doc("Whether a snapshot carries a checksum that is verified when it is loaded.");

  /** See its row; {@code no}, {@code yes} or {@code clients}. */
  public static final Parameter<String> SANITIZE_DUMP_PAYLOAD =
      parameter("sanitize-dump-payload", oneOf("no", "yes", "clients"))
          .withoutEffect()
          .initially("no")
          .doc("Whose serialised values are searched for inconsistencies before they are used.");

  /** See its row. */
  public static final Parameter<Boolean> APPENDONLY =
      parameter("appendonly", yesOrNo())
          .initially(false)
          .doc("Whether every change is written to the journal.");

  /** See its row. */
  public static final Parameter<FsyncPolicy> APPENDFSYNC =
      parameter("appendfsync", choice(FsyncPolicy.class))
          .initially(FsyncPolicy.EVERYSEC)
          .doc("How long the journal may wait before it is forced onto the disk.");

  /** See its row. */
  public static final Parameter<String> APPENDDIRNAME =
      parameter("appenddirname", text(TextChecks::journalDirectory))
          .immutable()
          .initially("appendonlydir")
          .doc(
              "The name of the directory below dir that Redis' append-only files lie in, to be"
                  + " imported.");

  /** See its row. */
  public static final Parameter<String> APPENDFILENAME =
      parameter("appendfilename", text(TextChecks::journalName))
          .immutable()
          .initially("appendonly.aof")
          .doc("What the names of Redis' append-only files begin with, to be imported.");

  static {
    parameter("no-appendfsync-on-rewrite", yesOrNo())
        .withoutEffect()
        .initially(false)
        .doc("Whether nothing is forced onto the disk while a rewrite or a save runs.");
  }

  /** See its row. */
  public static final Parameter<Long> AUTO_AOF_REWRITE_PERCENTAGE =
      parameter("auto-aof-rewrite-percentage", integer(0, INT_MAX))
          .initially(100L)
          .doc(
              "By how many percent of its base the journal must have grown to be rewritten; 0"
                  + " never.");

  /** See its row. */
  public static final Parameter<Long> AUTO_AOF_REWRITE_MIN_SIZE =
      parameter("auto-aof-rewrite-min-size", bytes(0, LONG_MAX))
          .initially(64 * MB)
          .doc("How many bytes the journal must exceed to be rewritten by itself.");

  /** See its row. */
  public static final Parameter<Boolean> AOF_LOAD_TRUNCATED =
      parameter("aof-load-truncated", yesOrNo())
          .initially(true)
          .doc("Whether what a crash left unfinished at the end of the journal is cut off.");

  static {
    parameter("aof-load-corrupt-tail-max-size", integer(0, LONG_MAX))
        .since("8.4")
        .withoutEffect()
        .initially(0L)
        .doc("How many damaged bytes at the end of an append-only file are cut off.");
    parameter("aof-use-rdb-preamble", yesOrNo())
        .withoutEffect()
        .initially(true)
        .doc("Whether a rewritten append-only file begins with a snapshot.");
    parameter("aof-timestamp-enabled", yesOrNo())
        .withoutEffect()
        .initially(false)
        .doc("Whether the append-only file says when its commands were run.");
    parameter("aof-rewrite-incremental-fsync", yesOrNo())
        .withoutEffect()
        .initially(true)
        .doc("Whether a rewrite is forced onto the disk in small portions.");
    parameter("aof-disable-auto-gc", yesOrNo())
        .hidden()
        .withoutEffect()
        .initially(false)
        .doc("Whether append-only files that are not needed any more are kept.");
    parameter("rdb-save-incremental-fsync", yesOrNo())
        .withoutEffect()
        .initially(true)
        .doc("Whether a snapshot is forced onto the disk in small portions.");
    parameter("rdb-del-sync-files", yesOrNo())
        .withoutEffect()
        .initially(false)
        .doc("Whether snapshots made for replicas are deleted where nothing else is kept.");
    parameter("rdb-key-save-delay", integer(INT_MIN, INT_MAX))
        .hidden()
        .withoutEffect()
        .initially(0L)
        .doc("Microseconds to wait after each saved key, for tests.");
    parameter("key-load-delay", integer(INT_MIN, INT_MAX))
        .hidden()
        .withoutEffect()
        .initially(0L)
        .doc("Microseconds to wait after each loaded key, for tests.");
    parameter("loading-process-events-interval-bytes", integer(1024, INT_MAX))
        .hidden()
        .withoutEffect()
        .initially(2 * MB)
        .doc("After how many loaded bytes clients get their turn.");
    parameter("propagation-error-behavior", oneOf("ignore", "panic", "panic-on-replicas"))
        .withoutEffect()
        .initially("ignore")
        .doc("What happens when a replicated or a logged command fails.");
  }

  // --------------------------------------------------------------------------------- replication

  static {
    parameter("replicaof", replicationSource())
        .alias("slaveof")
        .immutable()
        .withoutEffect()
        .initially(List.of())
        .doc("The host and port of the master that this server copies.");
    parameter("masterauth", text())
        .sensitive()
        .withoutEffect()
        .initially("")
        .doc("The password that a replica gives to its master.");
    parameter("masteruser", text())
        .sensitive()
        .withoutEffect()
        .initially("")
        .doc("The user that a replica is at its master.");
    parameter("replica-serve-stale-data", yesOrNo())
        .alias("slave-serve-stale-data")
        .withoutEffect()
        .initially(true)
        .doc("Whether a replica answers while it has lost its master.");
    parameter("replica-read-only", yesOrNo())
        .alias("slave-read-only")
        .withoutEffect()
        .initially(true)
        .doc("Whether a replica refuses writes.");
    parameter("replica-priority", integer(0, INT_MAX))
        .alias("slave-priority")
        .withoutEffect()
        .initially(100L)
        .doc("How willing a replica is to become master, the smallest first; 0 never.");
    parameter("replica-announced", yesOrNo())
        .withoutEffect()
        .initially(true)
        .doc("Whether Sentinel tells clients of this replica.");
    parameter("replica-announce-ip", text())
        .alias("slave-announce-ip")
        .withoutEffect()
        .initially("")
        .doc("The address that a replica gives to its master.");
    parameter("replica-announce-port", integer(0, 65535))
        .alias("slave-announce-port")
        .withoutEffect()
        .initially(0L)
        .doc("The port that a replica gives to its master; 0 means that it listens on.");
    parameter("replica-ignore-maxmemory", yesOrNo())
        .alias("slave-ignore-maxmemory")
        .withoutEffect()
        .initially(true)
        .doc("Whether a replica leaves eviction to its master.");
    parameter("replica-ignore-disk-write-errors", yesOrNo())
        .withoutEffect()
        .initially(false)
        .doc("Whether a replica goes on when it cannot write to its disk.");
    parameter("replica-lazy-flush", yesOrNo())
        .alias("slave-lazy-flush")
        .withoutEffect()
        .initially(false)
        .doc("Whether another thread frees what a replica had before a full copy.");
    parameter("replica-full-sync-buffer-limit", bytes(0, LONG_MAX))
        .since("8.0")
        .withoutEffect()
        .initially(0L)
        .doc("How many bytes of changes a replica keeps during a full copy.");
    parameter("repl-ping-replica-period", integer(1, INT_MAX))
        .alias("repl-ping-slave-period")
        .withoutEffect()
        .initially(10L)
        .doc("Seconds between two signs of life to replicas.");
    parameter("repl-timeout", integer(1, INT_MAX))
        .withoutEffect()
        .initially(60L)
        .doc("Seconds of silence after which master or replica counts as lost.");
    parameter("repl-disable-tcp-nodelay", yesOrNo())
        .withoutEffect()
        .initially(false)
        .doc("Whether changes are gathered to send fewer packets to replicas.");
    parameter("repl-backlog-size", bytes(1, LONG_MAX, bytes -> Math.max(16 * KB, bytes)))
        .withoutEffect()
        .initially(MB)
        .doc("How many bytes of changes are kept for replicas that return; at least 16 kb.");
    parameter("repl-backlog-ttl", integer(0, LONG_MAX))
        .withoutEffect()
        .initially(3600L)
        .doc("Seconds after the last replica left when kept changes are dropped; 0 never.");
    parameter("repl-diskless-sync", yesOrNo())
        .withoutEffect()
        .initially(true)
        .doc("Whether a full copy goes to replicas without a file.");
    parameter("repl-diskless-sync-delay", integer(0, INT_MAX))
        .withoutEffect()
        .initially(5L)
        .doc("Seconds that a full copy waits for more replicas.");
    parameter("repl-diskless-sync-max-replicas", integer(0, INT_MAX))
        .withoutEffect()
        .initially(0L)
        .doc("How many waiting replicas start a full copy at once; 0 means no number.");
    parameter("repl-diskless-load", oneOf("disabled", "on-empty-db", "swapdb", "flushdb"))
        .withoutEffect()
        .initially("disabled")
        .doc("When a replica loads a full copy straight from the socket.");
    parameter("repl-rdb-channel", yesOrNo())
        .since("8.0")
        .hidden()
        .withoutEffect()
        .initially(true)
        .doc("Whether a full copy has a connection of its own beside that of the changes.");
    parameter("min-replicas-to-write", integer(0, INT_MAX))
        .alias("min-slaves-to-write")
        .withoutEffect()
        .initially(0L)
        .doc("How many replicas must keep up for writes to be accepted.");
    parameter("min-replicas-max-lag", integer(0, INT_MAX))
        .alias("min-slaves-max-lag")
        .withoutEffect()
        .initially(10L)
        .doc("How many seconds a replica may lag that still keeps up.");
  }

  // ------------------------------------------------------------------------------------- cluster

  static {
    parameter("cluster-enabled", yesOrNo())
        .immutable()
        .withoutEffect()
        .initially(false)
        .doc("Whether the server is a node of a cluster.");
    parameter("cluster-config-file", text())
        .immutable()
        .withoutEffect()
        .initially("nodes.conf")
        .doc("The file in which a node keeps what it knows of its cluster.");
    parameter("cluster-node-timeout", integer(0, LONG_MAX))
        .withoutEffect()
        .initially(15_000L)
        .doc("Milliseconds of silence after which a node counts as failed.");
    parameter("cluster-ping-interval", integer(0, LONG_MAX))
        .since("7.4")
        .hidden()
        .withoutEffect()
        .initially(0L)
        .doc("Milliseconds between two signs of life to other nodes, for tests.");
    parameter("cluster-port", integer(0, 65535))
        .immutable()
        .withoutEffect()
        .initially(0L)
        .doc("The port for other nodes; 0 means 10000 above that for clients.");
    parameter("cluster-announce-ip", text(TextChecks::address))
        .withoutEffect()
        .initially("")
        .doc("The address that a node gives to others.");
    parameter("cluster-announce-port", integer(0, 65535))
        .withoutEffect()
        .initially(0L)
        .doc("The port for clients that a node gives to others.");
    parameter("cluster-announce-tls-port", integer(0, 65535))
        .withoutEffect()
        .initially(0L)
        .doc("The port for TLS that a node gives to others.");
    parameter("cluster-announce-bus-port", integer(0, 65535))
        .withoutEffect()
        .initially(0L)
        .doc("The port for nodes that a node gives to others.");
    parameter("cluster-announce-hostname", text(TextChecks::hostname))
        .withoutEffect()
        .initially("")
        .doc("The host name that a node gives to others.");
    parameter("cluster-announce-human-nodename", text(TextChecks::nodeName))
        .since("7.2")
        .withoutEffect()
        .initially("")
        .doc("A name for a node that people read in logs.");
    parameter("cluster-preferred-endpoint-type", oneOf("ip", "hostname", "unknown-endpoint"))
        .withoutEffect()
        .initially("ip")
        .doc("What clients are told to connect to when a key is on another node.");
    parameter("cluster-replica-validity-factor", integer(0, INT_MAX))
        .alias("cluster-slave-validity-factor")
        .withoutEffect()
        .initially(10L)
        .doc("How many timeouts old a replica's data may be for it to become master; 0 any.");
    parameter("cluster-replica-no-failover", yesOrNo())
        .alias("cluster-slave-no-failover")
        .withoutEffect()
        .initially(false)
        .doc("Whether a replica never becomes master by itself.");
    parameter("cluster-migration-barrier", integer(0, INT_MAX))
        .withoutEffect()
        .initially(1L)
        .doc("How many replicas a master keeps when it gives one away.");
    parameter("cluster-allow-replica-migration", yesOrNo())
        .withoutEffect()
        .initially(true)
        .doc("Whether a replica moves to a master that has none.");
    parameter("cluster-require-full-coverage", yesOrNo())
        .withoutEffect()
        .initially(true)
        .doc("Whether a node refuses clients while some slot has no master.");
    parameter("cluster-allow-reads-when-down", yesOrNo())
        .withoutEffect()
        .initially(false)
        .doc("Whether a node answers reads while its cluster is down.");
    parameter("cluster-allow-pubsubshard-when-down", yesOrNo())
        .withoutEffect()
        .initially(true)
        .doc("Whether sharded Pub/Sub goes on while the cluster is down.");
    parameter("cluster-link-sendbuf-limit", unsignedBytes())
        .withoutEffect()
        .initially(0L)
        .doc("How many bytes may wait for another node before its link is closed; 0 no limit.");
    parameter("cluster-compatibility-sample-ratio", integer(0, 100))
        .since("8.0")
        .withoutEffect()
        .initially(0L)
        .doc("The percentage of commands that are checked for use in a cluster.");
    parameter("cluster-slot-stats-enabled", wordSetOrAll("no", "yes", "cpu", "net", "mem"))
        .since("8.2")
        .withoutEffect()
        .initially(List.of())
        .doc("What is counted by slot.");
    parameter("cluster-slot-migration-handoff-max-lag-bytes", bytes(0, LONG_MAX))
        .since("8.4")
        .withoutEffect()
        .initially(MB)
        .doc("How many bytes a slot's new node may lag when it takes over.");
    parameter("cluster-slot-migration-write-pause-timeout", integer(0, LONG_MAX))
        .since("8.4")
        .withoutEffect()
        .initially(10_000L)
        .doc("For how many milliseconds writes to a moving slot are held.");
    parameter("cluster-slot-migration-sync-buffer-drain-timeout", integer(0, LONG_MAX))
        .since("8.4")
        .hidden()
        .withoutEffect()
        .initially(60_000L)
        .doc("For how many milliseconds a slot's new node may take to catch up.");
    parameter("cluster-slot-migration-max-archived-tasks", integer(1, INT_MAX))
        .since("8.4")
        .hidden()
        .withoutEffect()
        .initially(32L)
        .doc("How many finished moves of slots are remembered.");
  }

  private static final List<Parameter<?>> ALL = Collections.unmodifiableList(ROWS);
  private static final Map<String, Parameter<?>> BY_NAME = byName();

  private Parameters() {}

  /** Every row, in the order of the table. */
  public static List<Parameter<?>> all() {
    return ALL;
  }

  /** The row with a name or an alias, in letters of either case; null if there is none. */
  public static @Nullable Parameter<?> find(String name) {
    return BY_NAME.get(name.toLowerCase(Locale.ROOT));
  }

  /** Every name and alias in lower case with its row; rows in order, a row's own name first. */
  static Map<String, Parameter<?>> names() {
    return BY_NAME;
  }

  private static <T> Parameter.Row<T> parameter(String name, ParameterType<T> type) {
    return new Parameter.Row<>(ROWS, name, type);
  }

  private static Map<String, Parameter<?>> byName() {
    Map<String, Parameter<?>> names = new LinkedHashMap<>();
    for (Parameter<?> parameter : ALL) {
      List<String> own = new ArrayList<>();
      own.add(parameter.name());
      own.addAll(parameter.aliases());
      for (String name : own) {
        if (names.putIfAbsent(name, parameter) != null) {
          throw new AssertionError("two parameters are named " + name);
        }
      }
    }
    return Collections.unmodifiableMap(names);
  }
}

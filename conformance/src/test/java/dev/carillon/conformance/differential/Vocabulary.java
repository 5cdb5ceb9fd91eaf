package dev.carillon.conformance.differential;

import dev.carillon.conformance.Notation;
import dev.carillon.conformance.Version;
import dev.carillon.protocol.bytes.Bytes;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The words that stand for the places of a {@link Grammar}, chosen at random: few keys, so that
 * requests meet, and numbers at and behind the edges of their ranges.
 */
final class Vocabulary {

  /** The year 2100, so that no deadline falls due while a script runs. */
  private static final long FAR_SECONDS = 4_102_444_800L;

  private static final List<String> KEYS = List.of("a", "b", "c", "d", "k1", "k2");

  private static final List<String> ODD_KEYS =
      List.of(
          "",
          "\u0000\u00ff\r\n",
          "{t}1",
          "{t}2",
          "user:1",
          "user:2",
          "with space",
          "A",
          "*",
          "\n",
          "a\u0000b",
          "a ",
          "A\u00e9",
          "0",
          "-1",
          "9223372036854775807",
          "{}x",
          "{t}{u}",
          "w_1",
          "k".repeat(70),
          "k".repeat(300));

  private static final List<String> TEXTS =
      List.of(
          "",
          "x",
          "hello",
          "hello world",
          "foobar",
          "ohmytext",
          "mynewtext",
          "abc",
          "\u0000",
          "\u00ff\u0000\u00f0",
          "\r\n",
          "aaaaaaaaaaaaaaaaaaaaaaaaa",
          "ab".repeat(40),
          "\u00c3\u00a9",
          "%s%n",
          "'\"\\",
          "\t",
          "nil",
          "inf");

  /** Where the forms change in which numbers and texts are kept: packed, in dumps, as objects. */
  private static final List<String> WIDTHS =
      List.of(
          "12",
          "127",
          "128",
          "-1",
          "-127",
          "-128",
          "-129",
          "4095",
          "4096",
          "-4096",
          "-4097",
          "8191",
          "8192",
          "32767",
          "32768",
          "-32768",
          "-32769",
          "8388607",
          "8388608",
          "-8388608",
          "-8388609",
          "2147483647",
          "2147483648",
          "-2147483648",
          "-2147483649",
          "9007199254740992",
          "9007199254740993",
          "9223372036854775807",
          "-9223372036854775808",
          "9223372036854775808",
          "x".repeat(20),
          "abcdefghijklmnopqrstu",
          "x".repeat(44),
          "x".repeat(45),
          "x".repeat(63),
          "x".repeat(64),
          "x".repeat(65),
          "x".repeat(127),
          "x".repeat(128),
          "x".repeat(253),
          "x".repeat(254),
          "x".repeat(4095),
          "x".repeat(4096),
          "xy".repeat(8192));

  private static final List<String> NUMBERS =
      List.of("0", "1", "2", "3", "5", "-1", "-2", "10", "42", "100", "12345");

  private static final List<String> EDGES =
      List.of(
          "9223372036854775807",
          "9223372036854775806",
          "9223372036854775808",
          "-9223372036854775808",
          "-9223372036854775807",
          "-9223372036854775809",
          "18446744073709551615",
          "2147483647",
          "2147483648",
          "-2147483648",
          "-2147483649",
          "4294967295",
          "4294967296",
          "9007199254740991",
          "9007199254740992",
          "9007199254740993",
          "-9007199254740993",
          "4611686018427387904",
          "18446744073709551616",
          "99999999999999999999");

  private static final List<String> NO_NUMBERS =
      List.of(
          "",
          "abc",
          "1.5",
          " 1",
          "1 ",
          "+1",
          "01",
          "-0",
          "1e3",
          "0x10",
          "--1",
          "1\u0000",
          "one",
          "-",
          "+",
          "00",
          "-01",
          "1_0",
          "\t1",
          "1\n",
          "1,0",
          "nan",
          "inf",
          "-inf",
          "1L",
          "0b1",
          "\u00b2",
          "9".repeat(40),
          "-" + "9".repeat(40),
          "0".repeat(30) + "1");

  private static final List<String> REALS =
      List.of(
          "0",
          "0.1",
          "-0.5",
          "1.5",
          "10.25",
          "3.0e3",
          "-2.5e-3",
          "1e17",
          "1e20",
          "123456789.123456789",
          "5",
          "3.14",
          "0.30000000000000004",
          "1e-5",
          "1e-6",
          "1e15",
          "1e16",
          "999999999999999.9",
          "100000000000000000000.5",
          "9007199254740992",
          "9007199254740993",
          "0.1e1",
          "-7.0");

  private static final List<String> ODD_REALS =
      List.of(
          "inf",
          "-inf",
          "+inf",
          "nan",
          "infinity",
          "1e308",
          "-1e308",
          "1e4932",
          "1e5000",
          "5e-324",
          "0x1p3",
          "0x10",
          "1e",
          ".5",
          "5.",
          "1.5abc",
          "",
          " 1.5",
          "1.5 ",
          "-0.0",
          "1,5",
          "-nan",
          "nan(1)",
          "INF",
          "iNf",
          "-Infinity",
          "infinit",
          "+1.5",
          "-.5",
          "+.5",
          ".",
          "e5",
          "1E5",
          "1e+5",
          "1e-400",
          "1e309",
          "-1e309",
          "1.7976931348623157e308",
          "1.7976931348623159e308",
          "2.2250738585072014e-308",
          "4.9e-324",
          "1e-5000",
          "1e99999999999999999999",
          "0x",
          "0x.8",
          "0x1.8p1",
          "0x1p",
          "0X1P-2",
          "0x1p-1074",
          "0x1p1023",
          "0x1p1024",
          "00012.50",
          "1_0",
          "\t1",
          "1\n",
          "1\u0000",
          "--1",
          "1.5.5",
          "9".repeat(40),
          "0." + "3".repeat(40),
          "1" + "0".repeat(309));

  /** Few, so that collections have some of them in common. */
  private static final List<String> MEMBERS =
      List.of(
          "1",
          "2",
          "3",
          "4",
          "5",
          "a",
          "b",
          "c",
          "m1",
          "m2",
          "m".repeat(64),
          "m".repeat(65),
          "",
          "-1",
          "32768");

  /** How long to wait: for ever, longer than any script, or what is refused. */
  private static final List<String> TIMEOUTS =
      List.of(
          "0",
          "0.0",
          "1e6",
          "100000.5",
          "-1",
          "-0.5",
          "1e20",
          "-1e20",
          "inf",
          "9223372036854775807",
          "-inf",
          "nan",
          "abc",
          "",
          "0x10000",
          "1e5000");

  private static final List<String> SCORES =
      List.of(
          "0",
          "1",
          "2",
          "3",
          "1",
          "2",
          "-1",
          "0.1",
          "0.2",
          "0.3",
          "1.5",
          "-2.5",
          "100",
          "1e20",
          "inf",
          "-inf",
          "-0",
          "9007199254740993",
          "4611686018427387905",
          "1e-7",
          "1.7976931348623157e308",
          "5e-324",
          "-1e-300",
          "3.3333333333333335",
          "1e15",
          "1e16",
          "1e17",
          "123456789012345678");

  private static final List<String> LEX_BOUNDS =
      List.of(
          "-", "+", "[a", "(a", "[b", "(b", "[m", "(m1", "[", "(", "[1", "(3", "[\u00ff", "[\u0000",
          "(+");

  private static final List<String> ODD_LEX_BOUNDS =
      List.of("", "a", "-a", "+a", "[a[", "((", "--", "-inf", "+inf", " -", "- ");

  private static final List<String> LONGITUDES =
      List.of(
          "13.361389",
          "15.087269",
          "13.361388",
          "-122.27652",
          "0",
          "180",
          "-180",
          "179.99",
          "1e2",
          "181",
          "-0",
          "1e-300",
          "179.99999999999999",
          "-179.99999",
          "180.0000001",
          "90",
          "45.123456789012345");

  private static final List<String> LATITUDES =
      List.of(
          "38.115556",
          "37.502669",
          "38.115557",
          "37.805186",
          "0",
          "85.05112878",
          "-85.05112878",
          "80.5",
          "-70",
          "85.06",
          "-0",
          "85.05112877",
          "85.05112879",
          "-85.0511287",
          "1e-300",
          "66.66666666666667",
          "-45.000001");

  private static final List<String> DISTANCES =
      List.of(
          "0",
          "0.15",
          "1",
          "100",
          "200.5",
          "1000",
          "5000",
          "12345",
          "30000",
          "1e7",
          "-1",
          "1e-5",
          "20037508",
          "40075016",
          "1e9",
          "1e300",
          "-0",
          "0.0001");

  private static final List<String> LENGTH_UNITS = List.of("m", "km", "ft", "mi", "KM", "Mi");

  private static final List<String> ODD_IDS =
      List.of(
          "0",
          "0-0",
          "0-1",
          "01-02",
          " 1-1",
          "+1-1",
          "1--05",
          "-",
          "1-",
          "-1",
          "1-1-1",
          "abc",
          "",
          "18446744073709551615",
          "18446744073709551615-18446744073709551615",
          "18446744073709551616-0",
          "9223372036854775808-9223372036854775807",
          "18446744073709551614-18446744073709551615",
          "9223372036854775807",
          "1-18446744073709551615",
          "1-18446744073709551616",
          "5-",
          "-5",
          "5-1-",
          "5 -1",
          "5-+1",
          "0x5-1",
          "(5",
          "(5-1",
          "($",
          "$",
          ">",
          "00-1",
          "7-00",
          "1.5-1",
          "5-*",
          "inf");

  private static final List<String> RULES =
      List.of(
          "on",
          "nopass",
          "off",
          ">x",
          ">hello",
          "<x",
          "resetpass",
          "reset",
          "+@all",
          "-@all",
          "+@read",
          "-@read",
          "+@write",
          "-@write",
          "+@string",
          "-@string",
          "+@hash",
          "-@list",
          "+@keyspace",
          "-@dangerous",
          "+@connection",
          "+@pubsub",
          "-@transaction",
          "+get",
          "-get",
          "+set",
          "-set",
          "+config|get",
          "-config|set",
          "+client",
          "-client|getname",
          "+select|0",
          "+select|1",
          "-select",
          "~*",
          "~a",
          "~k*",
          "~[bc]",
          "%R~*",
          "%W~*",
          "%R~a",
          "%W~a",
          "%RW~d",
          "resetkeys",
          "&*",
          "&n*",
          "&chat",
          "&__key*",
          "resetchannels",
          "(+get ~b)",
          "(+@all %R~* &*)",
          "(-@all +@write ~c)",
          "clearselectors");

  private static final List<String> ODD_RULES =
      List.of(
          "",
          "foo",
          "+nosuch",
          "-nosuch",
          "+@nosuch",
          "+config|nosuch",
          "+config|get|x",
          "+get|",
          "%~x",
          "%R",
          "%RR~x",
          "~a b",
          "(on)",
          "(+get",
          "#abc",
          "!abc",
          ">");

  private static final List<String> CHANNELS =
      List.of(
          "news",
          "chat",
          "",
          "\u0000x",
          "__keyspace@0__:a",
          "__keyspace@1__:a",
          "__keyspace@0__:",
          "__keyevent@0__:set",
          "__keyevent@0__:del",
          "__keyevent@1__:set",
          "__redis__:invalidate");

  private static final List<String> GLOBS =
      List.of(
          "*",
          "a",
          "?",
          "k*",
          "[ab]",
          "[^a]",
          "*1",
          "k[0-9]",
          "user:*",
          "\\*",
          "[a-",
          "**",
          "",
          "x*y",
          "{t}*",
          "[^",
          "[]",
          "[a-\\]]",
          "[z-a]",
          "\\",
          "a\\",
          "???",
          "*?",
          "?*?",
          "[[]",
          "[\\*]",
          "*\u0000*",
          "[^\u0000]*",
          "k[!1]",
          "*".repeat(20) + "x");

  private static final List<String> PATTERNS =
      List.of(
          "*",
          "n*",
          "[nc]*",
          "__key*__:*",
          "__keyspace@0__:*",
          "__keyevent@*__:del",
          "__keyevent@0__:*",
          "h?llo",
          "",
          "__keyspace@*__:a",
          "__keyspace@[01]__:?",
          "*@0__:*",
          "*:del",
          "__key[es]*@?__:[a-d]",
          "\\_\\_key*",
          "*a",
          "*__:*t",
          "**",
          "[^_]*",
          "__keyevent@1__:*",
          "__keyevent*:e*");

  private static final List<String> FLAGS =
      List.of(
          "",
          "KEA",
          "KEAm",
          "g$lshzxetnKEm",
          "K",
          "E",
          "A",
          "Kg",
          "E$",
          "Ex",
          "KE$gx",
          "KEgn",
          "KEm",
          "Elshzxetd",
          "KEAQ",
          "kea",
          "g$lshzxetKE",
          "KEn",
          "AKE",
          "Kx",
          "KEKE",
          "AA",
          "KEg",
          "KE$",
          "KEl",
          "KEs",
          "KEh",
          "KEz",
          "KEt",
          "KEd",
          "KEe",
          "KExg",
          "Km",
          "Ez$hl",
          " KEA",
          "K E",
          "KEg$lshzxet");

  private static final List<String> COMMANDS =
      List.of(
          ("append auth bitcount bitfield bitfield_ro bitop bitpos client copy decr decrby del"
               + " discard dump echo exec exists expire expireat expiretime flushall flushdb geoadd"
               + " geodist geohash geopos georadius georadius_ro georadiusbymember"
               + " georadiusbymember_ro geosearch geosearchstore get getbit getdel getex getrange"
               + " getset hello incr incrby incrbyfloat keys lcs mget move mset msetnx multi"
               + " object|encoding object|freq object|help object|idletime object|refcount persist"
               + " pexpire pexpireat pexpiretime pfadd pfcount pfdebug pfmerge pfselftest ping"
               + " psetex psubscribe pttl publish pubsub|channels punsubscribe quit randomkey"
               + " rename renamenx reset restore sadd scan scard sdiff select set setbit setex"
               + " setnx setrange sinter sintercard sismember smembers smismember smove sort"
               + " sort_ro spop spublish srandmember srem sscan ssubscribe strlen subscribe substr"
               + " sunion sunsubscribe swapdb time touch ttl type unlink unsubscribe unwatch watch"
               + " config|get config|set config|resetstat client|kill client|tracking client|reply"
               + " client|id client|setname client|getname client|info client|list client|caching"
               + " client|no-evict client|pause client|unpause client|unblock client|trackinginfo"
               + " client|getredir dbsize debug info lastsave lolwut monitor role command"
               + " command|count command|info command|list memory|usage slowlog|get slowlog|len"
               + " slowlog|reset latency|reset acl|whoami shutdown")
              .split(" ", -1));

  /** What came after 7.0, and what it changed. */
  private static final List<String> NEW_COMMANDS =
      List.of(
          ("hexpire hpexpire hexpireat hpexpireat httl hpttl hexpiretime hpexpiretime hpersist"
               + " hgetex hsetex hgetdel delex digest msetex waitaof xdelex xackdel xcfgset"
               + " xidmprecord client|no-touch client|setinfo cluster|myshardid cluster|slot-stats"
               + " sflush hotkeys hotkeys|start hotkeys|stop hotkeys|get hotkeys|reset xadd xtrim"
               + " xread xreadgroup xinfo|stream xautoclaim zadd zrange zmpop lmpop bzmpop"
               + " geosearch geosearchstore hrandfield hscan hset hincrbyfloat sintercard"
               + " zrandmember lpos cluster|info cluster|nodes asking readonly migrate replicaof"
               + " psync sync replconf wait latency|histogram module|list memory|doctor acl|setuser"
               + " acl|cat acl|log acl|dryrun bgsave bgrewriteaof save object|encoding"
               + " pubsub|shardnumsub failover cluster xgroup xinfo config memory latency pubsub"
               + " acl client object slowlog module")
              .split(" ", -1));

  /** Parameters that came after 7.0. */
  private static final List<String> NEW_PARAMETERS =
      List.of(
          "set-max-listpack-entries",
          "set-max-listpack-value",
          "hide-user-data-from-log",
          "lazyexpire-nested-arbitrary-keys",
          "latency-tracking",
          "min-replicas-max-lag",
          "repl-backlog-ttl",
          "stream-idmp-duration",
          "stream-idmp-maxsize",
          "cluster-node-timeout",
          "replica-full-sync-buffer-limit",
          "repl-diskless-sync-max-replicas",
          "active-expire-effort",
          "lfu-decay-time",
          "tracking-table-max-keys",
          "acl-pubsub-default",
          "sanitize-dump-payload",
          "maxmemory-samples");

  private static final List<String> YES_NO = List.of("yes", "no", "YES", "1", "maybe", "");

  private static final List<String> COUNTS =
      List.of(
          "0",
          "1",
          "-1",
          "16",
          "128",
          "1000",
          "2147483647",
          "2147483648",
          "-2",
          "-5",
          "-6",
          "2",
          "3",
          "8",
          "64",
          "512",
          "-2147483649",
          "4294967296",
          "9223372036854775807",
          "9223372036854775808",
          "18446744073709551615",
          " 5",
          "5 ",
          "05",
          "1K",
          "1b",
          "-1k",
          "1e2",
          "50%",
          "1k",
          "1kb",
          "1mb",
          "1gb",
          "abc",
          "",
          "1.5");

  /** Parameters that both sides know and that change nothing but what this test looks at. */
  private static final Map<String, List<String>> SETTINGS = new LinkedHashMap<>();

  static {
    SETTINGS.put("notify-keyspace-events", FLAGS);
    SETTINGS.put(
        "maxmemory-policy",
        List.of(
            "noeviction",
            "allkeys-lru",
            "volatile-lru",
            "allkeys-lfu",
            "volatile-lfu",
            "allkeys-random",
            "volatile-random",
            "volatile-ttl",
            "NOEVICTION",
            "none",
            ""));
    for (String yesNo :
        List.of(
            "activerehashing",
            "dynamic-hz",
            "lazyfree-lazy-eviction",
            "lazyfree-lazy-expire",
            "lazyfree-lazy-server-del",
            "lazyfree-lazy-user-del",
            "lazyfree-lazy-user-flush",
            "latency-tracking",
            "rdbcompression",
            "stop-writes-on-bgsave-error",
            "no-appendfsync-on-rewrite",
            "aof-use-rdb-preamble",
            "jemalloc-bg-thread",
            "daemonize",
            "rdbchecksum",
            "replica-read-only",
            "crash-log-enabled")) {
      SETTINGS.put(yesNo, YES_NO);
    }
    for (String count :
        List.of(
            "maxmemory-samples",
            "lfu-log-factor",
            "lfu-decay-time",
            "hash-max-listpack-entries",
            "hash-max-ziplist-entries",
            "hash-max-listpack-value",
            "set-max-intset-entries",
            "zset-max-listpack-entries",
            "zset-max-listpack-value",
            "list-max-listpack-size",
            "list-compress-depth",
            "hll-sparse-max-bytes",
            "stream-node-max-bytes",
            "stream-node-max-entries",
            "slowlog-log-slower-than",
            "slowlog-max-len",
            "latency-monitor-threshold",
            "tcp-keepalive",
            "hz",
            "replica-priority",
            "slave-priority",
            "acllog-max-len",
            "lua-time-limit",
            "busy-reply-threshold",
            "databases",
            "auto-aof-rewrite-percentage",
            "auto-aof-rewrite-min-size",
            "client-query-buffer-limit",
            "repl-timeout",
            "maxmemory-eviction-tenacity")) {
      SETTINGS.put(count, COUNTS);
    }
    SETTINGS.put("appendfsync", List.of("always", "everysec", "no", "never", ""));
    SETTINGS.put("loglevel", List.of("debug", "verbose", "notice", "warning", "loud"));
    SETTINGS.put(
        "save", List.of("", "3600 1", "3600 1 300 100", "1", "a b", "0 1", "1 0", "3600  1"));
    SETTINGS.put("requirepass", List.of("", "hello", "x"));
    SETTINGS.put("masterauth", List.of("", "hello", "x"));
    SETTINGS.put(
        "latency-tracking-info-percentiles",
        List.of("", "50", "50 99 99.9", "101", "-1", "abc", "0.001"));
    SETTINGS.put(
        "client-output-buffer-limit",
        List.of(
            "normal 0 0 0",
            "pubsub 32mb 8mb 60",
            "slave 256mb 64mb 60 normal 0 0 0",
            "replica 1gb 1gb 10",
            "nosuch 0 0 0",
            "normal 0 0",
            "",
            "normal a b c",
            "normal -1 0 0",
            "pubsub 1gb 1mb 5"));
    SETTINGS.put("nosuch", List.of("1"));
  }

  /** The parameters that requests may set. */
  static List<String> settable() {
    return Stream.concat(SETTINGS.keySet().stream(), NEW_PARAMETERS.stream()).distinct().toList();
  }

  /** Those that all servers know. */
  private static List<String> parameters() {
    return List.copyOf(SETTINGS.keySet());
  }

  /** Where a whole number stands, of any size. */
  private static final Set<String> INTEGERS =
      Set.of("bit", "count", "index", "int", "small", "run");

  /** Where a number stands that need not be whole. */
  private static final Set<String> NUMBERS_OF_ANY_KIND =
      Set.of("distance", "latitude", "longitude", "real", "score", "score-bound");

  private final Random random;
  private final boolean past;

  /** Whether the numbers of the script are often at their limits, or none. */
  private final boolean odd;

  private int run;
  private String parameter = "nosuch";
  private final Map<String, Function<Vocabulary, String>> places = new HashMap<>();

  /**
   * Words for one script.
   *
   * @param random what chooses
   * @param version what the servers know at least
   * @param past whether keys may be given deadlines that are over
   */
  Vocabulary(Random random, Version version, boolean past) {
    this.random = random;
    this.past = past;
    odd = random.nextInt(8) == 0;
    places.put("key", v -> v.mostly(0.88, KEYS, ODD_KEYS));
    places.put("value", Vocabulary::value);
    places.put("element", v -> v.random.nextInt(4) == 0 ? v.value() : "" + v.random.nextInt(5));
    places.put("large", Vocabulary::large);
    places.put("timeout", v -> v.random.nextInt(6) == 0 ? v.one(TIMEOUTS) : "0");
    places.put("text", v -> v.one(TEXTS));
    places.put("int", Vocabulary::integer);
    places.put("member", v -> v.random.nextInt(3) == 0 ? v.value() : v.one(MEMBERS));
    places.put("zmember", Vocabulary::zmember);
    places.put("score", v -> v.random.nextInt(12) == 0 ? v.one(ODD_REALS) : v.one(SCORES));
    places.put("score-bound", Vocabulary::scoreBound);
    places.put("lex-bound", v -> v.mostly(0.92, LEX_BOUNDS, ODD_LEX_BOUNDS));
    places.put("longitude", v -> v.mostly(0.97, LONGITUDES, ODD_REALS));
    places.put("latitude", v -> v.mostly(0.97, LATITUDES, ODD_REALS));
    places.put("distance", v -> v.mostly(0.97, DISTANCES, ODD_REALS));
    places.put("length-unit", v -> v.mostly(0.97, LENGTH_UNITS, TEXTS));
    places.put("rule", v -> v.mostly(0.95, RULES, ODD_RULES));
    places.put("small", v -> "" + v.random.nextInt(12));
    places.put("count", v -> v.random.nextInt(6) == 0 ? v.integer() : "" + v.random.nextInt(6));
    places.put("width", v -> v.one(WIDTHS));
    places.put("run", Vocabulary::run);
    places.put("id", v -> v.random.nextInt(15) == 0 ? v.one(ODD_IDS) : v.entryId());
    places.put(
        "real", v -> v.random.nextInt(8) == 0 ? v.integer() : v.mostly(0.75, REALS, ODD_REALS));
    places.put(
        "index", v -> v.random.nextInt(10) == 0 ? v.integer() : "" + (v.random.nextInt(40) - 15));
    places.put("offset", v -> v.offset(5_000, 1 << 20));
    places.put("bit-offset", v -> v.offset(300, 8 << 20));
    places.put("bit", v -> v.random.nextInt(10) == 0 ? v.integer() : "" + v.random.nextInt(2));
    places.put("field-type", Vocabulary::fieldType);
    places.put("field-offset", v -> (v.random.nextInt(3) == 0 ? "#" : "") + v.offset(40, 8 << 20));
    places.put("seconds", v -> v.span(1000));
    places.put("millis", v -> v.span(1_000_000));
    places.put("at", v -> v.deadline(1));
    places.put("at-millis", v -> v.deadline(1000));
    places.put("at-past", v -> v.past ? "" + (1 + v.random.nextInt(1_600_000_000)) : v.deadline(1));
    places.put("db", Vocabulary::database);
    places.put("channel", v -> v.one(CHANNELS));
    places.put("pattern", v -> v.one(PATTERNS));
    places.put("glob", v -> v.one(GLOBS));
    places.put("flags", v -> v.one(FLAGS));
    places.put("client", Vocabulary::client);
    places.put("command", v -> v.one(COMMANDS));
    places.put("new-command", v -> v.one(NEW_COMMANDS));
    places.put("new-parameter", v -> v.one(NEW_PARAMETERS));
    places.put("parameter", Vocabulary::parameter);
    places.put("other-parameter", v -> v.parameter("notify-keyspace-events"));
    places.put("setting", v -> v.one(SETTINGS.getOrDefault(v.parameter, List.of("1"))));
    places.put("junk", Vocabulary::junk);
    places.put("timeless-junk", v -> v.mostly(0.6, NO_NUMBERS, EDGES));
  }

  /** A word for a place. */
  Bytes word(String place) {
    Function<Vocabulary, String> chosen = places.get(place);
    if (chosen == null) {
      throw new IllegalStateException("no words for the place <" + place + ">");
    }
    if (odd && INTEGERS.contains(place) && random.nextInt(4) == 0) {
      return Notation.bytes(mostly(0.7, EDGES, NO_NUMBERS));
    }
    if (odd && NUMBERS_OF_ANY_KIND.contains(place) && random.nextInt(4) == 0) {
      return Notation.bytes(one(ODD_REALS));
    }
    return Notation.bytes(chosen.apply(this));
  }

  private String one(List<String> words) {
    return words.get(random.nextInt(words.size()));
  }

  private String mostly(double share, List<String> usual, List<String> odd) {
    return one(random.nextDouble() < share ? usual : odd);
  }

  private String value() {
    return switch (random.nextInt(13)) {
      case 0, 1, 2 -> one(NUMBERS);
      case 12 -> one(WIDTHS);
      case 3 -> one(EDGES);
      case 4 -> one(NO_NUMBERS);
      case 5 -> one(REALS);
      case 6 -> binary(random.nextInt(20));
      case 7 -> random.nextInt(4) == 0 ? "v".repeat(random.nextInt(2000)) : "" + random.nextLong();
      case 8 -> "v".repeat(40 + random.nextInt(8));
      default -> one(TEXTS);
    };
  }

  /** Elements that fill the nodes of a list, or are too large for one. */
  private String large() {
    int length = random.nextInt(8) == 0 ? 8000 + random.nextInt(500) : random.nextInt(3000);
    return ("" + (char) ('a' + random.nextInt(3))).repeat(length);
  }

  /** Numbers one behind the other, so that many elements of one kind come together. */
  private String run() {
    run = (run + 1) % 300;
    return "" + run;
  }

  private String zmember() {
    return switch (random.nextInt(20)) {
      case 0 -> value();
      case 1 -> "z".repeat(60 + random.nextInt(10));
      default -> one(List.of("a", "b", "c", "d", "m1", "m2", "1", "2", "3", "-7", "aa", "ab", ""));
    };
  }

  private String scoreBound() {
    return (random.nextInt(3) == 0 ? "(" : "")
        + (random.nextInt(15) == 0 ? one(ODD_REALS) : one(SCORES));
  }

  /** Few enough to be met again, often enough above those that were given before. */
  private String entryId() {
    int millis = random.nextInt(random.nextInt(4) == 0 ? 40 : 14);
    return random.nextInt(3) == 0 ? "" + millis : millis + "-" + random.nextInt(4);
  }

  private String binary(int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) random.nextInt(256));
    }
    return text.toString();
  }

  private String integer() {
    return switch (random.nextInt(12)) {
      case 0, 1 -> one(EDGES);
      case 2 -> one(NO_NUMBERS);
      case 3 -> "" + (random.nextInt(2000) - 1000);
      default -> one(NUMBERS);
    };
  }

  /** Below {@code usual}, or about {@code limit}; never between, where memory would be wasted. */
  private String offset(int usual, int limit) {
    return switch (random.nextInt(20)) {
      case 0 ->
          one(
              List.of(
                  "-1",
                  "9223372036854775807",
                  "-9223372036854775808",
                  "4294967296",
                  "9223372036854775800"));
      case 1 -> one(NO_NUMBERS);
      case 2 ->
          random.nextInt(8) == 0
              ? "" + (limit - 2 + random.nextInt(4))
              : "" + (limit + random.nextInt(3));
      case 3, 4 -> "" + random.nextInt(usual);
      default -> "" + random.nextInt(24);
    };
  }

  private String fieldType() {
    return switch (random.nextInt(10)) {
      case 0 ->
          one(
              List.of(
                  "u64",
                  "u0",
                  "i0",
                  "i65",
                  "x8",
                  "u",
                  "i",
                  "",
                  "8",
                  "u-1",
                  "i08",
                  "I8",
                  "u1a",
                  "u 8",
                  "u8 ",
                  "U8",
                  "i64 ",
                  "u9223372036854775808",
                  "i1e1",
                  "u+8",
                  "u8\u0000"));
      case 1 -> one(List.of("i64", "u63", "i1", "u1"));
      default ->
          (random.nextBoolean() ? "u" : "i") + (1 + random.nextInt(random.nextBoolean() ? 8 : 63));
    };
  }

  /** Times to live, far from another and from now, so that comparing two is never a close call. */
  private String span(long unit) {
    return switch (random.nextInt(10)) {
      case 0 -> one(EDGES);
      case 1 -> random.nextInt(2) == 0 ? one(NO_NUMBERS) : one(List.of("0", "-1", "-100"));
      case 2 ->
          one(
              List.of(
                  "9223372036854775", "9223372036854776", "9223370000000000", "92233720368547758"));
      default -> "" + unit * (100 + random.nextInt(1_000_000));
    };
  }

  private String deadline(long unit) {
    return switch (random.nextInt(10)) {
      case 0 -> one(EDGES);
      case 1 -> random.nextInt(2) == 0 ? one(NO_NUMBERS) : one(List.of("0", "-1", "-100"));
      case 2 -> one(List.of("9223372036854775", "9223372036854776"));
      default -> "" + unit * (FAR_SECONDS + random.nextInt(1_000_000));
    };
  }

  private String database() {
    return random.nextInt(12) == 0
        ? one(List.of("15", "16", "-1", "abc", "", "99999999999"))
        : "" + random.nextInt(3);
  }

  private String client() {
    return random.nextInt(8) == 0
        ? one(List.of("0", "-1", "999999999", "abc", ""))
        : "${id " + (char) ('A' + random.nextInt(3)) + "}";
  }

  private String parameter(String except) {
    do {
      parameter = one(parameters());
    } while (parameter.equals(except));
    return parameter;
  }

  private String parameter() {
    parameter = random.nextInt(6) == 0 ? "notify-keyspace-events" : one(parameters());
    return parameter;
  }

  private String junk() {
    return switch (random.nextInt(6)) {
      case 0 -> one(NO_NUMBERS);
      case 1 -> integer();
      case 2 ->
          one(
              List.of(
                  "NX",
                  "XX",
                  "GET",
                  "EX",
                  "PX",
                  "KEEPTTL",
                  "COUNT",
                  "MATCH",
                  "GT",
                  "LT",
                  "BYTE",
                  "STORE",
                  "LIMIT",
                  "BY",
                  "ALPHA",
                  "WITHSCORES",
                  "REV",
                  "BYSCORE",
                  "BYLEX",
                  "CH",
                  "INCR",
                  "LEFT",
                  "RIGHT",
                  "REPLACE",
                  "ABSTTL",
                  "PERSIST",
                  "ASC",
                  "ANY",
                  "GETKEYS",
                  "WEIGHTS",
                  "AGGREGATE",
                  "STREAMS",
                  "MAXLEN",
                  "~",
                  "=",
                  "JUSTID",
                  "FORCE",
                  "RANK",
                  "nX",
                  "#",
                  "-",
                  "+",
                  "$",
                  ">"));
      case 3 -> one(KEYS);
      case 4 -> one(List.of("%s", "%n", "'", "\"", "\\", "${x", "\n", "HELP", "help"));
      default -> value();
    };
  }
}

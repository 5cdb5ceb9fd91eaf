package dev.carillon.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What clients ask for, by the seed: rows of words, some of which stand for something to be chosen.
 * Each run prefers some rows and does without others, so that requests which belong together meet.
 */
final class Workload {

  /** A row comes as often as there are copies of it in its group. */
  private static final String[] ROWS = {
    "SET s v",
    "SET s v PX ms",
    "SET k v PXAT at",
    "SET s v XX KEEPTTL",
    "SETEX s 1 v",
    "GETSET s v",
    "GETEX s PX ms",
    "GETDEL s",
    "APPEND s v",
    "SETRANGE s i v",
    "MSET s v s v",
    "MSETNX s v s v",
    "INCR n",
    "INCRBY n i",
    "INCRBYFLOAT n d",
    "DECR n",
    "SETBIT s i 1",
    "BITOP XOR s s s",
    "BITFIELD s INCRBY u4 i 3 SET i8 i 7",
    "DEL k k",
    "UNLINK k",
    "RENAME k k",
    "RENAMENX k k",
    "COPY k k REPLACE",
    "COPY k k DB db REPLACE",
    "MOVE k db",
    "EXPIRE k 1",
    "PEXPIRE k ms",
    "PEXPIREAT k at",
    "PERSIST k",
    "LPUSH l v v",
    "RPUSH l v",
    "LPUSHX l v",
    "LPOP l",
    "RPOP l 2",
    "LSET l 0 v",
    "LINSERT l BEFORE v v",
    "LREM l 0 v",
    "LTRIM l 0 3",
    "LMOVE l l LEFT RIGHT",
    "LMPOP 2 l l RIGHT COUNT 2",
    "BLPOP l l wait",
    "BLMOVE l l RIGHT LEFT wait",
    "BLMPOP wait 2 l l LEFT COUNT 2",
    "SORT l ALPHA STORE l",
    "SADD e m m m",
    "SREM e m m",
    "SPOP e",
    "SPOP e 3",
    "SMOVE e e m",
    "SINTERSTORE e e e",
    "SUNIONSTORE e e e",
    "SDIFFSTORE e e e",
    "ZADD z d m d m",
    "ZADD z GT CH d m",
    "ZINCRBY z d m",
    "ZREM z m m",
    "ZPOPMIN z",
    "ZPOPMAX z 2",
    "BZPOPMIN z z wait",
    "BZMPOP wait 1 z MAX COUNT 2",
    "ZRANGESTORE z z 0 3",
    "ZUNIONSTORE z 2 z z WEIGHTS 2 d",
    "ZINTERSTORE z 2 z e",
    "ZREMRANGEBYRANK z 0 1",
    "ZREMRANGEBYSCORE z 0 d",
    "GEOADD z 13.36 38.11 m 15.08 37.50 m",
    "HSET h m v m v",
    "HSETNX h m v",
    "HINCRBY h m i",
    "HINCRBYFLOAT h m d",
    "HDEL h m m",
    "HGETDEL h FIELDS 1 m",
    "HEXPIRE h 1 FIELDS 1 m",
    "HPEXPIRE h ms FIELDS 2 m m",
    "HPERSIST h FIELDS 1 m",
    "HSETEX h PX ms FIELDS 1 m v",
    "HGETEX h PX ms FIELDS 1 m",
    "XADD x * m v",
    "XADD x * m v m v",
    "XADD x MAXLEN 5 * m v",
    "XTRIM x MAXLEN 3",
    "XDEL x 1-1",
    "XGROUP CREATE x g 0 MKSTREAM",
    "XGROUP DESTROY x g",
    "XGROUP CREATECONSUMER x g c",
    "XREADGROUP GROUP g c COUNT 2 STREAMS x >",
    "XREADGROUP GROUP g c BLOCK waitms STREAMS x >",
    "XAUTOCLAIM x g c 0 0 COUNT 2",
    "XREAD BLOCK waitms STREAMS x $",
    "XSETID x 9999999999999-0",
    "PFADD p m m m",
    "PFMERGE p p p",
    "ARSET a i v",
    "ARINSERT a v v",
    "ARDEL a i",
    "FLUSHDB",
    "FLUSHALL",
    "SWAPDB db db",
    "SELECT db",
    "GET s",
    "TTL k",
    "EXISTS k k",
    "HGETALL h",
    "LRANGE l 0 -1",
    "DBSIZE",
    "WATCH k",
    "UNWATCH",
  };

  /** About snapshots, the journal's too. */
  private static final String[] SNAPSHOT_ROWS = {
    "SAVE",
    "BGSAVE",
    "BGSAVE",
    "BGSAVE",
    "BGSAVE SCHEDULE",
    "BGSAVE SCHEDULE",
    "LASTSAVE",
    "CONFIG SET save 1_2",
    "CONFIG SET save 1_5_10_1",
    "CONFIG SET save",
    "CONFIG SET rdbcompression no",
    "CONFIG SET rdbcompression yes",
    "DEBUG RELOAD",
    "BGREWRITEAOF",
    "BGREWRITEAOF",
    "BGREWRITEAOF",
    "BGREWRITEAOF",
    "CONFIG SET auto-aof-rewrite-min-size 600",
    "CONFIG SET auto-aof-rewrite-percentage 20",
    "CONFIG SET appendonly no",
    "SHUTDOWN SAVE",
    "SHUTDOWN NOSAVE",
    "SHUTDOWN",
  };

  /** Make values that are written to a file in several slices, with turns between them. */
  private static final String[] LARGE_ROWS = {
    "HSET h9 pairs",
    "HSET h9 pairs",
    "HSET h9 pairs",
    "SADD e9 chunks",
    "SADD e9 chunks",
    "SADD e9 chunks",
    "ZADD z9 scored",
    "ZADD z9 scored",
    "ZADD z9 scored",
    "RPUSH l9 chunks",
    "RPUSH l9 chunks",
    "XADD x9 * pairs",
    "ARMSET a9 scored",
    "SET s9 huge",
    "HDEL h9 m m",
    "HPEXPIRE h9 ms FIELDS 1 m",
    "SREM e9 m",
    "SPOP e9 2",
    "ZREM z9 m",
    "ZPOPMIN z9",
    "LPOP l9 2",
    "LSET l9 1 v",
    "XADD x9 * m v",
    "XTRIM x9 MAXLEN 1",
    "XGROUP CREATE x9 g 0",
    "XREADGROUP GROUP g c COUNT 1 STREAMS x9 >",
    "APPEND s9 v",
    "DEL large",
    "RENAME large large",
    "RENAME large k",
    "COPY large large DB db REPLACE",
    "MOVE large db",
    "PEXPIRE large ms",
    "FLUSHALL",
    "FLUSHDB",
    "SWAPDB db db",
    "SELECT db",
  };

  /** Of the elements of a large value. */
  private static final int CHUNK_BYTES = 5_000;

  /** More than a value may have that is written at once; for strings it is more. */
  private static final int LARGE_CHUNKS = 60;

  private static final int LARGE_STRING_BYTES = 1_200_000;

  /** These end much at once: one in so many of the times that they were chosen is enough. */
  private static final int MERCY = 12;

  /** One run in so many has large values. */
  private static final int HEAVY = 8;

  /** Longer than the pages of a disk, and than the buffer of a journal now and then. */
  private static final int LONG_VALUE = 3_000;

  private static final int HUGE_VALUE = 70_000;

  private final RandomGenerator random;
  private final int databases;
  private final int keys;
  private final List<String[]> rows = new ArrayList<>();
  private final boolean isHeavy;
  private int values;

  Workload(RandomGenerator random, int databases) {
    this.random = random;
    this.databases = databases;
    this.keys = 1 + random.nextInt(4);
    for (String row : ROWS) {
      for (int i = random.nextInt(4); i > 0; i--) {
        rows.add(row.split(" "));
      }
    }
    isHeavy = random.nextInt(HEAVY) == 0;
    if (isHeavy) {
      for (int i = 0; i < rows.size() / 2; i++) {
        rows.set(i, LARGE_ROWS[random.nextInt(LARGE_ROWS.length)].split(" "));
      }
    }
  }

  /** Whether there are large values, so that each turn takes its time. */
  boolean isHeavy() {
    return isHeavy;
  }

  /** A request that has to do with snapshots. */
  List<String> nextOfSnapshots() {
    String row = SNAPSHOT_ROWS[random.nextInt(SNAPSHOT_ROWS.length)];
    if (row.startsWith("SHUTDOWN") && random.nextInt(MERCY) > 0) {
      row = "BGSAVE";
    }
    List<String> words = new ArrayList<>();
    for (String word : row.split(" ")) {
      words.add(word.replace('_', ' '));
    }
    if (row.equals("CONFIG SET save")) {
      words.add("");
    }
    return words;
  }

  /** A request of a client that may ask for anything. */
  List<String> next(long nowMillis) {
    String[] row = rows.get(random.nextInt(rows.size()));
    if ((row[0].startsWith("FLUSH") || row[0].equals("SWAPDB")) && random.nextInt(MERCY) > 0) {
      row = rows.get(random.nextInt(rows.size()));
    }
    List<String> words = new ArrayList<>(row.length);
    for (String word : row) {
      switch (word) {
        case "pairs", "chunks", "scored" -> addChunks(word, words);
        default -> words.add(word(word, nowMillis));
      }
    }
    return words;
  }

  private void addChunks(String kind, List<String> words) {
    for (int i = 0; i < LARGE_CHUNKS; i++) {
      if (kind.equals("pairs")) {
        words.add("m" + i);
      } else if (kind.equals("scored")) {
        words.add(Integer.toString(random.nextInt(100)));
      }
      // Some elements are small, and known to the rows that remove elements.
      words.add(i < 6 && !kind.equals("pairs") ? "m" + i : chunk());
    }
  }

  private String chunk() {
    return "v" + values++ + "+".repeat(CHUNK_BYTES + random.nextInt(CHUNK_BYTES / 5));
  }

  private String word(String word, long nowMillis) {
    return switch (word) {
      case "s", "n", "l", "e", "z", "h", "x", "p", "a" ->
          (random.nextInt(25) == 0 ? "s" : word) + random.nextInt(keys);
      case "large" -> "hezlxas".charAt(random.nextInt(7)) + "9";
      case "huge" -> "v" + values++ + "+".repeat(LARGE_STRING_BYTES);
      case "k" -> "snlezhxpa".charAt(random.nextInt(9)) + "" + random.nextInt(keys);
      case "v" -> value();
      case "m" -> "m" + random.nextInt(6);
      case "g" -> "g" + random.nextInt(2);
      case "c" -> "c" + random.nextInt(2);
      case "i" -> Integer.toString(random.nextInt(20));
      case "d" -> Double.toString(random.nextInt(200) / 8.0);
      case "db" -> Integer.toString(random.nextInt(databases));
      case "ms" -> Integer.toString(1 + random.nextInt(random.nextInt(5) == 0 ? 5_000 : 300));
      case "at" -> Long.toString(nowMillis - 20 + random.nextInt(2_000));
      case "wait" -> random.nextInt(4) == 0 ? "0" : "0." + (1 + random.nextInt(9));
      case "waitms" -> Integer.toString(random.nextInt(500));
      default -> word;
    };
  }

  /** No two are the same, so that a value that comes back is known. */
  private String value() {
    int length =
        switch (random.nextInt(60)) {
          case 0, 1 -> LONG_VALUE;
          case 2 -> random.nextInt(4) == 0 ? HUGE_VALUE : 600;
          case 3, 4, 5 -> 100;
          default -> 1;
        };
    return "v" + values++ + "+".repeat(random.nextInt(length));
  }
}

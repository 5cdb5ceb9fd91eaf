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

  /** These end much at once: one in so many of the times that they were chosen is enough. */
  private static final int MERCY = 12;

  /** Longer than the pages of a disk, and than the buffer of a journal now and then. */
  private static final int LONG_VALUE = 3_000;

  private static final int HUGE_VALUE = 70_000;

  private final RandomGenerator random;
  private final int databases;
  private final int keys;
  private final List<String[]> rows = new ArrayList<>();
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
  }

  /** A request of a client that may ask for anything. */
  List<String> next(long nowMillis) {
    String[] row = rows.get(random.nextInt(rows.size()));
    if ((row[0].startsWith("FLUSH") || row[0].equals("SWAPDB")) && random.nextInt(MERCY) > 0) {
      row = rows.get(random.nextInt(rows.size()));
    }
    List<String> words = new ArrayList<>(row.length);
    for (String word : row) {
      words.add(word(word, nowMillis));
    }
    return words;
  }

  private String word(String word, long nowMillis) {
    return switch (word) {
      case "s", "n", "l", "e", "z", "h", "x", "p", "a" ->
          (random.nextInt(25) == 0 ? "s" : word) + random.nextInt(keys);
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

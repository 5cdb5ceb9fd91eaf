package dev.carillon.conformance.differential;

import dev.carillon.conformance.Notation;
import dev.carillon.conformance.Version;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.resp.Reply;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Replies that cannot be the same because of what they mean: remaining time, what was chosen at
 * random, the order of a set, what is true of one process only. A refusal must be the same always.
 */
final class Rules {

  /** A slow machine's pause between the two executions of one request; chosen. */
  private static final long TOLERANCE_MILLIS = 10_000;

  private static final Map<String, BiPredicate<Reply, Reply>> BY_COMMAND = new HashMap<>();

  /** From which version on a rule holds no more, because replies are the same to the letter. */
  private static final Map<BiPredicate<Reply, Reply>, Version> UNTIL = new HashMap<>();

  private static final Version SCORES_ARE_SHORT = new Version(7, 2);
  private static final BiPredicate<Reply, Reply> SAME_SCORES = Rules::sameDigits;
  private static final BiPredicate<Reply, Reply> SAME_SCORED_ELEMENTS = Rules::sameScoredElements;

  private static final BiPredicate<Reply, Reply> SAME_COORDINATES = Rules::sameCoordinates;

  private static final BiPredicate<Reply, Reply> SAME_USERS = Rules::sameUsers;

  static {
    UNTIL.put(SAME_SCORES, SCORES_ARE_SHORT);
    UNTIL.put(SAME_USERS, new Version(7, 2));
    UNTIL.put(SAME_COORDINATES, new Version(8, 0));
    add(
        SAME_COORDINATES,
        "geopos",
        "georadius",
        "georadius_ro",
        "georadiusbymember",
        "georadiusbymember_ro",
        "geosearch");
    add(allNear(TOLERANCE_MILLIS / 1000), "httl", "hexpiretime");
    add(allNear(TOLERANCE_MILLIS), "hpttl", "hpexpiretime");
    add(near(TOLERANCE_MILLIS / 1000), "ttl", "expiretime", "object|idletime");
    add(near(TOLERANCE_MILLIS), "pttl", "pexpiretime");
    add(
        Rules::sameElements,
        "hkeys",
        "hrandfield",
        "hvals",
        "keys",
        "pubsub|channels",
        "pubsub|shardchannels",
        "sdiff",
        "sinter",
        "smembers",
        "spop",
        "srandmember",
        "sunion");
    add(Rules::sameStep, "hscan", "sscan");
    add(Rules::samePairs, "config|get", "hgetall");
    add(
        SAME_SCORES,
        "bzmpop",
        "bzpopmax",
        "bzpopmin",
        "zadd",
        "zdiff",
        "zincrby",
        "zinter",
        "zmpop",
        "zmscore",
        "zpopmax",
        "zpopmin",
        "zrange",
        "zrangebyscore",
        "zrank",
        "zrevrange",
        "zrevrangebyscore",
        "zrevrank",
        "zscore",
        "zunion");
    add(SAME_SCORED_ELEMENTS, "zrandmember", "zscan");
    add(
        Rules::sameKind,
        "acl|genpass",
        "acl|log",
        "client|id",
        "command|count",
        "debug|digest",
        "debug|digest-value",
        "debug|object",
        // Compressed in another way; a script restores each payload on the other side.
        "dump",
        "info",
        "lastsave",
        "lolwut",
        "memory|doctor",
        "memory|malloc-stats",
        "memory|stats",
        "memory|usage",
        "object|freq",
        "randomkey",
        "scan",
        "slowlog|get",
        "slowlog|len",
        "time");
    add(Rules::samePending, "xpending");
    add(Rules::sameStream, "xinfo|stream", "xinfo|groups");
    add(Rules::sameConsumers, "xinfo|consumers");
    add(Rules::sameDenial, "acl|dryrun");
    add(SAME_USERS, "acl|getuser", "acl|list");
    add(Rules::sameHello, "hello");
    add(Rules::sameCommands, "command|info");
    add(Rules::sameClients, "client|info", "client|list");
    add(Rules::sameCalls, "latency|histogram");
  }

  private final Version version;

  /**
   * The rules for a comparison.
   *
   * @param version that of the other side
   */
  Rules(Version version) {
    this.version = version;
  }

  private boolean isBefore(int major, int minor) {
    return !version.isSince(new Version(major, minor));
  }

  private static void add(BiPredicate<Reply, Reply> rule, String... commands) {
    for (String command : commands) {
      BY_COMMAND.put(command, rule);
    }
  }

  /** Whether two replies to a command are as equal as they can be. */
  boolean agree(String command, Reply ours, Reply theirs) {
    if (ours.equals(theirs) || isBefore(7, 2) && isDenial(ours) && sameDenial(ours, theirs)) {
      return true;
    }
    BiPredicate<Reply, Reply> rule = rule(command);
    return rule != null
        && !(ours instanceof Reply.Failure)
        && !(theirs instanceof Reply.Failure)
        && rule.test(ours, theirs);
  }

  private @Nullable BiPredicate<Reply, Reply> rule(String command) {
    BiPredicate<Reply, Reply> rule = BY_COMMAND.get(command);
    Version until = UNTIL.get(rule);
    return until != null && version.isSince(until) ? null : rule;
  }

  /** Whether replies to a command may spell the same number with more digits or fewer. */
  boolean saysScores(String command) {
    BiPredicate<Reply, Reply> rule = rule(command);
    return rule == SAME_SCORES || rule == SAME_SCORED_ELEMENTS || rule == SAME_COORDINATES;
  }

  private static boolean isDenial(Reply reply) {
    return reply instanceof Reply.Failure && Notation.show(reply).contains("NOPERM ");
  }

  /** 7.0 names no user, and words refusals of keys and channels in another way. */
  private static boolean sameDenial(Reply ours, Reply theirs) {
    return Notation.show(ours)
        .replaceAll("User \\S* has no permissions", "this user has no permissions")
        .replace("No permissions to access a key", OLD_DENIAL.formatted("keys"))
        .replace("No permissions to access a channel", OLD_DENIAL.formatted("channels"))
        .equalsIgnoreCase(Notation.show(theirs));
  }

  private static final String OLD_DENIAL =
      "this user has no permissions to access one of the %s used as arguments";

  /**
   * Users but for their rules about commands, which 7.0 derives anew from what is allowed, and for
   * what it shows of payloads.
   */
  private static boolean sameUsers(Reply ours, Reply theirs) {
    return userText(ours).equals(userText(theirs));
  }

  private static String userText(Reply user) {
    return Notation.show(user)
        .replaceAll("(, )?\"sanitize-payload\"|sanitize-payload ", "")
        .replaceAll("[-+]@all[^\")]*", "");
  }

  private static BiPredicate<Reply, Reply> near(long tolerance) {
    return (ours, theirs) ->
        ours instanceof Reply.Int(long one)
            && theirs instanceof Reply.Int(long other)
            && one >= 0
            && other >= 0
            && Math.abs(one - other) <= tolerance;
  }

  /** As {@link #near} of each of several numbers; those below 0 are no times. */
  private static BiPredicate<Reply, Reply> allNear(long tolerance) {
    return (ours, theirs) -> {
      List<Reply> our = elements(ours);
      List<Reply> their = elements(theirs);
      boolean same = sameKind(ours, theirs) && our.size() == their.size();
      for (int i = 0; same && i < our.size(); i++) {
        same = our.get(i).equals(their.get(i)) || near(tolerance).test(our.get(i), their.get(i));
      }
      return same;
    };
  }

  private static boolean sameKind(Reply ours, Reply theirs) {
    return ours.getClass() == theirs.getClass();
  }

  private static boolean sameElements(Reply ours, Reply theirs) {
    return sameKind(ours, theirs) && sorted(elements(ours)).equals(sorted(elements(theirs)));
  }

  /** The same but for the times since pending entries were delivered. */
  private static boolean samePending(Reply ours, Reply theirs) {
    List<Reply> our = elements(ours);
    List<Reply> their = elements(theirs);
    boolean isSame = our.size() == their.size();
    for (int i = 0; i < our.size() && isSame; i++) {
      List<Reply> one = elements(our.get(i));
      List<Reply> other = elements(their.get(i));
      isSame =
          one.size() == 4
              && other.size() == 4
              && one.subList(0, 2).equals(other.subList(0, 2))
              && near(TOLERANCE_MILLIS).test(one.get(2), other.get(2))
              && one.get(3).equals(other.get(3));
    }
    return isSame;
  }

  /**
   * What only one side says of streams, because the other is older or keeps them in another way;
   * and lag and entries read, which later versions know in more cases and bound.
   */
  private static final Set<String> OF_ONE_SIDE =
      Set.of(
          "active-time",
          "entries-read",
          "idmp-duration",
          "idmp-maxsize",
          "iids-added",
          "iids-duplicates",
          "iids-tracked",
          "inactive",
          "lag",
          "nacked-count",
          "pids-tracked",
          "radix-tree-keys",
          "radix-tree-nodes");

  /** No id and no count of a script is as large as the time. */
  private static final long TIMES_FROM_MILLIS = 1_000_000_000_000L;

  /** The same fields, groups, consumers and pending entries, whenever they were delivered. */
  private static boolean sameStream(Reply ours, Reply theirs) {
    return streamText(ours).equals(streamText(theirs));
  }

  private static String streamText(Reply reply) {
    if (reply instanceof Reply.Int(long number) && number >= TIMES_FROM_MILLIS) {
      return "time";
    }
    List<Reply> parts = reply instanceof Reply.Map ? flat(reply) : elements(reply);
    if (parts.size() == 1 && parts.getFirst() == reply) {
      return Notation.show(reply);
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      String name = parts.get(i) instanceof Reply.Bulk(Bytes text) ? text.toLatin1() : "";
      if (OF_ONE_SIDE.contains(name)) {
        i++;
      } else if (name.equals("consumers") && i + 1 < parts.size()) {
        i++;
        if (!(parts.get(i) instanceof Reply.Int)) {
          texts.add(busyConsumers(parts.get(i)));
        }
      } else {
        texts.add(streamText(parts.get(i)));
      }
    }
    return texts.toString();
  }

  /** The same consumers that have something pending, whenever they were seen. */
  private static boolean sameConsumers(Reply ours, Reply theirs) {
    return consumersText(ours).equals(consumersText(theirs));
  }

  private static List<String> consumersText(Reply consumers) {
    return elements(consumers).stream()
        .map(consumer -> pairs(consumer).stream().limit(2).map(Notation::show).toList().toString())
        .filter(consumer -> !consumer.contains("\"pending\", :0"))
        .toList();
  }

  /** Before 7.2 there is no consumer before it gets something. */
  private static String busyConsumers(Reply consumers) {
    return elements(consumers).stream()
        .map(Rules::streamText)
        .filter(consumer -> !consumer.contains("\"pel-count\", :0,"))
        .toList()
        .toString();
  }

  private static List<Reply> flat(Reply map) {
    List<Reply> flat = new ArrayList<>();
    for (Reply pair : pairs(map)) {
      flat.addAll(elements(pair));
    }
    return flat;
  }

  /**
   * One step of an iteration: the same cursor and the same elements, or all at once where the other
   * side needs several steps, because it does not pack as much.
   */
  private static boolean sameStep(Reply ours, Reply theirs) {
    List<Reply> our = elements(ours);
    List<Reply> their = elements(theirs);
    return our.size() == 2
        && their.size() == 2
        && (our.getFirst().equals(their.getFirst())
            ? sameElements(our.getLast(), their.getLast())
            : our.getFirst().equals(new Reply.Bulk(Bytes.of("0")))
                && elements(our.getLast()).containsAll(elements(their.getLast())));
  }

  private static boolean samePairs(Reply ours, Reply theirs) {
    return sameKind(ours, theirs) && sorted(pairs(ours)).equals(sorted(pairs(theirs)));
  }

  /** The same but for the digits of scores, of which 7.0 says 17 where fewer are enough. */
  boolean sameScores(Reply ours, Reply theirs) {
    return version.isSince(SCORES_ARE_SHORT) ? ours.equals(theirs) : sameDigits(ours, theirs);
  }

  /** Before 8.0 coordinates had 17 digits behind their point, however small they are. */
  private static boolean sameCoordinates(Reply ours, Reply theirs) {
    if (ours instanceof Reply.Array(List<Reply> our)
        && theirs instanceof Reply.Array(List<Reply> their)) {
      boolean same = our.size() == their.size();
      for (int i = 0; same && i < our.size(); i++) {
        same = sameCoordinates(our.get(i), their.get(i));
      }
      return same;
    }
    if (ours instanceof Reply.Bulk(Bytes our) && theirs instanceof Reply.Bulk(Bytes their)) {
      return our.equals(their)
          || Math.abs(Numerals.parseDouble(our) - Numerals.parseDouble(their)) < 1e-16;
    }
    if (ours instanceof Reply.Real(double our) && theirs instanceof Reply.Real(double their)) {
      return Math.abs(our - their) < 1e-16;
    }
    return ours.equals(theirs);
  }

  private static boolean sameDigits(Reply ours, Reply theirs) {
    if (ours instanceof Reply.Array(List<Reply> our)
        && theirs instanceof Reply.Array(List<Reply> their)) {
      boolean same = our.size() == their.size();
      for (int i = 0; same && i < our.size(); i++) {
        same = sameDigits(our.get(i), their.get(i));
      }
      return same;
    }
    if (ours instanceof Reply.Bulk(Bytes our) && theirs instanceof Reply.Bulk(Bytes their)) {
      return our.equals(their) || Numerals.parseDouble(our) == Numerals.parseDouble(their);
    }
    if (ours instanceof Reply.Real(double our) && theirs instanceof Reply.Real(double their)) {
      return our == their;
    }
    return ours.equals(theirs);
  }

  /** The same members with the same scores in any order, or one step of going through them all. */
  private static boolean sameScoredElements(Reply ours, Reply theirs) {
    return sameKind(ours, theirs) && sorted(scored(ours)).equals(sorted(scored(theirs)));
  }

  private static List<Reply> scored(Reply reply) {
    List<Reply> all = new ArrayList<>();
    for (Reply element : elements(reply)) {
      if (element instanceof Reply.Array) {
        all.addAll(scored(element));
      } else if (element instanceof Reply.Bulk(Bytes text)
          && !Double.isNaN(Numerals.parseDouble(text))) {
        all.add(new Reply.Real(Numerals.parseDouble(text) + 0.0));
      } else if (element instanceof Reply.Real(double score)) {
        all.add(new Reply.Real(score + 0.0));
      } else {
        all.add(element);
      }
    }
    return all;
  }

  private static List<Reply> elements(Reply reply) {
    return switch (reply) {
      case Reply.Array(List<Reply> elements) -> elements;
      case Reply.Set(List<Reply> elements) -> elements;
      default -> List.of(reply);
    };
  }

  private static List<Reply> pairs(Reply reply) {
    List<Reply> pairs = new ArrayList<>();
    if (reply instanceof Reply.Map(List<Reply.Entry> entries)) {
      entries.forEach(entry -> pairs.add(new Reply.Array(List.of(entry.key(), entry.value()))));
    } else if (reply instanceof Reply.Array(List<Reply> flat) && flat.size() % 2 == 0) {
      for (int i = 0; i < flat.size(); i += 2) {
        pairs.add(new Reply.Array(flat.subList(i, i + 2)));
      }
    } else {
      pairs.add(reply);
    }
    return pairs;
  }

  private static List<String> sorted(List<Reply> replies) {
    return replies.stream().map(Notation::show).sorted().toList();
  }

  private static final List<String> OF_ONE_SERVER = List.of("ID", "MODULES", "VERSION");

  /**
   * All of HELLO's reply but the version, the number of the connection, and the modules that Redis
   * brings with it since 8.0.
   */
  private static boolean sameHello(Reply ours, Reply theirs) {
    UnaryOperator<Reply> known =
        pair ->
            pair instanceof Reply.Array(List<Reply> both)
                    && both.getFirst() instanceof Reply.Bulk(Bytes name)
                    && OF_ONE_SERVER.stream().anyMatch(name::isWord)
                ? both.getFirst()
                : pair;
    return sameKind(ours, theirs)
        && pairs(ours).stream()
            .map(known)
            .toList()
            .equals(pairs(theirs).stream().map(known).toList());
  }

  /** What of a client is not a matter of memory, time, addresses or numbers of connections. */
  private static final Set<String> ABOUT_CLIENTS =
      Set.of("name", "flags", "db", "sub", "psub", "ssub", "multi", "cmd", "user", "resp");

  /**
   * The same clients, of which the comparison itself has another number on each side: those are
   * left out only where a client asks for all.
   */
  private static boolean sameClients(Reply ours, Reply theirs) {
    List<String> our = clients(ours);
    List<String> their = clients(theirs);
    return sameKind(ours, theirs) && (our.size() != their.size() || our.equals(their));
  }

  private static List<String> clients(Reply reply) {
    Bytes text =
        switch (reply) {
          case Reply.Bulk(Bytes bulk) -> bulk;
          case Reply.Verbatim(String format, Bytes verbatim) -> verbatim;
          default -> Bytes.of("");
        };
    return text.toLatin1().lines().map(Rules::client).sorted().toList();
  }

  private static String client(String line) {
    List<String> known = new ArrayList<>();
    for (String part : line.split(" ", -1)) {
      if (ABOUT_CLIENTS.contains(part.substring(0, Math.max(0, part.indexOf('='))))) {
        // The other side listens on a Unix socket.
        // On the other side each client was asked for its number.
        known.add(
            part.startsWith("flags=")
                ? part.replaceAll("(?<==.{0,20})[UN]", "")
                : part.replace("cmd=client|id", "cmd=NULL"));
      }
    }
    return known.toString();
  }

  /** The same commands, as often called, however long that took. */
  private static boolean sameCalls(Reply ours, Reply theirs) {
    return sameKind(ours, theirs) && calls(ours).equals(calls(theirs));
  }

  private static List<String> calls(Reply reply) {
    List<String> calls = new ArrayList<>();
    for (Reply pair : pairs(reply)) {
      List<Reply> command = elements(pair);
      calls.add(
          Notation.show(command.getFirst())
              + (command.size() > 1 ? pairs(command.get(1)).getFirst() : ""));
    }
    Collections.sort(calls);
    return calls;
  }

  private static final int TIPS = 7;
  private static final int SUBCOMMANDS = 9;

  /**
   * Descriptions of commands, whose flags and categories are sets, without the tips to clients and
   * without subcommands, which can be asked for one by one.
   */
  private static boolean sameCommands(Reply ours, Reply theirs) {
    return described(ours, 0).equals(described(theirs, 0));
  }

  private static String described(Reply reply, int depth) {
    List<String> texts = new ArrayList<>();
    if (reply instanceof Reply.Map(List<Reply.Entry> entries)) {
      for (Reply.Entry entry : entries) {
        if (!isNotes(entry.key())) {
          texts.add(Notation.show(entry.key()) + described(entry.value(), depth + 1));
        }
      }
      return texts.toString();
    }
    List<Reply> parts = elements(reply);
    if (parts.size() == 1 && parts.getFirst() == reply) {
      return Notation.show(reply);
    }
    for (int i = 0; i < parts.size(); i++) {
      if (isNotes(parts.get(i))) {
        i++;
      } else if (depth != 1 || i != TIPS && i != SUBCOMMANDS) {
        texts.add(described(parts.get(i), depth + 1));
      }
    }
    if (depth > 1 && parts.stream().allMatch(part -> part instanceof Reply.Simple)) {
      Collections.sort(texts);
    }
    return texts.toString();
  }

  private static boolean isNotes(Reply key) {
    return key instanceof Reply.Bulk(Bytes name) && name.isWord("NOTES");
  }

  // --------------------------------------------------------------------------------------- order

  /**
   * The same frames where those stand in a fixed order whose order says nothing: the patterns by
   * which a client hears one message, what it is unsubscribed from when it names nothing, and the
   * keys that are missed one after the other, because SORT looks for those that the members of a
   * set name.
   */
  static List<Frame> canonical(List<Frame> frames) {
    if (frames.size() < 2) {
      return frames;
    }
    List<Frame> canonical = new ArrayList<>(frames);
    for (int from = 0; from < canonical.size(); ) {
      int to = from + 1;
      String kind = kind(canonical.get(from));
      while (to < canonical.size() && !kind.isEmpty() && kind.equals(kind(canonical.get(to)))) {
        to++;
      }
      if (to - from > 1) {
        List<Frame> run = canonical.subList(from, to);
        if (kind.startsWith("pmessage") || kind.equals(MISS)) {
          run.sort(Comparator.comparing(Frame::wire));
        } else {
          sortNames(run);
        }
      }
      from = to;
    }
    return canonical;
  }

  private static final String MISS = "keymiss";

  /** What frames of one run have in common; empty if the order of frames like this one matters. */
  private static String kind(Frame frame) {
    List<String> parts = frame.wire().lines().toList();
    if (parts.getLast().equals(MISS)
        || parts.stream().anyMatch(part -> part.endsWith(":" + MISS))) {
      return MISS;
    }
    if (frame.wire().startsWith("\r\n$8\r\npmessage\r\n", 2)
        && message(frame.reply()) instanceof List<Reply> message
        && message.size() == 4) {
      return "pmessage " + message.get(2) + message.get(3);
    }
    return parts.size() > 2 && parts.get(2).endsWith("unsubscribe") ? parts.get(2) : "";
  }

  private static @Nullable List<Reply> message(Reply reply) {
    return switch (reply) {
      case Reply.Array(List<Reply> parts) -> parts;
      case Reply.Push(List<Reply> parts) -> parts;
      default -> null;
    };
  }

  /** Sorts the names of confirmations and leaves what they count down where it is. */
  private static void sortNames(List<Frame> run) {
    List<String> names =
        run.stream()
            .map(frame -> frame.wire().substring(0, frame.wire().lastIndexOf(':')))
            .sorted()
            .toList();
    for (int i = 0; i < run.size(); i++) {
      String wire = run.get(i).wire();
      run.set(i, new Frame(names.get(i) + wire.substring(wire.lastIndexOf(':'))));
    }
  }
}

package dev.carillon.conformance.differential;

import dev.carillon.conformance.differential.Script.Step;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keeps random scripts from requests whose outcome teaches nothing: because it is a matter of
 * chance or of time, because the request would reach further than to the clients of the script, or
 * because Redis 7.0 goes on from there in another state without a reply that shows it. Each rule
 * says why.
 *
 * <p>What differs visibly belongs into {@code explained.txt} instead.
 */
final class Caution {

  /** They stop or slow down the server, or speak of what it does for others. */
  private static final Set<String> FORBIDDEN =
      Set.of(
          "sync",
          "psync",
          "monitor",
          "shutdown",
          "save",
          "bgsave",
          "bgrewriteaof",
          "replicaof",
          "slaveof",
          "failover");

  /**
   * What a client may say that gets no replies: elsewhere a difference that is explained, and ends
   * a script, would go unseen. QUIT and the like would not even end its connection in 7.0.
   */
  private static final Set<String> SAID_QUIETLY =
      Set.of(
          "client|reply",
          "del",
          "echo",
          "exists",
          "get",
          "getdel",
          "incr",
          "mget",
          "persist",
          "ping",
          "psubscribe",
          "publish",
          "punsubscribe",
          "reset",
          "subscribe",
          "unsubscribe");

  /**
   * What a client may say that may be waiting: replies to it come with the request of another
   * client, and so must be the same to the letter; and it is clear what they mean for a
   * transaction.
   */
  private static final Set<String> SAID_WAITING =
      Set.of("append", "echo", "exists", "get", "incr", "llen", "lpush", "mget", "ping", "rpush");

  /** What ends a client's waiting. */
  private static final Pattern UNBLOCKING =
      pattern("^CLIENT UNBLOCK \"\\$\\{id (.)}\"( TIMEOUT| ERROR)?$");

  /** Whoever asks these may wait. */
  private static final Pattern BLOCKING =
      pattern("^B(LPOP|RPOP|LMOVE|RPOPLPUSH|LMPOP|ZPOPMIN|ZPOPMAX|ZMPOP) ");

  private static final List<Pattern> UNCOMPARABLE =
      List.of(
          // Redis saturates at the wrong end if the operand is too far below what fits the field.
          pattern("^BITFIELD .* SAT .*-92233720368547758"),
          // What the clock chooses or ends, and what came after 7.0.
          pattern("^XADD .*\\*"),
          pattern("^X(READ|READGROUP) .*\\b(BLOCK|CLAIM)\\b"),
          pattern("^X(READ|READGROUP) .*\\+( |$)"),
          pattern("^XCLAIM .*\\bIDLE\\b"),
          pattern("^X(ADD|TRIM) .*\\b(KEEPREF|DELREF|ACKED|IDMP)\\b"),
          // Since 8.2.
          pattern("^BITOP (DIFF|DIFF1|ANDOR|ONE)\\b"),
          // Redis adds a remaining time to the clock without looking whether the sum fits.
          pattern("^RESTORE (\\S+|\".*\") \\d{19} "),
          // Members of a set with equal weights of words, among them missing ones.
          pattern("^SORT(_RO)? (?=.*\\bBY \\S*\\*)(?=.*\\bALPHA\\b)"),
          // 7.0 tries the password, and 7.2 reads all options first.
          pattern("^HELLO .*AUTH (\\S+|\".*\") (\\S+|\".*\") (?!SETNAME (\\S+|\".*\")$)"));

  /** A cursor that no walk has come to leads to whatever keys happen to lie there. */
  private static final Pattern WALK_OR_REFUSAL =
      pattern("^SCAN( (\"\\$\\{walk}\"|abc|1\\.5|9{20}|COUNT|MATCH|TYPE)( .*)?)?$");

  /** 7.0 removes what is over before it asks for the type, later versions ask first. */
  private static final Pattern WALK_OF_A_TYPE = pattern("^SCAN .*TYPE");

  /**
   * Behind it may be one that is over: which of such keys RANDOMKEY meets is a matter of chance.
   */
  private static final Pattern DEADLINE = pattern(" (EXAT|PXAT) ");

  /**
   * Where all operations overflow, the string may still have grown, and PFDEBUG may turn a
   * HyperLogLog into its other form; Redis then forgets to tell caching and watching clients, and
   * tells them of the next change instead. Of {@code 1.5} keys it takes the first for one that was
   * read, though the request is refused.
   */
  private static final List<Pattern> UNTRACKED =
      List.of(
          pattern("^BITFIELD .* FAIL\\b"),
          pattern("^PFDEBUG "),
          pattern("^[SZ]INTERCARD (?!\\d+ )"),
          pattern("^Z(UNION|INTER|DIFF) (?!\\d+ )"),
          pattern("^XREAD (?!(COUNT \\d+ )?STREAMS (\\S+ \\S+ ?)+$)"));

  private final boolean past;
  private final Set<Character> inTransaction = new HashSet<>();
  private final Set<Character> quiet = new HashSet<>();
  private final Set<Character> waiting = new HashSet<>();
  private boolean deadlines;
  private boolean tracking;
  private boolean watching;
  private boolean trackingEnded;

  /**
   * Redis invalidates once what a request changes and what those change whom it serves; here each
   * is a turn of its own.
   */
  private boolean isTracked;

  private boolean haveWaited;

  /**
   * Caution for one script.
   *
   * @param past whether keys may be over and still there
   */
  Caution(boolean past) {
    this.past = past;
  }

  private static Pattern pattern(String text) {
    return Pattern.compile(text, Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
  }

  /** Whether a step may follow those before it. */
  boolean allows(Step step) {
    String command = step.command();
    String request = Script.show(step.words());
    return !FORBIDDEN.contains(command)
        && !isAny(UNCOMPARABLE, request)
        && !(quiet.contains(step.client()) && !SAID_QUIETLY.contains(command))
        && !(waiting.contains(step.client()) && !SAID_WAITING.contains(command))
        && !(isQueued(step) && !mayBeQueued(command, step.words().size()))
        && !(command.equals("scan") && !isWholeWalk(request))
        && !(command.equals("xread") && wordsBehindStreams(step) % 2 == 1)
        && !(command.equals("xreadgroup") && wordsBehindStreams(step) > 2)
        && !(command.equals("randomkey") && deadlines)
        && !((tracking || watching) && isAny(UNTRACKED, request))
        && !(trackingEnded && isTracking(step))
        && !(haveWaited && isTracking(step))
        && !(isTracked && BLOCKING.matcher(request).find());
  }

  private static boolean isAny(List<Pattern> patterns, String request) {
    return patterns.stream().anyMatch(pattern -> pattern.matcher(request).find());
  }

  private boolean isQueued(Step step) {
    return inTransaction.contains(step.client());
  }

  /**
   * In a transaction there are no walks, whoever switches replies off or kills itself gets half of
   * one, who ceases to track may still be told what happened before, a request to subscribe to
   * several channels has several replies, and a consumer that 7.0 does not make yet has an event
   * among those of the others.
   */
  private static boolean mayBeQueued(String command, int words) {
    return !command.equals("scan")
        && !command.equals("client|reply")
        && !command.equals("client|kill")
        && !command.equals("client|tracking")
        && !Set.of("xreadgroup", "xclaim", "xautoclaim").contains(command)
        && !(command.endsWith("subscribe") && words != 2);
  }

  /**
   * How many words there are behind the word STREAMS. Of a refused XREAD with an odd number of them
   * Redis remembers no key for a client that tracks, although COMMAND GETKEYS names some. Of an
   * XREADGROUP with several keys 7.0 makes some consumers and not others.
   */
  private static int wordsBehindStreams(Step step) {
    int at = 0;
    while (at < step.words().size() && !step.words().get(at).isWord("STREAMS")) {
      at++;
    }
    return Math.max(step.words().size() - at - 1, 0);
  }

  private boolean isWholeWalk(String request) {
    return WALK_OR_REFUSAL.matcher(request).find()
        && !((past || deadlines) && WALK_OF_A_TYPE.matcher(request).find());
  }

  /**
   * When the last client ceases to track Carillon forgets who read what, and Redis remembers it for
   * the next who tracks.
   */
  private static boolean isTracking(Step step) {
    return step.command().equals("client|tracking")
        && step.words().size() > 2
        && step.words().get(2).isWord("ON");
  }

  /** Keeps a step in mind, roughly: it may be refused. */
  void follow(Step step) {
    char client = step.client();
    deadlines |= DEADLINE.matcher(Script.show(step.words())).find();
    String request = Script.show(step.words());
    if (BLOCKING.matcher(request).find()) {
      waiting.add(client);
      haveWaited = true;
    }
    Matcher unblocking = UNBLOCKING.matcher(request);
    if (unblocking.find() && !waiting.contains(client) && !isInTransaction(client)) {
      waiting.remove(unblocking.group(1).charAt(0));
    }
    isTracked |= isTracking(step);
    switch (step.command()) {
      case "multi" -> inTransaction.add(client);
      case "exec", "discard" -> inTransaction.remove(client);
      case "reset", "quit" -> {
        inTransaction.remove(client);
        trackingEnded = true;
      }
      case "watch" -> watching = true;
      case "client|kill" -> trackingEnded = true;
      case "client|reply" -> quiet.add(client);
      case "client|tracking" -> {
        tracking = true;
        trackingEnded |= !isTracking(step);
      }
      default -> {}
    }
  }

  /** Whether a client's requests are queued, as far as is known. */
  boolean isInTransaction(char client) {
    return inTransaction.contains(client);
  }
}

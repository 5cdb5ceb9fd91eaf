package dev.carillon.conformance.differential;

import dev.carillon.conformance.Version;
import dev.carillon.conformance.differential.Script.Step;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
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

  /**
   * While 7.0 looks whether who waits can be served it removes what is over; and it does not know
   * that what it does for a client that it serves is the client's own change.
   */
  private static final List<Pattern> NEVER_WITH_WAITING =
      List.of(pattern(" (EXAT|PXAT) "), pattern("^CLIENT TRACKING .*NOLOOP"));

  private static final Pattern BROADCAST = pattern("^CLIENT TRACKING .*BCAST");

  /** What ends a client's waiting. */
  private static final Pattern UNBLOCKING =
      pattern("^CLIENT UNBLOCK \"\\$\\{id (.)}\"( TIMEOUT| ERROR)?$");

  /** Whoever asks these may wait. */
  private static final Pattern BLOCKING =
      pattern(
          "^B(LPOP|RPOP|LMOVE|RPOPLPUSH|LMPOP|ZPOPMIN|ZPOPMAX|ZMPOP) "
              + "|^X(READ|READGROUP) .*BLOCK 0 ");

  /** Any word, as it is written in a script. */
  private static final String WORD = "(?:\"(?:\\\\.|[^\"\\\\]++)*+\"|[^\"\\s]\\S*)";

  /** A number of seconds that may be over before a script is. */
  private static final String SHORT_TIME =
      "(?![0.]+( |$))[+]?(\\d{0,3}(\\.\\d*)?|\\d(\\.\\d*)?e[-+]?[0-2]|\\d.*e-\\d+|0x[0-9a-f.p+-]+)";

  private static final List<Pattern> UNCOMPARABLE =
      List.of(
          // Redis saturates at the wrong end if the operand is too far below what fits the field.
          pattern("^BITFIELD .* SAT .*-92233720368547758"),
          // What the clock chooses or ends.
          pattern("^XADD .*\\*"),
          pattern("^X(READ|READGROUP) .*\\b(BLOCK (?!0 )|CLAIM\\b)"),
          pattern("^XCLAIM .*\\bIDLE\\b"),
          // Parameters and categories of which only one side has some.
          pattern("^ACL CAT$"),
          pattern("^CONFIG GET .*[*?\\[\\\\]"),
          // Also of what the comparison asks for.
          pattern("^LATENCY HISTOGRAM$"),
          // Redis adds a remaining time to the clock without looking whether the sum fits.
          pattern("^RESTORE (\\S+|\".*\") \\d{19} "),
          // Members of a set with equal weights of words, among them missing ones.
          pattern("^SORT(_RO)? (?=.*\\bBY \\S*\\*)(?=.*\\bALPHA\\b)"),
          // Redis looks for a star in a C string, and leaves everything as it is without one.
          pattern("^SORT(_RO)? .*\\bBY \"[^\"]*\\\\x00"),
          // A client that waits for some time is answered at a time of its own.
          pattern("^B(LPOP|RPOP|LMOVE|RPOPLPUSH|ZPOPMIN|ZPOPMAX) .* " + SHORT_TIME + "$"),
          pattern("^B(LMPOP|ZMPOP) " + SHORT_TIME + " "),
          // What would be over while the script runs.
          pattern("^(SET|GETEX) .* (EX|PX) [+]?0*[1-9]\\d{0,4}( |$)"),
          pattern(
              "^(P?EXPIRE|P?SETEX|RESTORE(-ASKING)?) "
                  + WORD
                  + " 0*[1-9]\\d{0,4}( |$)(?!.* ABSTTL)"));

  /** Uncomparable with servers older than a version. */
  private record Dated(Version until, Pattern request) {}

  private static final List<Dated> UNCOMPARABLE_UNTIL =
      List.of(
          // 7.0 tries the password, and 7.2 reads all options first.
          until(
              "7.2", "^HELLO .*AUTH " + WORD + " " + WORD + " (?!SETNAME (?:[^\"\\s]\\S*|\"\")$)"),
          // 7.0 takes the name before it reads what follows, and refuses that.
          until("7.2", "^HELLO .*SETNAME " + WORD + " "),
          // RESET of 7.0 leaves it as it is.
          until("7.2", "^CLIENT NO-EVICT ON$"),
          // What is newer.
          until("7.4", "^X(READ|READGROUP) .*\\+( |$)"),
          until("8.2", "^X(ADD|TRIM) .*\\b(KEEPREF|DELREF|ACKED)\\b"),
          until("8.2", "^BITOP (DIFF|DIFF1|ANDOR|ONE)\\b"),
          until("8.6", "^XADD .*\\bIDMP\\b"));

  /** A cursor that no walk has come to leads to whatever keys happen to lie there. */
  private static final Pattern WALK_OR_REFUSAL =
      pattern("^SCAN( (\"\\$\\{walk}\"|abc|1\\.5|9{20}|COUNT|MATCH|TYPE)( .*)?)?$");

  /** Redis removes what is over before it asks for the type. */
  private static final Pattern WALK_OF_A_TYPE = pattern("^SCAN .*TYPE");

  /**
   * Behind it may be one that is over: which of such keys RANDOMKEY meets is a matter of chance.
   */
  private static final Pattern DEADLINE = pattern(" (EXAT|PXAT) ");

  private final Version version;
  private final boolean past;
  private final List<Pattern> uncomparable = new ArrayList<>(UNCOMPARABLE);

  /** Whether who waits is served as 7.0 does it. */
  private final boolean isServedLikeBefore;

  /** Whether Redis says nothing of a wrong password where it has something else to say. */
  private final boolean isRefusalSwallowed;

  private final Set<Character> inTransaction = new HashSet<>();
  private final Set<Character> quiet = new HashSet<>();
  private final Set<Character> waiting = new HashSet<>();
  private final Set<Character> subscribed = new HashSet<>();
  private final Set<Character> namedUsers = new HashSet<>();
  private boolean deadlines;
  private boolean trackingEnded;

  /**
   * What a client says while it waits is executed later, all at once, and Redis broadcasts what
   * changed by it in one message; here each request is told by itself.
   */
  private boolean haveBroadcast;

  private boolean saidWaiting;
  private boolean mayNotWait;
  private boolean haveWaited;

  /**
   * Caution for one script.
   *
   * @param version that of the older side
   * @param past whether keys may be over and still there
   */
  Caution(Version version, boolean past) {
    this.version = version;
    this.past = past;
    isServedLikeBefore = isBefore(7, 2);
    isRefusalSwallowed = !isServedLikeBefore;
    UNCOMPARABLE_UNTIL.stream()
        .filter(one -> !version.isSince(one.until()))
        .forEach(one -> uncomparable.add(one.request()));
  }

  /** Whether each step of a script may follow those before it. */
  static boolean allows(Version version, Script script) {
    Caution caution = new Caution(version, false);
    for (Step step : script.steps()) {
      if (!caution.allows(step)) {
        return false;
      }
      caution.follow(step);
    }
    return true;
  }

  private boolean isBefore(int major, int minor) {
    return !version.isSince(new Version(major, minor));
  }

  private static Dated until(String version, String request) {
    return new Dated(Version.parse(version), pattern(request));
  }

  private static Pattern pattern(String text) {
    return Pattern.compile(text, Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
  }

  /** Whether whoever asks this may wait. */
  static boolean mayWait(List<Bytes> words) {
    return BLOCKING.matcher(Script.show(words)).find();
  }

  /** Whether a step may follow those before it. */
  boolean allows(Step step) {
    String command = step.command();
    String request = Script.show(step.words());
    return !FORBIDDEN.contains(command)
        && !isAny(uncomparable, request)
        && hasNoStrayPlace(command, request)
        && !(quiet.contains(step.client()) && !SAID_QUIETLY.contains(command))
        && !(waiting.contains(step.client()) && (haveBroadcast || !SAID_WAITING.contains(command)))
        && !(saidWaiting && BROADCAST.matcher(request).find())
        && !(mayNotWait && BLOCKING.matcher(request).find())
        && !(isServedLikeBefore && haveWaited && isAny(NEVER_WITH_WAITING, request))
        && !(isQueued(step) && !mayBeQueued(command, step.words().size()))
        && !(command.equals("scan") && !isWholeWalk(request))
        && !(isServedLikeBefore && command.equals("xreadgroup") && wordsBehindStreams(step) > 2)
        && !(command.equals("randomkey") && deadlines)
        && !(trackingEnded && isTracking(step))
        && !(command.equals("acl|setuser") && mayDisconnectItself(step.client()));
  }

  /** What differs on the two sides may not get into what they keep. */
  private static boolean hasNoStrayPlace(String command, String request) {
    boolean takesAny = command.startsWith("acl|") || command.startsWith("command|");
    return takesAny
        || (!request.contains("${id ") || command.startsWith("client|"))
            && (!request.contains("${dump}") || command.startsWith("restore"))
            && (!request.contains("${walk}") || command.endsWith("scan"));
  }

  /** 7.0 crashes where a user takes from itself a channel that it hears. */
  private boolean mayDisconnectItself(char client) {
    return isBefore(7, 2) && subscribed.contains(client) && namedUsers.contains(client);
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
  private boolean mayBeQueued(String command, int words) {
    return !command.equals("scan")
        && !(isRefusalSwallowed && (command.equals("auth") || command.equals("hello")))
        && !command.equals("client|reply")
        && !command.equals("client|kill")
        && !command.equals("client|tracking")
        && !(isServedLikeBefore && Set.of("xreadgroup", "xclaim", "xautoclaim").contains(command))
        && !(command.endsWith("subscribe") && words != 2);
  }

  /**
   * How many words there are behind the word STREAMS. Of an XREADGROUP with several keys 7.0 makes
   * some consumers and not others.
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
    saidWaiting |= waiting.contains(client);
    haveBroadcast |= BROADCAST.matcher(request).find();
    if (BLOCKING.matcher(request).find()) {
      waiting.add(client);
      haveWaited = true;
    }
    mayNotWait |= isServedLikeBefore && isAny(NEVER_WITH_WAITING, request);
    Matcher unblocking = UNBLOCKING.matcher(request);
    if (unblocking.find() && !waiting.contains(client) && !isInTransaction(client)) {
      waiting.remove(unblocking.group(1).charAt(0));
    }
    switch (step.command()) {
      case "multi" -> inTransaction.add(client);
      case "exec", "discard" -> inTransaction.remove(client);
      case "reset", "quit" -> {
        inTransaction.remove(client);
        trackingEnded = true;
      }
      case "subscribe", "psubscribe", "ssubscribe" -> subscribed.add(client);
      case "auth", "hello" -> namedUsers.add(client);
      case "client|kill" -> trackingEnded = true;
      case "client|reply" -> quiet.add(client);
      case "client|tracking" -> trackingEnded |= !isTracking(step);
      default -> {}
    }
  }

  /** Whether a client's requests are queued, as far as is known. */
  boolean isInTransaction(char client) {
    return inTransaction.contains(client);
  }
}

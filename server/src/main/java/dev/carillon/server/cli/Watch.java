package dev.carillon.server.cli;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.Channels;
import dev.carillon.protocol.event.EventClass;
import dev.carillon.protocol.event.EventType;
import dev.carillon.protocol.event.NotifyFlags;
import dev.carillon.protocol.resp.Reply;
import java.io.IOException;
import java.io.PrintStream;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code carillon watch}: prints key events of any Redis-compatible server as they arrive, says
 * what keeps them from arriving, and comes back after a lost connection.
 */
@Command(
    name = "watch",
    header = "Print key events as they happen, on Carillon, Redis or Valkey.",
    description =
        "%nEach line has the local time of arrival, the database, the event and the key. Remarks go"
            + " to stderr. Nothing on the server is changed unless --enable is given, or --group,"
            + " which acknowledges what was printed. A feed (Carillon only) loses nothing: after a"
            + " lost connection it goes on where it was.%n",
    sortOptions = false,
    footer = {
      "%nExamples%n"
          + "  carillon watch%n"
          + "  carillon watch --events expired 'order:*'%n"
          + "  carillon watch --events xg --url redis://:secret@db.example:6380/2%n"
          + "  carillon watch --feed orders --from 0%n"
          + "  carillon watch --feed orders --group billing%n",
      "The exit code is 0 after --count events, 1 if the server cannot be watched, 2 if the"
          + " arguments make no sense."
    })
final class Watch implements Callable<Integer> {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);

  private static final String FLAGS = "notify-keyspace-events";

  /** Chosen: a server that says nothing for so long is asked whether it is still there. */
  private static final int SILENCE_MILLIS = 10_000;

  /** Chosen: soon enough for a restart, seldom enough for a server that is down for the night. */
  private static final int RETRY_MILLIS_MIN = 100;

  private static final int RETRY_MILLIS_MAX = 5000;

  private final Streams streams;
  private final PrintStream out;

  @Option(
      names = "--url",
      paramLabel = "redis://[user:pass@]host:port[/db]",
      defaultValue = "redis://127.0.0.1:6379",
      description = "The server. The password may also be in REDISCLI_AUTH.")
  private String url = "";

  @Option(
      names = "--events",
      paramLabel = "names",
      split = ",",
      description =
          "Only these events: names (expired,del) or letters of notify-keyspace-events (xg).")
  private List<String> events = new ArrayList<>();

  @Option(
      names = "--keys",
      paramLabel = "glob",
      description = "Only keys that match; as [pattern ...].")
  private List<String> keys = new ArrayList<>();

  @Parameters(paramLabel = "pattern", description = "Only keys that match one, such as 'order:*'.")
  private List<String> patterns = new ArrayList<>();

  @Option(
      names = "--db",
      paramLabel = "n|all",
      description = "Only this database; else that of the URL, else all.")
  private @Nullable String database;

  @Option(names = "--count", paramLabel = "n", description = "End after so many events.")
  private long count = Long.MAX_VALUE;

  @Option(
      names = "--enable",
      description =
          "Add the letters that are missing to notify-keyspace-events of the server, and leave them"
              + " there.")
  private boolean enable;

  @Option(
      names = "--feed",
      paramLabel = "key",
      description = "Read this feed instead of notifications; in the database of --db or the URL.")
  private @Nullable String feed;

  @Option(
      names = "--from",
      paramLabel = "id",
      description = "Begin behind this entry of the feed; 0 is its beginning, without it now is.")
  private @Nullable String from;

  @Option(
      names = "--group",
      paramLabel = "name",
      description = "Share the feed with others of this group, and go on where the group is.")
  private @Nullable String group;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this text.")
  boolean help;

  private long printed;
  private @Nullable FeedReader feedReader;
  private @Nullable String flagsSeen;

  Watch(Streams streams) {
    this.streams = streams;
    this.out = streams.out();
  }

  /** The server answers, and it will not help to ask again. */
  private static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    Refusal(String sentence) {
      super(sentence);
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    RedisUrl server;
    EventFilter filter;
    try {
      server = RedisUrl.parse(url);
      String password = System.getenv("REDISCLI_AUTH");
      server = password == null || password.isEmpty() ? server : server.withPassword(password);
      List<String> globs = new ArrayList<>(keys);
      globs.addAll(patterns);
      filter = EventFilter.parse(events, globs, database(server));
      feedReader = feedReader();
      if (count < 1) {
        throw new IllegalArgumentException("--count " + count + ": this has to be 1 or more");
      }
    } catch (IllegalArgumentException e) {
      streams.complain(String.valueOf(e.getMessage()));
      return Main.MISUSED;
    }
    try {
      return watch(server, filter);
    } catch (Refusal e) {
      streams.complain(String.valueOf(e.getMessage()));
      return Main.FAILED;
    }
  }

  private @Nullable FeedReader feedReader() {
    if (feed == null) {
      if (from != null || group != null) {
        throw new IllegalArgumentException("--from and --group say how --feed is read");
      }
      return null;
    }
    // A consumer that comes again is given what it had not finished.
    return new FeedReader(feed, group, "carillon-watch", from == null ? "$" : from);
  }

  private int database(RedisUrl server) {
    if (database == null) {
      return server.db();
    }
    if (database.equals("all")) {
      return -1;
    }
    try {
      int db = Integer.parseInt(database);
      if (db >= 0) {
        return db;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(noDatabase(), e);
    }
    throw new IllegalArgumentException(noDatabase());
  }

  private String noDatabase() {
    return "--db " + database + ": this has to be the number of a database, or all";
  }

  // ---------------------------------------------------------------------------------- connections

  private int watch(RedisUrl server, EventFilter filter) throws Refusal, InterruptedException {
    RedisConnection connection;
    try {
      connection = RedisConnection.open(server.host(), server.port());
    } catch (IOException e) {
      throw new Refusal(
          "cannot connect to "
              + server.place()
              + ": "
              + reason(e)
              + "; is a server running there?");
    }
    boolean first = true;
    while (true) {
      String loss;
      try (RedisConnection current = connection) {
        if (feedReader == null) {
          subscribe(current, server, filter);
        } else {
          prepare(feedReader, current, server, filter);
        }
        if (first) {
          String what = feed == null ? "" : "feed " + feed + ", ";
          streams.complain(
              "watching " + server.place() + ": " + what + filter + "; Ctrl-C ends it");
        }
        first = false;
        if (feedReader == null) {
          follow(current, filter);
        } else {
          follow(feedReader, current, filter);
        }
        return Main.OK;
      } catch (IOException e) {
        loss = reason(e);
      }
      if (first) {
        throw new Refusal("cannot watch " + server.place() + ": " + loss);
      }
      connection = reconnect(server, loss);
    }
  }

  /** Tries until the server is there again; what happened meanwhile is lost, and it says so. */
  private RedisConnection reconnect(RedisUrl server, String loss) throws InterruptedException {
    LocalTime lostAt = LocalTime.now(ZoneId.systemDefault());
    long lostNanos = System.nanoTime();
    streams.complain(
        "the connection to " + server.place() + " is lost (" + loss + "); trying to come back");
    int pauseMillis = RETRY_MILLIS_MIN;
    while (true) {
      Thread.sleep(pauseMillis);
      pauseMillis = Math.min(RETRY_MILLIS_MAX, 2 * pauseMillis);
      try {
        RedisConnection connection = RedisConnection.open(server.host(), server.port());
        Duration away = Duration.ofNanos(System.nanoTime() - lostNanos);
        streams.complain(
            String.format(
                Locale.ROOT,
                feed == null
                    ? "connected again; events of %.1f s are lost (%s to %s)"
                    : "connected again after %.1f s (%s to %s); the feed goes on where it was",
                away.toMillis() / 1000.0,
                TIME.format(lostAt),
                TIME.format(LocalTime.now(ZoneId.systemDefault()))));
        return connection;
      } catch (IOException stillAway) {
        // It was said that we try; saying it each time would bury the events on the screen.
      }
    }
  }

  private static String reason(IOException e) {
    if (e instanceof UnknownHostException) {
      return "the host is unknown";
    }
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  // ---------------------------------------------------------------------------------- preparation

  private void prepare(
      FeedReader reader, RedisConnection connection, RedisUrl server, EventFilter filter)
      throws IOException, Refusal {
    authenticate(connection, server);
    try {
      reader.prepare(connection, Math.max(0, filter.db()));
    } catch (FeedReader.Refused e) {
      throw new Refusal(String.valueOf(e.getMessage()));
    }
  }

  private static void authenticate(RedisConnection connection, RedisUrl server)
      throws IOException, Refusal {
    connection.patience(SILENCE_MILLIS);
    if (server.password() != null) {
      check(
          server.user() == null
              ? connection.ask("AUTH", server.password())
              : connection.ask("AUTH", server.user(), server.password()));
    }
  }

  private void subscribe(RedisConnection connection, RedisUrl server, EventFilter filter)
      throws IOException, Refusal {
    authenticate(connection, server);
    NotifyFlags flags = flags(connection, filter);
    if (filter.db() >= 0) {
      lookForKeys(connection, filter.db());
    }
    List<Bytes> channels = filter.patterns(flags);
    for (Bytes channel : channels) {
      connection.send(RedisConnection.request(Bytes.of("PSUBSCRIBE"), channel));
    }
    for (int i = 0; i < channels.size(); i++) {
      check(connection.next());
    }
  }

  private static Reply check(Reply reply) throws IOException, Refusal {
    if (!(reply instanceof Reply.Failure error)) {
      return reply;
    }
    switch (error.code()) {
      case "LOADING", "BUSY", "MASTERDOWN" -> throw new IOException(error.text().toString());
      case "NOAUTH" ->
          throw new Refusal(
              "the server wants a password: say --url redis://[user]:password@host:port, or put it"
                  + " into REDISCLI_AUTH");
      case "NOPERM" ->
          throw new Refusal("this user may not subscribe to these channels: " + error.text());
      default -> throw new Refusal("the server answers: " + error.text());
    }
  }

  /** What the server announces, after saying what it does not; all where it does not tell. */
  private NotifyFlags flags(RedisConnection connection, EventFilter filter)
      throws IOException, Refusal {
    Reply reply = connection.ask("CONFIG", "GET", FLAGS);
    if (reply instanceof Reply.Failure error
        && (error.code().equals("NOPERM") || error.code().equals("ERR"))) {
      remark(
          FLAGS
              + " cannot be read here ("
              + error.text()
              + "): if no event arrives, ask whoever runs the server to add "
              + filter.missing(NotifyFlags.NONE));
      return NotifyFlags.NONE;
    }
    String text = valueOf(check(reply));
    NotifyFlags flags = text == null ? null : NotifyFlags.parse(text);
    if (flags == null) {
      remark("the server's " + FLAGS + " cannot be understood" + (text == null ? "" : ": " + text));
      return NotifyFlags.NONE;
    }
    String missing = filter.missing(flags);
    if (missing.isEmpty()) {
      return flags;
    }
    if (enable) {
      return enable(connection, filter, flags);
    }
    if (!flags.toString().equals(flagsSeen)) {
      remark(
          (filter.hearsAnything(flags) ? "some events will not arrive: " : "nothing will arrive: ")
              + FLAGS
              + " of the server is \""
              + flags
              + "\" and lacks "
              + explained(missing)
              + ". To add it, type in redis-cli:  CONFIG SET "
              + FLAGS
              + " "
              + filter.completed(flags)
              + "  (or give --enable)");
    }
    flagsSeen = flags.toString();
    return flags;
  }

  private static @Nullable String valueOf(Reply reply) {
    List<Reply> elements = reply instanceof Reply.Array(List<Reply> all) ? all : List.of();
    Bytes value = elements.size() == 2 ? RedisConnection.text(elements.get(1)) : null;
    return value == null ? null : value.toString();
  }

  private static String explained(String letters) {
    return letters
        .chars()
        .mapToObj(letter -> (char) letter + " (" + meaning((char) letter) + ")")
        .collect(Collectors.joining(", "));
  }

  private static String meaning(char letter) {
    return switch (letter) {
      case 'E' -> "a channel for each event";
      case 'A' -> "all common events";
      default ->
          Arrays.stream(EventClass.values())
              .filter(eventClass -> eventClass.letter() == letter)
              .map(EventClass::meaning)
              .collect(Collectors.joining());
    };
  }

  private NotifyFlags enable(RedisConnection connection, EventFilter filter, NotifyFlags before)
      throws IOException, Refusal {
    String after = filter.completed(before);
    Reply reply = connection.ask("CONFIG", "SET", FLAGS, after);
    if (reply instanceof Reply.Failure error) {
      throw new Refusal(
          "the server refuses CONFIG SET " + FLAGS + " " + after + ": " + error.text());
    }
    remark(
        FLAGS
            + " was \""
            + before
            + "\" and is now \""
            + after
            + "\"; it stays so. To undo it:  CONFIG SET "
            + FLAGS
            + " \""
            + before
            + "\"");
    NotifyFlags flags = NotifyFlags.parse(after);
    return flags == null ? before : flags;
  }

  /** Says in which databases the keys are, if the watched one has none. */
  private void lookForKeys(RedisConnection connection, int db) throws IOException {
    Bytes info = RedisConnection.text(connection.ask("INFO", "keyspace"));
    List<String> others = new ArrayList<>();
    for (String line : info == null ? new String[0] : info.toString().split("\r?\n", -1)) {
      if (line.startsWith("db" + db + ":")) {
        return;
      }
      if (line.matches("db\\d+:keys=\\d+.*")) {
        others.add(line.replaceFirst(":keys=(\\d+).*", " ($1 keys)"));
      }
    }
    if (!others.isEmpty()) {
      remark(
          "database "
              + db
              + " holds no keys; there are some in "
              + String.join(", ", others)
              + ". To watch all of them:  --db all");
    }
  }

  private void remark(String sentence) {
    streams.complain(sentence);
  }

  // --------------------------------------------------------------------------------------- events

  /** Prints what arrives until it is enough or nobody reads it any more. */
  private void follow(RedisConnection connection, EventFilter filter) throws IOException {
    boolean asked = false;
    while (printed < count && !out.checkError()) {
      try {
        Reply reply = connection.next();
        asked = false;
        if (reply instanceof Reply.Array(List<Reply> message) && message.size() == 4) {
          onMessage(message, filter);
        }
      } catch (SocketTimeoutException silence) {
        if (asked) {
          throw new IOException("the server has not answered for 10 s", silence);
        }
        asked = true;
        connection.send("PING");
      }
    }
  }

  /** Prints the entries of a feed until it is enough or nobody reads them any more. */
  private void follow(FeedReader reader, RedisConnection connection, EventFilter filter)
      throws IOException, Refusal {
    try {
      boolean more = true;
      while (more && !out.checkError()) {
        more =
            reader.read(
                connection,
                entry -> {
                  onEntry(entry, filter);
                  return printed < count && !out.checkError();
                });
      }
      String continuation = reader.continuation();
      if (!continuation.isEmpty()) {
        remark("to go on from here:  carillon watch --feed " + feed + " " + continuation);
      }
    } catch (FeedReader.Refused e) {
      throw new Refusal(String.valueOf(e.getMessage()));
    }
  }

  private void onEntry(FeedReader.Entry entry, EventFilter filter) {
    Bytes event = entry.fields().getOrDefault("event", Bytes.EMPTY);
    Bytes key = entry.fields().getOrDefault("key", Bytes.EMPTY);
    String db = entry.fields().getOrDefault("db", Bytes.EMPTY).toString();
    if (!filter.wants(filter.db(), event, key)) {
      return;
    }
    StringBuilder rest = new StringBuilder(KeyText.of(key));
    Bytes value = entry.fields().get("value");
    if (value != null) {
      rest.append("  ").append(KeyText.of(value));
    }
    String at = entry.fields().getOrDefault("at", Bytes.EMPTY).toString();
    LocalTime time =
        LocalTime.ofInstant(Instant.ofEpochMilli(Long.parseLong(at)), ZoneId.systemDefault());
    print(time, db, event, rest + "  " + entry.id());
  }

  /** {@code pmessage, pattern, channel, payload}. */
  private void onMessage(List<Reply> message, EventFilter filter) {
    Bytes channel = RedisConnection.text(message.get(2));
    Bytes payload = RedisConnection.text(message.get(3));
    if (channel == null || payload == null) {
      return;
    }
    switch (Channels.parse(channel)) {
      case Channels.Keyevent(int db, Bytes event) -> onEvent(filter, db, event, payload);
      case Channels.Keyspace(int db, Bytes key) -> onEvent(filter, db, payload, key);
      case null, default -> {
        // Somebody publishes on a channel that only looks like one of ours.
      }
    }
  }

  private void onEvent(EventFilter filter, int db, Bytes event, Bytes key) {
    if (!filter.wants(db, event, key)) {
      return;
    }
    print(LocalTime.now(ZoneId.systemDefault()), Integer.toString(db), event, KeyText.of(key));
  }

  private void print(LocalTime time, String db, Bytes event, String rest) {
    String name = String.format(Locale.ROOT, "%-11s", KeyText.of(event));
    if (streams.colours()) {
      name = "\033[" + colour(EventType.ofWireName(event)) + "m" + name + "\033[0m";
    }
    out.println(TIME.format(time) + "  db" + db + "  " + name + "  " + rest);
    out.flush();
    printed++;
  }

  /** What ends the life of a key is what people look for. */
  private static int colour(@Nullable EventType type) {
    if (type == EventType.EXPIRED || type == EventType.EVICTED) {
      return 33;
    }
    return type == EventType.DEL ? 31 : 36;
  }
}

package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.ConfigError;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameter;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.HashView;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.keyspace.KeyspaceDigest;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.turn.Effect;
import dev.carillon.engine.turn.EffectCollector;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.NotifyFlags;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.ReplyDecoder;
import dev.carillon.protocol.resp.Request;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * An engine of its own for each test, a clock that the test moves, and the notation of the recorded
 * cases for what comes back:
 *
 * <pre>{@code
 * @RegisterExtension final EngineFixture engine = new EngineFixture();
 *
 * engine.expect("SET a 1 EX 10", "+OK", "new a", "set a", "expire a");
 * engine.advance(10_000);
 * engine.expect("GET a", "nil", "expired a", "keymiss a");
 * }</pre>
 *
 * <p>After each test that passed, the recorded effects are replayed into an empty engine, which
 * must then hold the same, and must not have refused any of them.
 */
public final class EngineFixture implements AfterEachCallback {

  /**
   * Where the clock starts, in epoch milliseconds: a round number, so that deadlines are legible.
   */
  public static final long START_MILLIS = 1_700_000_000_000L;

  private static final long SEED = 20_241_018;
  private static final Peer PEER = new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1);

  /** One turn's effects with its time. */
  private record Recorded(long nowMillis, List<Effect> effects) {}

  private final Configuration config = new Configuration();
  private final Engine engine;
  private final Map<Session, ReplyDecoder> decoders = new IdentityHashMap<>();
  private final List<Recorded> journal = new ArrayList<>();
  private final List<String> events = new ArrayList<>();
  private final Session client;
  private final Session observer;
  private long nowMillis = START_MILLIS;
  private int effectsSeen;
  private boolean replayed = true;

  /** An engine that announces what the recorded cases announce by default: {@code KEAmn}. */
  public EngineFixture() {
    config.put(
        Parameters.NOTIFY_KEYSPACE_EVENTS, Objects.requireNonNull(NotifyFlags.parse("KEAmn")));
    engine = emptyEngine();
    engine.recorder(
        new EffectCollector(
            (turn, effects) -> journal.add(new Recorded(turn.nowMillis(), effects))));
    observer = client();
    execute(observer, words("PSUBSCRIBE __keyevent@*__:*"));
    receive(observer);
    client = client();
  }

  private Engine emptyEngine() {
    return new Engine(new EngineOptions(config, new Random(SEED), Host.NONE, Long.MAX_VALUE));
  }

  // ------------------------------------------------------------------------------------- asking

  /**
   * Executes a request of the first client.
   *
   * @param line split like redis-cli does: bare words, {@code "..."} with escapes, {@code '...'}
   */
  public Reply run(String line) {
    return run(client, line);
  }

  /** As {@link #run(String)} for another client. */
  public Reply run(Session session, String line) {
    execute(session, words(line));
    return onlyReply(session, line);
  }

  /** Executes a request of a client that may have to wait for its reply: see {@link #heard}. */
  public void tell(Session session, String line) {
    execute(session, words(line));
  }

  /** What a client was sent and has not received yet, in the notation of the cases. */
  public List<String> heard(Session session) {
    return receive(session).stream().map(EngineFixture::show).toList();
  }

  /** Executes a request of the first client whose arguments are taken as they are. */
  public Reply run(Bytes... arguments) {
    execute(client, List.of(arguments));
    return onlyReply(client, List.of(arguments).toString());
  }

  /** Executes a request of the first client and answers the reply in the notation of the cases. */
  public String say(String line) {
    return show(run(line));
  }

  /**
   * Executes a request of the first client and compares the reply and, in order, the events since
   * the last look.
   *
   * @param events each as {@code event key}, with {@code @3} behind it for another database than 0
   */
  public void expect(String line, String reply, String... events) {
    expect(client, line, reply, events);
  }

  /** As {@link #expect(String, String, String...)} for another client. */
  public void expect(Session session, String line, String reply, String... expected) {
    assertThat(show(run(session, line))).as("reply to %s", line).isEqualTo(reply);
    assertThat(events()).as("events of %s", line).containsExactly(expected);
  }

  private void execute(Session session, List<Bytes> words) {
    engine.execute(session, Request.of(words.toArray(Bytes[]::new)), nowMillis);
  }

  private Reply onlyReply(Session session, String line) {
    List<Reply> replies = receive(session);
    assertThat(replies).as("replies to %s", line).hasSize(1);
    return replies.getFirst();
  }

  // ------------------------------------------------------------------------------------ watching

  /** The events since the last look, in order. */
  public List<String> events() {
    for (Reply message : receive(observer)) {
      List<Reply> parts = ((Reply.Array) message).elements();
      String channel = ((Reply.Bulk) parts.get(2)).text().toLatin1();
      String db = channel.substring("__keyevent@".length(), channel.indexOf("__:"));
      String event = channel.substring(channel.indexOf("__:") + "__:".length());
      String key = word(((Reply.Bulk) parts.get(3)).text());
      events.add(event + " " + key + (db.equals("0") ? "" : " @" + db));
    }
    List<String> seen = List.copyOf(events);
    events.clear();
    return seen;
  }

  /** The effects recorded since the last look, in order, with words quoted where needed. */
  public List<String> effects() {
    List<String> seen =
        journal.subList(effectsSeen, journal.size()).stream()
            .flatMap(turn -> turn.effects().stream())
            .map(EngineFixture::show)
            .toList();
    effectsSeen = journal.size();
    return seen;
  }

  /** What a client was sent and has not received yet. */
  public List<Reply> receive(Session session) {
    ReplyDecoder decoder = decoders.get(session);
    session.outbox().drain(Long.MAX_VALUE, Integer.MAX_VALUE, decoder::feed);
    List<Reply> replies = new ArrayList<>();
    try {
      for (Reply reply = decoder.next(); reply != null; reply = decoder.next()) {
        replies.add(reply);
      }
    } catch (ProtocolError e) {
      throw new AssertionError("the server wrote something that is no reply", e);
    }
    return replies;
  }

  // --------------------------------------------------------------------------------------- world

  /** The engine. */
  public Engine engine() {
    return engine;
  }

  /** The first client. */
  public Session session() {
    return client;
  }

  /** A further client. */
  public Session client() {
    Session session = engine.open(PEER, nowMillis);
    decoders.put(session, new ReplyDecoder());
    return session;
  }

  /** The time of the next turn, in epoch milliseconds. */
  public long nowMillis() {
    return nowMillis;
  }

  /** Moves the clock on; nothing expires until something is touched or {@link #sweep} is called. */
  public void advance(long millis) {
    nowMillis += millis;
  }

  /** Removes what is due now. */
  public void sweep() {
    while (engine.sweep(nowMillis, Integer.MAX_VALUE)) {
      // There is more to do.
    }
  }

  /** Sets a parameter as CONFIG SET does. */
  public void config(Parameter<?> parameter, String value) {
    try {
      config.set(List.of(new Configuration.Assignment(parameter.name(), value)), true);
    } catch (ConfigError e) {
      throw new AssertionError(e);
    }
  }

  /** Sets the flags of {@code notify-keyspace-events}. */
  public void flags(String letters) {
    config(Parameters.NOTIFY_KEYSPACE_EVENTS, letters);
  }

  /** Nothing is replayed after this test; say there why. */
  public void withoutReplay() {
    replayed = false;
  }

  // -------------------------------------------------------------------------------------- replay

  @Override
  public void afterEach(ExtensionContext test) {
    if (replayed && test.getExecutionException().isEmpty()) {
      verifyReplay();
    }
  }

  /** Replays all effects so far into an empty engine and compares what the two hold. */
  public void verifyReplay() {
    Engine copy = emptyEngine();
    List<String> applied = new ArrayList<>();
    for (Recorded turn : journal) {
      long refusals = copy.stats().errorReplies;
      copy.replay(turn.effects(), turn.nowMillis());
      turn.effects().forEach(effect -> applied.add(show(effect)));
      assertThat(copy.stats().errorReplies - refusals)
          .as("effects that were refused at replay, the last of %s", applied)
          .isZero();
    }
    if (!KeyspaceDigest.of(copy.keyspace()).equals(KeyspaceDigest.of(engine.keyspace()))) {
      assertThat(describe(copy.keyspace()))
          .as("what a replay of %s holds", applied)
          .isEqualTo(describe(engine.keyspace()));
      throw new AssertionError("a replay of " + applied + " holds something else");
    }
  }

  /** Each entry as a line, for people to compare. */
  private static Map<String, String> describe(Keyspace keyspace) {
    Map<String, String> entries = new TreeMap<>();
    for (int i = 0; i < keyspace.count(); i++) {
      Database database = keyspace.database(i);
      long cursor = 0;
      do {
        cursor =
            database.scan(
                cursor,
                1024,
                entry ->
                    entries.put(
                        database.number() + " " + quote(entry.key()),
                        entry.type().wireName()
                            + contents(entry)
                            + (entry.hasDeadline() ? " until " + entry.deadlineMillis() : "")));
      } while (cursor != 0);
    }
    return entries;
  }

  /** What an entry holds, as far as it is shown. */
  private static String contents(Entry entry) {
    return switch (entry.type()) {
      case STRING -> " " + quote(entry.string());
      case HASH -> " " + fields(entry.hash());
      case SET -> {
        List<String> members = new ArrayList<>();
        entry.set().forEach(member -> members.add(quote(member)));
        yield " " + members.stream().sorted().toList();
      }
      case STREAM -> " " + entry.object();
      default -> "";
    };
  }

  private static Map<String, String> fields(HashView hash) {
    Map<String, String> fields = new TreeMap<>();
    hash.forEach(
        place -> {
          long deadline = hash.deadlineMillis(place);
          fields.put(
              quote(hash.field(place)),
              quote(hash.value(place))
                  + (deadline == HashView.NO_DEADLINE ? "" : " until " + deadline));
        });
    return fields;
  }

  // ------------------------------------------------------------------------------------ notation

  /** A reply in the notation of the recorded cases. */
  public static String show(Reply reply) {
    return switch (reply) {
      case Reply.Simple(Bytes text) -> "+" + word(text);
      case Reply.Failure(Bytes text) ->
          "-" + (text.toLatin1().endsWith(" ") ? quote(text) : text.toLatin1());
      case Reply.Int(long value) -> ":" + value;
      case Reply.Bulk(Bytes text) -> quote(text);
      case Reply.Null spelling ->
          switch (spelling) {
            case BULK -> "nil";
            case ARRAY -> "nil-array";
            case VALUE -> "null";
          };
      case Reply.Array(List<Reply> elements) -> "[" + showAll(elements) + "]";
      case Reply.Set(List<Reply> elements) -> "~[" + showAll(elements) + "]";
      case Reply.Push(List<Reply> elements) -> ">[" + showAll(elements) + "]";
      case Reply.Map(List<Reply.Entry> entries) ->
          entries.stream()
              .map(entry -> show(entry.key()) + " => " + show(entry.value()))
              .collect(Collectors.joining(", ", "{", "}"));
      case Reply.Real(double value) -> "," + Numerals.of(value).toLatin1();
      case Reply.Bool(boolean value) -> value ? "#t" : "#f";
      case Reply.BigNumber number -> "(" + number.value();
      case Reply.Verbatim(String format, Bytes text) -> "=" + quote(Bytes.of(format + ":" + text));
    };
  }

  private static String showAll(List<Reply> elements) {
    return elements.stream().map(EngineFixture::showElement).collect(Collectors.joining(", "));
  }

  private static String showElement(Reply reply) {
    return reply instanceof Reply.Failure(Bytes text) ? "-" + quote(text) : show(reply);
  }

  private static String show(Effect effect) {
    String words =
        effect.arguments().stream().map(EngineFixture::word).collect(Collectors.joining(" "));
    return words + (effect.db() == 0 ? "" : " @" + effect.db());
  }

  /** The bytes as they are if they are harmless, else quoted. */
  private static String word(Bytes text) {
    String bare = text.toLatin1();
    return bare.matches("[A-Za-z0-9_.:+*/-][A-Za-z0-9_.:+*@/-]*") ? bare : quote(text);
  }

  /** The bytes in quotation marks, with the escapes that {@link #words} reads. */
  public static String quote(Bytes text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      int c = text.at(i) & 0xff;
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append((char) c);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (c >= ' ' && c < 0x7f) {
            quoted.append((char) c);
          } else {
            quoted.append(String.format("\\x%02x", c));
          }
        }
      }
    }
    return quoted.append('"').toString();
  }

  /** The words of a line, split and unescaped like redis-cli does it. */
  public static List<Bytes> words(String line) {
    List<Bytes> words = new ArrayList<>();
    byte[] bytes = Bytes.of(line).array();
    byte[] word = new byte[bytes.length];
    int i = 0;
    while (true) {
      while (i < bytes.length && bytes[i] == ' ') {
        i++;
      }
      if (i == bytes.length) {
        return words;
      }
      int length = 0;
      byte mark = bytes[i] == '"' || bytes[i] == '\'' ? bytes[i++] : (byte) ' ';
      while (i < bytes.length && bytes[i] != mark) {
        byte c = bytes[i++];
        if (c == '\\' && mark == '"') {
          byte escape = bytes[i++];
          c =
              switch (escape) {
                case 'n' -> '\n';
                case 'r' -> '\r';
                case 't' -> '\t';
                case 'a' -> 7;
                case 'b' -> '\b';
                case 'x' -> (byte) Integer.parseInt(line(bytes, i, 2), 16);
                default -> escape;
              };
          i += escape == 'x' ? 2 : 0;
        }
        word[length++] = c;
      }
      assertThat(mark == ' ' || i < bytes.length).as("quotes are closed in %s", line).isTrue();
      i += mark == ' ' ? 0 : 1;
      words.add(Bytes.view(word, 0, length).copy());
    }
  }

  private static String line(byte[] bytes, int offset, int length) {
    return Bytes.view(bytes, offset, length).toLatin1();
  }
}

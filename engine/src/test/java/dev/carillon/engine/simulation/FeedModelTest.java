package dev.carillon.engine.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.KeyspaceDigest;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.turn.Effect;
import dev.carillon.engine.turn.EffectCollector;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import dev.carillon.protocol.event.EventType;
import dev.carillon.protocol.event.NotifyFlags;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.ReplyDecoder;
import dev.carillon.protocol.resp.Request;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/**
 * Feeds against a naive model: what a subscriber to all key events hears, filtered by what each
 * feed was told. Random requests, transactions, expiries, evictions; feeds are made, read, trimmed
 * and dropped meanwhile, some of them under names that requests write to. At the end the recorded
 * effects are replayed, and everything must be as it was.
 */
class FeedModelTest {

  private static final int RUNS = Integer.getInteger("carillon.feeds.runs", 60);
  private static final int STEPS = 700;
  private static final int DATABASES = 3;
  private static final Peer PEER = new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1);

  /** Requests that have nothing to do with keys, or change what the observer hears. */
  private static final Set<String> LEFT_OUT =
      Set.of(
          "SUBSCRIBE",
          "PSUBSCRIBE",
          "UNSUBSCRIBE",
          "PUNSUBSCRIBE",
          "PUBLISH",
          "RESET",
          "CONFIG",
          "SELECT");

  @Test
  void feedsHoldWhatASubscriberHears() {
    Long one = Long.getLong("carillon.seed");
    if (one != null) {
      new Run(one).run();
      return;
    }
    long first = System.nanoTime();
    for (int i = 0; i < RUNS; i++) {
      new Run(i < RUNS / 2 ? i : first + i).run();
    }
  }

  /** What a feed was told, and the entries that it should have had so far, trimmed or not. */
  private static final class Expected {
    final String name;
    final int db;
    final String letters;
    final List<String> globs;
    final int observed;
    final boolean databases;
    final int values;
    final int maxLength;
    final int partitions;
    final List<List<Map<String, String>>> entries = new ArrayList<>();
    final List<Set<Integer>> acknowledged = new ArrayList<>();
    final boolean grouped;
    int[] gone;
    long lost;

    Expected(Random random, String name, int db) {
      this.name = name;
      this.db = db;
      letters = List.of("A", "Anoc", "Ex", "g$x", "hx", "KEA", "xen", "oc$").get(random.nextInt(8));
      globs =
          switch (random.nextInt(4)) {
            case 0 -> List.of("k1*", "h*");
            case 1 -> List.of("*2");
            default -> List.of();
          };
      observed = random.nextInt(3) == 0 ? random.nextInt(DATABASES) : -1;
      databases = random.nextBoolean();
      values = random.nextInt(3) == 0 ? -1 : random.nextInt(60);
      maxLength = random.nextInt(3) == 0 ? 1 + random.nextInt(40) : 0;
      partitions = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 0;
      grouped = random.nextBoolean();
      gone = new int[Math.max(1, partitions)];
      for (int i = 0; i < gone.length; i++) {
        entries.add(new ArrayList<>());
        acknowledged.add(new HashSet<>());
      }
    }

    List<String> words() {
      List<String> words = new ArrayList<>(List.of("FEED", "CREATE", name, "EVENTS", letters));
      globs.forEach(glob -> words.addAll(List.of("MATCH", glob)));
      words.addAll(List.of("DB", observed < 0 ? "*" : Integer.toString(observed)));
      if (databases) {
        words.add("DATABASE");
      }
      if (values >= 0) {
        words.addAll(List.of("VALUES", Integer.toString(values)));
      }
      if (maxLength > 0) {
        words.addAll(List.of("MAXLEN", Integer.toString(maxLength)));
      }
      if (partitions > 0) {
        words.addAll(List.of("PARTITIONS", Integer.toString(partitions)));
      }
      words.add("VOLATILE");
      return words;
    }

    List<String> keys() {
      if (partitions == 0) {
        return List.of(name);
      }
      List<String> keys = new ArrayList<>();
      for (int i = 0; i < partitions; i++) {
        keys.add(name + ":" + i);
      }
      return keys;
    }

    boolean holds(EventType type, int eventDb, String key) {
      char letter = type.eventClass().letter();
      boolean inClass =
          letters.indexOf(letter) >= 0
              || letters.indexOf('A') >= 0 && type.eventClass().isInsideAll();
      boolean matches =
          globs.isEmpty() || globs.stream().anyMatch(glob -> Glob.matches(bytes(glob), bytes(key)));
      return inClass && matches && (observed < 0 || observed == eventDb);
    }

    int partitionOf(String key) {
      CRC32 crc = new CRC32();
      crc.update(bytes(key).toByteArray());
      return partitions == 0 ? 0 : (int) (crc.getValue() % partitions);
    }
  }

  private static Bytes bytes(String latin1) {
    return Bytes.of(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static final class Run {
    private final long seed;
    private final Random random;
    private final Configuration config = new Configuration();
    private final Engine engine;
    private final Workload workload;
    private final Map<Session, ReplyDecoder> decoders = new IdentityHashMap<>();
    private final List<Map.Entry<Long, List<Effect>>> journal = new ArrayList<>();
    private final Map<String, Expected> feeds = new TreeMap<>();
    private final Map<String, EventType> types = new HashMap<>();
    private final Session client;
    private final Session asker;
    private final Session observer;
    private boolean inTransaction;
    private long nowMillis = 1_700_000_000_000L;
    private String last = "";

    Run(long seed) {
      this.seed = seed;
      random = new Random(seed);
      config.put(Parameters.DATABASES, (long) DATABASES);
      config.put(
          Parameters.NOTIFY_KEYSPACE_EVENTS, Objects.requireNonNull(NotifyFlags.parse("KEAnoc")));
      engine = engine();
      engine.recorder(
          new EffectCollector(
              (turn, effects) -> journal.add(Map.entry(turn.nowMillis(), effects))));
      workload = new Workload(random, DATABASES, 4 + random.nextInt(12));
      for (EventType type : EventType.values()) {
        types.put(type.wireBytes().toLatin1(), type);
      }
      observer = client();
      asker = client();
      client = client();
      say(observer, List.of("PSUBSCRIBE", "__keyevent@*__:*"));
    }

    private Engine engine() {
      return new Engine(new EngineOptions(config, new Random(1), Host.NONE, Long.MAX_VALUE));
    }

    private Session client() {
      Session session = engine.open(PEER, nowMillis);
      decoders.put(session, new ReplyDecoder());
      return session;
    }

    void run() {
      try {
        for (int step = 0; step < STEPS; step++) {
          step();
          verify();
        }
        replay();
      } catch (AssertionError | RuntimeException failure) {
        throw new AssertionError(
            failure.getMessage() + "\nafter " + last + "; again with -Dcarillon.seed=" + seed,
            failure);
      }
    }

    private void step() {
      switch (random.nextInt(30)) {
        case 0 -> nowMillis += random.nextInt(4_000);
        case 1, 2 -> {
          last = "sweep";
          Map<String, String> before = strings();
          engine.sweep(nowMillis, 1 + random.nextInt(20));
          hear(before, true);
        }
        case 3 -> make();
        case 4 -> {
          if (random.nextInt(6) == 0 && !inTransaction) {
            drop();
          }
        }
        case 5, 6 -> read();
        case 7 -> {
          if (!inTransaction) {
            int db = random.nextInt(DATABASES);
            say(client, List.of("SELECT", Integer.toString(db)));
          }
        }
        default -> request(workload.next(nowMillis));
      }
    }

    private void make() {
      String name = random.nextInt(3) == 0 ? "k" + random.nextInt(4) : "feed" + random.nextInt(3);
      int db = random.nextInt(DATABASES);
      Expected feed = new Expected(random, name, db);
      say(asker, List.of("SELECT", Integer.toString(db)));
      last = String.join(" ", feed.words());
      Map<String, String> made = strings();
      Reply reply = say(asker, feed.words());
      hear(made, true);
      if (reply instanceof Reply.Simple) {
        feeds.put(db + " " + name, feed);
        if (feed.grouped) {
          for (String key : feed.keys()) {
            // The event of it is a matter of the observer and of feeds, this one too.
            Map<String, String> before = strings();
            say(asker, List.of("XGROUP", "CREATE", key, "g", "0"));
            hear(before, true);
          }
        }
      }
    }

    private void drop() {
      if (!feeds.isEmpty()) {
        String name = List.copyOf(feeds.keySet()).get(random.nextInt(feeds.size()));
        Expected feed = feeds.remove(name);
        say(asker, List.of("SELECT", Integer.toString(feed.db)));
        last = "FEED DROP " + name;
        assertThat(say(asker, List.of("FEED", "DROP", feed.name))).isInstanceOf(Reply.Simple.class);
        assertThat(engine.keyspace().database(feed.db).contains(bytes(feed.keys().getFirst())))
            .isFalse();
      }
    }

    /** A group takes some entries and acknowledges some of what it took. */
    private void read() {
      for (Expected feed : feeds.values()) {
        if (feed.grouped && random.nextBoolean()) {
          int partition = random.nextInt(feed.gone.length);
          String key = feed.keys().get(partition);
          say(asker, List.of("SELECT", Integer.toString(feed.db)));
          Map<String, String> before = strings();
          Reply reply =
              say(
                  asker,
                  List.of("XREADGROUP", "GROUP", "g", "c", "COUNT", "9", "STREAMS", key, ">"));
          hear(before, true);
          if (reply instanceof Reply.Array streams) {
            Reply.Array entries =
                (Reply.Array) ((Reply.Array) streams.elements().getFirst()).elements().get(1);
            List<String> ids = ids(say(asker, List.of("XRANGE", key, "-", "+")));
            for (Reply entry : entries.elements()) {
              String id = text(((Reply.Array) entry).elements().getFirst());
              // An event of the reading itself may have trimmed what was read.
              if (random.nextBoolean() && ids.contains(id)) {
                say(asker, List.of("XACK", key, "g", id));
                int trimmed = feed.entries.get(partition).size() - ids.size();
                feed.acknowledged.get(partition).add(trimmed + ids.indexOf(id));
              }
            }
          }
        }
      }
    }

    private void request(List<String> words) {
      boolean concernsDatabases =
          Set.of("FLUSHALL", "FLUSHDB", "SWAPDB").contains(words.getFirst());
      if (LEFT_OUT.contains(words.getFirst()) || inTransaction && concernsDatabases) {
        return;
      }
      last = String.join(" ", words);
      Map<String, String> before = strings();
      int db = client.db();
      boolean wasTransaction = inTransaction;
      Reply reply = say(client, words);
      boolean plain = !wasTransaction && words.size() <= 8 && !words.getFirst().startsWith("MSET");
      inTransaction =
          switch (words.getFirst()) {
            case "MULTI" -> true;
            case "EXEC", "DISCARD" -> false;
            default -> wasTransaction;
          };
      databaseEvents(words, reply, db, wasTransaction);
      hear(before, plain);
    }

    private void databaseEvents(List<String> words, Reply reply, int db, boolean queued) {
      if (queued || !(reply instanceof Reply.Simple)) {
        return;
      }
      List<Effect> effects = journal.isEmpty() ? List.of() : journal.getLast().getValue();
      boolean changed =
          effects.stream().anyMatch(it -> it.arguments().getFirst().isWord(words.getFirst()));
      // A swap of a database with itself changes nothing; what is last was another one then.
      boolean swapsNothing = words.getFirst().equals("SWAPDB") && words.get(1).equals(words.get(2));
      if (!changed || swapsNothing) {
        return;
      }
      Map<String, String> entry = new TreeMap<>();
      entry.put("event", words.getFirst().toLowerCase(Locale.ROOT));
      entry.put("at", Long.toString(nowMillis));
      switch (words.getFirst()) {
        case "FLUSHALL" -> {
          entry.put("db", "*");
          addToAll(entry, -1, -1);
        }
        case "FLUSHDB" -> {
          entry.put("db", Integer.toString(db));
          addToAll(entry, db, db);
        }
        case "SWAPDB" -> {
          entry.put("db", words.get(1));
          entry.put("with", words.get(2));
          addToAll(entry, Integer.parseInt(words.get(1)), Integer.parseInt(words.get(2)));
        }
        default -> {}
      }
    }

    private void addToAll(Map<String, String> entry, int db, int other) {
      for (Expected feed : feeds.values()) {
        boolean observed =
            feed.observed < 0 || db < 0 || feed.observed == db || feed.observed == other;
        if (feed.databases && observed) {
          feed.entries.forEach(entries -> entries.add(entry));
        }
      }
    }

    /** What a subscriber has heard goes into the model. */
    private void hear(Map<String, String> before, boolean plain) {
      for (Reply message : receive(observer)) {
        List<Reply> parts = ((Reply.Array) message).elements();
        if (!text(parts.getFirst()).equals("pmessage")) {
          continue;
        }
        String channel = text(parts.get(2));
        int db = Integer.parseInt(channel.substring(11, channel.indexOf("__:")));
        String event = channel.substring(channel.indexOf("__:") + 3);
        String key = text(parts.get(3));
        boolean tells = Set.of("del", "expired", "set").contains(event);
        String old = tells ? before.remove(db + " " + key) : null;
        for (Expected feed : feeds.values()) {
          if (feed.holds(Objects.requireNonNull(types.get(event)), db, key)) {
            Map<String, String> entry = new TreeMap<>();
            entry.put("event", event);
            entry.put("key", key);
            entry.put("db", Integer.toString(db));
            entry.put("at", Long.toString(nowMillis));
            if (plain && old != null) {
              entry.put("?value", old);
            }
            feed.entries.get(feed.partitionOf(key)).add(entry);
          }
        }
      }
    }

    private Map<String, String> strings() {
      Map<String, String> strings = new HashMap<>();
      for (int i = 0; i < DATABASES; i++) {
        int db = i;
        long cursor = 0;
        do {
          cursor =
              engine
                  .keyspace()
                  .database(i)
                  .scan(
                      cursor,
                      100,
                      entry -> {
                        if (entry.type() == ValueType.STRING) {
                          strings.put(db + " " + entry.key().toLatin1(), entry.string().toLatin1());
                        }
                      });
        } while (cursor != 0);
      }
      return strings;
    }

    private void verify() {
      for (Expected feed : feeds.values()) {
        say(asker, List.of("SELECT", Integer.toString(feed.db)));
        for (int i = 0; i < feed.gone.length; i++) {
          verify(feed, i);
        }
        String info = say(asker, List.of("FEED", "INFO", feed.name)).toString();
        assertThat(info).contains("trimmed-unacknowledged");
        assertThat(engine.dispatcher().services().feeds().find(feed.db, bytes(feed.name)))
            .satisfies(
                it -> {
                  assertThat(it.trimmedUnacknowledged()).as("lost").isEqualTo(feed.lost);
                  assertThat(it.trimmed()).as("trimmed").isEqualTo(Arrays.stream(feed.gone).sum());
                });
      }
    }

    private void verify(Expected feed, int partition) {
      String key = feed.keys().get(partition);
      Reply range = say(asker, List.of("XRANGE", key, "-", "+"));
      List<Map<String, String>> expected = feed.entries.get(partition);
      List<Map<String, String>> actual = new ArrayList<>();
      String lastId = "";
      for (Reply entry : ((Reply.Array) range).elements()) {
        List<Reply> idAndFields = ((Reply.Array) entry).elements();
        List<Reply> words = ((Reply.Array) idAndFields.get(1)).elements();
        Map<String, String> fields = new TreeMap<>();
        for (int i = 0; i < words.size(); i += 2) {
          fields.put(text(words.get(i)), text(words.get(i + 1)));
        }
        actual.add(fields);
        lastId = text(idAndFields.getFirst());
      }
      assertThat(lastId.isEmpty() || lastId.compareTo(nowMillis + "-999999999") < 0).isTrue();
      int goneNow = expected.size() - actual.size();
      if (feed.maxLength == 0) {
        assertThat(goneNow).as("entries missing in %s", key).isZero();
      } else {
        assertThat(actual).hasSize(Math.min(feed.maxLength, expected.size()));
      }
      for (int i = feed.gone[partition]; i < goneNow; i++) {
        feed.lost += feed.grouped && !feed.acknowledged.get(partition).contains(i) ? 1 : 0;
      }
      feed.gone[partition] = goneNow;
      for (int i = 0; i < actual.size(); i++) {
        compare(feed, key, new TreeMap<>(expected.get(goneNow + i)), actual.get(i));
      }
    }

    private static void compare(
        Expected feed, String key, Map<String, String> expected, Map<String, String> actual) {
      String old = expected.remove("?value");
      String value = actual.remove("value");
      String omitted = actual.remove("omitted");
      String dump = actual.remove("dump");
      String deadline = actual.remove("deadline");
      actual.remove("fields");
      assertThat(actual).as("an entry of %s", key).isEqualTo(expected);
      if (feed.values < 0) {
        assertThat(value == null && omitted == null && dump == null).isTrue();
      } else if (old != null) {
        if (old.length() <= feed.values) {
          assertThat(value).as("the value of %s", expected).isEqualTo(old);
        } else {
          assertThat(omitted).isEqualTo(Integer.toString(old.length()));
        }
      }
      if ("expired".equals(expected.get("event"))) {
        assertThat(Long.parseLong(Objects.requireNonNull(deadline)))
            .isLessThanOrEqualTo(Long.parseLong(Objects.requireNonNull(expected.get("at"))));
      }
    }

    private void replay() {
      Engine copy = engine();
      for (Map.Entry<Long, List<Effect>> turn : journal) {
        copy.replay(turn.getValue(), turn.getKey());
      }
      assertThat(copy.stats().errorReplies).as("effects that were refused").isZero();
      assertThat(KeyspaceDigest.of(copy.keyspace()))
          .as("the digest of a replay")
          .isEqualTo(KeyspaceDigest.of(engine.keyspace()));
      for (Expected feed : feeds.values()) {
        var there = engine.dispatcher().services().feeds().find(feed.db, bytes(feed.name));
        var again = copy.dispatcher().services().feeds().find(feed.db, bytes(feed.name));
        assertThat(again.definition()).isEqualTo(there.definition());
        assertThat(again.trimmed()).isEqualTo(there.trimmed());
        assertThat(again.trimmedUnacknowledged()).isEqualTo(there.trimmedUnacknowledged());
        assertThat(again.partitions().getFirst().trimmedTo())
            .isEqualTo(there.partitions().getFirst().trimmedTo());
      }
    }

    // ---------------------------------------------------------------------------------- asking

    private Reply say(Session session, List<String> words) {
      Request request = Request.of(words.stream().map(FeedModelTest::bytes).toArray(Bytes[]::new));
      engine.execute(session, request, nowMillis);
      List<Reply> replies = receive(session);
      return replies.isEmpty() ? new Reply.Int(0) : replies.getFirst();
    }

    private List<Reply> receive(Session session) {
      ReplyDecoder decoder = decoders.get(session);
      session.outbox().drain(Long.MAX_VALUE, Integer.MAX_VALUE, decoder::feed);
      List<Reply> replies = new ArrayList<>();
      try {
        for (Reply reply = decoder.next(); reply != null; reply = decoder.next()) {
          replies.add(reply);
        }
      } catch (ProtocolError e) {
        throw new AssertionError(e);
      }
      return replies;
    }

    private static String text(Reply reply) {
      return ((Reply.Bulk) reply).text().toLatin1();
    }

    private static List<String> ids(Reply range) {
      return ((Reply.Array) range)
          .elements().stream()
              .map(entry -> text(((Reply.Array) entry).elements().getFirst()))
              .toList();
    }
  }
}

package dev.carillon.engine.simulation;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.Evictor;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.keyspace.KeyspaceDigest;
import dev.carillon.engine.keyspace.PreImage;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.turn.Effect;
import dev.carillon.engine.turn.EffectCollector;
import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One run: an engine and a model get the same requests, the same clock and the same sweeps, and
 * after each step everything that can be seen of the engine is compared with what the model says.
 *
 * <p>Which keys go by themselves, and in which order, is the engine's choice within bounds: the run
 * takes it from the recorded effects, checks the bounds, and tells the model.
 */
final class EngineSimulation {

  private static final int DATABASES = 3;
  private static final int REMEMBERED = Integer.getInteger("carillon.history", 25);
  private static final long START_MILLIS = 1_700_000_000_000L;
  private static final Peer PEER = new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1);
  private static final String[] POLICIES = {
    "noeviction",
    "allkeys-lru",
    "volatile-lru",
    "allkeys-lfu",
    "volatile-lfu",
    "allkeys-random",
    "volatile-random",
    "volatile-ttl"
  };

  /** A turn as it was recorded; {@code evicted} says how many keys it removed to make room. */
  private record Recorded(long nowMillis, List<Effect> effects, long evicted) {}

  private final long seed;
  private final Random random;
  private final Saboteur saboteur;
  private final Engine engine;
  private final Keyspace keyspace;
  private final Evictor evictor;
  private final Workload workload;
  private final Model model;
  private final Map<String, Integer> tally;
  private final Map<Session, ModelClient> clients = new IdentityHashMap<>();
  private final List<Session> sessions = new ArrayList<>();
  private final List<Recorded> journal = new ArrayList<>();
  private final Deque<String> history = new ArrayDeque<>();
  private final boolean isJournaled;
  private final int sweeps;
  private long nowMillis = START_MILLIS;
  private long durableSequence = Long.MAX_VALUE;
  private long evictedSeen;
  private String policy = "noeviction";
  private int step;
  private @Nullable SnapshotWalker snapshot;
  private @Nullable PreImage preImage;
  private List<Map<String, String>> snapshotExpected = List.of();

  EngineSimulation(long seed) {
    this(seed, new Saboteur(), new HashMap<>());
  }

  /**
   * @param tally counts what came about, to show that the runs reach it
   */
  EngineSimulation(long seed, Saboteur saboteur, Map<String, Integer> tally) {
    this.seed = seed;
    this.tally = tally;
    this.model = new Model(DATABASES, tally);
    this.random = new Random(seed);
    this.saboteur = saboteur;
    this.engine = emptyEngine();
    this.keyspace = engine.keyspace();
    this.evictor = engine.dispatcher().services().evictor();
    this.workload = new Workload(random, DATABASES, 4 + random.nextInt(30));
    this.isJournaled = random.nextInt(3) == 0;
    this.sweeps = random.nextInt(5);
    engine.recorder(new EffectCollector(this::record));
    if (isJournaled) {
      durable(0);
    }
  }

  private Engine emptyEngine() {
    Configuration config = new Configuration();
    config.put(Parameters.DATABASES, (long) DATABASES);
    return new Engine(new EngineOptions(config, new Random(seed), Host.NONE, Long.MAX_VALUE));
  }

  private void record(Turn turn, List<Effect> effects) {
    long evicted = keyspace.evictedKeys() - evictedSeen;
    evictedSeen += evicted;
    Promise.RECORDED.check(
        !effects.isEmpty(), () -> "turn " + turn.sequence() + " changed something without effects");
    if (saboteur.isRecorded()) {
      journal.add(new Recorded(turn.nowMillis(), effects, evicted));
    }
    Promise.RECORDED.check(
        turn.sequence() == journal.size(),
        () -> "turn " + turn.sequence() + " is number " + journal.size() + " of the record");
  }

  // ---------------------------------------------------------------------------------------- run

  /** Runs so many steps and whatever has to be checked at the end. */
  void run(int steps) {
    try {
      int count = 2 + random.nextInt(4);
      for (int i = 0; i < count; i++) {
        connect();
      }
      for (step = 1; step <= steps; step++) {
        step();
        verify();
        count("step");
      }
      finish();
    } catch (Promise.Broken broken) {
      throw broken.at(place());
    } catch (RuntimeException | AssertionError failure) {
      throw new AssertionError(failure + "\n" + place(), failure);
    }
  }

  private String place() {
    return "-Dcarillon.seed="
        + seed
        + " at step "
        + step
        + ", "
        + (nowMillis - START_MILLIS)
        + " ms after the start; the last steps were\n  "
        + String.join("\n  ", history);
  }

  private void count(String what) {
    tally.merge(what, 1, Integer::sum);
  }

  private void note(String what) {
    history.add(step + ": " + what);
    if (history.size() > REMEMBERED) {
      history.remove();
    }
  }

  private void step() {
    switch (random.nextInt(44)) {
      case 0, 1, 2, 3, 4 -> moveClock();
      case 5 -> sweepNow(1 + random.nextInt(4));
      case 6 -> sweepNow(1_000);
      case 7 -> {
        if (random.nextInt(4) == 0) {
          memory();
        }
      }
      case 8 -> {
        note("maintain");
        int mark = journal.size();
        engine.maintain(nowMillis);
        evicted(mark);
      }
      case 9, 10, 11 -> walkSnapshot();
      case 12 -> {
        if (random.nextInt(10) == 0) {
          disconnect();
        }
      }
      case 13, 14, 15 -> {
        if (isJournaled) {
          long behind = model.sequence() - durableSequence;
          durable(durableSequence + random.nextLong(behind + 1));
        }
      }
      case 16 -> {
        if (random.nextInt(30) == 0) {
          verifyReplay();
        }
      }
      case 17, 18 -> transaction(anyone());
      case 19 -> {
        if (random.nextInt(10) == 0) {
          Session session = anyone();
          workload.watchedOver(nowMillis).forEach(request -> ask(session, request));
          transaction(session);
        }
      }
      default -> ask(anyone());
    }
  }

  /** Runs differ in how far expiry is left to whoever touches a key. */
  private void sweepNow(int budget) {
    if (random.nextInt(4) < sweeps) {
      sweep(budget);
    }
  }

  private void finish() {
    while (snapshot != null) {
      walkSnapshot();
    }
    sweep(1_000_000);
    if (isJournaled) {
      durable(model.sequence());
    }
    step += step % 2;
    verify();
    verifyReplay();
  }

  // --------------------------------------------------------------------------------------- steps

  private void connect() {
    Session session = engine.open(PEER, nowMillis);
    sessions.add(session);
    clients.put(session, model.open(session.id()));
    note(session.id() + " connects");
    if (random.nextInt(3) == 0) {
      workload.listen().forEach(request -> ask(session, request));
    } else if (random.nextBoolean()) {
      ask(session, List.of("HELLO", "3"));
    }
    if (sessions.size() == 1) {
      ask(session, List.of("CONFIG", "SET", "notify-keyspace-events", workload.flags()));
    }
  }

  private void disconnect() {
    Session session = sessions.remove(random.nextInt(sessions.size()));
    note(session.id() + " disconnects");
    ModelClient client = clients.remove(session);
    if (client != null) {
      model.close(client);
    }
    engine.close(session);
    connect();
  }

  private void moveClock() {
    long millis =
        switch (random.nextInt(14)) {
          case 0, 1, 2, 3 -> 1 + random.nextInt(3);
          case 4, 5 -> random.nextInt(300);
          case 6, 7 -> random.nextInt(10_000);
          case 8 -> random.nextInt(4) == 0 ? random.nextInt(300_000) : 0;
          case 9 -> random.nextInt(30) == 0 ? random.nextLong(9_000_000_000L) : 0;
          case 10 -> random.nextInt(4) == 0 ? -random.nextInt(2_000) : 1;
          default -> untilDeadline();
        };
    nowMillis += millis;
    note("clock moves by " + millis + " ms");
  }

  /** To the edge: the next deadline, or a millisecond beside it. */
  private long untilDeadline() {
    long next = model.nextDeadlineMillis();
    return next <= nowMillis || next > nowMillis + 100_000
        ? 0
        : next - nowMillis + random.nextInt(3) - 1;
  }

  private void memory() {
    String wanted = POLICIES[random.nextInt(POLICIES.length)];
    long limit =
        random.nextInt(3) == 0
            ? 0
            : Math.max(1, evictor.usedBytes() * (80 + random.nextInt(50)) / 100);
    Session session = unsubscribed();
    if (session != null) {
      ask(session, List.of("CONFIG", "SET", "maxmemory", "0"));
      ask(session, List.of("CONFIG", "SET", "maxmemory-policy", wanted));
      ask(session, List.of("CONFIG", "SET", "maxmemory", Long.toString(limit)));
    }
  }

  private Session anyone() {
    return sessions.get(random.nextInt(sessions.size()));
  }

  private String policyInForce() {
    String name = engine.config().get(Parameters.MAXMEMORY_POLICY).name();
    return name.toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A client that may use any command at once. */
  private @Nullable Session unsubscribed() {
    for (Session session : sessions) {
      ModelClient client = client(session);
      if (!client.isSubscribed() && !client.multi) {
        return session;
      }
    }
    return null;
  }

  private ModelClient client(Session session) {
    ModelClient client = clients.get(session);
    if (client == null) {
      throw new IllegalStateException("session " + session.id() + " is not connected");
    }
    return client;
  }

  private void transaction(Session session) {
    ask(session, List.of("MULTI"));
    if (random.nextInt(8) == 0) {
      workload.heldBack(nowMillis).forEach(request -> ask(session, request));
    }
    int length = random.nextInt(6);
    for (int i = 0; i < length; i++) {
      ask(session);
    }
    ask(session, List.of("EXEC"));
  }

  private void ask(Session session) {
    ModelClient client = client(session);
    boolean isListener = client.protocol == 2 && client.isSubscribed();
    ask(
        session,
        isListener && random.nextInt(5) > 0 ? workload.listener() : workload.next(nowMillis));
  }

  private void ask(Session session, List<String> words) {
    Request request =
        Request.of(saboteur.request(words).stream().map(Wire::bytes).toArray(Bytes[]::new));
    if (engine.isPaused(session, request, nowMillis)) {
      return;
    }
    note(session.id() + "> " + Wire.show(String.join(" ", words)));
    boolean isFull = makeRoom();
    int mark = journal.size();
    engine.execute(session, request, nowMillis);
    boolean changed = model.request(client(session), words, nowMillis, isFull);
    if (changed) {
      Promise.RECORDED.check(
          journal.size() > mark && journal.get(mark).evicted == 0,
          () -> words + " changed something");
    }
    evicted(mark + (changed ? 1 : 0));
  }

  /** Lets the engine evict; answers whether memory is full nevertheless. */
  private boolean makeRoom() {
    if (!evictor.isOverLimit()) {
      return false;
    }
    // The announcements of evictions take memory too, which the next round makes room for.
    for (int round = 0; round < 10 && evictor.isOverLimit(); round++) {
      int mark = journal.size();
      if (saboteur.mayMakeRoom()) {
        engine.maintain(nowMillis);
      }
      evicted(mark);
    }
    if (!evictor.isOverLimit()) {
      return false;
    }
    Promise.ROOM_MADE.check(
        model.isHeld(nowMillis) || !hasEvictable(), () -> "policy " + policy + " is not done");
    return true;
  }

  private boolean hasEvictable() {
    for (int i = 0; i < DATABASES; i++) {
      for (Model.Item item : model.database(i).values()) {
        if (mayEvict(item)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean mayEvict(Model.Item item) {
    return switch (policy) {
      case "noeviction" -> false;
      case "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl" ->
          item.deadline != Model.NEVER;
      default -> true;
    };
  }

  /** Tells the model what the turns recorded from {@code mark} on evicted. */
  private void evicted(int mark) {
    policy = policyInForce();
    for (Recorded turn : journal.subList(mark, journal.size())) {
      Promise.RECORDED.check(
          turn.evicted == turn.effects.size(),
          () -> "a turn that should have evicted only did " + turn.effects);
      model.begin(nowMillis);
      for (Effect effect : saboteur.evicted(turn.effects)) {
        String key = removedKey(effect);
        Model.Item item = model.database(effect.db()).get(key);
        Promise.EVICTED_BY_POLICY.check(
            item != null && mayEvict(item) && !model.isHeld(nowMillis),
            () -> policy + " removed " + Wire.show(key) + ", which holds " + item);
        count("evicted by " + policy);
        note("evicted " + Wire.show(key) + " @" + effect.db());
        model.removeByItself(effect.db(), key, "evicted");
      }
      model.commit();
    }
  }

  private static String removedKey(Effect effect) {
    List<Bytes> arguments = effect.arguments();
    Promise.RECORDED.check(
        arguments.size() == 2 && arguments.getFirst().isWord("DEL"),
        () -> effect + " is no removal");
    return arguments.get(1).toLatin1();
  }

  private void sweep(int budget) {
    int mark = journal.size();
    long next = wakeMillis();
    boolean mayBeMore =
        saboteur.mayBeMore(
            engine.sweep(saboteur.sweepMillis(nowMillis), saboteur.sweepBudget(budget)));
    note("sweep of " + budget + (mayBeMore ? ", not at its end" : ""));
    count(mayBeMore ? "sweep within its budget" : "sweep to its end");
    model.swept(nowMillis);
    int removed = 0;
    Map<Integer, Long> last = new HashMap<>();
    for (Recorded turn : journal.subList(mark, journal.size())) {
      model.begin(nowMillis);
      int fields = 0;
      for (Effect effect : saboteur.expired(turn.effects, this::deadlineMillis)) {
        int before = fields + removed;
        Promise.BOUNDED.check(before < budget, () -> "more after " + before + " of " + budget);
        if (effect.arguments().getFirst().isWord("HDEL")) {
          fields += expiredFields(effect) - 1;
        } else {
          String key = removedKey(effect);
          expired(effect.db(), key, last);
          model.removeByItself(effect.db(), key, "expired");
        }
        removed++;
      }
      model.commit();
    }
    int count = removed;
    Promise.BOUNDED.check(count <= budget, () -> count + " with a budget of " + budget);
    Promise.AWAKE.check(
        count == 0 || next <= nowMillis, () -> count + " were due, but it slept until " + next);
    if (mayBeMore) {
      return;
    }
    long earliest = model.nextDeadlineMillis();
    Promise.ON_TIME.check(
        earliest > nowMillis || model.isHeld(nowMillis),
        () -> "overdue since " + (nowMillis - earliest) + " ms");
    Promise.AWAKE.check(
        wakeMillis() > nowMillis, () -> "nothing is left to do, but it wants to be woken at once");
  }

  private long deadlineMillis(Effect removal) {
    if (removal.arguments().getFirst().isWord("HDEL")) {
      return Model.NEVER;
    }
    Model.Item item = model.database(removal.db()).get(removedKey(removal));
    return item == null || !item.isTimely ? Model.NEVER : item.deadline;
  }

  /** Fields of one hash expired; answers how many. */
  private int expiredFields(Effect effect) {
    String key = effect.arguments().get(1).toLatin1();
    Model.Item item = model.database(effect.db()).get(key);
    Map<String, Model.Field> fields = item == null ? null : item.fields;
    List<String> names = new ArrayList<>();
    long last = 0;
    for (Bytes argument : effect.arguments().subList(2, effect.arguments().size())) {
      String name = argument.toLatin1();
      Model.Field field = fields == null ? null : fields.get(name);
      Promise.NEVER_EARLY.check(
          field != null && field.deadline != Model.NEVER && field.deadline <= nowMillis,
          () -> name + " of " + Wire.show(key) + " expired at " + nowMillis + ": " + item);
      long before = last;
      last = field == null ? last : field.deadline;
      Promise.IN_TIME_ORDER.check(
          before <= last, () -> name + " of " + Wire.show(key) + " after one of " + before);
      names.add(name);
    }
    count("fields expired by a sweep");
    if (model.removeFields(effect.db(), key, names)) {
      count("the last field expired by a sweep");
    }
    return names.size();
  }

  private void expired(int db, String key, Map<Integer, Long> last) {
    Model.Item item = model.database(db).get(key);
    Promise.NEVER_EARLY.check(
        item != null && item.deadline != Model.NEVER && item.deadline <= nowMillis,
        () -> Wire.show(key) + " expired at " + nowMillis + ", it holds " + item);
    if (item != null && item.isTimely) {
      Long before = last.put(db, item.deadline);
      Promise.IN_TIME_ORDER.check(
          before == null || before <= item.deadline,
          () -> Wire.show(key) + " of " + item.deadline + " after one of " + before);
    }
  }

  private long wakeMillis() {
    return saboteur.wakeMillis(engine.nextDeadlineMillis());
  }

  private void walkSnapshot() {
    SnapshotWalker walker = snapshot;
    if (walker == null) {
      note("snapshot begins");
      walker = new SnapshotWalker(keyspace);
      snapshotExpected = model.copy();
      preImage = saboteur.preImage(walker);
      keyspace.addPreImage(preImage);
      snapshot = walker;
    } else if (!walker.slice(1 + random.nextInt(8))) {
      note("snapshot ends");
      if (preImage != null) {
        keyspace.removePreImage(preImage);
      }
      count("snapshot");
      snapshot = null;
      List<Map<String, String>> copy = walker.copy();
      Promise.SNAPSHOT.check(
          copy.equals(snapshotExpected), () -> difference(snapshotExpected, copy));
    }
  }

  private void durable(long sequence) {
    note("durable up to " + sequence);
    durableSequence = sequence;
    engine.sessions().durableSequence(sequence);
  }

  // --------------------------------------------------------------------------------------- checks

  private void verify() {
    receive();
    for (int i = 0; i < DATABASES; i++) {
      int db = i;
      Promise.HOLDS.check(
          holdsTheSame(db), () -> difference(model.copy(), SnapshotWalker.copyNow(keyspace)));
      long deadlines =
          model.database(db).values().stream().filter(item -> item.deadline != Model.NEVER).count();
      Promise.HOLDS.check(
          keyspace.database(db).deadlines() == deadlines,
          () -> keyspace.database(db).deadlines() + " deadlines in " + db + ", not " + deadlines);
    }
    long earliest = Math.max(model.nextDeadlineMillis(), model.heldUntilMillis());
    Promise.AWAKE.check(
        wakeMillis() <= earliest, () -> "it sleeps until " + wakeMillis() + ", not " + earliest);
    Promise.RECORDED.check(
        journal.size() == model.sequence(),
        () -> journal.size() + " turns are recorded, not " + model.sequence());
  }

  private boolean holdsTheSame(int db) {
    Map<String, Model.Item> expected = model.database(db);
    int[] same = new int[1];
    long cursor = 0;
    do {
      cursor =
          keyspace
              .database(db)
              .scan(
                  cursor,
                  64,
                  entry -> {
                    Model.Item item = expected.get(entry.key().toLatin1());
                    if (item != null && item.isHeldBy(entry)) {
                      same[0]++;
                    }
                  });
    } while (cursor != 0);
    return same[0] == expected.size() && keyspace.database(db).size() == same[0];
  }

  /**
   * Drains the sessions that the engine names, and no others. Notifications may wait for the next
   * look at the sockets; replies, and whatever is in front of them, may not.
   */
  private void receive() {
    boolean isLater = step % 2 == 0;
    if (isLater) {
      engine.sessions().listWaiting();
    }
    Map<Session, String> received = new IdentityHashMap<>();
    engine
        .sessions()
        .drainListed(
            session -> {
              if (saboteur.hearsOfOutput()) {
                received.put(session, drain(session));
              }
            });
    for (Session session : sessions) {
      Inbox inbox = client(session).inbox;
      try {
        if (!isLater && !received.containsKey(session)) {
          Promise.RELEASED.check(
              !inbox.owesReply(durableSequence),
              () -> session.outbox().pendingBytes() + " bytes wait, and a reply is among them");
          count(inbox.isEmpty() ? "nothing waits" : "notifications wait");
          continue;
        }
        Promise.RELEASED.check(
            !session.outbox().isReleasable(durableSequence),
            () -> session.outbox().pendingBytes() + " bytes wait that need not");
        inbox.receive(received.getOrDefault(session, ""), durableSequence);
      } catch (Promise.Broken broken) {
        throw broken.at("client " + session.id());
      }
    }
  }

  private String drain(Session session) {
    StringBuilder bytes = new StringBuilder();
    long durable = saboteur.durableSequence(durableSequence);
    boolean more = true;
    while (more) {
      more =
          session
              .outbox()
              .drain(
                  durable,
                  1 + random.nextInt(20_000),
                  (array, offset, length) ->
                      bytes.append(new String(array, offset, length, StandardCharsets.ISO_8859_1)));
    }
    return saboteur.received(bytes.toString());
  }

  private void verifyReplay() {
    note("replay");
    Engine copy = emptyEngine();
    for (Recorded turn : journal) {
      copy.replay(saboteur.effects(turn.effects), turn.nowMillis);
    }
    count("replay");
    Promise.REPLAYED.check(
        copy.stats().errorReplies == 0, () -> copy.stats().errorReplies + " effects were refused");
    Promise.REPLAYED.check(
        KeyspaceDigest.of(copy.keyspace()).equals(KeyspaceDigest.of(keyspace)),
        () ->
            difference(SnapshotWalker.copyNow(keyspace), SnapshotWalker.copyNow(copy.keyspace())));
  }

  private static String difference(
      List<Map<String, String>> expected, List<Map<String, String>> actual) {
    StringBuilder text = new StringBuilder("difference:");
    for (int db = 0; db < expected.size(); db++) {
      Set<String> keys = new HashSet<>(expected.get(db).keySet());
      keys.addAll(actual.get(db).keySet());
      for (String key : keys) {
        String before = expected.get(db).get(key);
        String after = actual.get(db).get(key);
        if (before == null || !before.equals(after)) {
          text.append("\n  ").append(key).append(" @").append(db).append(" is ").append(after);
          text.append(", not ").append(before);
        }
      }
    }
    return text.toString();
  }
}

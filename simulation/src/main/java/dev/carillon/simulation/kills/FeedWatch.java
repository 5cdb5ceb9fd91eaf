package dev.carillon.simulation.kills;

import dev.carillon.protocol.resp.Reply;
import dev.carillon.simulation.check.Atomic;
import dev.carillon.simulation.check.Complete;
import dev.carillon.simulation.check.Ordered;
import dev.carillon.simulation.check.Recovered;
import dev.carillon.simulation.check.Resumable;
import dev.carillon.simulation.check.Timely;
import dev.carillon.simulation.check.Unique;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Feeds of which each entry is known: clients whose writes they tell of, readers that remember what
 * they got, and after each start of the server a comparison of all three with what is there.
 *
 * <ul>
 *   <li>{@code feed:all} has every change of the clients' keys, with the values that went;
 *   <li>{@code feed:parts} has deletions and deadlines, in three partitions, read by a group;
 *   <li>{@code feed:short} has what {@code feed:all} has, but only the last entries of it.
 * </ul>
 */
final class FeedWatch {

  private static final int CLIENTS = 2;
  private static final int PARTITIONS = 3;
  private static final int SHORT = 50;
  private static final String ALL = "feed:all";
  private static final String PARTS = "feed:parts";
  private static final String SHORT_NAME = "feed:short";
  private static final String CHUNK = "5000";

  /** About deadlines that are so near nothing is said. */
  private static final long NEAR_MILLIS = 250;

  /**
   * The server reads its clock once for a round of its loop. Chosen: more than one may take, also
   * where others have the processor in the middle of it.
   */
  private static final long ROUND_MILLIS = 1_000;

  /** How often and after how long it is looked again for deadlines that have passed. */
  private static final int PATIENCE = 1_000;

  private static final int PATIENCE_MILLIS = 10;

  private final List<FeedClient> clients = new ArrayList<>();
  private final FeedReader reader;
  private final FeedWorker worker;
  private final boolean losing;
  private final Complete complete = new Complete();
  private final Unique unique = new Unique();
  private final Ordered ordered = new Ordered();
  private final Atomic atomic = new Atomic();
  private final Timely timely = new Timely();
  private final Recovered recovered = new Recovered();
  private final Resumable resumable = new Resumable();
  private long entries;
  private long whileDown;

  /** What the feeds held and which keys there were, at one moment. */
  private record Found(
      List<FeedEntry> all,
      Map<String, List<FeedEntry>> parts,
      List<FeedEntry> newest,
      Set<String> keys,
      Map<String, String> strings) {}

  /**
   * Nothing was made yet.
   *
   * @param losing whether a kill takes back what was not synced: then acknowledgements of a group,
   *     which nothing waits for, may be lost
   */
  FeedWatch(int port, Random random, boolean losing) {
    this.losing = losing;
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(new FeedClient(i, port, random.nextLong()));
    }
    reader = new FeedReader(ALL, port);
    worker = new FeedWorker(partitions(), port, random.nextLong());
  }

  private static List<String> partitions() {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < PARTITIONS; i++) {
      keys.add(PARTS + ":" + i);
    }
    return keys;
  }

  /** Makes the feeds. */
  void create(Connection connection) throws IOException, Writer.Lost {
    String glob = "f?:*";
    String large = "1000000000";
    make(connection, ALL, "EVENTS", "$gx", "MATCH", glob, "VALUES", "100", "MAXBYTES", large);
    make(
        connection,
        PARTS,
        "EVENTS",
        "gx",
        "MATCH",
        glob,
        "PARTITIONS",
        Integer.toString(PARTITIONS),
        "MAXBYTES",
        large);
    make(connection, SHORT_NAME, "EVENTS", "$gx", "MATCH", glob, "MAXLEN", Integer.toString(SHORT));
    if (!losing) {
      worker.create(connection);
    }
  }

  private static void make(Connection connection, String name, String... options)
      throws IOException, Writer.Lost {
    List<String> words = new ArrayList<>(List.of("FEED", "CREATE", name));
    words.addAll(List.of(options));
    String reply = connection.text(words.toArray(String[]::new));
    if (!reply.equals("OK")) {
      throw new Writer.Lost("FEED CREATE was answered " + reply);
    }
  }

  /**
   * What runs in a life of the server, each in a thread of its own.
   *
   * @param writing whether there are changes
   */
  List<Runnable> threads(boolean writing) {
    List<Runnable> threads = new ArrayList<>();
    if (writing) {
      clients.forEach(client -> threads.add(client.sender()));
    }
    threads.add(reader);
    if (!losing) {
      threads.add(worker);
    }
    return threads;
  }

  /** The server is about to be killed, or has started. */
  void ending(boolean isEnding) {
    clients.forEach(client -> client.sender().ending(isEnding));
    reader.ending(isEnding);
    worker.ending(isEnding);
  }

  /** What went wrong while the server lived; empty if nothing did. */
  String trouble() {
    List<String> troubles = new ArrayList<>(List.of(reader.trouble(), worker.trouble()));
    clients.forEach(client -> troubles.add(client.sender().trouble()));
    troubles.removeIf(String::isEmpty);
    return String.join("\n", troubles);
  }

  /** What was seen and found to be right. */
  String report() {
    return String.format(
        "feeds: %d entries of %d acknowledged steps, %d read while they came, %d by a group (%d of"
            + " them twice), %d deadlines passed while the server was down; Complete, Unique,"
            + " Ordered, Atomic, Timely, Recovered, Resumable",
        entries,
        clients.stream().mapToLong(client -> client.sender().acknowledged()).sum(),
        reader.got().size(),
        worker.delivered(),
        worker.again(),
        whileDown);
  }

  // ------------------------------------------------------------------------------------ verifying

  /**
   * Compares what is there with what has to be.
   *
   * @param killedMillis when the last life ended
   * @param startedMillis when this one had begun
   */
  void verify(Connection connection, long killedMillis, long startedMillis)
      throws IOException, InterruptedException {
    List<FeedEntry> all = new ArrayList<>();
    Map<String, List<FeedEntry>> parts = new LinkedHashMap<>();
    readOn(connection, ALL, all);
    for (String partition : partitions()) {
      readOn(connection, partition, parts.computeIfAbsent(partition, name -> new ArrayList<>()));
    }
    Found found = look(connection, all, parts);
    for (FeedClient client : clients) {
      verify(client, found.all, killedMillis);
    }
    verifyIds(found);
    resumable.onRecovered(whole(found.all), whole(reader.got()));
    verifyTogether(found);
    for (int i = 0; !isSettled(found) && i < PATIENCE; i++) {
      Thread.sleep(PATIENCE_MILLIS);
      found = look(connection, all, parts);
    }
    verifyDeadlines(found, killedMillis, startedMillis);
    verifyOthers(found);
    if (!losing) {
      worker.verify(connection, parts);
    }
    entries = all.size();
  }

  private static void readOn(Connection connection, String feed, List<FeedEntry> entries)
      throws IOException {
    List<FeedEntry> more;
    do {
      String from = entries.isEmpty() ? "-" : "(" + entries.getLast().id();
      more = FeedEntry.of(connection.ask("XRANGE", feed, from, "+", "COUNT", CHUNK));
      entries.addAll(more);
    } while (!more.isEmpty());
  }

  /** What has come since, and the keys, in one transaction. */
  private Found look(Connection connection, List<FeedEntry> all, Map<String, List<FeedEntry>> parts)
      throws IOException {
    List<String> strings = new ArrayList<>();
    for (FeedClient client : clients) {
      for (String name : List.of("s", "a", "b")) {
        strings.add(client.prefix() + name);
      }
    }
    List<String> mget = new ArrayList<>(List.of("MGET"));
    mget.addAll(strings);
    connection.add("MULTI");
    connection.add(mget.toArray(String[]::new));
    connection.add("KEYS", "f[0-9]:*");
    connection.add("XRANGE", SHORT_NAME, "-", "+");
    addRange(connection, ALL, all);
    parts.forEach((name, entries) -> addRange(connection, name, entries));
    connection.add("EXEC");
    connection.flush();
    for (int i = 0; i < 5 + parts.size(); i++) {
      connection.receive();
    }
    List<Reply> replies = ((Reply.Array) connection.receive()).elements();
    Map<String, String> held = new TreeMap<>();
    List<Reply> values = ((Reply.Array) replies.get(0)).elements();
    for (int i = 0; i < strings.size(); i++) {
      held.put(strings.get(i), Connection.text(values.get(i)));
    }
    Set<String> keys = new HashSet<>();
    ((Reply.Array) replies.get(1)).elements().forEach(key -> keys.add(Connection.text(key)));
    List<FeedEntry> newest = FeedEntry.of(replies.get(2));
    all.addAll(FeedEntry.of(replies.get(3)));
    int next = 4;
    for (List<FeedEntry> entries : parts.values()) {
      entries.addAll(FeedEntry.of(replies.get(next++)));
    }
    return new Found(all, parts, newest, keys, held);
  }

  private static void addRange(Connection connection, String feed, List<FeedEntry> entries) {
    connection.add("XRANGE", feed, entries.isEmpty() ? "-" : "(" + entries.getLast().id(), "+");
  }

  private static List<String> whole(List<FeedEntry> entries) {
    return entries.stream().map(FeedEntry::all).toList();
  }

  /**
   * What the feed has of a client is what it did up to some step: all that was acknowledged, whole
   * steps, each entry once and in order, and nothing else. Afterwards the client goes on there.
   */
  private void verify(FeedClient client, List<FeedEntry> all, long killedMillis) {
    List<String> found = new ArrayList<>();
    for (FeedEntry entry : all) {
      if (entry.key().startsWith(client.prefix()) && !entry.isExpired()) {
        found.add(entry.text());
      }
    }
    long step = 0;
    int next = 0;
    boolean isEqual = true;
    while (step < client.sender().sent() && next < found.size() && isEqual) {
      List<String> told = client.told(step + 1);
      int end = Math.min(next + told.size(), found.size());
      isEqual = found.subList(next, end).equals(told);
      if (isEqual) {
        step++;
        next = end;
      }
    }
    if (next < found.size()) {
      explain(client, step, found.subList(next, found.size()));
    }
    if (step < client.sender().acknowledged()) {
      complete.onAcknowledged(client.sender().acknowledged(), client.told(step + 1).toString());
      complete.onRecovered(step);
    }
    client.goOnBehind(step, killedMillis);
  }

  /** Says which promise is broken by entries that are not those of the next steps. */
  private void explain(FeedClient client, long step, List<String> found) {
    List<String> wanted = new ArrayList<>();
    long sent = client.sender().sent();
    for (long next = step + 1;
        next <= sent && (next <= client.sender().acknowledged() || wanted.size() <= found.size());
        next++) {
      wanted.addAll(client.told(next));
    }
    unique.onCompared(ALL, wanted, found);
    List<String> present = wanted.subList(0, Math.min(found.size(), wanted.size()));
    if (present.equals(found)) {
      throw atomic.broken(
          ALL + " ends with " + found + ", which is a part of the transaction of " + wanted);
    }
    complete.onCompared(ALL, present, found);
    ordered.onCompared(ALL, present, found);
    throw unique.broken(ALL + " goes on with " + found + " where " + wanted + " comes next");
  }

  private void verifyIds(Found found) {
    List<List<FeedEntry>> feeds = new ArrayList<>(found.parts.values());
    feeds.add(found.all);
    for (List<FeedEntry> feed : feeds) {
      for (int i = 1; i < feed.size(); i++) {
        if (!FeedEntry.isBehind(feed.get(i).id(), feed.get(i - 1).id())) {
          throw ordered.broken(feed.get(i).all() + " comes behind " + feed.get(i - 1).all());
        }
      }
    }
    for (FeedEntry entry : found.all) {
      if (clients.stream().noneMatch(client -> entry.key().startsWith(client.prefix()))) {
        throw unique.broken("nobody wrote what " + entry.all() + " tells of");
      }
    }
  }

  /** Keys and feed survive together. */
  private void verifyTogether(Found found) {
    Map<String, Boolean> told = new TreeMap<>();
    Map<String, String> strings = new TreeMap<>();
    for (FeedEntry entry : found.all) {
      told.put(entry.key(), entry.leavesKey());
    }
    Set<String> keys = new HashSet<>(found.keys);
    long now = System.currentTimeMillis();
    for (FeedClient client : clients) {
      String prefix = client.prefix();
      client
          .deadlines()
          .forEach(
              (step, deadline) -> {
                String key = prefix + "e:" + step;
                if (deadline.earliestMillis() < now + NEAR_MILLIS
                    && Boolean.TRUE.equals(told.get(key))) {
                  // It may be over at any moment, or be over and not be told yet.
                  told.remove(key);
                  keys.remove(key);
                }
              });
      for (String name : List.of("s", "a", "b")) {
        strings.put(prefix + name, client.last(name));
      }
    }
    atomic.onRecovered(told, keys);
    if (!strings.equals(found.strings)) {
      throw atomic.broken(
          "the feed tells that the strings are " + strings + ", and they are " + found.strings);
    }
  }

  /** Whether every deadline that has certainly passed is told. */
  private boolean isSettled(Found found) {
    return due(found).isEmpty();
  }

  private Set<String> due(Found found) {
    Set<String> due = new HashSet<>();
    long now = System.currentTimeMillis();
    for (FeedClient client : clients) {
      client
          .deadlines()
          .forEach(
              (step, deadline) -> {
                if (deadline.latestMillis() < now - NEAR_MILLIS) {
                  due.add(client.prefix() + "e:" + step);
                }
              });
    }
    for (FeedEntry entry : found.all) {
      if (entry.isExpired()) {
        due.remove(entry.key());
      }
    }
    return due;
  }

  private void verifyDeadlines(Found found, long killedMillis, long startedMillis) {
    Set<String> missing = due(found);
    if (!missing.isEmpty()) {
      throw recovered.broken(missing + " passed their deadlines, and the feed does not tell it");
    }
    Set<String> told = new HashSet<>();
    Set<String> set = new HashSet<>();
    long down = 0;
    for (FeedEntry entry : found.all) {
      if (!entry.isExpired()) {
        set.add(entry.key());
        continue;
      }
      if (!told.add(entry.key())) {
        throw recovered.broken(entry.key() + " was announced twice");
      }
      if (!set.contains(entry.key()) || !FeedClient.hasDeadline(entry.key())) {
        throw unique.broken(entry.all() + " tells of a key that had no deadline");
      }
      verifyDeadline(entry);
      timely.onExpired(entry.key(), entry.deadline(), entry.at());
      if (entry.deadline() > killedMillis && entry.deadline() < startedMillis) {
        down++;
      }
    }
    whileDown += down;
  }

  private void verifyDeadline(FeedEntry entry) {
    for (FeedClient client : clients) {
      FeedClient.Deadline deadline =
          entry.key().startsWith(client.prefix())
              ? client.deadlines().get(FeedClient.stepOf(entry.key()))
              : null;
      if (deadline == null) {
        continue;
      }
      if (!entry.value().equals(deadline.value)) {
        throw unique.broken(entry.all() + " carries another value than " + deadline.value);
      }
      if (entry.deadline() < deadline.earliestMillis() - ROUND_MILLIS
          || entry.deadline() > deadline.latestMillis()) {
        throw timely.broken(
            entry.all()
                + " has another deadline than one from "
                + deadline.earliestMillis()
                + " to "
                + deadline.latestMillis());
      }
    }
  }

  /** The other feeds have what the first one has, as far as it is theirs. */
  private void verifyOthers(Found found) {
    Map<String, List<FeedEntry>> wanted = new LinkedHashMap<>();
    partitions().forEach(name -> wanted.put(name, new ArrayList<>()));
    for (FeedEntry entry : found.all) {
      if (!entry.event().equals("set")) {
        String name = PARTS + ":" + entry.partition(PARTITIONS);
        wanted.computeIfAbsent(name, each -> new ArrayList<>()).add(entry);
      }
    }
    wanted.forEach(
        (name, entries) -> compare(name, entries, found.parts.getOrDefault(name, List.of())));
    int from = Math.max(0, found.all.size() - SHORT);
    compare(SHORT_NAME, found.all.subList(from, found.all.size()), found.newest);
  }

  private void compare(String feed, List<FeedEntry> wanted, List<FeedEntry> found) {
    int same = 0;
    int length = Math.min(wanted.size(), found.size());
    while (same < length
        && wanted.get(same).textWithTime().equals(found.get(same).textWithTime())) {
      same++;
    }
    if (same < Math.max(wanted.size(), found.size())) {
      List<String> happened = texts(wanted.subList(same, wanted.size()));
      List<String> told = texts(found.subList(same, found.size()));
      unique.onCompared(feed, happened, told);
      complete.onCompared(feed, happened, told);
      ordered.onCompared(feed, happened, told);
    }
  }

  private static List<String> texts(List<FeedEntry> entries) {
    return entries.stream().map(FeedEntry::textWithTime).toList();
  }
}

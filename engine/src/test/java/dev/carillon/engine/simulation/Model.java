package dev.carillon.engine.simulation;

import dev.carillon.engine.Compatibility;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.HashView;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A Redis of hash maps, as simple as can be: it predicts the reply of each request, the events in
 * their order and who hears them, written from the recorded cases and the list of events and not
 * from the engine. Strings are texts of one character a byte.
 */
final class Model {

  static final long NEVER = -1;

  private static final Set<String> DENIED_WITHOUT_MEMORY =
      Set.of(
          "set",
          "setnx",
          "getset",
          "append",
          "incr",
          "incrby",
          "decr",
          "mset",
          "msetnx",
          "copy",
          "setrange",
          "hset",
          "hsetnx",
          "hincrby",
          "hpexpire",
          "hpexpireat",
          "hsetex");
  private static final Set<String> NEVER_QUEUED =
      Set.of("exec", "discard", "multi", "watch", "quit", "reset");
  private static final Set<String> ALLOWED_WHILE_SUBSCRIBED =
      Set.of("subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ping", "quit", "reset");

  /** The flag that names an event's class. */
  private static final Map<String, Character> CLASSES = new HashMap<>();

  static {
    for (String name : List.of("set", "append", "incrby", "setrange")) {
      CLASSES.put(name, '$');
    }
    for (String name :
        List.of(
            "del",
            "expire",
            "persist",
            "rename_from",
            "rename_to",
            "move_from",
            "move_to",
            "copy_to")) {
      CLASSES.put(name, 'g');
    }
    for (String name : List.of("hset", "hincrby", "hdel", "hexpire", "hpersist", "hexpired")) {
      CLASSES.put(name, 'h');
    }
    CLASSES.put("expired", 'x');
    CLASSES.put("evicted", 'e');
    CLASSES.put("keymiss", 'm');
    CLASSES.put("new", 'n');
    CLASSES.put("overwritten", 'o');
    CLASSES.put("type_changed", 'c');
  }

  private static final String OUTSIDE_A = "mnoc";

  /** A field of a hash. */
  static final class Field {
    final String value;
    long deadline = NEVER;

    Field(String value) {
      this.value = value;
    }

    @Override
    public String toString() {
      return Wire.show(value) + (deadline == NEVER ? "" : " until " + deadline);
    }
  }

  /** A string, or a hash, with its deadline. */
  static final class Item {
    String value = "";

    /** The fields of a hash by name; null of a string. */
    @Nullable Map<String, Field> fields;

    long deadline = NEVER;

    /** Whether the deadline was in the future of every sweep and turn when it was set. */
    boolean isTimely;

    Item(String value) {
      this.value = value;
    }

    Item(Map<String, Field> fields) {
      this.fields = fields;
    }

    /** An item without a deadline of its own that holds the same. */
    Item copy() {
      Map<String, Field> hash = fields;
      if (hash == null) {
        return new Item(value);
      }
      Map<String, Field> copies = new TreeMap<>();
      hash.forEach(
          (name, field) -> {
            Field copy = new Field(field.value);
            copy.deadline = field.deadline;
            copies.put(name, copy);
          });
      return new Item(copies);
    }

    String type() {
      return fields == null ? "string" : "hash";
    }

    /** The earliest deadline of the item and its fields. */
    long earliestDeadline() {
      long earliest = deadline == NEVER ? Long.MAX_VALUE : deadline;
      if (fields != null) {
        for (Field field : fields.values()) {
          earliest = field.deadline == NEVER ? earliest : Math.min(earliest, field.deadline);
        }
      }
      return earliest;
    }

    /** Whether an entry of the engine holds the same. */
    boolean isHeldBy(Entry entry) {
      if (!entry.type().wireName().equals(type())
          || entry.hasDeadline() != (deadline != NEVER)
          || deadline != NEVER && entry.deadlineMillis() != deadline) {
        return false;
      }
      Map<String, Field> hash = fields;
      if (hash != null) {
        return isHeldBy(entry.hash(), hash);
      }
      if (entry.stringLength() != value.length()) {
        return false;
      }
      Bytes bytes = entry.string();
      for (int i = 0; i < value.length(); i++) {
        if ((bytes.at(i) & 0xff) != value.charAt(i)) {
          return false;
        }
      }
      return true;
    }

    private static boolean isHeldBy(HashView entry, Map<String, Field> fields) {
      boolean[] same = {entry.size() == fields.size()};
      fields.forEach(
          (name, field) -> {
            int place = entry.find(Wire.bytes(name));
            long deadline = field.deadline == NEVER ? HashView.NO_DEADLINE : field.deadline;
            same[0] &=
                place != 0
                    && entry.value(place).toLatin1().equals(field.value)
                    && entry.deadlineMillis(place) == deadline;
          });
      return same[0];
    }

    @Override
    public String toString() {
      String text = fields == null ? Wire.show(value) : fields.toString();
      return text + (deadline == NEVER ? "" : " until " + deadline);
    }
  }

  private record Message(ModelClient client, List<String> frames) {}

  private final List<Map<String, Item>> databases = new ArrayList<>();
  private final Map<Long, ModelClient> clients = new TreeMap<>();
  private final List<Message> messages = new ArrayList<>();
  private String flags = "";
  private long nowMillis;
  private long sweptMillis;
  private long pausedUntilMillis;

  /** What a pause says once its turn is over. */
  private long heldUntilMillis;

  private boolean executing;
  private long sequence;
  private boolean changed;
  private boolean isFull;
  private final Map<String, Integer> tally;
  private final HashModel hashes = new HashModel(this);

  /**
   * @param count how many databases there are
   * @param tally counts what came about, to show that the runs reach it
   */
  Model(int count, Map<String, Integer> tally) {
    this.tally = tally;
    for (int i = 0; i < count; i++) {
      databases.add(new TreeMap<>());
    }
  }

  void count(String what) {
    tally.merge(what, 1, Integer::sum);
  }

  // ----------------------------------------------------------------------------------- the turn

  void begin(long now) {
    nowMillis = now;
    changed = false;
  }

  /** Ends the turn; answers whether it changed anything. */
  boolean commit() {
    if (changed) {
      sequence++;
    }
    messages.forEach(message -> message.client.inbox.notifications(message.frames, sequence));
    messages.clear();
    return changed;
  }

  /** How many turns changed something. */
  long sequence() {
    return sequence;
  }

  /**
   * One request as a turn.
   *
   * @param full whether memory is full and nothing can be evicted
   * @return whether it changed anything
   */
  boolean request(ModelClient client, List<String> words, long now, boolean full) {
    begin(now);
    isFull = full;
    String reply = dispatch(client, words);
    client.inbox.reply(reply, changed ? sequence + 1 : sequence);
    return commit();
  }

  // ---------------------------------------------------------------------------------- the world

  ModelClient open(long id) {
    ModelClient client = new ModelClient(id);
    clients.put(id, client);
    return client;
  }

  void close(ModelClient client) {
    clients.remove(client.id);
  }

  Collection<ModelClient> clients() {
    return clients.values();
  }

  Map<String, Item> database(int number) {
    return databases.get(number);
  }

  /** All databases as they are now. */
  List<Map<String, String>> copy() {
    List<Map<String, String>> copy = new ArrayList<>();
    for (Map<String, Item> database : databases) {
      Map<String, String> lines = new TreeMap<>();
      database.forEach((key, item) -> lines.put(Wire.show(key), item.toString()));
      copy.add(lines);
    }
    return copy;
  }

  /** The time of the turn. */
  long nowMillis() {
    return nowMillis;
  }

  boolean isHeld(long now) {
    return now < heldUntilMillis;
  }

  long heldUntilMillis() {
    return heldUntilMillis;
  }

  /** The earliest deadline of all keys and fields. */
  long nextDeadlineMillis() {
    long next = Long.MAX_VALUE;
    for (Map<String, Item> database : databases) {
      for (Item item : database.values()) {
        next = Math.min(next, item.earliestDeadline());
      }
    }
    return next;
  }

  void swept(long now) {
    sweptMillis = Math.max(sweptMillis, now);
  }

  /** A key goes by itself. */
  void removeByItself(int db, String key, String event) {
    databases.get(db).remove(key);
    close(db, key, event);
  }

  /** Fields of a hash go by themselves; answers whether the hash goes with them. */
  boolean removeFields(int db, String key, List<String> names) {
    Item item = databases.get(db).get(key);
    Map<String, Field> fields = item == null ? null : item.fields;
    if (fields == null) {
      throw new IllegalStateException(key + " is no hash");
    }
    names.forEach(fields::remove);
    close(db, key, "hexpired", names);
    if (fields.isEmpty()) {
      removeByItself(db, key, "del");
    }
    return fields.isEmpty();
  }

  /** Removes fields of a hash that are over and set anew at once: the hash stays. */
  void replaceFields(int db, String key, List<String> names) {
    Item item = databases.get(db).get(key);
    if (item == null || item.fields == null) {
      throw new IllegalStateException(key + " is no hash");
    }
    names.forEach(item.fields::remove);
    close(db, key, "hexpired", names);
  }

  // ------------------------------------------------------------------------------------- events

  private void event(int db, String name, String key) {
    event(db, name, key, List.of());
  }

  private void event(int db, String name, String key, List<String> fields) {
    char letter = CLASSES.get(name);
    boolean enabled =
        flags.indexOf(letter) >= 0 || flags.indexOf('A') >= 0 && OUTSIDE_A.indexOf(letter) < 0;
    if (enabled && flags.indexOf('K') >= 0) {
      publish("__keyspace@" + db + "__:" + key, name);
    }
    if (enabled && flags.indexOf('E') >= 0) {
      publish("__keyevent@" + db + "__:" + name, key);
    }
    if (enabled && !fields.isEmpty()) {
      subkeys(db, name, key, fields);
    }
  }

  private void subkeys(int db, String name, String key, List<String> fields) {
    String named =
        fields.stream().map(field -> field.length() + ":" + field).collect(Collectors.joining(","));
    if (flags.indexOf('S') >= 0) {
      publish("__subkeyspace@" + db + "__:" + key, name + "|" + named);
    }
    if (flags.indexOf('T') >= 0) {
      publish("__subkeyevent@" + db + "__:" + name, key.length() + ":" + key + "|" + named);
    }
    if (flags.indexOf('I') >= 0 && key.indexOf('\n') < 0) {
      fields.forEach(
          field -> publish("__subkeyspaceitem@" + db + "__:" + key + "\n" + field, name));
    }
    if (flags.indexOf('V') >= 0) {
      publish("__subkeyspaceevent@" + db + "__:" + name + "|" + key, named);
    }
  }

  private int publish(String channel, String message) {
    int receivers = 0;
    int before = messages.size();
    for (ModelClient client : clients.values()) {
      if (client.channels.contains(channel)) {
        receivers++;
        messages.add(
            new Message(
                client,
                List.of(
                    Wire.push(client.protocol, 3)
                        + Wire.bulk("message")
                        + Wire.bulk(channel)
                        + Wire.bulk(message))));
      }
      List<String> frames = new ArrayList<>();
      for (String pattern : client.patterns) {
        if (Glob.matches(Wire.bytes(pattern), Wire.bytes(channel))) {
          receivers++;
          frames.add(
              Wire.push(client.protocol, 4)
                  + Wire.bulk("pmessage")
                  + Wire.bulk(pattern)
                  + Wire.bulk(channel)
                  + Wire.bulk(message));
        }
      }
      if (!frames.isEmpty()) {
        messages.add(new Message(client, frames));
      }
    }
    if (messages.size() > before && channel.startsWith("__subkey")) {
      count("heard " + channel.substring(0, channel.indexOf('@')));
    }
    if (messages.size() > before && channel.startsWith("__keyevent")) {
      count("heard " + channel.substring(channel.indexOf(':') + 1));
    }
    return receivers;
  }

  /** A key changed: whoever watches it is told, then the event happens. */
  private void close(int db, String key, String event) {
    close(db, key, event, List.of());
  }

  void close(int db, String key, String event, List<String> fields) {
    closeSilently(db, key);
    event(db, event, key, fields);
  }

  private void closeSilently(int db, String key) {
    changed = true;
    for (ModelClient client : clients.values()) {
      for (ModelClient.Watch watch : client.watches) {
        if (watch.db == db && watch.key.equals(key)) {
          boolean isGoneAnyway = watch.expired && !databases.get(db).containsKey(key);
          watch.expired = false;
          client.touched |= !isGoneAnyway;
        }
      }
    }
  }

  /** As Redis does when a database is emptied or exchanged: what was over stays over. */
  private void touchAll(int db, @Nullable Map<String, Item> after) {
    Map<String, Item> before = databases.get(db);
    for (ModelClient client : clients.values()) {
      for (ModelClient.Watch watch : client.watches) {
        Item next = after == null ? null : after.get(watch.key);
        if (watch.db != db || !before.containsKey(watch.key) && next == null) {
          continue;
        }
        if (watch.expired && next == null) {
          count("watched what is over go with its database");
          watch.expired = false;
        } else if (watch.expired && isOver(next)) {
          continue;
        } else if (!watch.expired && !before.containsKey(watch.key) && isOver(next)) {
          watch.expired = true;
        } else {
          client.touched = true;
        }
      }
    }
  }

  // -------------------------------------------------------------------------------------- items

  private boolean isOver(Item item) {
    return item.deadline != NEVER && item.deadline <= nowMillis;
  }

  /** The item of a key for a command that writes; one past its deadline goes. */
  @Nullable Item lookup(int db, String key) {
    Item item = databases.get(db).get(key);
    if (item == null || !isOver(item)) {
      return item;
    }
    if (isHeld(nowMillis)) {
      count("missed although held");
    } else {
      count("expired by access");
      removeByItself(db, key, "expired");
    }
    return null;
  }

  /** The item of a key for a command that reads. */
  @Nullable Item find(int db, String key) {
    Item item = lookup(db, key);
    if (item == null) {
      event(db, "keymiss", key);
    }
    return item;
  }

  /** A new item for a key that {@link #lookup} did not find. */
  private Item create(int db, String key, String value) {
    return create(db, key, new Item(value));
  }

  /** As {@link #create(int, String, String)}, for an item of any type without a deadline. */
  Item create(int db, String key, Item item) {
    if (databases.get(db).containsKey(key)) {
      count("replaced although held");
      removeByItself(db, key, "expired");
    }
    databases.get(db).put(key, item);
    event(db, "new", key);
    return item;
  }

  private void deadline(Item item, long deadline) {
    item.deadline = deadline;
    item.isTimely = deadline > Math.max(nowMillis, sweptMillis);
  }

  void delete(int db, String key) {
    databases.get(db).remove(key);
    close(db, key, "del");
  }

  // ----------------------------------------------------------------------------------- dispatch

  /** A refusal. */
  static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refusal(String line) {
      super(line, null, false, false);
    }

    String line() {
      return String.valueOf(getMessage());
    }
  }

  private static final Refusal SYNTAX = new Refusal("ERR syntax error");
  private static final Refusal WRONG_TYPE =
      new Refusal("WRONGTYPE Operation against a key holding the wrong kind of value");
  private static final Refusal NOT_AN_INTEGER =
      new Refusal("ERR value is not an integer or out of range");

  static String name(List<String> words) {
    return words.getFirst().toLowerCase(Locale.ROOT);
  }

  private String dispatch(ModelClient client, List<String> words) {
    String name = name(words);
    String full =
        name.equals("config") || name.equals("client")
            ? name + "|" + words.get(1).toLowerCase(Locale.ROOT)
            : name;
    if (client.isSubscribed() && client.protocol == 2 && !ALLOWED_WHILE_SUBSCRIBED.contains(name)) {
      return refuse(
          client,
          name,
          "Can't execute '"
              + full
              + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in"
              + " this context",
          "ERR ");
    }
    boolean grows =
        DENIED_WITHOUT_MEMORY.contains(name)
            || name.equals("exec")
                && client.queue.stream()
                    .anyMatch(queued -> DENIED_WITHOUT_MEMORY.contains(name(queued)));
    if (isFull && grows) {
      count("refused without memory");
      return refuse(client, name, "OOM command not allowed when used memory > 'maxmemory'.", "");
    }
    if (client.multi && !NEVER_QUEUED.contains(name)) {
      if (!client.failed && !client.touched) {
        client.queue.add(words); // else EXEC refuses all anyway, and does not ask what it was
      }
      return Wire.simple("QUEUED");
    }
    return execute(client, words);
  }

  private String refuse(ModelClient client, String name, String text, String code) {
    if (name.equals("exec")) {
      count("refused EXEC");
      client.endTransaction();
      return Wire.error("EXECABORT Transaction discarded because of: " + text);
    }
    client.failed = client.multi;
    return Wire.error(code + text);
  }

  private String execute(ModelClient client, List<String> words) {
    try {
      return answer(client, words);
    } catch (Refusal refusal) {
      return Wire.error(refusal.line());
    }
  }

  private String answer(ModelClient client, List<String> w) {
    int db = client.db;
    int protocol = client.protocol;
    String key = w.size() > 1 ? w.get(1) : "";
    return switch (name(w)) {
      case "get" -> text(string(find(db, key)), protocol);
      case "mget" -> {
        StringBuilder reply = new StringBuilder(Wire.array(w.size() - 1));
        w.stream().skip(1).forEach(each -> reply.append(any(find(db, each), protocol)));
        yield reply.toString();
      }
      case "strlen" -> {
        Item item = string(find(db, key));
        yield Wire.integer(item == null ? 0 : item.value.length());
      }
      case "exists" ->
          Wire.integer(w.stream().skip(1).filter(each -> find(db, each) != null).count());
      case "type" -> {
        Item item = find(db, key);
        yield Wire.simple(item == null ? "none" : item.type());
      }
      case "pttl", "pexpiretime" -> {
        Item item = find(db, key);
        long from = name(w).equals("pttl") ? nowMillis : 0;
        yield Wire.integer(item == null ? -2 : item.deadline == NEVER ? -1 : item.deadline - from);
      }
      case "dbsize" -> Wire.integer(databases.get(db).size());

      case "set" -> set(client, w);
      case "setnx" -> {
        boolean free = lookup(db, key) == null;
        if (free) {
          store(db, key, null, w.get(2), NEVER, false);
        }
        yield Wire.integer(free ? 1 : 0);
      }
      case "getset" -> {
        Item item = string(find(db, key));
        String reply = text(item, protocol);
        store(db, key, item, w.get(2), NEVER, false);
        yield reply;
      }
      case "mset" -> {
        for (int i = 1; i < w.size(); i += 2) {
          store(db, w.get(i), lookup(db, w.get(i)), w.get(i + 1), NEVER, false);
        }
        yield Wire.simple("OK");
      }
      case "msetnx" -> {
        for (int i = 1; i < w.size(); i += 2) {
          if (lookup(db, w.get(i)) != null) {
            yield Wire.integer(0);
          }
        }
        for (int i = 1; i < w.size(); i += 2) {
          store(db, w.get(i), lookup(db, w.get(i)), w.get(i + 1), NEVER, false);
        }
        yield Wire.integer(1);
      }
      case "append" -> {
        Item item = string(lookup(db, key));
        if (item == null) {
          item = create(db, key, w.get(2));
        } else {
          item.value += w.get(2);
        }
        close(db, key, "append");
        yield Wire.integer(item.value.length());
      }
      case "setrange" -> setRange(db, key, Integer.parseInt(w.get(2)), w.get(3));
      case "incr" -> increment(db, key, 1);
      case "decr" -> increment(db, key, -1);
      case "incrby" -> increment(db, key, Long.parseLong(w.get(2)));

      case "getdel" -> {
        Item item = string(find(db, key));
        if (item != null) {
          delete(db, key);
        }
        yield text(item, protocol);
      }
      case "getex" -> getEx(client, w);
      case "del", "unlink" -> {
        int deleted = 0;
        for (String each : w.subList(1, w.size())) {
          if (lookup(db, each) != null) {
            delete(db, each);
            deleted++;
          }
        }
        yield Wire.integer(deleted);
      }
      case "pexpire" -> expire(db, w, nowMillis + Long.parseLong(w.get(2)));
      case "pexpireat" -> expire(db, w, Long.parseLong(w.get(2)));
      case "expire" -> expire(db, w, nowMillis + 1000 * Long.parseLong(w.get(2)));
      case "persist" -> {
        Item item = lookup(db, key);
        boolean had = item != null && item.deadline != NEVER;
        if (had) {
          item.deadline = NEVER;
          close(db, key, "persist");
        }
        yield Wire.integer(had ? 1 : 0);
      }
      case "rename" -> rename(db, key, w.get(2), false);
      case "renamenx" -> rename(db, key, w.get(2), true);
      case "copy" -> copy(db, w);
      case "move" -> move(db, key, Integer.parseInt(w.get(2)));

      case "flushdb" -> {
        flush(db);
        yield Wire.simple("OK");
      }
      case "flushall" -> {
        for (int i = 0; i < databases.size(); i++) {
          flush(i);
        }
        yield Wire.simple("OK");
      }
      case "swapdb" -> swap(Integer.parseInt(key), Integer.parseInt(w.get(2)));

      case "select" -> {
        client.db = Integer.parseInt(key);
        yield Wire.simple("OK");
      }
      case "hello" -> hello(client, Integer.parseInt(key));
      case "reset" -> {
        client.reset();
        yield Wire.simple("RESET");
      }
      case "ping" ->
          protocol == 2 && client.isSubscribed()
              ? Wire.array(2) + Wire.bulk("pong") + Wire.bulk(key)
              : w.size() > 1 ? Wire.bulk(key) : Wire.simple("PONG");
      case "config" -> {
        if (w.get(2).equals("notify-keyspace-events")) {
          flags = w.get(3);
        }
        yield Wire.simple("OK");
      }
      case "client" -> {
        pausedUntilMillis =
            key.equals("PAUSE")
                ? Math.max(
                    nowMillis < pausedUntilMillis ? pausedUntilMillis : 0,
                    nowMillis + Long.parseLong(w.get(2)))
                : 0;
        if (!executing) {
          heldUntilMillis = pausedUntilMillis;
        }
        yield Wire.simple("OK");
      }

      case "subscribe" -> subscribe(client, client.channels, w);
      case "psubscribe" -> subscribe(client, client.patterns, w);
      case "unsubscribe" -> unsubscribe(client, client.channels, w);
      case "punsubscribe" -> unsubscribe(client, client.patterns, w);
      case "publish" -> Wire.integer(publish(key, w.get(2)));

      case "multi" -> {
        if (client.multi) {
          throw new Refusal("ERR MULTI calls can not be nested");
        }
        client.multi = true;
        yield Wire.simple("OK");
      }
      case "exec" -> exec(client);
      case "discard" -> {
        if (!client.multi) {
          throw new Refusal("ERR DISCARD without MULTI");
        }
        client.endTransaction();
        yield Wire.simple("OK");
      }
      case "watch" -> watch(client, w);
      case "unwatch" -> {
        client.unwatch();
        yield Wire.simple("OK");
      }
      default -> hashes.answer(client, w);
    };
  }

  /** Refuses what is no string. */
  private static @Nullable Item string(@Nullable Item item) {
    if (item != null && item.fields != null) {
      throw WRONG_TYPE;
    }
    return item;
  }

  /** For MGET, to which another type is as good as nothing. */
  private static String any(@Nullable Item item, int protocol) {
    return text(item == null || item.fields != null ? null : item, protocol);
  }

  private static String text(@Nullable Item item, int protocol) {
    return item == null ? Wire.nil(protocol) : Wire.bulk(item.value);
  }

  // ------------------------------------------------------------------------------------ strings

  private String set(ModelClient client, List<String> w) {
    boolean onlyNew = w.contains("NX");
    boolean onlyOld = w.contains("XX");
    boolean answersOld = w.contains("GET");
    boolean keeps = w.contains("KEEPTTL");
    long deadline = deadlineOf(w);
    String key = w.get(1);
    Item item = answersOld ? string(find(client.db, key)) : lookup(client.db, key);
    boolean holds = onlyNew ? item == null : !onlyOld || item != null;
    String old = text(item, client.protocol);
    if (holds) {
      store(client.db, key, item, w.get(2), deadline, keeps);
    }
    return answersOld ? old : holds ? Wire.simple("OK") : Wire.nil(client.protocol);
  }

  private long deadlineOf(List<String> w) {
    int px = w.indexOf("PX");
    int ex = w.indexOf("EX");
    int at = w.indexOf("PXAT");
    return px >= 0
        ? nowMillis + Long.parseLong(w.get(px + 1))
        : ex >= 0
            ? nowMillis + 1000 * Long.parseLong(w.get(ex + 1))
            : at >= 0 ? Long.parseLong(w.get(at + 1)) : NEVER;
  }

  private void store(
      int db, String key, @Nullable Item existing, String value, long deadline, boolean keeps) {
    Item item = existing;
    if (item == null) {
      item = create(db, key, value);
    } else {
      event(db, "overwritten", key);
      if (item.fields != null) {
        event(db, "type_changed", key);
        item.fields = null;
        count("a string replaced a hash");
      }
      item.value = value;
    }
    if (deadline != NEVER) {
      deadline(item, deadline);
    } else if (!keeps) {
      item.deadline = NEVER;
    }
    close(db, key, "set");
    if (deadline != NEVER) {
      event(db, "expire", key);
    }
  }

  private String setRange(int db, String key, int offset, String part) {
    Item item = string(lookup(db, key));
    String before = item == null ? "" : item.value;
    if (part.isEmpty()) {
      return Wire.integer(before.length());
    }
    StringBuilder text = new StringBuilder(before);
    while (text.length() < offset + part.length()) {
      text.append('\0');
    }
    text.replace(offset, offset + part.length(), part);
    if (item == null) {
      create(db, key, text.toString());
    } else {
      item.value = text.toString();
    }
    close(db, key, "setrange");
    return Wire.integer(text.length());
  }

  private String increment(int db, String key, long by) {
    Item item = string(lookup(db, key));
    if (item != null && !item.value.matches("0|-?[1-9][0-9]{0,17}")) {
      throw NOT_AN_INTEGER;
    }
    long number = (item == null ? 0 : Long.parseLong(item.value)) + by;
    if (item == null) {
      create(db, key, Long.toString(number));
    } else {
      item.value = Long.toString(number);
    }
    close(db, key, "incrby");
    return Wire.integer(number);
  }

  private String getEx(ModelClient client, List<String> w) {
    String key = w.get(1);
    Item item = string(find(client.db, key));
    if (item == null) {
      return Wire.nil(client.protocol);
    }
    String reply = Wire.bulk(item.value);
    long deadline = deadlineOf(w);
    if (deadline != NEVER && deadline <= nowMillis) {
      delete(client.db, key);
    } else if (deadline != NEVER) {
      deadline(item, deadline);
      close(client.db, key, "expire");
    } else if (w.contains("PERSIST") && item.deadline != NEVER) {
      item.deadline = NEVER;
      close(client.db, key, "persist");
    }
    return reply;
  }

  // --------------------------------------------------------------------------------------- keys

  private String expire(int db, List<String> w, long deadline) {
    String key = w.get(1);
    Item item = lookup(db, key);
    String condition = w.size() > 3 ? w.get(3) : "";
    if (item == null) {
      return Wire.integer(0);
    }
    long current = item.deadline == NEVER ? Long.MAX_VALUE : item.deadline;
    boolean holds =
        switch (condition) {
          case "NX" -> item.deadline == NEVER;
          case "XX" -> item.deadline != NEVER;
          case "GT" -> deadline > current;
          case "LT" -> deadline < current;
          case "" -> true;
          default -> throw SYNTAX;
        };
    if (!holds) {
      return Wire.integer(0);
    }
    if (deadline <= nowMillis) {
      delete(db, key);
    } else {
      deadline(item, deadline);
      close(db, key, "expire");
    }
    return Wire.integer(1);
  }

  private String rename(int db, String from, String to, boolean onlyIfFree) {
    Item item = lookup(db, from);
    if (item == null) {
      throw new Refusal("ERR no such key");
    }
    boolean same = from.equals(to);
    Item replaced = same ? item : lookup(db, to);
    if (onlyIfFree && replaced != null) {
      return Wire.integer(0);
    }
    if (!same) {
      if (replaced != null) {
        databases.get(db).remove(to);
        closeSilently(db, to);
      }
      Item renamed = create(db, to, item.copy());
      if (item.deadline != NEVER) {
        deadline(renamed, item.deadline);
      }
      databases.get(db).remove(from);
      close(db, from, "rename_from");
      close(db, to, "rename_to");
      if (replaced != null) {
        overwritten(db, to, replaced, item);
      }
    }
    return onlyIfFree ? Wire.integer(1) : Wire.simple("OK");
  }

  private String copy(int db, List<String> w) {
    String from = w.get(1);
    String to = w.get(2);
    int target = w.contains("DB") ? Integer.parseInt(w.get(w.indexOf("DB") + 1)) : db;
    if (target == db && from.equals(to)) {
      throw new Refusal("ERR source and destination objects are the same");
    }
    Item item = find(db, from);
    Item replaced = item == null ? null : lookup(target, to);
    if (item == null || replaced != null && !w.contains("REPLACE")) {
      return Wire.integer(0);
    }
    if (replaced != null) {
      databases.get(target).remove(to);
      closeSilently(target, to);
    }
    Item copy = create(target, to, item.copy());
    if (item.deadline != NEVER) {
      deadline(copy, item.deadline);
    }
    close(target, to, "copy_to");
    if (replaced != null) {
      overwritten(target, to, replaced, item);
    }
    return Wire.integer(1);
  }

  private void overwritten(int db, String key, Item before, Item after) {
    event(db, "overwritten", key);
    if (!before.type().equals(after.type())) {
      event(db, "type_changed", key);
    }
  }

  private String move(int db, String key, int target) {
    if (db == target) {
      throw new Refusal("ERR source and destination objects are the same");
    }
    Item item = lookup(db, key);
    if (item == null || lookup(target, key) != null) {
      return Wire.integer(0);
    }
    Item moved = create(target, key, item.copy());
    if (item.deadline != NEVER) {
      deadline(moved, item.deadline);
    }
    databases.get(db).remove(key);
    close(db, key, "move_from");
    close(target, key, "move_to");
    return Wire.integer(1);
  }

  private void flush(int db) {
    touchAll(db, null);
    changed |= !databases.get(db).isEmpty();
    databases.get(db).clear();
  }

  private String swap(int first, int second) {
    if (first != second) {
      touchAll(first, databases.get(second));
      touchAll(second, databases.get(first));
      databases.set(second, databases.set(first, databases.get(second)));
      changed = true;
    }
    return Wire.simple("OK");
  }

  // -------------------------------------------------------------------------------- connections

  private static String hello(ModelClient client, int protocol) {
    client.protocol = protocol;
    return Wire.map(protocol, 7)
        + Wire.bulk("server")
        + Wire.bulk("redis")
        + Wire.bulk("version")
        + Wire.bulk(Compatibility.REDIS_VERSION)
        + Wire.bulk("proto")
        + Wire.integer(protocol)
        + Wire.bulk("id")
        + Wire.integer(client.id)
        + Wire.bulk("mode")
        + Wire.bulk("standalone")
        + Wire.bulk("role")
        + Wire.bulk("master")
        + Wire.bulk("modules")
        + Wire.array(0);
  }

  private static String subscribe(ModelClient client, Set<String> mine, List<String> w) {
    StringBuilder reply = new StringBuilder();
    for (String each : w.subList(1, w.size())) {
      mine.add(each);
      reply.append(confirm(client, w, Wire.bulk(each)));
    }
    return reply.toString();
  }

  private static String unsubscribe(ModelClient client, Set<String> mine, List<String> w) {
    StringBuilder reply = new StringBuilder();
    List<String> names = w.size() > 1 ? w.subList(1, w.size()) : List.copyOf(mine);
    for (String each : names) {
      mine.remove(each);
      reply.append(confirm(client, w, Wire.bulk(each)));
    }
    return names.isEmpty() ? confirm(client, w, Wire.nil(client.protocol)) : reply.toString();
  }

  private static String confirm(ModelClient client, List<String> w, String name) {
    return Wire.push(client.protocol, 3)
        + Wire.bulk(name(w))
        + name
        + Wire.integer(client.channels.size() + client.patterns.size());
  }

  // ------------------------------------------------------------------------------- transactions

  private String exec(ModelClient client) {
    if (!client.multi) {
      throw new Refusal("ERR EXEC without MULTI");
    }
    boolean failed = client.failed;
    boolean stale =
        client.touched
            || client.watches.stream()
                .anyMatch(
                    watch -> {
                      Item item = databases.get(watch.db).get(watch.key);
                      return !watch.expired && item != null && isOver(item);
                    });
    List<List<String>> queue = List.copyOf(client.queue);
    client.endTransaction();
    if (failed) {
      throw new Refusal("EXECABORT Transaction discarded because of previous errors.");
    }
    if (stale) {
      count("stale EXEC");
      return Wire.nilArray(client.protocol);
    }
    count("EXEC");
    StringBuilder reply = new StringBuilder(Wire.array(queue.size()));
    executing = true;
    for (List<String> words : queue) {
      reply.append(execute(client, words));
    }
    executing = false;
    heldUntilMillis = pausedUntilMillis;
    return reply.toString();
  }

  private String watch(ModelClient client, List<String> w) {
    if (client.multi) {
      throw new Refusal("ERR WATCH inside MULTI is not allowed");
    }
    for (String key : w.subList(1, w.size())) {
      boolean watched =
          client.watches.stream().anyMatch(watch -> watch.db == client.db && watch.key.equals(key));
      if (!watched) {
        Item item = databases.get(client.db).get(key);
        client.watches.add(new ModelClient.Watch(client.db, key, item != null && isOver(item)));
      }
    }
    return Wire.simple("OK");
  }
}

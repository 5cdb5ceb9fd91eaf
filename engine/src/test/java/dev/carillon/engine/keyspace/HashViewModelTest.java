package dev.carillon.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.turn.Effect;
import dev.carillon.engine.turn.EffectCollector;
import dev.carillon.engine.turn.Turn;
import dev.carillon.engine.value.Value;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random operations on hashes in two databases, against maps of the JDK and a word for the encoding
 * that follows the rules of Redis. The clock moves, and fields that are due are swept away by a
 * budget. Each failure prints the seed.
 */
class HashViewModelTest {

  private static final int KEYS = 5;
  private static final long START_MILLIS = 1_700_000_000_000L;
  private static final long NEVER = HashView.NO_DEADLINE;

  /** A field's value and deadline. */
  private record Content(Bytes value, long deadlineMillis) {}

  /** What a key has to hold, and what Redis would call it. */
  private static final class Model {
    private final Map<Bytes, Content> fields = new HashMap<>();
    private String encoding = "listpack";

    Model copy() {
      Model copy = new Model();
      copy.fields.putAll(fields);
      copy.encoding = encoding;
      return copy;
    }

    long earliest() {
      return fields.values().stream()
          .mapToLong(Content::deadlineMillis)
          .filter(millis -> millis != NEVER)
          .min()
          .orElse(Long.MAX_VALUE);
    }
  }

  private final Turn turn = new Turn();
  private final EffectCollector recorder = new EffectCollector((ended, effects) -> {});
  private final List<Map<Bytes, Model>> models = List.of(new TreeMap<>(), new TreeMap<>());
  private final Map<String, Integer> tally = new TreeMap<>();
  private @Nullable Keyspace created;
  private Random random = new Random(0);
  private long nowMillis = START_MILLIS;

  /** Whether limits are so wide that a hash fills its slot before it reaches them. */
  private boolean isRoomy;

  private Keyspace keyspace() {
    Keyspace keyspace = created;
    if (keyspace == null) {
      throw new IllegalStateException("the test has not begun");
    }
    return keyspace;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void hashesHoldWhatAMapHolds(int run) {
    long seed = Long.getLong("carillon.seed", System.nanoTime() + run);
    try {
      run(seed, Integer.getInteger("carillon.steps", 12_000));
    } catch (RuntimeException | AssertionError failure) {
      throw new AssertionError("-Dcarillon.seed=" + seed + ": " + failure, failure);
    }
  }

  @Test
  void theRunsReachWhatTheyAreMeantToReach() {
    for (int seed = 1; seed <= 3; seed++) {
      run(seed, 6_000);
    }
    assertThat(tally.keySet())
        .contains(
            "listpack",
            "listpackex",
            "hashtable",
            "large but listpack",
            "large but listpackex",
            "swept",
            "swept in part",
            "emptied by the sweep",
            "moved",
            "copied",
            "loaded");
  }

  private void run(long seed, int steps) {
    random = new Random(seed);
    models.forEach(Map::clear);
    nowMillis = START_MILLIS;
    turn.begin(nowMillis);
    created = new Keyspace(2, turn, new Random(seed));
    turn.recorder(recorder);
    isRoomy = random.nextInt(3) == 0;
    randomLimits();
    for (int i = 0; i < steps; i++) {
      turn.begin(nowMillis);
      step();
      turn.commit();
      keyspace().assertAllClosed();
      verify(i % 50 == 0);
    }
  }

  private void count(String what) {
    tally.merge(what, 1, Integer::sum);
  }

  private void randomLimits() {
    PackingLimits limits = keyspace().limits();
    limits.hashEntries = isRoomy || random.nextInt(3) == 0 ? 512 : random.nextInt(40);
    limits.hashValue = isRoomy || random.nextInt(3) == 0 ? 3_000 : random.nextInt(80);
  }

  // --------------------------------------------------------------------------------------- steps

  private void step() {
    int db = random.nextInt(2);
    Bytes key = key();
    switch (random.nextInt(40)) {
      case 0 -> {
        if (random.nextInt(20) == 0) {
          randomLimits();
        }
      }
      case 1, 2 -> delete(db, key);
      case 3 -> move(db, key, random.nextInt(2), key());
      case 4 -> copy(db, key, random.nextInt(2), key());
      case 5 -> overwrite(db, key);
      case 6 -> load(db, key, key());
      case 7, 8, 9 -> {
        nowMillis += random.nextInt(random.nextInt(8) == 0 ? 100_000 : 300);
        sweep(1 + random.nextInt(random.nextBoolean() ? 10 : 2_000));
      }
      case 10 -> {
        if (random.nextInt(30) == 0) {
          keyspace().database(db).clear();
          models.get(db).clear();
        }
      }
      case 11, 12, 13, 14, 15 -> remove(db, key);
      case 16, 17, 18, 19, 20, 21, 22, 23 -> deadline(db, key);
      default -> put(db, key);
    }
  }

  private Bytes key() {
    return Bytes.of("k" + random.nextInt(KEYS));
  }

  private Bytes text() {
    int length =
        switch (random.nextInt(40)) {
          case 0 -> (isRoomy ? 0 : 9_000) + random.nextInt(3_000);
          case 1, 2 -> random.nextInt(random.nextBoolean() ? 300 : 2_900);
          case 3, 4, 5, 6 -> random.nextInt(70);
          default -> random.nextInt(6);
        };
    if (random.nextInt(4) == 0) {
      return Bytes.of(Long.toString(random.nextLong() >> random.nextInt(64)));
    }
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return Bytes.of(bytes);
  }

  private Bytes field(@Nullable Model model) {
    if (model != null && random.nextInt(3) > 0) {
      List<Bytes> fields = new ArrayList<>(model.fields.keySet());
      Collections.sort(fields);
      return fields.get(random.nextInt(fields.size()));
    }
    return random.nextInt(30) == 0 ? text() : Bytes.of("f" + random.nextInt(60));
  }

  private void put(int db, Bytes key) {
    Database database = keyspace().database(db);
    Model model = models.get(db).get(key);
    Entry entry = database.findAsIs(key);
    assertThat(entry == null).isEqualTo(model == null);
    Entry open = entry == null ? database.create(key, ValueType.HASH) : database.edit(entry);
    Model changed = model == null ? new Model() : model;
    HashView hash = open.hash();
    int fields = 1 + random.nextInt(random.nextInt(20) == 0 ? 200 : 3);
    if (random.nextBoolean()) {
      hash.expect(fields);
      if (fields > keyspace().limits().hashEntries) {
        changed.encoding = "hashtable";
      }
    }
    for (int i = 0; i < fields; i++) {
      Bytes field = field(model);
      Bytes value = text();
      boolean keeps = random.nextInt(3) == 0;
      boolean isNew = keeps ? hash.putKeepingDeadline(field, value) : hash.put(field, value);
      Content before = changed.fields.get(field);
      assertThat(isNew).isEqualTo(before == null);
      long deadline = keeps && before != null ? before.deadlineMillis : NEVER;
      changed.fields.put(field, new Content(value, deadline));
      PackingLimits limits = keyspace().limits();
      if (field.length() > limits.hashValue
          || value.length() > limits.hashValue
          || changed.fields.size() > limits.hashEntries) {
        changed.encoding = "hashtable";
      }
    }
    models.get(db).put(key, changed);
    assertThat(database.changed(key, open, EventType.HSET)).isFalse();
  }

  private void deadline(int db, Bytes key) {
    Model model = models.get(db).get(key);
    Entry entry = keyspace().database(db).findAsIs(key);
    if (model == null || entry == null) {
      return;
    }
    keyspace().database(db).edit(entry);
    HashView hash = entry.hash();
    for (int i = random.nextInt(4); i >= 0; i--) {
      Bytes field = field(model);
      int place = hash.find(field);
      Content content = model.fields.get(field);
      assertThat(place != 0).isEqualTo(content != null);
      if (content == null) {
        continue;
      }
      long millis =
          switch (random.nextInt(6)) {
            case 0 -> NEVER;
            case 1 -> nowMillis + 1 + random.nextInt(5);
            case 2 -> nowMillis + 5_000_000_000L * random.nextInt(3) + 100;
            default -> nowMillis + 1 + random.nextInt(2_000);
          };
      hash.deadlineMillis(place, millis);
      model.fields.put(field, new Content(content.value, millis));
      if (millis != NEVER && model.encoding.equals("listpack")) {
        model.encoding = "listpackex";
      }
    }
    assertThat(keyspace().database(db).changed(key, entry, EventType.HEXPIRE)).isFalse();
  }

  private void remove(int db, Bytes key) {
    Model model = models.get(db).get(key);
    Entry entry = keyspace().database(db).findAsIs(key);
    if (model == null || entry == null) {
      return;
    }
    keyspace().database(db).edit(entry);
    HashView hash = entry.hash();
    for (int i = random.nextInt(random.nextInt(4) == 0 ? 200 : 3); i >= 0; i--) {
      if (model.fields.isEmpty()) {
        break;
      }
      Bytes field = field(model);
      int place = hash.find(field);
      assertThat(place != 0).isEqualTo(model.fields.remove(field) != null);
      if (place != 0) {
        hash.remove(place);
      }
    }
    boolean gone = keyspace().database(db).changed(key, entry, EventType.HDEL);
    assertThat(gone).isEqualTo(model.fields.isEmpty());
    if (gone) {
      models.get(db).remove(key);
    }
  }

  private void delete(int db, Bytes key) {
    Database database = keyspace().database(db);
    Entry entry = database.findAsIs(key);
    if (entry != null) {
      database.remove(key, entry);
      database.changed(key, EventType.DEL);
      models.get(db).remove(key);
    }
  }

  private void move(int db, Bytes key, int targetDb, Bytes targetKey) {
    Entry source = keyspace().database(db).findAsIs(key);
    Model model = models.get(db).get(key);
    if (source == null || model == null || db == targetDb && key.equals(targetKey)) {
      return;
    }
    delete(targetDb, targetKey);
    keyspace().database(db).move(key, source, keyspace().database(targetDb), targetKey);
    keyspace().database(db).changed(key, EventType.RENAME_FROM);
    keyspace().database(targetDb).changed(targetKey, EventType.RENAME_TO);
    models.get(db).remove(key);
    models.get(targetDb).put(targetKey, model);
    count("moved");
  }

  private void copy(int db, Bytes key, int targetDb, Bytes targetKey) {
    Entry source = keyspace().database(db).findAsIs(key);
    Model model = models.get(db).get(key);
    if (source == null || model == null || db == targetDb && key.equals(targetKey)) {
      return;
    }
    delete(targetDb, targetKey);
    Entry copy = keyspace().database(targetDb).create(targetKey, ValueType.HASH);
    copy.takeValueOf(source);
    keyspace().database(targetDb).changed(targetKey, EventType.COPY_TO);
    models.get(targetDb).put(targetKey, model.copy());
    count("copied");
  }

  /** A string takes the place of a hash, and goes. */
  private void overwrite(int db, Bytes key) {
    Database database = keyspace().database(db);
    Entry entry = database.findAsIs(key);
    if (entry != null && random.nextInt(4) == 0) {
      Entry open = database.overwrite(key, entry, ValueType.STRING, false);
      open.string(Bytes.of("text"));
      database.changed(key, EventType.SET);
      database.remove(key, open);
      database.changed(key, EventType.DEL);
      models.get(db).remove(key);
    }
  }

  /** What a small hash would be dumped as becomes another key. */
  private void load(int db, Bytes key, Bytes targetKey) {
    Entry source = keyspace().database(db).findAsIs(key);
    Model model = models.get(db).get(key);
    Bytes listpack = source == null ? null : source.hash().listpack();
    if (source == null || model == null || listpack == null || key.equals(targetKey)) {
      return;
    }
    Bytes copy = listpack.copy();
    boolean timed = source.hash().isTimed();
    delete(db, targetKey);
    Entry loaded = keyspace().database(db).create(targetKey, ValueType.HASH);
    loaded.hash().load(copy, timed);
    keyspace().database(db).changed(targetKey, loaded, EventType.RESTORE);
    Model copied = model.copy();
    copied.encoding =
        model.fields.size() > keyspace().limits().hashEntries
            ? "hashtable"
            : timed ? "listpackex" : "listpack";
    models.get(db).put(targetKey, copied);
    count("loaded");
  }

  private void sweep(int budget) {
    turn.begin(nowMillis);
    int left = keyspace().sweep(nowMillis, budget);
    Map<List<Object>, Long> last = new HashMap<>();
    int swept = 0;
    for (Effect effect : recorder.running()) {
      assertThat(effect.arguments().get(0)).isEqualTo(Bytes.of("HDEL"));
      Bytes key = effect.arguments().get(1);
      Model model = models.get(effect.db()).get(key);
      assertThat(model).as("the hash that was swept: %s", key).isNotNull();
      for (Bytes field : effect.arguments().subList(2, effect.arguments().size())) {
        Content content = model.fields.remove(field);
        assertThat(content).as("a field that was swept: %s", field).isNotNull();
        assertThat(content.deadlineMillis).isNotEqualTo(NEVER).isLessThanOrEqualTo(nowMillis);
        List<Object> place = List.of(effect.db(), key);
        assertThat(content.deadlineMillis).isGreaterThanOrEqualTo(last.getOrDefault(place, 0L));
        last.put(place, content.deadlineMillis);
        swept++;
      }
      if (model.fields.isEmpty()) {
        models.get(effect.db()).remove(key);
        count("emptied by the sweep");
      }
    }
    turn.commit();
    count(swept > 0 ? "swept" : "nothing to sweep");
    assertThat(swept).isLessThan(budget + 128);
    boolean anyDue =
        models.stream()
            .flatMap(each -> each.values().stream())
            .anyMatch(model -> model.earliest() <= nowMillis);
    if (left > 0) {
      assertThat(anyDue).as("something due is left").isFalse();
    } else if (anyDue) {
      count("swept in part");
    }
  }

  // --------------------------------------------------------------------------------------- checks

  private void verify(boolean scans) {
    long next = Long.MAX_VALUE;
    for (int db = 0; db < 2; db++) {
      Database database = keyspace().database(db);
      Map<Bytes, Model> expected = models.get(db);
      assertThat(database.size()).isEqualTo(expected.size());
      int timed = 0;
      long objectBytes = 0;
      for (Map.Entry<Bytes, Model> each : expected.entrySet()) {
        Entry entry = database.findAsIs(each.getKey());
        assertThat(entry).isNotNull();
        verify(entry, each.getValue(), scans);
        next = Math.min(next, each.getValue().earliest());
        timed += each.getValue().earliest() == Long.MAX_VALUE ? 0 : 1;
        objectBytes += entry.holdsObject() ? ((Value) entry.object()).sizeBytes() : 0;
      }
      assertThat(database.hashesWithDeadlines()).isEqualTo(timed);
      assertThat(database.usedBytes())
          .isEqualTo(
              database.slots.usedBytes() + database.table.usedBytes() + objectBytes + 24L * timed);
    }
    assertThat(keyspace().nextDeadlineMillis()).isLessThanOrEqualTo(next);
  }

  private void verify(Entry entry, Model model, boolean scans) {
    HashView hash = entry.hash();
    assertThat(hash.size()).isEqualTo(model.fields.size());
    assertThat(hash.earliestDeadlineMillis()).isEqualTo(model.earliest());
    assertThat(hash.hasOver()).isEqualTo(model.earliest() <= turn.nowMillis());
    assertThat(hash.encoding()).isEqualTo(model.encoding);
    count(hash.encoding());
    if (hash.listpack() == null && !hash.encoding().equals("hashtable")) {
      count("large but " + hash.encoding());
    }
    Set<Bytes> seen = new HashSet<>();
    hash.forEach(
        place -> {
          Bytes field = hash.field(place).copy();
          assertThat(seen.add(field)).isTrue();
          verify(hash, place, model.fields.get(field));
        });
    assertThat(seen).isEqualTo(model.fields.keySet());
    int place = hash.random(random);
    verify(hash, place, model.fields.get(hash.field(place).copy()));
    if (scans) {
      model.fields.forEach((field, content) -> verify(hash, hash.find(field), content));
      assertThat(hash.find(Bytes.of("missing"))).isZero();
      scan(hash, model);
    }
  }

  private void verify(HashView hash, int place, @Nullable Content content) {
    assertThat(content).isNotNull();
    assertThat(hash.value(place)).isEqualTo(content.value);
    assertThat(hash.deadlineMillis(place)).isEqualTo(content.deadlineMillis);
    assertThat(hash.isOver(place))
        .isEqualTo(content.deadlineMillis != NEVER && content.deadlineMillis <= turn.nowMillis());
  }

  private void scan(HashView hash, Model model) {
    List<Bytes> scanned = new ArrayList<>();
    long cursor = 0;
    do {
      cursor = hash.scan(cursor, 3, place -> scanned.add(hash.field(place).copy()));
    } while (cursor != 0);
    assertThat(scanned).containsExactlyInAnyOrderElementsOf(model.fields.keySet());
  }

  // -------------------------------------------------------------------------------------- by hand

  @Test
  void aMillionDueFieldsAreWorkedOffInSlicesWhileOthersHaveTheirTurn() {
    turn.begin(nowMillis);
    Keyspace keyspace = new Keyspace(1, turn, new Random(1));
    created = keyspace;
    Database database = keyspace.database(0);
    fill(database, "large", 200_000, nowMillis + 10);
    fill(database, "small", 3, nowMillis + 11);
    turn.commit();
    nowMillis += 20;
    int slices = 0;
    int slicesUntilSmall = 0;
    while (database.size() > 0) {
      turn.begin(nowMillis);
      long before = keyspace.expiredFields();
      int left = keyspace.sweep(nowMillis, 256);
      turn.commit();
      assertThat(keyspace.expiredFields() - before).isBetween(1L, 256L + 127);
      assertThat(left == 0 || database.size() == 0).isTrue();
      slices++;
      if (database.findAsIs(Bytes.of("small")) != null) {
        slicesUntilSmall++;
      }
    }
    assertThat(keyspace.expiredFields()).isEqualTo(200_003);
    assertThat(slices).isBetween(700, 2_000);
    assertThat(slicesUntilSmall).isLessThan(5);
  }

  private static void fill(Database database, String name, int fields, long deadlineMillis) {
    Bytes key = Bytes.of(name);
    Entry entry = database.create(key, ValueType.HASH);
    HashView hash = entry.hash();
    for (int i = 0; i < fields; i++) {
      Bytes field = Bytes.of("field" + i);
      hash.put(field, Bytes.EMPTY);
      hash.deadlineMillis(hash.find(field), deadlineMillis);
    }
    database.changed(key, entry, EventType.HEXPIRE);
  }

  @Test
  void aSmallHashWithDeadlinesLiesInItsSlot() {
    turn.begin(nowMillis);
    Keyspace keyspace = new Keyspace(1, turn, new Random(1));
    created = keyspace;
    Database database = keyspace.database(0);
    fill(database, "session", 10, nowMillis + 1_000_000);
    Entry entry = database.findAsIs(Bytes.of("session"));
    assertThat(entry).isNotNull();
    assertThat(entry.holdsObject()).isFalse();
    assertThat(entry.encoding()).isEqualTo("listpackex");
    assertThat(entry.sizeBytes()).isLessThan(300);
    assertThat(Arrays.asList(entry.hash().size(), database.hashesWithDeadlines()))
        .containsExactly(10, 1);
  }
}

package dev.carillon.engine.simulation;

import dev.carillon.engine.simulation.Model.Field;
import dev.carillon.engine.simulation.Model.Item;
import dev.carillon.engine.simulation.Model.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The part of the model that knows hashes and the deadlines of their fields. */
final class HashModel {

  /** Whose replies do not depend on the order of fields. */
  static final Set<String> COMMANDS =
      Set.of(
          "hset",
          "hsetnx",
          "hincrby",
          "hget",
          "hmget",
          "hexists",
          "hstrlen",
          "hlen",
          "hdel",
          "hpexpire",
          "hpexpireat",
          "hpersist",
          "hpttl",
          "hpexpiretime",
          "hgetdel",
          "hgetex",
          "hsetex");

  private static final Refusal WRONG_TYPE =
      new Refusal("WRONGTYPE Operation against a key holding the wrong kind of value");
  private static final Refusal NOT_AN_INTEGER = new Refusal("ERR hash value is not an integer");

  private static final int NO_FIELD = -2;

  private final Model model;

  HashModel(Model model) {
    this.model = model;
  }

  String answer(ModelClient client, List<String> w) {
    int db = client.db;
    String key = w.get(1);
    return switch (Model.name(w)) {
      case "hset" -> Wire.integer(set(db, key, w.subList(2, w.size()), false, "hset"));
      case "hsetnx" -> setIfMissing(db, key, w);
      case "hincrby" -> increment(db, key, w.get(2), Long.parseLong(w.get(3)));
      case "hget" -> text(meet(db, key, w.get(2)), client.protocol);
      case "hmget" -> values(client, key, w.subList(2, w.size()));
      case "hexists" -> Wire.integer(meet(db, key, w.get(2)) == null ? 0 : 1);
      case "hstrlen" -> {
        Field field = meet(db, key, w.get(2));
        yield Wire.integer(field == null ? 0 : field.value.length());
      }
      case "hlen" -> {
        Item item = read(db, key);
        yield Wire.integer(item == null ? 0 : fields(item).size());
      }
      case "hdel" -> Wire.integer(delete(db, key, w.subList(2, w.size()), true).size());
      case "hpexpire" -> expire(db, w, model.nowMillis() + Long.parseLong(w.get(2)));
      case "hpexpireat" -> expire(db, w, Long.parseLong(w.get(2)));
      case "hpersist" -> persist(db, w);
      case "hpttl" -> ask(db, w, model.nowMillis());
      case "hpexpiretime" -> ask(db, w, 0);
      case "hgetdel" -> getDelete(client, w);
      case "hgetex" -> getEx(client, w);
      case "hsetex" -> setEx(db, w);
      default -> throw new IllegalArgumentException("the model does not know " + w);
    };
  }

  // ------------------------------------------------------------------------------------ looking

  private static Map<String, Field> fields(Item item) {
    Map<String, Field> fields = item.fields;
    if (fields == null) {
      throw WRONG_TYPE;
    }
    return fields;
  }

  private static @Nullable Item hash(@Nullable Item item) {
    if (item != null) {
      fields(item);
    }
    return item;
  }

  private @Nullable Item read(int db, String key) {
    return hash(model.find(db, key));
  }

  private @Nullable Item lookup(int db, String key) {
    return hash(model.lookup(db, key));
  }

  private boolean isOver(Field field) {
    return field.deadline != Model.NEVER && field.deadline <= model.nowMillis();
  }

  private @Nullable Field living(@Nullable Item item, String name) {
    Field field = item == null ? null : fields(item).get(name);
    return field == null || isOver(field) ? null : field;
  }

  private static String text(@Nullable Field field, int protocol) {
    return field == null ? Wire.nil(protocol) : Wire.bulk(field.value);
  }

  /**
   * Removes fields that are over.
   *
   * @return the item, or null if it is gone
   */
  private @Nullable Item expire(
      int db, String key, @Nullable Item item, List<String> names, boolean toWrite) {
    if (item == null) {
      return null;
    }
    List<String> over = new ArrayList<>();
    for (String name : names) {
      Field field = fields(item).get(name);
      if (field != null && isOver(field) && !over.contains(name)) {
        over.add(name);
      }
    }
    if (over.isEmpty()) {
      return item;
    }
    if (model.isHeld(model.nowMillis()) && !toWrite) {
      model.count("field missed although held");
      return item;
    }
    model.count("field expired by access");
    return model.removeFields(db, key, over) ? null : item;
  }

  private @Nullable Field meet(int db, String key, String name) {
    Item item = read(db, key);
    Field field = living(item, name);
    expire(db, key, item, List.of(name), false);
    return field;
  }

  // ------------------------------------------------------------------------------------ writing

  /** Sets pairs of names and values; answers how many are new. */
  private int set(int db, String key, List<String> pairs, boolean keeps, String event) {
    Item item = lookup(db, key);
    if (item == null) {
      item = model.create(db, key, new Item(new TreeMap<>()));
    }
    int created = 0;
    List<String> names = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i += 2) {
      Field before = fields(item).get(pairs.get(i));
      Field field = new Field(pairs.get(i + 1));
      if (before == null) {
        created++;
      } else if (keeps) {
        field.deadline = before.deadline;
      }
      fields(item).put(pairs.get(i), field);
      names.add(pairs.get(i));
    }
    model.close(db, key, event, names);
    return created;
  }

  private String setIfMissing(int db, String key, List<String> w) {
    Item item = expire(db, key, lookup(db, key), List.of(w.get(2)), true);
    if (living(item, w.get(2)) != null) {
      return Wire.integer(0);
    }
    set(db, key, w.subList(2, 4), false, "hset");
    return Wire.integer(1);
  }

  private String increment(int db, String key, String name, long by) {
    Item item = expire(db, key, lookup(db, key), List.of(name), true);
    Field field = living(item, name);
    if (field != null && !field.value.matches("0|-?[1-9][0-9]{0,17}")) {
      throw NOT_AN_INTEGER;
    }
    long sum = (field == null ? 0 : Long.parseLong(field.value)) + by;
    set(db, key, List.of(name, Long.toString(sum)), true, "hincrby");
    return Wire.integer(sum);
  }

  /** Deletes fields with their event; answers which ones were there. */
  private List<String> delete(int db, String key, List<String> names, boolean overToo) {
    Item item = lookup(db, key);
    List<String> deleted = new ArrayList<>();
    if (item != null) {
      for (String name : names) {
        if ((overToo || living(item, name) != null) && fields(item).remove(name) != null) {
          deleted.add(name);
        }
      }
      if (!deleted.isEmpty()) {
        model.close(db, key, "hdel", deleted);
        if (fields(item).isEmpty()) {
          model.delete(db, key);
        }
      }
    }
    return deleted;
  }

  // ---------------------------------------------------------------------------------- deadlines

  private String expire(int db, List<String> w, long deadline) {
    String key = w.get(1);
    Item item = lookup(db, key);
    int at = w.indexOf("FIELDS");
    String condition = at == 4 ? w.get(3) : "";
    List<String> names = w.subList(at + 2, w.size());
    List<String> affected = new ArrayList<>();
    StringBuilder reply = new StringBuilder(Wire.array(names.size()));
    for (String name : names) {
      Field field = living(item, name);
      if (field == null || item == null) {
        reply.append(Wire.integer(NO_FIELD));
        continue;
      }
      long current = field.deadline == Model.NEVER ? Long.MAX_VALUE : field.deadline;
      boolean holds =
          switch (condition) {
            case "NX" -> field.deadline == Model.NEVER;
            case "XX" -> field.deadline != Model.NEVER;
            case "GT" -> deadline > current;
            case "LT" -> deadline < current;
            default -> true;
          };
      if (holds && deadline <= model.nowMillis()) {
        fields(item).remove(name);
      } else if (holds) {
        field.deadline = deadline;
      }
      if (holds) {
        affected.add(name);
      }
      reply.append(Wire.integer(!holds ? 0 : deadline <= model.nowMillis() ? 2 : 1));
    }
    closeExpired(db, key, item, affected, deadline);
    return reply.toString();
  }

  private void closeExpired(
      int db, String key, @Nullable Item item, List<String> affected, long deadline) {
    if (!affected.isEmpty() && item != null) {
      model.close(db, key, deadline <= model.nowMillis() ? "hdel" : "hexpire", affected);
      if (fields(item).isEmpty()) {
        model.delete(db, key);
      }
    }
  }

  private String persist(int db, List<String> w) {
    Item item = lookup(db, w.get(1));
    List<String> affected = new ArrayList<>();
    StringBuilder reply = new StringBuilder(Wire.array(w.size() - 4));
    for (String name : w.subList(4, w.size())) {
      Field field = living(item, name);
      boolean had = field != null && field.deadline != Model.NEVER;
      if (field != null && had) {
        field.deadline = Model.NEVER;
        affected.add(name);
      }
      reply.append(Wire.integer(field == null ? NO_FIELD : had ? 1 : -1));
    }
    if (!affected.isEmpty()) {
      model.close(db, w.get(1), "hpersist", affected);
    }
    return reply.toString();
  }

  private String ask(int db, List<String> w, long from) {
    Item item = read(db, w.get(1));
    StringBuilder reply = new StringBuilder(Wire.array(w.size() - 4));
    for (String name : w.subList(4, w.size())) {
      Field field = living(item, name);
      reply.append(
          Wire.integer(
              field == null
                  ? NO_FIELD
                  : field.deadline == Model.NEVER ? -1 : field.deadline - from));
    }
    return reply.toString();
  }

  // --------------------------------------------------------------------------- reading and more

  private String values(ModelClient client, String key, List<String> names) {
    Item item = read(client.db, key);
    StringBuilder reply = new StringBuilder(Wire.array(names.size()));
    names.forEach(name -> reply.append(text(living(item, name), client.protocol)));
    expire(client.db, key, item, names, false);
    return reply.toString();
  }

  private String getDelete(ModelClient client, List<String> w) {
    String key = w.get(1);
    List<String> names = w.subList(4, w.size());
    Item item = expire(client.db, key, lookup(client.db, key), names, false);
    StringBuilder reply = new StringBuilder(Wire.array(names.size()));
    List<String> read = new ArrayList<>();
    for (String name : names) {
      Field field = read.contains(name) ? null : living(item, name);
      read.add(name);
      reply.append(text(field, client.protocol));
    }
    if (item != null) {
      delete(client.db, key, names, false);
    }
    return reply.toString();
  }

  private String getEx(ModelClient client, List<String> w) {
    String key = w.get(1);
    int at = w.indexOf("FIELDS");
    List<String> names = w.subList(at + 2, w.size());
    long deadline = deadlineOf(w);
    boolean deletes = deadline != Model.NEVER && deadline <= model.nowMillis();
    Item item = expire(client.db, key, lookup(client.db, key), names, false);
    StringBuilder reply = new StringBuilder(Wire.array(names.size()));
    List<String> affected = new ArrayList<>();
    for (String name : names) {
      Field field = living(item, name);
      reply.append(text(field, client.protocol));
      if (field == null || item == null) {
        continue;
      }
      if (deletes) {
        fields(item).remove(name);
        affected.add(name);
      } else if (deadline != Model.NEVER) {
        field.deadline = deadline;
        affected.add(name);
      } else if (w.contains("PERSIST") && field.deadline != Model.NEVER) {
        field.deadline = Model.NEVER;
        affected.add(name);
      }
    }
    if (w.contains("PERSIST") && !affected.isEmpty()) {
      model.close(client.db, key, "hpersist", affected);
    } else {
      closeExpired(client.db, key, item, affected, deadline);
    }
    return reply.toString();
  }

  private long deadlineOf(List<String> w) {
    int px = w.indexOf("PX");
    int at = w.indexOf("PXAT");
    return px >= 0
        ? model.nowMillis() + Long.parseLong(w.get(px + 1))
        : at >= 0 ? Long.parseLong(w.get(at + 1)) : Model.NEVER;
  }

  private String setEx(int db, List<String> w) {
    String key = w.get(1);
    int at = w.indexOf("FIELDS");
    List<String> pairs = w.subList(at + 2, w.size());
    List<String> names = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i += 2) {
      names.add(pairs.get(i));
    }
    boolean onlyNew = w.contains("FNX");
    boolean onlyOld = w.contains("FXX");
    boolean keeps = w.contains("KEEPTTL");
    Item item = lookup(db, key);
    if (keeps) {
      item = expire(db, key, item, names, true);
    }
    List<String> over = new ArrayList<>();
    for (String name : onlyNew || onlyOld ? names : List.<String>of()) {
      Field field = item == null ? null : fields(item).get(name);
      if (field != null && isOver(field) && !over.contains(name)) {
        over.add(name);
      }
      boolean isThere = field != null && !isOver(field);
      if (isThere == onlyNew) {
        expire(db, key, item, over, true);
        return Wire.integer(0);
      }
    }
    if (!over.isEmpty()) {
      model.replaceFields(db, key, over);
    }
    set(db, key, pairs, keeps, "hset");
    long deadline = deadlineOf(w);
    Item changed = model.lookup(db, key);
    if (deadline != Model.NEVER && changed != null) {
      List<String> affected = new ArrayList<>();
      for (String name : names) {
        Field field = fields(changed).get(name);
        if (field != null) {
          affected.add(name);
          if (deadline <= model.nowMillis()) {
            fields(changed).remove(name);
          } else {
            field.deadline = deadline;
          }
        }
      }
      closeExpired(db, key, changed, affected, deadline);
    }
    return Wire.integer(1);
  }
}

package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.engine.value.ValueType.HASH;
import static dev.carillon.protocol.event.EventType.DEL;
import static dev.carillon.protocol.event.EventType.HDEL;
import static dev.carillon.protocol.event.EventType.HINCRBY;
import static dev.carillon.protocol.event.EventType.HINCRBYFLOAT;
import static dev.carillon.protocol.event.EventType.HSET;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.HashView;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.turn.Subkeys;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.ExtendedReal;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.EventType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fields of hashes by name: setting, reading, deleting, counting. What walks over all fields is in
 * {@link HashWalkCommands}, what has to do with their deadlines in {@link HashDeadlineCommands}.
 *
 * <p>A field that is over but not removed yet counts as missing. Commands that look at single
 * fields remove it when they meet it ({@link HashView#meet}); HSET and HDEL take it as it is, and
 * HLEN counts it, as in Redis.
 */
final class HashCommands {

  private static final Bytes HSET_WORD = Bytes.of("HSET");
  private static final Bytes HSETEX_WORD = Bytes.of("HSETEX");
  private static final Bytes KEEPTTL_WORD = Bytes.of("KEEPTTL");
  private static final Bytes FIELDS_WORD = Bytes.of("FIELDS");
  private static final Bytes ONE = Bytes.of("1");

  private HashCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.HASH);
    table
        .command("hset", -4, ctx -> ctx.reply().integer(set(ctx)))
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW update")
        .emits(HSET)
        .since("2.0.0")
        .summary("Sets fields of a hash and answers how many of them are new.")
        .grammar("key:key@0 data:block*( field:string value:string )")
        .complexity("O(N) where N is the number of fields.");
    table
        .command("hmset", -4, HashCommands::hmset)
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW update")
        .emits(HSET)
        .since("2.0.0")
        .deprecated("4.0.0", "`HSET` with multiple field-value pairs")
        .summary("Sets fields of a hash.")
        .grammar("key:key@0 data:block*( field:string value:string )")
        .complexity("O(N) where N is the number of fields.");
    table
        .command("hsetnx", 4, HashCommands::hsetnx)
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW insert")
        .emits(HSET)
        .since("2.0.0")
        .summary("Sets a field of a hash unless it is there already.")
        .grammar("key:key@0 field:string value:string")
        .complexity("O(1)");
    table
        .command("hincrby", 4, HashCommands::hincrby)
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW access update")
        .emits(HINCRBY)
        .since("2.0.0")
        .summary("Adds to the integer of a field and answers it.")
        .grammar("key:key@0 field:string increment:integer")
        .complexity("O(1)");
    table
        .command("hincrbyfloat", 4, HashCommands::hincrbyfloat)
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW access update")
        .emits(HINCRBYFLOAT)
        .since("2.6.0")
        .summary("Adds to the real number of a field and answers it.")
        .grammar("key:key@0 field:string increment:double")
        .complexity("O(1)");
    table
        .command("hdel", -3, HashCommands::hdel)
        .flags(WRITE, FAST)
        .key(1, "RW delete")
        .emits(HDEL, DEL)
        .since("2.0.0")
        .summary("Deletes fields of a hash, and the hash with the last of them.")
        .grammar("key:key@0 field:string*")
        .complexity("O(N) where N is the number of fields.");
    reading(table.command("hget", 3, HashCommands::hget), "RO access", "2.0.0")
        .summary("Answers the value of a field.")
        .grammar("key:key@0 field:string")
        .complexity("O(1)");
    reading(table.command("hmget", -3, HashCommands::hmget), "RO access", "2.0.0")
        .summary("Answers the values of fields.")
        .grammar("key:key@0 field:string*")
        .complexity("O(N) where N is the number of fields.");
    reading(table.command("hexists", 3, HashCommands::hexists), "RO", "2.0.0")
        .summary("Says whether a hash has a field.")
        .grammar("key:key@0 field:string")
        .complexity("O(1)");
    reading(table.command("hstrlen", 3, HashCommands::hstrlen), "RO", "3.2.0")
        .summary("Answers the length of the value of a field.")
        .grammar("key:key@0 field:string")
        .complexity("O(1)");
    reading(table.command("hlen", 2, HashCommands::hlen), "RO", "2.0.0")
        .summary("Answers how many fields a hash has.")
        .grammar("key:key@0")
        .complexity("O(1)");
  }

  private static Command.Row reading(Command.Row row, String access, String since) {
    return row.flags(READONLY, FAST).key(1, access).since(since);
  }

  // ------------------------------------------------------------------------------------- setting

  /** Sets what the request says; answers how many fields are new. */
  private static int set(CommandContext ctx) {
    if (ctx.count() % 2 != 0) {
      throw Errors.WRONG_ARITY.error(ctx.command().name());
    }
    Bytes key = ctx.argument(1);
    Entry entry = ctx.editOrCreate(key, ctx.lookup(key, HASH), HASH);

    HashView hash = entry.hash();
    hash.expect((ctx.count() - 2) / 2);
    Subkeys fields = ctx.subkeys(HSET);
    int created = 0;
    for (int i = 2; i < ctx.count(); i += 2) {
      created += hash.put(ctx.argument(i), ctx.argument(i + 1)) ? 1 : 0;
      fields.add(ctx.argument(i));
    }
    ctx.changed(key, entry, HSET, fields);
    return created;
  }

  private static void hmset(CommandContext ctx) {
    set(ctx);
    ctx.reply().ok();
  }

  private static void hsetnx(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Bytes field = ctx.argument(2);
    Entry existing = ctx.lookup(key, HASH);
    if (existing != null) {
      HashView hash = existing.hash();
      if (hash.meetToWrite(field) != 0) {
        ctx.reply().integer(0);
        return;
      }
      existing = hash.isGone() ? null : existing;
    }

    Entry entry = ctx.editOrCreate(key, existing, HASH);
    entry.hash().put(field, ctx.argument(3));
    changed(ctx, key, entry, HSET, field);
    ctx.reply().integer(1);
  }

  /** Closes a change of one field. */
  private static void changed(
      CommandContext ctx, Bytes key, Entry entry, EventType type, Bytes field) {
    Subkeys fields = ctx.subkeys(type);
    fields.add(field);
    ctx.changed(key, entry, type, fields);
  }

  // ------------------------------------------------------------------------------------- counting

  private static void hincrby(CommandContext ctx) {
    long increment = ctx.longArgument(3);
    Bytes key = ctx.argument(1);
    Bytes field = ctx.argument(2);
    Entry existing = ctx.lookup(key, HASH);
    long before = 0;
    if (existing != null) {
      HashView hash = existing.hash();
      int place = hash.meetToWrite(field);
      before = place == 0 ? 0 : integerOf(hash.value(place));
      existing = hash.isGone() ? null : existing;
    }
    long sum = before + increment;
    if (((before ^ sum) & (increment ^ sum)) < 0) {
      throw Errors.OVERFLOW.error();
    }

    Entry entry = ctx.editOrCreate(key, existing, HASH);
    entry.hash().putKeepingDeadline(field, Numerals.of(sum));
    changed(ctx, key, entry, HINCRBY, field);
    ctx.reply().integer(sum);
  }

  private static long integerOf(Bytes text) {
    if (!Numerals.isLong(text)) {
      throw Errors.HASH_VALUE_NOT_AN_INTEGER.error();
    }
    return Numerals.toLong(text);
  }

  private static void hincrbyfloat(CommandContext ctx) {
    ExtendedReal increment = ExtendedReal.parse(ctx.argument(3));
    if (increment == null) {
      throw Errors.NOT_A_FLOAT.error();
    }
    if (increment.isInfinite()) {
      throw Errors.VALUE_NAN_OR_INFINITY.error();
    }
    Bytes key = ctx.argument(1);
    Bytes field = ctx.argument(2);
    Entry existing = ctx.lookup(key, HASH);
    ExtendedReal before = ExtendedReal.ZERO;
    boolean hasDeadline = false;
    if (existing != null) {
      HashView hash = existing.hash();
      int place = hash.meetToWrite(field);
      if (place != 0) {
        before = realOf(hash.value(place));
        hasDeadline = hash.deadlineMillis(place) != HashView.NO_DEADLINE;
      }
      existing = hash.isGone() ? null : existing;
    }
    ExtendedReal sum = before.plus(increment);
    if (sum.isInfinite()) {
      throw Errors.NAN_OR_INFINITY.error();
    }

    Bytes text = sum.toBytes();
    Entry entry = ctx.editOrCreate(key, existing, HASH);
    entry.hash().putKeepingDeadline(field, text);
    changed(ctx, key, entry, HINCRBYFLOAT, field);
    if (hasDeadline) {
      ctx.effect(HSETEX_WORD, key, KEEPTTL_WORD, FIELDS_WORD, ONE, field, text);
    } else {
      ctx.effect(HSET_WORD, key, field, text);
    }
    ctx.reply().bulk(text);
  }

  private static ExtendedReal realOf(Bytes text) {
    ExtendedReal value = ExtendedReal.parse(text);
    if (value == null) {
      throw Errors.HASH_VALUE_NOT_A_FLOAT.error();
    }
    return value;
  }

  // ------------------------------------------------------------------------------------- deleting

  private static void hdel(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, HASH);
    int deleted = 0;
    if (entry != null) {
      HashView hash = entry.hash();
      Subkeys fields = ctx.subkeys(HDEL);
      for (int i = 2; i < ctx.count(); i++) {
        Bytes field = ctx.argument(i);
        int place = hash.find(field);
        if (place != 0) {
          if (deleted++ == 0) {
            ctx.edit(entry);
          }
          hash.remove(place);
          fields.add(field);
        }
      }
      if (deleted > 0) {
        ctx.changed(key, entry, HDEL, fields);
      }
    }
    ctx.reply().integer(deleted);
  }

  // -------------------------------------------------------------------------------------- reading

  private static @Nullable HashView find(CommandContext ctx) {
    Entry entry = ctx.find(ctx.argument(1), HASH);
    return entry == null ? null : entry.hash();
  }

  private static void hget(CommandContext ctx) {
    HashView hash = find(ctx);
    int place = hash == null ? 0 : hash.meet(ctx.argument(2));
    if (hash == null || place == 0) {
      ctx.reply().nil();
    } else {
      ctx.reply().bulk(hash.value(place));
    }
  }

  private static void hmget(CommandContext ctx) {
    HashView hash = find(ctx);
    ReplyWriter reply = ctx.reply();
    reply.array(ctx.count() - 2L);
    List<Bytes> over = null;
    for (int i = 2; i < ctx.count(); i++) {
      int place = hash == null ? 0 : hash.find(ctx.argument(i));
      if (hash == null || place == 0) {
        reply.nil();
      } else if (hash.isOver(place)) {
        over = over == null ? new ArrayList<>() : over;
        over.add(ctx.argument(i));
        reply.nil();
      } else {
        reply.bulk(hash.value(place));
      }
    }
    if (hash != null && over != null) {
      hash.expire(over, false);
    }
  }

  private static void hexists(CommandContext ctx) {
    HashView hash = find(ctx);
    ctx.reply().integer(hash != null && hash.meet(ctx.argument(2)) != 0 ? 1 : 0);
  }

  private static void hstrlen(CommandContext ctx) {
    HashView hash = find(ctx);
    int place = hash == null ? 0 : hash.meet(ctx.argument(2));
    ctx.reply().integer(hash == null || place == 0 ? 0 : hash.value(place).length());
  }

  private static void hlen(CommandContext ctx) {
    HashView hash = find(ctx);
    ctx.reply().integer(hash == null ? 0 : hash.size());
  }
}

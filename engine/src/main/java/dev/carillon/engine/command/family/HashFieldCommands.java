package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.engine.value.ValueType.HASH;
import static dev.carillon.protocol.event.EventType.DEL;
import static dev.carillon.protocol.event.EventType.HDEL;
import static dev.carillon.protocol.event.EventType.HEXPIRE;
import static dev.carillon.protocol.event.EventType.HPERSIST;
import static dev.carillon.protocol.event.EventType.HSET;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.family.HashDeadlineCommands.Changes;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.HashView;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.turn.Subkeys;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fields of hashes read or written together with their fate: HGETDEL, HGETEX and HSETEX. A field
 * that is over counts as missing, and these commands remove it when they meet it.
 */
final class HashFieldCommands {

  private static final Bytes HDEL_WORD = Bytes.of("HDEL");
  private static final Bytes HSETEX_WORD = Bytes.of("HSETEX");
  private static final Bytes PXAT_WORD = Bytes.of("PXAT");
  private static final Bytes KEEPTTL_WORD = Bytes.of("KEEPTTL");
  private static final Bytes FIELDS_WORD = Bytes.of("FIELDS");

  private HashFieldCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.HASH);
    table
        .command("hgetdel", -5, HashFieldCommands::hgetdel)
        .flags(WRITE, FAST)
        .key(1, "RW access delete")
        .emits(HDEL, DEL)
        .since("8.0.0")
        .summary("Answers the values of fields and deletes the fields.")
        .grammar("key:key@0 fields:block=FIELDS( numfields:integer field:string* )")
        .complexity("O(N) where N is the number of fields.");
    table
        .command("hgetex", -5, HashFieldCommands::hgetex)
        .flags(WRITE, FAST)
        .key(1, "RW access update")
        .emits(HEXPIRE, HPERSIST, HDEL, DEL)
        .since("8.0.0")
        .summary("Answers the values of fields, and sets or removes their deadlines.")
        .grammar(
            """
            key:key@0 expiration:oneof?( seconds:integer=EX milliseconds:integer=PX
            unix-time-seconds:unix-time=EXAT unix-time-milliseconds:unix-time=PXAT
            persist:pure-token=PERSIST ) fields:block=FIELDS( numfields:integer field:string* )
            """)
        .complexity("O(N) where N is the number of fields.");
    table
        .command("hsetex", -6, HashFieldCommands::hsetex)
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW update")
        .emits(HSET, HEXPIRE, HDEL, DEL)
        .since("8.0.0")
        .summary("Sets fields together with their deadlines.")
        .grammar(
            """
            key:key@0 condition:oneof?( fnx:pure-token=FNX fxx:pure-token=FXX )
            expiration:oneof?( seconds:integer=EX milliseconds:integer=PX
            unix-time-seconds:unix-time=EXAT unix-time-milliseconds:unix-time=PXAT
            keepttl:pure-token=KEEPTTL ) fields:block=FIELDS( numfields:integer data:block*(
            field:string value:string ) )
            """)
        .complexity("O(N) where N is the number of fields.");
  }

  // -------------------------------------------------------------------------------------- options

  /**
   * What the words before and behind the fields ask for.
   *
   * @param expiry what becomes of the deadlines, or null
   * @param deadlineMillis what the fields get, where {@code expiry} has a time
   * @param onlyNew none of the fields may be there
   * @param onlyOld all of the fields must be there
   * @param first the index of the first field
   * @param end the index behind the last field, or its value
   */
  private record Options(
      @Nullable ExpiryOption expiry,
      long deadlineMillis,
      boolean onlyNew,
      boolean onlyOld,
      int first,
      int end) {

    /**
     * Both commands read the words of both, and say at the end that one is not theirs (observed on
     * 8.6.3).
     *
     * @param sets whether this is HSETEX, whose fields have values
     */
    static Options of(CommandContext ctx, boolean sets) {
      ExpiryOption timed = null;
      long deadline = HashView.NO_DEADLINE;
      boolean persists = false;
      boolean keeps = false;
      boolean onlyNew = false;
      boolean onlyOld = false;
      int first = 0;
      int end = 0;
      for (int i = 2; i < ctx.count(); i++) {
        ExpiryOption says = ExpiryOption.of(ctx.argument(i));
        if (ctx.isWord(i, "FIELDS")) {
          if (first > 0) {
            throw Errors.FIELDS_TWICE.error();
          }
          if (i + 1 >= ctx.count()) {
            throw Errors.WRONG_ARITY.error(ctx.command().name());
          }
          int each = sets ? 2 : 1;
          first = i + 2;
          end = HashDeadlineCommands.fieldsEnd(ctx, i + 1, each, Errors.FIELDS_INVALID_COUNT);
          i = end - 1;
        } else if (ctx.isWord(i, "FNX") || ctx.isWord(i, "FXX")) {
          if (onlyNew || onlyOld) {
            throw Errors.FIELD_CONDITIONS.error();
          }
          onlyNew = ctx.isWord(i, "FNX");
          onlyOld = !onlyNew;
        } else if (says == null) {
          throw Errors.UNKNOWN_ARGUMENT.error(ctx.argument(i));
        } else if (timed != null
            || (says == ExpiryOption.PERSIST ? persists : keeps)
            || (says.isTimed() && persists)) {
          throw Errors.FIELD_EXPIRATIONS.error(sets ? ExpiryOption.KEEPTTL : ExpiryOption.PERSIST);
        } else if (says.isTimed()) {
          timed = says;
          deadline = deadlineMillis(ctx, says, ++i);
        } else {
          persists |= says == ExpiryOption.PERSIST;
          keeps |= says == ExpiryOption.KEEPTTL;
        }
      }
      if (first == 0) {
        throw Errors.NO_FIELDS.error();
      }
      if (sets ? persists : keeps || onlyNew || onlyOld) {
        throw Errors.MISPLACED_ARGUMENT.error();
      }
      ExpiryOption expiry = persists ? ExpiryOption.PERSIST : keeps ? ExpiryOption.KEEPTTL : timed;
      return new Options(expiry, deadline, onlyNew, onlyOld, first, end);
    }

    private static long deadlineMillis(CommandContext ctx, ExpiryOption option, int index) {
      if (index == ctx.count()) {
        throw Errors.EXPIRE_TIME_MISSING.error();
      }
      return HashDeadlineCommands.deadlineMillis(
          ctx,
          ctx.longArgument(index),
          option.isInSeconds() ? 1000 : 1,
          option.isRelative() ? ctx.nowMillis() : 0);
    }

    boolean isTimed() {
      return expiry != null && expiry.isTimed();
    }

    boolean isConditional() {
      return onlyNew || onlyOld;
    }

    /** Whether the deadline is no more in the future, so that the fields go at once. */
    boolean isPast(CommandContext ctx) {
      // What is replayed was in the future when it was recorded.
      return isTimed() && deadlineMillis <= ctx.nowMillis() && !ctx.turn().isReplaying();
    }

    /** The changes that reading with these options makes. */
    Changes changes(CommandContext ctx, Bytes key, Entry entry) {
      return isPast(ctx)
          ? Changes.deleting(ctx, key, entry)
          : isTimed() ? Changes.expiring(ctx, key, entry) : Changes.persisting(ctx, key, entry);
    }
  }

  /**
   * Removes the fields of a request that are over, so that what follows sees them as missing.
   *
   * @param step from one field to the next
   * @param toWrite whether they are about to be written
   * @return the entry, or null if it is gone or was never there
   */
  private static @Nullable Entry meetAll(
      CommandContext ctx, @Nullable Entry entry, int first, int end, int step, boolean toWrite) {
    HashView hash = entry == null ? null : entry.hash();
    if (hash == null || !hash.hasOver()) {
      return entry;
    }
    List<Bytes> over = new ArrayList<>();
    for (int i = first; i < end; i += step) {
      int place = hash.find(ctx.argument(i));
      if (place != 0 && hash.isOver(place)) {
        over.add(ctx.argument(i));
      }
    }
    if (!over.isEmpty()) {
      hash.expire(over, toWrite);
    }
    return hash.isGone() ? null : entry;
  }

  // -------------------------------------------------------------------------------------- reading

  private static void hgetdel(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry existing = ctx.lookup(key, HASH);
    int first = HashDeadlineCommands.fieldsFrom(ctx, 2, Errors.FIELDS_NOT_POSITIVE);
    Entry entry = meetAll(ctx, existing, first, ctx.count(), 1, false);
    if (entry == null) {
      answerNothing(ctx, ctx.count() - first);
      return;
    }

    // Read and changed field by field: one that is named twice is gone the second time.
    ReplyWriter reply = ctx.reply();
    reply.array(ctx.count() - (long) first);
    HashView hash = entry.hash();
    Changes changes = Changes.deleting(ctx, key, entry);
    for (int i = first; i < ctx.count(); i++) {
      int place = hash.find(ctx.argument(i));
      if (place == 0 || hash.isOver(place)) {
        reply.nil();
      } else {
        reply.bulk(hash.value(place));
        changes.open(ctx.argument(i));
        hash.remove(place);
      }
    }
    changes.close(HashView.NO_DEADLINE);
  }

  private static void answerNothing(CommandContext ctx, int fields) {
    ctx.reply().array(fields);
    for (int i = 0; i < fields; i++) {
      ctx.reply().nil();
    }
  }

  private static void hgetex(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry existing = ctx.lookup(key, HASH);
    Options options = Options.of(ctx, false);
    Entry entry = meetAll(ctx, existing, options.first, options.end, 1, false);
    if (entry == null) {
      answerNothing(ctx, options.end - options.first);
      return;
    }

    ReplyWriter reply = ctx.reply();
    reply.array(options.end - (long) options.first);
    HashView hash = entry.hash();
    Changes changes = options.changes(ctx, key, entry);
    for (int i = options.first; i < options.end; i++) {
      Bytes field = ctx.argument(i);
      int place = hash.find(field);
      if (place == 0 || hash.isOver(place)) {
        reply.nil();
      } else {
        reply.bulk(hash.value(place));
        decide(ctx, options, hash, place, field, changes);
      }
    }
    changes.close(options.deadlineMillis);
  }

  /** What becomes of a field that HGETEX has read. */
  private static void decide(
      CommandContext ctx, Options options, HashView hash, int place, Bytes field, Changes changes) {
    if (options.isPast(ctx)) {
      changes.open(field);
      hash.remove(place);
    } else if (options.isTimed()
        || options.expiry == ExpiryOption.PERSIST
            && hash.deadlineMillis(place) != HashView.NO_DEADLINE) {
      changes.open(field);
      hash.deadlineMillis(place, options.deadlineMillis);
    }
  }

  // -------------------------------------------------------------------------------------- writing

  private static void hsetex(CommandContext ctx) {
    Options options = Options.of(ctx, true);
    Bytes key = ctx.argument(1);
    Entry existing = ctx.lookup(key, HASH);
    if (options.expiry == ExpiryOption.KEEPTTL) {
      existing = meetAll(ctx, existing, options.first, options.end, 2, true);
    }
    List<Bytes> over = new ArrayList<>();
    if (options.isConditional() && !holds(ctx, options, existing, over)) {
      if (existing != null && !over.isEmpty()) {
        existing.hash().expire(over, true);
      }
      ctx.reply().integer(0);
      return;
    }

    if (existing != null && !over.isEmpty()) {
      existing.hash().expireToReplace(over);
    }
    Entry entry = ctx.editOrCreate(key, existing, HASH);
    setAll(ctx, key, entry, options);
    if (options.isTimed()) {
      expireAll(ctx, key, entry, options);
    } else if (!over.isEmpty()) {
      // A replay still has the fields that were over, so that the condition would not hold.
      recordWithoutCondition(ctx, key, options);
    }
    ctx.reply().integer(1);
  }

  /**
   * Whether all of the fields are there, or none of them, as the condition says. Nothing is looked
   * at behind the first field of which it does not hold.
   *
   * @param over gets those that were met and are over
   */
  private static boolean holds(
      CommandContext ctx, Options options, @Nullable Entry entry, List<Bytes> over) {
    HashView hash = entry == null ? null : entry.hash();
    for (int i = options.first; i < options.end; i += 2) {
      int place = hash == null ? 0 : hash.find(ctx.argument(i));
      boolean isOver = hash != null && place != 0 && hash.isOver(place);
      if (isOver) {
        over.add(ctx.argument(i));
      }
      if ((place != 0 && !isOver) == options.onlyNew) {
        return false;
      }
    }
    return true;
  }

  private static void setAll(CommandContext ctx, Bytes key, Entry entry, Options options) {
    HashView hash = entry.hash();
    hash.expect((options.end - options.first) / 2);
    Subkeys fields = ctx.subkeys(HSET);
    for (int i = options.first; i < options.end; i += 2) {
      Bytes field = ctx.argument(i);
      if (options.expiry == ExpiryOption.KEEPTTL) {
        hash.putKeepingDeadline(field, ctx.argument(i + 1));
      } else {
        hash.put(field, ctx.argument(i + 1));
      }
      fields.add(field);
    }
    ctx.changed(key, entry, HSET, fields);
  }

  /** Gives the fields that were just set their deadline, or deletes them if that is past. */
  private static void expireAll(CommandContext ctx, Bytes key, Entry entry, Options options) {
    boolean deletes = options.isPast(ctx);
    HashView hash = ctx.edit(entry).hash();
    Subkeys fields = ctx.subkeys(deletes ? HDEL : HEXPIRE);
    for (int i = options.first; i < options.end; i += 2) {
      int place = hash.find(ctx.argument(i));
      if (place != 0) {
        fields.add(ctx.argument(i));
        if (deletes) {
          hash.remove(place);
        } else {
          hash.deadlineMillis(place, options.deadlineMillis);
        }
      }
    }
    ctx.changed(key, entry, deletes ? HDEL : HEXPIRE, fields);
    if (ctx.isRecording()) {
      record(ctx, key, options, deletes);
    }
  }

  private static void recordWithoutCondition(CommandContext ctx, Bytes key, Options options) {
    if (ctx.isRecording()) {
      List<Bytes> words = new ArrayList<>();
      words.addAll(List.of(HSETEX_WORD, key));
      if (options.expiry == ExpiryOption.KEEPTTL) {
        words.add(KEEPTTL_WORD);
      }
      words.addAll(List.of(FIELDS_WORD, ctx.argument(options.first - 1)));
      for (int i = options.first; i < options.end; i++) {
        words.add(ctx.argument(i));
      }
      ctx.effect(words.toArray(Bytes[]::new));
    }
  }

  private static void record(CommandContext ctx, Bytes key, Options options, boolean deletes) {
    List<Bytes> words = new ArrayList<>();
    if (deletes) {
      words.addAll(List.of(HDEL_WORD, key));
    } else {
      words.addAll(
          List.of(
              HSETEX_WORD,
              key,
              PXAT_WORD,
              Numerals.of(options.deadlineMillis),
              FIELDS_WORD,
              ctx.argument(options.first - 1)));
    }
    for (int i = options.first; i < options.end; i += deletes ? 2 : 1) {
      words.add(ctx.argument(i));
    }
    ctx.effect(words.toArray(Bytes[]::new));
  }
}

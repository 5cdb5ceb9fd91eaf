package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.LOADING;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.STALE;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.protocol.event.EventType.NEW;
import static dev.carillon.protocol.event.EventType.XDEL;
import static dev.carillon.protocol.event.EventType.XGROUP_CREATE;
import static dev.carillon.protocol.event.EventType.XGROUP_CREATECONSUMER;
import static dev.carillon.protocol.event.EventType.XGROUP_DELCONSUMER;
import static dev.carillon.protocol.event.EventType.XGROUP_DESTROY;
import static dev.carillon.protocol.event.EventType.XGROUP_SETID;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.reply.CommandError;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.ConsumerGroup;
import dev.carillon.engine.value.StreamConsumer;
import dev.carillon.engine.value.StreamCursor;
import dev.carillon.engine.value.StreamId;
import dev.carillon.engine.value.StreamReferences;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Consumer groups: making and moving them, and what becomes of entries that are pending in them.
 *
 * <p>Redis takes most of this for no change of the key: who watches it or has cached it hears
 * nothing, and nobody who waits is served. Such changes are closed with {@link
 * CommandContext#noted}.
 */
final class StreamGroupCommands {

  private static final long NONE = ConsumerGroup.NONE;

  private static final long NOT_PENDING = -1;

  /** What XPENDING says of an entry that was given back instead of how long it has been idle. */
  private static final long IDLE_OF_NOBODY = -1;

  private static final long ACKNOWLEDGED_AND_DELETED = 1;
  private static final long ACKNOWLEDGED_ONLY = 2;

  /** How many entries XAUTOCLAIM claims at most, where nobody says. */
  private static final long AUTOCLAIM_COUNT = 100;

  /** How many pending entries are looked at for each one that may be claimed. */
  private static final long AUTOCLAIM_ATTEMPTS = 10;

  /** Derived, as in Redis: the bytes of so many ids are no more than the highest long. */
  private static final long AUTOCLAIM_COUNT_MAX = Long.MAX_VALUE / 16;

  private StreamGroupCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.STREAM);
    registerGroup(table);
    table
        .command("xack", -4, StreamGroupCommands::xack)
        .flags(WRITE, FAST)
        .key(1, "RW update")
        .silent()
        .since("5.0.0")
        .summary("Says that entries which were delivered to a group are done.")
        .grammar("key:key@0 group:string id:string*")
        .complexity("O(1) for each id.");
    table
        .command("xackdel", -6, StreamGroupCommands::xackdel)
        .flags(WRITE, FAST)
        .key(1, "RW update delete")
        .emits(XDEL)
        .silent()
        .since("8.2.0")
        .summary("Says that entries which were delivered to a group are done, and deletes them.")
        .grammar(
            """
            key:key@0 group:string condition:oneof?( keepref:pure-token=KEEPREF
            delref:pure-token=DELREF acked:pure-token=ACKED ) ids:block=IDS( numids:integer
            id:string* )
            """)
        .complexity("O(1) for each id.");
    table
        .command("xnack", -7, StreamGroupCommands::xnack)
        .flags(WRITE, FAST)
        .key(1, "RW update")
        .silent()
        .since("8.8.0")
        .summary("Gives entries back that were delivered to a group, for others to claim.")
        .grammar(
            """
            key:key@0 group:string mode:oneof( silent:pure-token=SILENT fail:pure-token=FAIL
            fatal:pure-token=FATAL ) ids:block=IDS( numids:integer id:string* )
            count:integer=RETRYCOUNT? force:pure-token=FORCE?
            """)
        .complexity("O(1) for each id.");
    table
        .command("xpending", -3, StreamGroupCommands::xpending)
        .flags(READONLY)
        .key(1, "RO access")
        .since("5.0.0")
        .summary("Answers what was delivered to a group and is not acknowledged.")
        .grammar(
            """
            ~nondeterministic_output key:key@0 group:string filters:block?(
            min-idle-time:integer=IDLE<6.2.0>? start:string end:string count:integer
            consumer:string? )
            """)
        .complexity(
            "O(N) where N is the number of entries answered, or looked at where IDLE is given; the"
                + " summary is O(number of consumers).");
    table
        .command("xclaim", -6, StreamGroupCommands::xclaim)
        .flags(WRITE, FAST)
        .key(1, "RW update")
        .emits(XGROUP_CREATECONSUMER)
        .silent()
        .since("5.0.0")
        .summary("Delivers entries that are pending to another consumer of their group.")
        .grammar(
            """
            ~nondeterministic_output key:key@0 group:string consumer:string min-idle-time:string
            id:string* ms:integer=IDLE? unix-time-milliseconds:unix-time=TIME?
            count:integer=RETRYCOUNT? force:pure-token=FORCE? justid:pure-token=JUSTID?
            lastid:string=LASTID?
            """)
        .complexity("O(log N) for each id, where N entries are pending.");
    table
        .command("xautoclaim", -6, StreamGroupCommands::xautoclaim)
        .flags(WRITE, FAST)
        .key(1, "RW delete")
        .emits(XGROUP_CREATECONSUMER)
        .silent()
        .since("6.2.0")
        .summary("Delivers entries that have been pending for long to another consumer.")
        .grammar(
            """
            ~nondeterministic_output key:key@0 group:string consumer:string min-idle-time:string
            start:string count:integer=COUNT? justid:pure-token=JUSTID?
            """)
        .complexity("O(1) if COUNT is small.");
  }

  private static void registerGroup(CommandTable.Builder table) {
    Command.Row group =
        table
            .container("xgroup")
            .since("5.0.0")
            .summary("Makes, moves and removes consumer groups.")
            .complexity("Depends on subcommand.");
    group
        .subcommand("create", -5, StreamGroupCommands::create)
        .flags(WRITE, DENYOOM)
        .key(2, "RW insert")
        .emits(NEW, XGROUP_CREATE)
        .since("5.0.0")
        .summary("Makes a consumer group.")
        .grammar(
            """
            key:key@0 group:string id-selector:oneof( id:string new-id:pure-token='$' )
            mkstream:pure-token=MKSTREAM? entriesread/entries-read:integer=ENTRIESREAD?
            """)
        .complexity("O(1)");
    group
        .subcommand("createconsumer", 5, StreamGroupCommands::createConsumer)
        .flags(WRITE, DENYOOM)
        .key(2, "RW insert")
        .emits(XGROUP_CREATECONSUMER)
        .since("6.2.0")
        .summary("Makes a consumer of a group, unless there is one of that name.")
        .grammar("key:key@0 group:string consumer:string")
        .complexity("O(1)");
    group
        .subcommand("delconsumer", 5, StreamGroupCommands::delConsumer)
        .flags(WRITE)
        .key(2, "RW delete")
        .emits(XGROUP_DELCONSUMER)
        .since("5.0.0")
        .summary("Removes a consumer of a group, with what is pending for it.")
        .grammar("key:key@0 group:string consumer:string")
        .complexity("O(N) where N entries are pending for it.");
    group
        .subcommand("destroy", 4, StreamGroupCommands::destroy)
        .flags(WRITE)
        .key(2, "RW delete")
        .emits(XGROUP_DESTROY)
        .since("5.0.0")
        .summary("Removes a consumer group.")
        .grammar("key:key@0 group:string")
        .complexity("O(N) where N entries are pending in it.");
    group
        .subcommand("setid", -5, StreamGroupCommands::setId)
        .flags(WRITE)
        .key(2, "RW update")
        .emits(XGROUP_SETID)
        .since("5.0.0")
        .summary("Moves a consumer group to another entry.")
        .grammar(
            """
            key:key@0 group:string id-selector:oneof( id:string new-id:pure-token='$' )
            entriesread/entries-read:integer=ENTRIESREAD?
            """)
        .complexity("O(1)");
    Help.subcommand(
        group,
        List.of(
            "CREATE <key> <group> <id|$> [MKSTREAM] [ENTRIESREAD <number>]",
            "    Makes a group that begins behind an id; MKSTREAM makes the stream too, if need"
                + " be.",
            "CREATECONSUMER <key> <group> <consumer>",
            "    Makes a consumer of a group.",
            "DELCONSUMER <key> <group> <consumer>",
            "    Removes a consumer of a group.",
            "DESTROY <key> <group>",
            "    Removes a group.",
            "SETID <key> <group> <id|$> [ENTRIESREAD <number>]",
            "    Moves a group, so that it goes on behind an id."),
        "5.0.0",
        LOADING,
        STALE);
  }

  // -------------------------------------------------------------------------------------- XGROUP

  /**
   * What is behind the id of XGROUP CREATE and SETID.
   *
   * @param countIndex which argument says {@code entriesRead}, 0 if none does
   */
  private record GroupOptions(boolean isCreating, long entriesRead, int countIndex) {

    static GroupOptions of(CommandContext ctx, boolean mayCreate) {
      boolean isCreating = false;
      long entriesRead = ConsumerGroup.UNKNOWN;
      int countIndex = 0;
      int i = 5;
      while (i < ctx.count()) {
        if (mayCreate && ctx.isWord(i, "MKSTREAM")) {
          isCreating = true;
          i++;
        } else if (ctx.isWord(i, "ENTRIESREAD") && i + 1 < ctx.count()) {
          entriesRead = ctx.longArgument(i + 1);
          if (entriesRead < 0 && entriesRead != ConsumerGroup.UNKNOWN) {
            throw Errors.STREAM_ENTRIES_READ.error();
          }
          countIndex = i + 1;
          i += 2;
        } else {
          throw wrongWords(ctx);
        }
      }
      return new GroupOptions(isCreating, entriesRead, countIndex);
    }

    /**
     * How many entries the group is to have read: no more than were ever added. What repeats the
     * change says that number, and is taken at its word: a group that was there before XSETID
     * lowered the number of entries may have read more.
     */
    long entriesRead(CommandContext ctx, StreamValue stream) {
      if (entriesRead <= stream.entriesAdded() || ctx.turn().isReplaying()) {
        return entriesRead;
      }
      if (ctx.isRecording()) {
        Bytes[] words = new Bytes[ctx.count()];
        Arrays.setAll(words, ctx::argument);
        words[countIndex] = Numerals.of(stream.entriesAdded());
        ctx.effect(words);
      }
      return stream.entriesAdded();
    }
  }

  private static CommandError wrongWords(CommandContext ctx) {
    return Errors.SUBCOMMAND_ARITY.error(ctx.argument(1), "XGROUP");
  }

  private static void create(CommandContext ctx) {
    GroupOptions options = GroupOptions.of(ctx, true);
    Bytes key = ctx.argument(2);
    Bytes name = ctx.argument(3);
    Entry existing = ctx.lookup(key, ValueType.STREAM);
    if (existing == null && !options.isCreating()) {
      throw Errors.STREAM_NO_KEY_FOR_GROUP.error();
    }
    if (ctx.count() > 8) {
      throw wrongWords(ctx);
    }
    StreamId from;
    if (ctx.isWord(4, "$")) {
      from = existing == null ? StreamId.MIN : StreamReplies.stream(existing).lastId();
    } else {
      from = StreamIds.id(ctx, 4);
    }
    if (existing != null && StreamReplies.stream(existing).group(name) != null) {
      throw Errors.BUSY_GROUP.error();
    }

    Entry entry = ctx.editOrCreate(key, existing, ValueType.STREAM);
    if (existing == null) {
      entry.object(StreamCommands.begin(ctx));
    }
    StreamValue stream = StreamReplies.stream(entry);
    long entriesRead = options.entriesRead(ctx, stream);
    stream.createGroup(name, from, entriesRead);
    if (existing == null) {
      StreamCommands.creationEffect(ctx, key, entriesRead != options.entriesRead());
      ctx.changed(key, entry, XGROUP_CREATE);
    } else {
      ctx.noted(key, entry, XGROUP_CREATE);
    }
    ctx.reply().ok();
  }

  private static void setId(CommandContext ctx) {
    GroupOptions options = GroupOptions.of(ctx, false);
    Bytes key = ctx.argument(2);
    Entry entry = stream(ctx, key);
    ConsumerGroup group = group(ctx, key, entry);
    if (ctx.count() != 5 && ctx.count() != 7) {
      throw wrongWords(ctx);
    }
    StreamId id =
        ctx.isWord(4, "$") ? StreamReplies.stream(entry).lastId() : StreamIds.idOrEdge(ctx, 4);

    ctx.edit(entry);
    group.moveTo(id, options.entriesRead(ctx, StreamReplies.stream(entry)));
    ctx.noted(key, entry, XGROUP_SETID);
    ctx.reply().ok();
  }

  private static void destroy(CommandContext ctx) {
    Bytes key = ctx.argument(2);
    Entry entry = stream(ctx, key);
    StreamValue stream = StreamReplies.stream(entry);
    ConsumerGroup group = stream.group(ctx.argument(3));
    if (group == null) {
      ctx.reply().integer(0);
      return;
    }

    ctx.edit(entry);
    stream.destroyGroup(group);
    ctx.noted(key, entry, XGROUP_DESTROY);
    ctx.wake(key); // Consumers of the group that wait are told that it is gone.
    ctx.reply().integer(1);
  }

  private static void createConsumer(CommandContext ctx) {
    Bytes key = ctx.argument(2);
    Entry entry = stream(ctx, key);
    ConsumerGroup group = group(ctx, key, entry);
    Bytes name = ctx.argument(4);
    if (group.consumer(name) != null) {
      ctx.reply().integer(0);
      return;
    }

    ctx.edit(entry);
    group.createConsumer(name, ctx.nowMillis());
    ctx.noted(key, entry, XGROUP_CREATECONSUMER);
    ctx.reply().integer(1);
  }

  private static void delConsumer(CommandContext ctx) {
    Bytes key = ctx.argument(2);
    Entry entry = stream(ctx, key);
    ConsumerGroup group = group(ctx, key, entry);
    StreamConsumer consumer = group.consumer(ctx.argument(4));
    if (consumer == null) {
      ctx.reply().integer(0);
      return;
    }

    long pending = consumer.pending();
    ctx.edit(entry);
    group.deleteConsumer(consumer);
    ctx.noted(key, entry, XGROUP_DELCONSUMER);
    ctx.reply().integer(pending);
  }

  private static Entry stream(CommandContext ctx, Bytes key) {
    Entry entry = ctx.lookup(key, ValueType.STREAM);
    if (entry == null) {
      throw Errors.STREAM_NO_KEY_FOR_GROUP.error();
    }
    return entry;
  }

  private static ConsumerGroup group(CommandContext ctx, Bytes key, Entry entry) {
    ConsumerGroup group = StreamReplies.stream(entry).group(ctx.argument(3));
    if (group == null) {
      throw Errors.NO_GROUP.error(ctx.argument(3), key);
    }
    return group;
  }

  // -------------------------------------------------------------------------------- acknowledging

  /** The group that the second argument names, or null if there is none. */
  private static @Nullable ConsumerGroup groupOf(CommandContext ctx, @Nullable Entry entry) {
    return entry == null ? null : StreamReplies.stream(entry).group(ctx.argument(2));
  }

  private static void xack(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry entry = ctx.find(key, ValueType.STREAM);
    ConsumerGroup group = groupOf(ctx, entry);
    if (entry == null || group == null) {
      ctx.reply().integer(0);
      return;
    }
    StreamId[] ids = StreamIds.ids(ctx, 3, ctx.count());

    long acknowledged = 0;
    for (StreamId id : ids) {
      long row = group.find(id.millis(), id.sequence());
      if (row != NONE) {
        if (acknowledged++ == 0) {
          ctx.edit(entry);
        }
        group.acknowledge(row);
      }
    }
    if (acknowledged > 0) {
      ctx.noted(key, entry);
    }
    ctx.reply().integer(acknowledged);
  }

  private static void xackdel(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry entry = ctx.find(key, ValueType.STREAM);
    StreamCommands.Named named = StreamCommands.Named.of(ctx, 3);
    ConsumerGroup group = groupOf(ctx, entry);
    long[] results = new long[named.count()];
    Arrays.fill(results, NOT_PENDING);
    if (entry != null && group != null) {
      StreamValue stream = StreamReplies.stream(entry);
      StreamId[] ids = named.ids(ctx);
      boolean isOpen = false;
      boolean isDeleted = false;
      for (int i = 0; i < results.length; i++) {
        StreamId id = ids[i];
        long row = group.find(id.millis(), id.sequence());
        if (row != NONE) {
          if (!isOpen) {
            ctx.edit(entry);
            isOpen = true;
          }
          group.acknowledge(row);
          boolean stays =
              named.references() == StreamReferences.ACKNOWLEDGED
                  && stream.isReferenced(id.millis(), id.sequence());
          isDeleted |= !stays && stream.delete(id);
          if (named.references() == StreamReferences.DELETE) {
            stream.forget(id.millis(), id.sequence());
          }
          results[i] = stays ? ACKNOWLEDGED_ONLY : ACKNOWLEDGED_AND_DELETED;
        }
      }
      if (isDeleted) {
        ctx.changed(key, entry, XDEL);
      } else if (isOpen) {
        ctx.noted(key, entry);
      }
    }
    ctx.reply().array(results.length);
    for (long result : results) {
      ctx.reply().integer(result);
    }
  }

  // --------------------------------------------------------------------------------- giving back

  /**
   * Entries go back to the group: they are pending for nobody, and as idle as can be, so that the
   * next one who claims gets them. FAIL leaves the number of deliveries as it is, SILENT takes the
   * last one back, FATAL makes it the highest there is. FORCE makes entries pending that are not.
   */
  private static void xnack(CommandContext ctx) {
    boolean isSilent = ctx.isWord(3, "SILENT");
    boolean isFatal = ctx.isWord(3, "FATAL");
    if (!isSilent && !isFatal && !ctx.isWord(3, "FAIL") || !ctx.isWord(4, "IDS")) {
      throw Errors.SYNTAX.error();
    }
    StreamId[] ids = StreamIds.ids(ctx, 6, 6 + StreamCommands.Named.count(ctx, 5));
    long retries = -1;
    boolean isForced = false;
    for (int i = 6 + ids.length; i < ctx.count(); i++) {
      if (ctx.isWord(i, "RETRYCOUNT") && i + 1 < ctx.count()) {
        retries = ctx.longArgument(++i);
        if (retries < 0) {
          throw Errors.OUT_OF_RANGE.error();
        }
      } else if (ctx.isWord(i, "FORCE")) {
        isForced = true;
      } else {
        throw Errors.SYNTAX.error();
      }
    }
    Bytes key = ctx.argument(1);
    Entry entry = ctx.find(key, ValueType.STREAM);
    ConsumerGroup group = groupOf(ctx, entry);
    if (entry == null || group == null) {
      throw Errors.NO_KEY_OR_GROUP.error(key, ctx.argument(2));
    }

    long given = 0;
    StreamCursor cursor = StreamReplies.stream(entry).cursor();
    for (StreamId id : ids) {
      long row = group.find(id.millis(), id.sequence());
      boolean isMade = row == NONE && isForced && cursor.find(id.millis(), id.sequence());
      if (row != NONE || isMade) {
        if (given++ == 0) {
          ctx.edit(entry);
        }
        if (isMade) {
          row = group.addReleased(id.millis(), id.sequence(), 0, 0);
        }
        long deliveries = group.deliveries(row);
        if (retries >= 0) {
          deliveries = retries;
        } else if (isFatal) {
          deliveries = Long.MAX_VALUE;
        } else if (isSilent) {
          deliveries = Math.max(deliveries - 1, 0);
        }
        group.release(row, 0, deliveries);
      }
    }
    if (given > 0) {
      ctx.noted(key, entry);
      ctx.wake(key); // For consumers that wait to claim something.
    }
    ctx.reply().integer(given);
  }

  // ------------------------------------------------------------------------------ what is pending

  private static void xpending(CommandContext ctx) {
    if (ctx.count() != 3 && (ctx.count() < 6 || ctx.count() > 9)) {
      throw Errors.SYNTAX.error();
    }
    PendingRange range = ctx.count() == 3 ? null : PendingRange.of(ctx);
    Bytes key = ctx.argument(1);
    Entry entry = ctx.find(key, ValueType.STREAM);
    ConsumerGroup group = groupOf(ctx, entry);
    if (group == null) {
      throw Errors.NO_KEY_OR_GROUP.error(key, ctx.argument(2));
    }
    if (range == null) {
      summary(ctx, group);
    } else {
      pending(ctx, group, range);
    }
  }

  /** Which pending entries are wanted; {@code consumer} is null for those of all. */
  private record PendingRange(
      StreamId start, StreamId end, long count, long idleMillis, @Nullable Bytes consumer) {

    static PendingRange of(CommandContext ctx) {
      int at = 3;
      long idleMillis = 0;
      if (ctx.isWord(3, "IDLE")) {
        idleMillis = ctx.longArgument(4);
        if (ctx.count() < 8) {
          throw Errors.SYNTAX.error();
        }
        at = 5;
      }
      long count = Math.max(ctx.longArgument(at + 2), 0);
      StreamId start = StreamIds.start(ctx, at);
      StreamId end = StreamIds.end(ctx, at + 1);
      Bytes consumer = at + 3 < ctx.count() ? ctx.argument(at + 3) : null;
      return new PendingRange(start, end, count, idleMillis, consumer);
    }
  }

  private static void summary(CommandContext ctx, ConsumerGroup group) {
    ReplyWriter reply = ctx.reply();
    reply.array(4);
    reply.integer(group.pending());
    if (group.pending() == 0) {
      reply.nil();
      reply.nil();
      reply.nilArray();
      return;
    }
    StreamReplies replies = new StreamReplies(reply);
    replies.id(group.millis(group.first()), group.sequence(group.first()));
    replies.id(group.millis(group.last()), group.sequence(group.last()));
    Outbox.Place place = reply.arrayLater();
    long busy = 0;
    for (StreamConsumer consumer : group.consumers()) {
      if (consumer.pending() > 0) {
        reply.array(2);
        reply.bulk(consumer.name());
        reply.bulkLong(consumer.pending());
        busy++;
      }
    }
    reply.endArray(place, busy);
  }

  private static void pending(CommandContext ctx, ConsumerGroup group, PendingRange range) {
    ReplyWriter reply = ctx.reply();
    StreamConsumer consumer = range.consumer() == null ? null : group.consumer(range.consumer());
    if (range.consumer() != null && consumer == null) {
      reply.array(0);
      return;
    }
    StreamReplies replies = new StreamReplies(reply);
    Outbox.Place place = reply.arrayLater();
    long shown = 0;
    long own = consumer == null ? NONE : consumer.ceiling(range.start());
    long row =
        consumer == null
            ? group.ceiling(range.start())
            : own == NONE ? NONE : group.find(consumer.millis(own), consumer.sequence(own));
    while (row != NONE
        && shown < range.count()
        && range.end().compareTo(group.millis(row), group.sequence(row)) >= 0) {
      long idleMillis = ctx.nowMillis() - group.deliveredMillis(row);
      if (range.idleMillis() == 0 || idleMillis >= range.idleMillis()) {
        reply.array(4);
        replies.id(group.millis(row), group.sequence(row));
        StreamConsumer consumerOfRow = group.consumerOf(row);
        reply.bulk(nameOf(consumerOfRow));
        reply.integer(consumerOfRow == null ? IDLE_OF_NOBODY : Math.max(idleMillis, 0));
        reply.integer(group.deliveries(row));
        shown++;
      }
      if (consumer == null) {
        row = group.next(row);
      } else {
        own = consumer.next(own);
        row = own == NONE ? NONE : group.find(consumer.millis(own), consumer.sequence(own));
      }
    }
    reply.endArray(place, shown);
  }

  /** The name of a consumer; nobody has none. */
  static Bytes nameOf(@Nullable StreamConsumer consumer) {
    return consumer == null ? Bytes.EMPTY : consumer.name();
  }

  // ------------------------------------------------------------------------------------ claiming

  /** One more delivery; the highest number, which FATAL gives, stays. */
  static long oneMore(long deliveries) {
    return deliveries == Long.MAX_VALUE ? deliveries : deliveries + 1;
  }

  /**
   * The words of XCLAIM behind its ids.
   *
   * @param deliveredMillis when the entries count as delivered; within 0 and now
   * @param retries how often they count as delivered, or -1
   * @param lastId up to where the group is to have read at least
   */
  private record ClaimOptions(
      int idsTo,
      long deliveredMillis,
      long retries,
      boolean isForced,
      boolean isIdOnly,
      StreamId lastId) {

    static ClaimOptions of(CommandContext ctx) {
      int idsTo = 5;
      while (idsTo < ctx.count() && StreamIds.parse(ctx.argument(idsTo), 0, false) != null) {
        idsTo++;
      }
      long nowMillis = ctx.nowMillis();
      long deliveredMillis = -1;
      long retries = -1;
      boolean isForced = false;
      boolean isIdOnly = false;
      StreamId lastId = StreamId.MIN;
      for (int i = idsTo; i < ctx.count(); i++) {
        boolean hasValue = i + 1 < ctx.count();
        if (ctx.isWord(i, "FORCE")) {
          isForced = true;
        } else if (ctx.isWord(i, "JUSTID")) {
          isIdOnly = true;
        } else if (ctx.isWord(i, "IDLE") && hasValue) {
          deliveredMillis = nowMillis - number(ctx, ++i, "IDLE");
        } else if (ctx.isWord(i, "TIME") && hasValue) {
          deliveredMillis = number(ctx, ++i, "TIME");
        } else if (ctx.isWord(i, "RETRYCOUNT") && hasValue) {
          retries = number(ctx, ++i, "RETRYCOUNT");
        } else if (ctx.isWord(i, "LASTID") && hasValue) {
          lastId = StreamIds.id(ctx, ++i);
        } else {
          throw Errors.STREAM_CLAIM_UNKNOWN_OPTION.error(ctx.argument(i));
        }
      }
      // A time that cannot be is taken for now: clients compute it with clocks of their own.
      if (deliveredMillis < 0 || deliveredMillis > nowMillis) {
        deliveredMillis = nowMillis;
      }
      return new ClaimOptions(idsTo, deliveredMillis, retries, isForced, isIdOnly, lastId);
    }

    private static long number(CommandContext ctx, int index, String option) {
      return ctx.longArgument(index, Errors.STREAM_CLAIM_OPTION.error(option));
    }
  }

  private static void xclaim(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry entry = ctx.find(key, ValueType.STREAM);
    ConsumerGroup group = groupOf(ctx, entry);
    if (entry == null || group == null) {
      throw Errors.NO_KEY_OR_GROUP.error(key, ctx.argument(2));
    }
    long idleMin = minIdleMillis(ctx, "XCLAIM");
    ClaimOptions options = ClaimOptions.of(ctx);

    boolean isMoving = options.lastId().isAfter(group.lastDelivered());
    Claiming claiming = new Claiming(ctx, key, entry, group, options.isIdOnly());
    if (isMoving) {
      claiming.open();
      group.moveTo(options.lastId(), group.entriesRead());
    }
    Outbox.Place place = ctx.reply().arrayLater();
    for (int i = 5; i < options.idsTo(); i++) {
      StreamId id = StreamIds.id(ctx, i);
      long row = group.find(id.millis(), id.sequence());
      if (row == NONE && !options.isForced()) {
        continue;
      }
      if (!claiming.isThere(id.millis(), id.sequence())) {
        if (row != NONE) {
          claiming.drop(row);
        }
        continue;
      }
      boolean isFree = row == NONE || group.consumerOf(row) == null;
      if (!isFree && idleMin > 0 && ctx.nowMillis() - group.deliveredMillis(row) < idleMin) {
        continue;
      }
      long deliveries = row == NONE ? 1 : group.deliveries(row);
      if (options.retries() >= 0) {
        deliveries = options.retries();
      } else if (!options.isIdOnly()) {
        deliveries = oneMore(deliveries);
      }
      claiming.claim(id.millis(), id.sequence(), options.deliveredMillis(), deliveries);
    }
    ctx.reply().endArray(place, claiming.claimed());
    claiming.close(isMoving);
  }

  private static long minIdleMillis(CommandContext ctx, String command) {
    return Math.max(ctx.longArgument(4, Errors.STREAM_MIN_IDLE.error(command)), 0);
  }

  private static void xautoclaim(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry entry = ctx.find(key);
    long idleMin = minIdleMillis(ctx, "XAUTOCLAIM");
    StreamId start = StreamIds.start(ctx, 5);
    long count = AUTOCLAIM_COUNT;
    boolean isIdOnly = false;
    for (int i = 6; i < ctx.count(); i++) {
      if (ctx.isWord(i, "COUNT") && i + 1 < ctx.count()) {
        count = ctx.longArgument(++i, Errors.STREAM_CLAIM_COUNT.error());
        if (count < 1 || count > AUTOCLAIM_COUNT_MAX) {
          throw Errors.STREAM_CLAIM_COUNT.error();
        }
      } else if (ctx.isWord(i, "JUSTID")) {
        isIdOnly = true;
      } else {
        throw Errors.SYNTAX.error();
      }
    }
    ConsumerGroup group = groupOf(ctx, CommandContext.require(entry, ValueType.STREAM));
    if (entry == null || group == null) {
      throw Errors.NO_KEY_OR_GROUP.error(key, ctx.argument(2));
    }

    // First what can be claimed, and where the next call is to go on, which is answered first.
    Claiming claiming = new Claiming(ctx, key, entry, group, isIdOnly);
    IdList claimable = new IdList();
    IdList gone = new IdList();
    long attempts = count * AUTOCLAIM_ATTEMPTS;
    long row = group.ceiling(start);
    while (row != NONE && count > 0 && attempts-- > 0) {
      long millis = group.millis(row);
      long sequence = group.sequence(row);
      if (!claiming.isThere(millis, sequence)) {
        gone.add(millis, sequence);
        count--;
      } else if (idleMin == 0 || ctx.nowMillis() - group.deliveredMillis(row) >= idleMin) {
        claimable.add(millis, sequence);
        count--;
      }
      row = group.next(row);
    }
    StreamReplies replies = new StreamReplies(ctx.reply());
    ctx.reply().array(3);
    if (row == NONE) {
      replies.id(StreamId.MIN);
    } else {
      replies.id(group.millis(row), group.sequence(row));
    }
    ctx.reply().array(claimable.size());
    for (int i = 0; i < claimable.size(); i++) {
      long deliveries = group.deliveries(group.find(claimable.millis(i), claimable.sequence(i)));
      claiming.claim(
          claimable.millis(i),
          claimable.sequence(i),
          ctx.nowMillis(),
          isIdOnly ? deliveries : oneMore(deliveries));
    }
    ctx.reply().array(gone.size());
    for (int i = 0; i < gone.size(); i++) {
      claiming.drop(group.find(gone.millis(i), gone.sequence(i)));
      replies.id(gone.millis(i), gone.sequence(i));
    }
    claiming.close(false);
  }

  /**
   * Claims of one request: the consumer is made if need be, the change is opened with the first of
   * them, and what repeats them is stated at the end.
   */
  private static final class Claiming {
    private final CommandContext ctx;
    private final Bytes key;
    private final Entry entry;
    private final ConsumerGroup group;
    private final boolean isIdOnly;
    private final StreamCursor cursor;
    private final StreamReplies replies;
    private final DeliveryEffects effects;
    private final StreamConsumer consumer;
    private final boolean isCreated;
    private boolean isOpen;
    private long claimed;

    Claiming(CommandContext ctx, Bytes key, Entry entry, ConsumerGroup group, boolean isIdOnly) {
      this.ctx = ctx;
      this.key = key;
      this.entry = entry;
      this.group = group;
      this.isIdOnly = isIdOnly;
      this.cursor = StreamReplies.stream(entry).cursor();
      this.replies = new StreamReplies(ctx.reply());
      StreamConsumer known = group.consumer(ctx.argument(3));
      this.isCreated = known == null;
      if (known == null) {
        open();
        known = group.createConsumer(ctx.argument(3), ctx.nowMillis());
      }
      this.consumer = known;
      this.effects = new DeliveryEffects(ctx, key, group.name(), consumer.name());
      consumer.seen(ctx.nowMillis(), consumer.activeMillis());
    }

    void open() {
      if (!isOpen) {
        isOpen = true;
        ctx.edit(entry);
      }
    }

    /** Whether the stream has the entry; the cursor is at it then. */
    boolean isThere(long millis, long sequence) {
      return cursor.find(millis, sequence);
    }

    /** Delivers an entry that is there to the consumer, and shows it. */
    void claim(long millis, long sequence, long deliveredMillis, long deliveries) {
      open();
      group.deliver(millis, sequence, consumer, deliveredMillis, deliveries);
      effects.delivered(millis, sequence, deliveredMillis, deliveries);
      if (isIdOnly) {
        replies.id(millis, sequence);
      } else {
        boolean found = cursor.find(millis, sequence);
        assert found : "only what is there is claimed";
        replies.entry(cursor);
      }
      claimed++;
    }

    /** Forgets a pending entry that was deleted. */
    void drop(long row) {
      open();
      effects.gone(group.millis(row), group.sequence(row));
      group.acknowledge(row);
    }

    long claimed() {
      return claimed;
    }

    void close(boolean isMoved) {
      if (claimed > 0) {
        consumer.seen(ctx.nowMillis(), ctx.nowMillis());
      }
      if (isOpen) {
        if (isCreated) {
          ctx.noted(key, entry, XGROUP_CREATECONSUMER);
        } else {
          ctx.noted(key, entry);
        }
        if (isMoved) {
          effects.state(isCreated, group);
        } else {
          effects.state(isCreated);
        }
      }
    }
  }

  /** A growing list of ids. */
  private static final class IdList {
    private long[] words = new long[16];
    private int size;

    void add(long millis, long sequence) {
      if (2 * size == words.length) {
        words = Arrays.copyOf(words, 4 * size);
      }
      words[2 * size] = millis;
      words[2 * size + 1] = sequence;
      size++;
    }

    int size() {
      return size;
    }

    long millis(int index) {
      return words[2 * index];
    }

    long sequence(int index) {
      return words[2 * index + 1];
    }
  }
}

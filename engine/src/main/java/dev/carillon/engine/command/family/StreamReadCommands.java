package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.BLOCKING;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.protocol.event.EventType.XGROUP_CREATECONSUMER;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.command.Wait;
import dev.carillon.engine.feed.Feed;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.ConsumerGroup;
import dev.carillon.engine.value.StreamConsumer;
import dev.carillon.engine.value.StreamCursor;
import dev.carillon.engine.value.StreamId;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * XREAD and XREADGROUP: entries behind an id, of several streams, waiting for them if need be.
 *
 * <p>Both first look at all keys and ids, so that nothing is delivered where one of them is
 * refused, and then at each stream for what there is. That is why a missing key is announced twice
 * (observed in the recorded cases).
 */
final class StreamReadCommands {

  /** There is no BLOCK option. */
  private static final long NO_WAITING = -1;

  private static final long NO_CLAIMING = -1;

  private static final long NONE = ConsumerGroup.NONE;

  /** Of XREADGROUP: what was not delivered to anybody of the group. */
  private static final String NEW = ">";

  private StreamReadCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.STREAM);
    table
        .command("xread", -4, StreamReadCommands::xread)
        .flags(READONLY, BLOCKING)
        .keys(
            KeySpec.behind("STREAMS", 1, -1, 2)
                .access("RO access")
                .finder(StreamReadCommands::findStreams))
        .since("5.0.0")
        .summary("Answers the entries of streams that are behind an id, or waits for some.")
        .grammar(
            """
            count:integer=COUNT? maxcount:integer=MAXCOUNT<8.10.0>?
            maxsize:integer=MAXSIZE<8.10.0>? milliseconds:integer=BLOCK? streams:block=STREAMS(
            key:key@0* id:string* )
            """)
        .complexity("O(N) where N is the number of entries answered.");
    table
        .command("xreadgroup", -7, StreamReadCommands::xreadgroup)
        .flags(WRITE, BLOCKING)
        .keys(
            KeySpec.behind("STREAMS", 4, -1, 2)
                .access("RO access")
                .finder(StreamReadCommands::findStreams))
        .emits(XGROUP_CREATECONSUMER)
        .silent()
        .since("5.0.0")
        .summary("Delivers entries of streams to a consumer of a group, or waits for some.")
        .grammar(
            """
            group-block:block=GROUP( group:string consumer:string ) count:integer=COUNT?
            maxcount:integer=MAXCOUNT<8.10.0>? maxsize:integer=MAXSIZE<8.10.0>?
            milliseconds:integer=BLOCK? min-idle-time:integer=CLAIM<8.4.0>?
            noack:pure-token=NOACK? streams:block=STREAMS( key:key@0* id:string* )
            """)
        .complexity("O(N) where N is the number of entries answered.");
  }

  /** The keys of a request that has as many ids as keys and nothing unknown before them. */
  private static void findStreams(Request request, IntConsumer index) {
    int i = 1;
    while (i < request.count() && !request.argument(i).isWord("STREAMS")) {
      int width = optionWidth(request.argument(i));
      if (width == 0) {
        return;
      }
      i += width;
    }
    int words = request.count() - i - 1;
    if (words <= 0 || words % 2 != 0) {
      return;
    }
    for (int key = i + 1; key <= i + words / 2; key++) {
      index.accept(key);
    }
  }

  /** How many arguments an option takes with its own word; 0 if it is none. */
  private static int optionWidth(Bytes word) {
    if (word.isWord("NOACK")) {
      return 1;
    }
    if (word.isWord("GROUP")) {
      return 3;
    }
    boolean takesOne =
        word.isWord("COUNT")
            || word.isWord("BLOCK")
            || word.isWord("CLAIM")
            || word.isWord("MAXCOUNT")
            || word.isWord("MAXSIZE");
    return takesOne ? 2 : 0;
  }

  /**
   * The words of a request.
   *
   * @param count how many entries of each stream at most; 0 for all
   * @param countMax how many entries of all streams at most; 0 for all
   * @param bytesMax behind how many bytes of fields and values nothing more is shown; 0 for any
   * @param untilMillis how long to wait, in epoch milliseconds, or {@link #NO_WAITING}
   * @param group null for XREAD
   * @param consumer null for XREAD
   * @param claimIdleMillis {@link #NO_CLAIMING}, or how long what is pending must be idle to be
   *     taken
   * @param keysAt the first key
   * @param streams how many keys there are, and ids behind them
   */
  private record Options(
      long count,
      long countMax,
      long bytesMax,
      long untilMillis,
      @Nullable Bytes group,
      @Nullable Bytes consumer,
      boolean isWithoutPending,
      long claimIdleMillis,
      int keysAt,
      int streams) {

    static Options of(CommandContext ctx, boolean isGroup) {
      long count = 0;
      long countMax = 0;
      long bytesMax = 0;
      long untilMillis = NO_WAITING;
      Bytes group = null;
      Bytes consumer = null;
      boolean isWithoutPending = false;
      long claimIdleMillis = NO_CLAIMING;
      int keysAt = 0;
      for (int i = 1; i < ctx.count() && keysAt == 0; i++) {
        int behind = ctx.count() - i - 1;
        if (ctx.isWord(i, "BLOCK") && behind >= 1) {
          untilMillis = Timeout.deadlineOfMillis(ctx, ++i);
        } else if (ctx.isWord(i, "COUNT") && behind >= 1) {
          count = Math.max(ctx.longArgument(++i), 0);
        } else if (ctx.isWord(i, "MAXCOUNT") && behind >= 1) {
          countMax = positive(ctx, ++i, "MAXCOUNT");
        } else if (ctx.isWord(i, "MAXSIZE") && behind >= 1) {
          bytesMax = positive(ctx, ++i, "MAXSIZE");
        } else if (ctx.isWord(i, "STREAMS") && behind >= 1) {
          keysAt = i + 1;
        } else if (ctx.isWord(i, "GROUP") && behind >= 2) {
          if (!isGroup) {
            throw Errors.STREAM_GROUP_OPTION.error();
          }
          group = ctx.argument(++i);
          consumer = ctx.argument(++i);
        } else if (ctx.isWord(i, "NOACK")) {
          if (!isGroup) {
            throw Errors.STREAM_NOACK_OPTION.error();
          }
          isWithoutPending = true;
        } else if (ctx.isWord(i, "CLAIM") && behind >= 1) {
          if (!isGroup) {
            throw Errors.STREAM_CLAIM_OPTION_OF_READ.error();
          }
          claimIdleMillis = ctx.longArgument(++i, Errors.STREAM_READ_IDLE.error());
          if (claimIdleMillis < 0) {
            throw Errors.STREAM_READ_IDLE_NEGATIVE.error();
          }
        } else {
          throw Errors.SYNTAX.error();
        }
      }
      int words = ctx.count() - keysAt;
      if (keysAt > 0 && words % 2 == 1) {
        throw Errors.STREAM_UNBALANCED.error(
            ctx.command().name(), isGroup ? "ID or '>'" : "ID, '+', or '$'");
      }
      if (keysAt == 0) {
        throw Errors.SYNTAX.error();
      }
      if (countMax > 0 && count > countMax) {
        throw Errors.STREAM_MAXCOUNT_BELOW_COUNT.error();
      }
      if (isGroup && group == null) {
        throw Errors.STREAM_NO_GROUP_OPTION.error();
      }
      return new Options(
          count,
          countMax,
          bytesMax,
          untilMillis,
          group,
          consumer,
          isWithoutPending,
          claimIdleMillis,
          keysAt,
          words / 2);
    }

    private static long positive(CommandContext ctx, int index, String option) {
      long number = ctx.longArgument(index);
      if (number <= 0) {
        throw Errors.STREAM_READ_LIMIT.error(option);
      }
      return number;
    }

    Bytes key(CommandContext ctx, int stream) {
      return ctx.argument(keysAt + stream);
    }

    Bytes id(CommandContext ctx, int stream) {
      return ctx.argument(keysAt + streams + stream);
    }

    int idAt(int stream) {
      return keysAt + streams + stream;
    }

    /** A wait for all keys, answered with nil. */
    Wait wait(CommandContext ctx) {
      Wait wait = Wait.forType(ValueType.STREAM, ReplyWriter::nilArray);
      for (int i = 0; i < streams; i++) {
        wait.key(key(ctx, i));
      }
      return wait.until(untilMillis);
    }
  }

  /** What may still be shown, of the stream that is read and of all that are. */
  private static final class Room {
    private final long count;
    private long streamLeft;
    private long countLeft;
    private long bytesLeft;

    Room(Options options) {
      count = options.count() == 0 ? Long.MAX_VALUE : options.count();
      countLeft = options.countMax() == 0 ? Long.MAX_VALUE : options.countMax();
      bytesLeft = options.bytesMax() == 0 ? Long.MAX_VALUE : options.bytesMax();
    }

    /** Begins with another stream. */
    void beginStream() {
      streamLeft = count;
    }

    /** Whether one more entry may be shown; the last one may have more bytes than there is room. */
    boolean isLeft() {
      return streamLeft > 0 && countLeft > 0 && bytesLeft > 0;
    }

    /** How many entries may be shown. */
    long entriesLeft() {
      return bytesLeft > 0 ? Math.min(streamLeft, countLeft) : 0;
    }

    void take(long bytes) {
      streamLeft--;
      countLeft--;
      bytesLeft -= bytes;
    }
  }

  /**
   * The part of a reply that has an element for each stream with something to show: pairs, which
   * are a map in RESP3. How many there are is said at the end where there may be several.
   */
  private static final class Answer {
    private final ReplyWriter reply;
    private final boolean isMap;
    private final boolean isSingle;
    private Outbox.@Nullable Place place;
    private int streams;

    Answer(ReplyWriter reply, int most) {
      this.reply = reply;
      this.isMap = reply.version() == 3;
      this.isSingle = most == 1;
    }

    /** What follows belongs to the stream with this key. */
    void begin(Bytes key) {
      if (streams++ == 0) {
        if (!isSingle) {
          place = isMap ? reply.mapLater() : reply.arrayLater();
        } else if (isMap) {
          reply.map(1);
        } else {
          reply.array(1);
        }
      }
      if (!isMap) {
        reply.array(2);
      }
      reply.bulk(key);
    }

    boolean isEmpty() {
      return streams == 0;
    }

    void end() {
      if (place != null && isMap) {
        reply.endMap(place, streams);
      } else if (place != null) {
        reply.endArray(place, streams);
      }
    }
  }

  // --------------------------------------------------------------------------------------- XREAD

  private static void xread(CommandContext ctx) {
    Options options = Options.of(ctx, false);
    StreamId[] behind = new StreamId[options.streams()];
    boolean isFromNow = false;
    for (int i = 0; i < behind.length; i++) {
      Entry entry = ctx.find(options.key(ctx, i), ValueType.STREAM);
      Bytes id = options.id(ctx, i);
      if (id.isWord("$")) {
        behind[i] = entry == null ? StreamId.MIN : StreamReplies.stream(entry).lastId();
        isFromNow = true;
      } else if (id.isWord("+")) {
        StreamId last = entry == null ? StreamId.MIN : StreamReplies.stream(entry).lastEntryId();
        behind[i] = last.isMin() ? StreamId.MIN : last.previous();
      } else if (id.isWord(NEW)) {
        throw Errors.STREAM_GREATER_WITHOUT_GROUP.error();
      } else {
        behind[i] = StreamIds.id(ctx, options.idAt(i));
        refuseTrimmed(ctx, options.key(ctx, i), behind[i]);
      }
    }

    Answer answer = new Answer(ctx.reply(), behind.length);
    Room room = new Room(options);
    for (int i = 0; i < behind.length; i++) {
      Bytes key = options.key(ctx, i);
      Entry entry = ctx.find(key);
      room.beginStream();
      if (entry != null && room.isLeft() && StreamReplies.stream(entry).hasBehind(behind[i])) {
        answer.begin(key);
        show(ctx, StreamReplies.stream(entry).range(behind[i].next(), StreamId.MAX), room);
      }
    }
    if (!answer.isEmpty()) {
      answer.end();
    } else if (options.untilMillis() == NO_WAITING) {
      ctx.reply().nilArray();
    } else {
      Wait wait = options.wait(ctx);
      ctx.block(isFromNow ? wait.as(fromNow(ctx, options, behind)) : wait);
    }
  }

  /** Who goes on in a feed where entries were trimmed is told; from the beginning nothing lacks. */
  private static void refuseTrimmed(CommandContext ctx, Bytes key, StreamId behind) {
    Feed.Partition feed = ctx.feeds().partition(ctx.session().db(), key);
    if (feed != null && !behind.isMin() && behind.isBefore(feed.trimmedTo())) {
      throw Errors.FEED_TRIMMED.error(key, behind, feed.trimmedTo());
    }
  }

  private static void show(CommandContext ctx, StreamCursor cursor, Room room) {
    StreamReplies replies = new StreamReplies(ctx.reply());
    Outbox.Place place = ctx.reply().arrayLater();
    long shown = 0;
    while (room.isLeft() && cursor.next()) {
      room.take(replies.entry(cursor));
      shown++;
    }
    ctx.reply().endArray(place, shown);
  }

  /** The request with the ids that {@code $} stands for at this time. */
  private static Request fromNow(CommandContext ctx, Options options, StreamId[] behind) {
    Bytes[] words = new Bytes[ctx.count()];
    for (int i = 0; i < words.length; i++) {
      words[i] = ctx.argument(i);
    }
    for (int i = 0; i < behind.length; i++) {
      if (options.id(ctx, i).isWord("$")) {
        words[options.idAt(i)] = behind[i].text();
      }
    }
    return Request.of(words);
  }

  // ---------------------------------------------------------------------------------- XREADGROUP

  private static void xreadgroup(CommandContext ctx) {
    Options options = Options.of(ctx, true);
    Bytes groupName = options.group();
    Bytes consumerName = options.consumer();
    if (groupName == null || consumerName == null) {
      throw Errors.STREAM_NO_GROUP_OPTION.error();
    }
    List<Reading> readings = new ArrayList<>(options.streams());
    for (int i = 0; i < options.streams(); i++) {
      Bytes key = options.key(ctx, i);
      Entry entry = ctx.find(key, ValueType.STREAM);
      ConsumerGroup group = entry == null ? null : StreamReplies.stream(entry).group(groupName);
      if (entry == null || group == null) {
        throw Errors.NO_KEY_OR_GROUP_TO_READ.error(key, groupName);
      }
      Bytes id = options.id(ctx, i);
      if (id.isWord("$") || id.isWord("+")) {
        throw Errors.STREAM_NEW_IN_GROUP.error(id, id);
      }
      StreamId behind = id.isWord(NEW) ? null : StreamIds.id(ctx, options.idAt(i));
      if (behind != null && behind.isMax()) {
        behind = null; // Redis spells it so inside, and takes it so.
      }
      readings.add(new Reading(ctx, options, key, entry, group, behind));
    }

    Answer answer = new Answer(ctx.reply(), readings.size());
    Room room = new Room(options);
    boolean isClaiming = options.claimIdleMillis() != NO_CLAIMING;
    for (Reading reading : readings) {
      // Behind a stream whose history is wanted nothing is claimed, as in 8.6.3.
      isClaiming &= reading.isOfNew();
      // As XREAD does, Redis looks for each key a second time, and counts that.
      ctx.stats().keyspaceHits++;
      room.beginStream();
      reading.read(consumerName, isClaiming, answer, room);
    }
    if (!answer.isEmpty()) {
      answer.end();
    } else if (options.untilMillis() == NO_WAITING) {
      ctx.reply().nilArray();
    } else {
      Wait wait = options.wait(ctx).evenIfGone();
      long againMillis = Long.MAX_VALUE;
      for (Reading reading : readings) {
        againMillis = Math.min(againMillis, reading.claimableFromMillis());
      }
      ctx.block(wait.againAt(againMillis));
    }
  }

  /** What XREADGROUP does with one stream. */
  private static final class Reading {
    private final CommandContext ctx;
    private final Options options;
    private final Bytes key;
    private final Entry entry;
    private final StreamValue stream;
    private final ConsumerGroup group;
    private final @Nullable StreamId behind;
    private final StreamReplies replies;

    /** Ids that can be claimed, in turn their two halves, and how many of both. */
    private long[] claimable = {};

    private int claimableWords;

    /** From when on something can be claimed, in epoch milliseconds; the highest long for never. */
    private long claimableFromMillis = Long.MAX_VALUE;

    /**
     * One stream of a request.
     *
     * @param behind the id behind which the consumer's own pending entries are wanted, or null for
     *     entries that are new to the group
     */
    Reading(
        CommandContext ctx,
        Options options,
        Bytes key,
        Entry entry,
        ConsumerGroup group,
        @Nullable StreamId behind) {
      this.ctx = ctx;
      this.options = options;
      this.key = key;
      this.entry = entry;
      this.stream = StreamReplies.stream(entry);
      this.group = group;
      this.behind = behind;
      this.replies = new StreamReplies(ctx.reply());
    }

    /** Whether entries are wanted that are new to the group. */
    boolean isOfNew() {
      return behind == null;
    }

    /** The consumer is created whether or not there is anything for it. */
    void read(Bytes consumerName, boolean isClaiming, Answer answer, Room room) {
      StreamConsumer known = group.consumer(consumerName);
      long nowMillis = ctx.nowMillis();
      if (isClaiming && room.isLeft()) {
        findClaimable(room.entriesLeft());
      }
      boolean isNew = behind == null && room.isLeft() && stream.hasBehind(group.lastDelivered());
      StreamId from = room.isLeft() ? behind : null;
      boolean isHistory = from != null && known != null && known.ceiling(from.next()) != NONE;
      boolean isChanging = isNew || isHistory || claimableWords > 0;
      if (known == null || isChanging) {
        ctx.edit(entry);
      }
      StreamConsumer consumer =
          known == null ? group.createConsumer(consumerName, nowMillis) : known;
      consumer.seen(nowMillis, consumer.activeMillis());
      DeliveryEffects effects = new DeliveryEffects(ctx, key, group.name(), consumer.name());
      if (from != null) {
        answer.begin(key);
        history(consumer, from, effects, room);
      } else if (isNew || claimableWords > 0) {
        answer.begin(key);
        deliver(consumer, isNew, isClaiming, effects, room);
      }
      if (known == null || isChanging) {
        if (known == null) {
          ctx.noted(key, entry, XGROUP_CREATECONSUMER);
        } else {
          ctx.noted(key, entry);
        }
        if (isNew) {
          effects.state(known == null, group);
        } else {
          effects.state(known == null);
        }
      }
    }

    // -------------------------------------------------------------------------------- claiming

    /**
     * From when on it is worth while to try again, in epoch milliseconds; the highest long if there
     * is nothing to claim.
     */
    long claimableFromMillis() {
      return claimableFromMillis;
    }

    /**
     * Finds what has been idle long enough, longest first. What was deleted stays pending and is
     * passed over, so that this takes as long as there is much of it.
     */
    private void findClaimable(long most) {
      long idle = options.claimIdleMillis();
      claimableFromMillis = later(group.oldestDeliveryMillis(), idle);
      if (claimableFromMillis > ctx.nowMillis()) {
        return;
      }
      claimableFromMillis = Long.MAX_VALUE;
      StreamCursor cursor = stream.cursor();
      long row = group.longestIdle();
      while (row != NONE && claimableWords / 2 < most) {
        long millis = group.millis(row);
        long sequence = group.sequence(row);
        if (cursor.find(millis, sequence)) {
          long fromMillis = later(group.deliveredMillis(row), idle);
          claimableFromMillis = Math.min(claimableFromMillis, fromMillis);
          if (fromMillis > ctx.nowMillis()) {
            return;
          }
          claimable = withId(claimable, claimableWords, millis, sequence);
          claimableWords += 2;
        }
        row = group.nextIdle(row);
      }
    }

    private static long later(long millis, long byMillis) {
      return millis > Long.MAX_VALUE - byMillis ? Long.MAX_VALUE : millis + byMillis;
    }

    private static long[] withId(long[] ids, int words, long millis, long sequence) {
      long[] target = words == ids.length ? Arrays.copyOf(ids, Math.max(16, 2 * words)) : ids;
      target[words] = millis;
      target[words + 1] = sequence;
      return target;
    }

    // ------------------------------------------------------------------------------ delivering

    /** Shows what is claimed and what is new, and makes it pending. */
    private void deliver(
        StreamConsumer consumer,
        boolean isNew,
        boolean isClaiming,
        DeliveryEffects effects,
        Room room) {
      ReplyWriter reply = ctx.reply();
      Outbox.Place place = reply.arrayLater();
      long shown = 0;
      long pending = 0;
      StreamCursor cursor = stream.cursor();
      for (int i = 0; i < claimableWords && room.isLeft(); i += 2) {
        room.take(claim(consumer, cursor, claimable[i], claimable[i + 1], effects));
        shown++;
        pending++;
      }
      if (isNew) {
        long nowMillis = ctx.nowMillis();
        StreamCursor fresh = stream.range(group.lastDelivered().next(), StreamId.MAX);
        while (room.isLeft() && fresh.next()) {
          long millis = fresh.millis();
          long sequence = fresh.sequence();
          stream.advance(group, millis, sequence);
          reply.array(isClaiming ? 4 : 2);
          room.take(replies.idAndFields(fresh));
          if (isClaiming) {
            reply.integer(0);
            reply.integer(0);
          }
          if (!options.isWithoutPending()) {
            group.deliver(millis, sequence, consumer, nowMillis, 1);
            effects.delivered(millis, sequence, nowMillis, 1);
            pending++;
          }
          shown++;
        }
      }
      reply.endArray(place, shown);
      if (pending > 0) {
        consumer.seen(ctx.nowMillis(), ctx.nowMillis());
      }
    }

    private long claim(
        StreamConsumer consumer,
        StreamCursor cursor,
        long millis,
        long sequence,
        DeliveryEffects effects) {
      ReplyWriter reply = ctx.reply();
      long row = group.find(millis, sequence);
      long idleMillis = Math.max(ctx.nowMillis() - group.deliveredMillis(row), 0);
      long deliveries = group.deliveries(row);
      boolean found = cursor.find(millis, sequence);
      assert found : "what can be claimed is there";
      reply.array(4);
      long bytes = replies.idAndFields(cursor);
      reply.integer(idleMillis);
      reply.integer(deliveries);
      long again = StreamGroupCommands.oneMore(deliveries);
      group.deliver(row, consumer, ctx.nowMillis(), again);
      effects.delivered(millis, sequence, ctx.nowMillis(), again);
      return bytes;
    }

    /** Shows what is pending for the consumer behind an id; entries that were deleted as nil. */
    private void history(
        StreamConsumer consumer, StreamId from, DeliveryEffects effects, Room room) {
      ReplyWriter reply = ctx.reply();
      Outbox.Place place = reply.arrayLater();
      long shown = 0;
      StreamCursor cursor = stream.cursor();
      long own = consumer.ceiling(from.next());
      while (own != NONE && room.isLeft()) {
        long millis = consumer.millis(own);
        long sequence = consumer.sequence(own);
        if (cursor.find(millis, sequence)) {
          room.take(replies.entry(cursor));
          long row = group.find(millis, sequence);
          long again = StreamGroupCommands.oneMore(group.deliveries(row));
          group.deliver(row, consumer, ctx.nowMillis(), again);
          effects.delivered(millis, sequence, ctx.nowMillis(), again);
        } else {
          reply.array(2);
          replies.id(millis, sequence);
          reply.nilArray();
          room.take(0);
        }
        shown++;
        own = consumer.next(own);
      }
      reply.endArray(place, shown);
    }
  }
}

package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.protocol.event.EventType.NEW;
import static dev.carillon.protocol.event.EventType.XADD;
import static dev.carillon.protocol.event.EventType.XDEL;
import static dev.carillon.protocol.event.EventType.XSETID;
import static dev.carillon.protocol.event.EventType.XTRIM;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.PackingLimits;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.value.StreamCursor;
import dev.carillon.engine.value.StreamId;
import dev.carillon.engine.value.StreamProducers;
import dev.carillon.engine.value.StreamReferences;
import dev.carillon.engine.value.StreamTrim;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Streams: adding, trimming and deleting entries, and reading ranges of them. Waiting for entries
 * is in {@link StreamReadCommands}, groups are in {@link StreamGroupCommands}.
 */
final class StreamCommands {

  private static final long IDMP_SECONDS_MAX = 86_400;
  private static final long IDMP_IDS_MAX = 10_000;

  private static final int CONTENT_ID_BYTES = 16;

  /** An option that the request does not have. */
  private static final long UNSAID = -1;

  private static final long NOT_THERE = -1;
  private static final long DELETED = 1;
  private static final long STILL_REFERENCED = 2;

  private static final Bytes XADD_WORD = Bytes.of("XADD");
  private static final Bytes XTRIM_WORD = Bytes.of("XTRIM");
  private static final Bytes XCFGSET_WORD = Bytes.of("XCFGSET");
  private static final Bytes IDMP_DURATION = Bytes.of("IDMP-DURATION");
  private static final Bytes IDMP_MAXSIZE = Bytes.of("IDMP-MAXSIZE");
  private static final Bytes XIDMPRECORD_WORD = Bytes.of("XIDMPRECORD");
  private static final Bytes MAXLEN = Bytes.of("MAXLEN");
  private static final Bytes EXACTLY = Bytes.of("=");

  private StreamCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.STREAM);
    table
        .command("xadd", -5, StreamCommands::xadd)
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW update")
        .emits(NEW, XADD, XTRIM)
        .since("5.0.0")
        .summary("Adds an entry to a stream, which is created if there is none.")
        .grammar(
            """
            ~nondeterministic_output key:key@0 nomkstream:pure-token=NOMKSTREAM<6.2.0>?
            condition:oneof?( keepref:pure-token=KEEPREF delref:pure-token=DELREF
            acked:pure-token=ACKED ) idmp:oneof<8.6.0>?( pid:string=IDMPAUTO idmp:block=IDMP(
            pid:string iid:string ) ) trim:block?( strategy:oneof( maxlen:pure-token=MAXLEN
            minid:pure-token=MINID<6.2.0> ) operator:oneof?( equal:pure-token='='
            approximately:pure-token='~' ) threshold:string count:integer=LIMIT<6.2.0>? )
            id-selector:oneof( auto-id:pure-token='*' id:string ) data:block*( field:string
            value:string )
            """)
        .complexity("O(1); O(N) where N entries are trimmed.");
    table
        .command("xtrim", -4, StreamCommands::xtrim)
        .flags(WRITE)
        .key(1, "RW delete")
        .emits(XTRIM)
        .since("5.0.0")
        .summary("Deletes the oldest entries of a stream.")
        .grammar(
            """
            ~nondeterministic_output key:key@0 trim:block( strategy:oneof(
            maxlen:pure-token=MAXLEN minid:pure-token=MINID<6.2.0> ) operator:oneof?(
            equal:pure-token='=' approximately:pure-token='~' ) threshold:string
            count:integer=LIMIT<6.2.0>? )
            """)
        .complexity("O(N) where N entries are trimmed; whole blocks of them go at once.");
    table
        .command("xdel", -3, StreamCommands::xdel)
        .flags(WRITE, FAST)
        .key(1, "RW delete")
        .emits(XDEL)
        .since("5.0.0")
        .summary("Deletes entries of a stream and answers how many there were.")
        .grammar("key:key@0 id:string*")
        .complexity("O(1) for each entry, whatever the size of the stream.");
    table
        .command("xdelex", -5, StreamCommands::xdelex)
        .flags(WRITE, FAST)
        .key(1, "RW delete")
        .emits(XDEL)
        .silent()
        .since("8.2.0")
        .summary("Deletes entries of a stream with regard to what groups know of them.")
        .grammar(
            """
            key:key@0 condition:oneof?( keepref:pure-token=KEEPREF delref:pure-token=DELREF
            acked:pure-token=ACKED ) ids:block=IDS( numids:integer id:string* )
            """)
        .complexity("O(1) for each entry, whatever the size of the stream.");
    table
        .command("xlen", 2, StreamCommands::xlen)
        .flags(READONLY, FAST)
        .key(1, "RO")
        .since("5.0.0")
        .summary("Answers how many entries a stream has.")
        .grammar("key:key@0")
        .complexity("O(1)");
    range(table, "xrange", false)
        .summary("Answers the entries of a stream between two ids.")
        .grammar("key:key@0 start:string end:string count:integer=COUNT?");
    range(table, "xrevrange", true)
        .summary("Answers the entries of a stream between two ids, the last one first.")
        .grammar("key:key@0 end:string start:string count:integer=COUNT?");
    table
        .command("xsetid", -3, StreamCommands::xsetid)
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW update")
        .emits(XSETID)
        .since("5.0.0")
        .summary("Sets the highest id that a stream has given.")
        .grammar(
            """
            key:key@0 last-id:string entries-added:integer=ENTRIESADDED<7.0.0>?
            max-deleted-id:string=MAXDELETEDID<7.0.0>?
            """)
        .complexity("O(1)");
    table
        .command("xcfgset", -2, StreamCommands::xcfgset)
        .flags(WRITE, FAST)
        .key(1, "RW update")
        .silent()
        .since("8.6.0")
        .summary("Sets how long and how many ids of its producers a stream knows.")
        .grammar(
            """
            key:key@0 idmp-duration:integer=IDMP-DURATION? idmp-maxsize:integer=IDMP-MAXSIZE?
            """)
        .complexity("O(1)");
    table
        .command("xidmprecord", 5, StreamCommands::xidmprecord)
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW update")
        .silent()
        .since("8.8.0")
        .summary("Records under which id a producer has added an entry.")
        .grammar("key:key@0 pid:string iid:string stream-id:string")
        .complexity("O(1)");
  }

  private static Command.Row range(CommandTable.Builder table, String name, boolean reversed) {
    return table
        .command(name, -4, ctx -> range(ctx, reversed))
        .flags(READONLY)
        .key(1, "RO access")
        .since("5.0.0")
        .complexity("O(N) where N is the number of entries answered.");
  }

  // -------------------------------------------------------------------------------------- adding

  private static void xadd(CommandContext ctx) {
    StreamOptions options = StreamOptions.of(ctx, true);
    int strings = ctx.count() - options.fieldsAt();
    StreamIds.Wanted wanted = options.id();
    if (wanted == null || strings < 2 || strings % 2 == 1) {
      throw Errors.WRONG_ARITY.error(ctx.command().fullName());
    }
    if (wanted.isZero()) {
      throw Errors.STREAM_ID_ZERO.error();
    }
    boolean isReplaying = ctx.turn().isReplaying();
    Bytes key = ctx.argument(1);
    Entry existing = ctx.lookup(key, ValueType.STREAM);
    if (existing == null && !options.isCreating()) {
      ctx.reply().nil();
      return;
    }
    StreamValue before = existing == null ? null : StreamReplies.stream(existing);
    StreamId last = before == null ? StreamId.MIN : before.lastId();
    if (last.isMax()) {
      throw Errors.STREAM_EXHAUSTED.error();
    }
    Bytes[] pairs = pairs(ctx, options.fieldsAt());
    Bytes producerId = producerId(options, pairs);
    if (isReplaying && options.producer() != null && wanted.isGenerated()) {
      // Redis writes an addition down with the id that the entry got, so this was a repetition.
      if (before != null) {
        before.editProducers().countRepeated();
      }
      ctx.reply().nil();
      return;
    }
    StreamId known = isReplaying ? null : known(ctx, before, options.producer(), producerId);
    if (known != null) {
      ctx.reply().bulk(known.text());
      return;
    }
    StreamId id = wanted.behind(last, ctx.nowMillis());
    refuseTooLarge(pairs);

    Entry entry = ctx.editOrCreate(key, existing, ValueType.STREAM);
    StreamValue stream = before;
    if (stream == null) {
      stream = begin(ctx);
      entry.object(stream);
    }
    PackingLimits limits = ctx.keyspace().limits();
    stream.append(id, pairs, limits.streamNodeBytes, limits.streamNodeEntries);
    long trimmed = options.trim() == null ? 0 : stream.trim(options.trim());
    if (options.producer() != null && producerId != null) {
      record(ctx, stream, options.producer(), producerId, id);
    }
    ctx.changed(key, entry, XADD);
    if (trimmed > 0) {
      ctx.announce(key, XTRIM);
    }
    if (ctx.isRecording()) {
      additionEffect(ctx, options, stream, before == null, id, trimmed, producerId);
    }
    ctx.reply().bulk(id.text());
  }

  private static Bytes[] pairs(CommandContext ctx, int from) {
    Bytes[] pairs = new Bytes[ctx.count() - from];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = ctx.argument(from + i);
    }
    return pairs;
  }

  private static void refuseTooLarge(Bytes[] pairs) {
    long bytes = 0;
    for (Bytes text : pairs) {
      bytes += text.length();
    }
    if (bytes > StreamValue.TEXT_BYTES_MAX) {
      throw Errors.STREAM_ENTRY_TOO_LARGE.error();
    }
  }

  /**
   * What repeats an addition: the id that the entry got, and of a trim what it left. The oldest
   * entries go first, so the number of those that are left says which they are, whatever the blocks
   * are where it is repeated.
   */
  private static void additionEffect(
      CommandContext ctx,
      StreamOptions options,
      StreamValue stream,
      boolean isNew,
      StreamId id,
      long trimmed,
      @Nullable Bytes producerId) {
    List<Bytes> words = new ArrayList<>();
    words.add(XADD_WORD);
    words.add(ctx.argument(1));
    StreamTrim trim = options.trim();
    if (trim != null && trimmed > 0) {
      addTrim(words, trim, stream.length());
    }
    words.add(id.text());
    for (int i = options.fieldsAt(); i < ctx.count(); i++) {
      words.add(ctx.argument(i));
    }
    ctx.effect(words.toArray(Bytes[]::new));
    if (isNew && hasUnusualLimits(ctx)) {
      limitsEffect(ctx, ctx.argument(1));
    }
    if (options.producer() != null && producerId != null) {
      ctx.effect(XIDMPRECORD_WORD, ctx.argument(1), options.producer(), producerId, id.text());
    }
  }

  private static void addTrim(List<Bytes> words, StreamTrim trim, long length) {
    words.add(MAXLEN);
    words.add(EXACTLY);
    words.add(Numerals.of(length));
    if (trim.references() != StreamReferences.KEEP) {
      words.add(StreamOptions.word(trim.references()));
    }
  }

  // ---------------------------------------------------------------------------- ids of producers

  /** The id under which a producer adds, or null where there is no producer. */
  private static @Nullable Bytes producerId(StreamOptions options, Bytes[] pairs) {
    return options.producer() == null || options.producerId() != null
        ? options.producerId()
        : contentId(pairs);
  }

  /**
   * 128 bits of a hash over the hashes of all pairs of a field and a value, in whatever order the
   * pairs were given: no two entries share it.
   */
  private static Bytes contentId(Bytes[] pairs) {
    MessageDigest hash;
    try {
      hash = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);
    byte[][] ofPairs = new byte[pairs.length / 2][];
    for (int i = 0; i < pairs.length; i++) {
      Bytes text = pairs[i];
      hash.update(length.putInt(0, text.length()).array());
      hash.update(text.array(), text.offset(), text.length());
      if (i % 2 == 1) {
        ofPairs[i / 2] = hash.digest();
      }
    }
    Arrays.sort(ofPairs, Arrays::compare);
    for (byte[] ofPair : ofPairs) {
      hash.update(ofPair);
    }
    return Bytes.of(Arrays.copyOf(hash.digest(), CONTENT_ID_BYTES));
  }

  /** The entry that the producer added under the same id before, or null. */
  private static @Nullable StreamId known(
      CommandContext ctx,
      @Nullable StreamValue stream,
      @Nullable Bytes producer,
      @Nullable Bytes producerId) {
    StreamProducers producers = stream == null ? null : stream.producers();
    if (producers == null || producer == null || producerId == null) {
      return null;
    }
    StreamId entry = producers.find(producer, producerId, ctx.nowMillis(), seconds(producers));
    if (entry != null) {
      producers.countRepeated();
    }
    return entry;
  }

  private static void record(
      CommandContext ctx, StreamValue stream, Bytes producer, Bytes producerId, StreamId entry) {
    StreamProducers producers = stream.editProducers();
    producers.record(
        producer, producerId, entry, ctx.nowMillis(), seconds(producers), idsMax(producers));
  }

  /** For how many seconds a stream knows ids of its producers. */
  static long seconds(@Nullable StreamProducers producers) {
    return producers == null ? StreamProducers.SECONDS_USUAL : producers.durationSeconds();
  }

  /** How many ids of each of its producers a stream knows. */
  static long idsMax(@Nullable StreamProducers producers) {
    return producers == null ? StreamProducers.IDS_USUAL : producers.idsMax();
  }

  /**
   * A new stream. The parameters say for how long and how many ids of its producers it knows;
   * whoever changes them later does not change that. Where they are not the usual ones {@link
   * #limitsEffect} repeats it.
   */
  static StreamValue begin(CommandContext ctx) {
    StreamValue stream = new StreamValue();
    if (hasUnusualLimits(ctx)) {
      stream
          .editProducers()
          .limits(
              ctx.config().get(Parameters.STREAM_IDMP_DURATION),
              ctx.config().get(Parameters.STREAM_IDMP_MAXSIZE));
    }
    return stream;
  }

  private static boolean hasUnusualLimits(CommandContext ctx) {
    return !ctx.turn().isReplaying()
        && (ctx.config().get(Parameters.STREAM_IDMP_DURATION) != StreamProducers.SECONDS_USUAL
            || ctx.config().get(Parameters.STREAM_IDMP_MAXSIZE) != StreamProducers.IDS_USUAL);
  }

  /**
   * States what repeats that a stream was made.
   *
   * @param isStated whether the handler said already what repeats the rest; otherwise the request
   *     does
   */
  static void creationEffect(CommandContext ctx, Bytes key, boolean isStated) {
    if (ctx.isRecording() && hasUnusualLimits(ctx)) {
      if (!isStated) {
        Bytes[] words = new Bytes[ctx.count()];
        Arrays.setAll(words, ctx::argument);
        ctx.effect(words);
      }
      limitsEffect(ctx, key);
    }
  }

  /** States what the parameters said of a stream that was made, behind what made it. */
  private static void limitsEffect(CommandContext ctx, Bytes key) {
    ctx.effect(
        XCFGSET_WORD,
        key,
        IDMP_DURATION,
        Numerals.of(ctx.config().get(Parameters.STREAM_IDMP_DURATION)),
        IDMP_MAXSIZE,
        Numerals.of(ctx.config().get(Parameters.STREAM_IDMP_MAXSIZE)));
  }

  private static void xcfgset(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry entry = existing(ctx, key);
    long seconds = UNSAID;
    long idsMax = UNSAID;
    for (int i = 2; i < ctx.count(); i += 2) {
      boolean hasValue = i + 1 < ctx.count();
      if (ctx.isWord(i, "IDMP-DURATION") && hasValue) {
        if (seconds != UNSAID) {
          throw Errors.STREAM_IDMP_LIMIT_TWICE.error("IDMP-DURATION");
        }
        seconds = between(ctx, i + 1, IDMP_SECONDS_MAX, Errors.STREAM_IDMP_DURATION);
      } else if (ctx.isWord(i, "IDMP-MAXSIZE") && hasValue) {
        if (idsMax != UNSAID) {
          throw Errors.STREAM_IDMP_LIMIT_TWICE.error("IDMP-MAXSIZE");
        }
        idsMax = between(ctx, i + 1, IDMP_IDS_MAX, Errors.STREAM_IDMP_MAXSIZE);
      } else {
        throw Errors.SYNTAX.error();
      }
    }
    if (ctx.count() == 2) {
      throw Errors.STREAM_IDMP_NOTHING.error();
    }

    ctx.edit(entry);
    StreamProducers producers = StreamReplies.stream(entry).editProducers();
    boolean isChange =
        seconds != UNSAID && seconds != seconds(producers)
            || idsMax != UNSAID && idsMax != idsMax(producers);
    producers.limits(
        seconds == UNSAID ? producers.durationSeconds() : seconds,
        idsMax == UNSAID ? producers.idsMax() : idsMax);
    if (isChange) {
      producers.forget();
    }
    ctx.noted(key, entry);
    ctx.reply().ok();
  }

  private static long between(CommandContext ctx, int index, long most, Errors refusal) {
    long value = ctx.longArgument(index);
    if (value < 1 || value > most) {
      throw refusal.error(most);
    }
    return value;
  }

  private static void xidmprecord(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Bytes producer = ctx.argument(2);
    Bytes producerId = ctx.argument(3);
    StreamId id = StreamIds.id(ctx, 4);
    if (producer.isEmpty()) {
      throw Errors.STREAM_IDMP_NO_PRODUCER.error();
    } else if (producerId.isEmpty()) {
      throw Errors.STREAM_IDMP_NO_ID.error();
    }
    Entry entry = existing(ctx, key);
    StreamValue stream = StreamReplies.stream(entry);
    // What was recorded is repeated as it was: the entry may have been trimmed at once.
    if (!ctx.turn().isReplaying()) {
      if (!stream.cursor().find(id.millis(), id.sequence())) {
        throw Errors.STREAM_IDMP_ENTRY.error();
      }
      StreamProducers producers = stream.producers();
      StreamId known =
          producers == null
              ? null
              : producers.find(producer, producerId, ctx.nowMillis(), seconds(producers));
      if (known != null && !known.equals(id)) {
        throw Errors.STREAM_IDMP_OTHER_ENTRY.error();
      } else if (known != null) {
        ctx.reply().ok();
        return;
      }
    }

    ctx.edit(entry);
    record(ctx, stream, producer, producerId, id);
    ctx.noted(key, entry);
    ctx.reply().ok();
  }

  private static Entry existing(CommandContext ctx, Bytes key) {
    Entry entry = ctx.lookup(key, ValueType.STREAM);
    if (entry == null) {
      throw Errors.NO_SUCH_KEY.error();
    }
    return entry;
  }

  // ------------------------------------------------------------------------ trimming and deleting

  private static void xtrim(CommandContext ctx) {
    StreamTrim trim = StreamOptions.of(ctx, false).trim();
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.STREAM);
    if (entry == null || trim == null) {
      ctx.reply().integer(0);
      return;
    }
    StreamValue stream = StreamReplies.stream(entry);
    if (!stream.canTrim(trim)) {
      ctx.reply().integer(0);
      return;
    }

    ctx.edit(entry);
    long trimmed = stream.trim(trim);
    ctx.changed(key, entry, XTRIM);
    boolean isOfBlocks = trim.isApproximate() || trim.references() == StreamReferences.ACKNOWLEDGED;
    if (isOfBlocks && ctx.isRecording()) {
      List<Bytes> words = new ArrayList<>();
      words.add(XTRIM_WORD);
      words.add(key);
      addTrim(words, trim, stream.length());
      ctx.effect(words.toArray(Bytes[]::new));
    }
    ctx.reply().integer(trimmed);
  }

  private static void xdel(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.STREAM);
    if (entry == null) {
      ctx.reply().integer(0);
      return;
    }
    StreamId[] ids = StreamIds.ids(ctx, 2, ctx.count());
    StreamValue stream = StreamReplies.stream(entry);

    long deleted = 0;
    for (StreamId id : ids) {
      if (deleted == 0 && stream.contains(id)) {
        ctx.edit(entry);
        stream.delete(id);
        deleted++;
      } else if (deleted > 0 && stream.delete(id)) {
        deleted++;
      }
    }
    if (deleted > 0) {
      ctx.changed(key, entry, XDEL);
    }
    ctx.reply().integer(deleted);
  }

  /**
   * The words of commands that say what becomes of references: {@code [KEEPREF | DELREF | ACKED]
   * IDS <number> <id> …}, from an argument on. Where IDS is said twice the last one counts.
   *
   * @param idsAt the first id
   * @param count how many there are
   */
  record Named(StreamReferences references, int idsAt, int count) {

    static Named of(CommandContext ctx, int from) {
      StreamReferences references = null;
      int idsAt = 0;
      int count = 0;
      int i = from;
      while (i < ctx.count()) {
        StreamReferences named = StreamOptions.references(ctx.argument(i));
        if (named != null && references == null) {
          references = named;
          i++;
        } else if (ctx.isWord(i, "IDS") && i + 1 < ctx.count()) {
          count = count(ctx, i + 1);
          idsAt = i + 2;
          i = idsAt + count;
        } else {
          throw Errors.SYNTAX.error();
        }
      }
      if (idsAt == 0) {
        throw Errors.STREAM_NO_IDS.error();
      }
      return new Named(references == null ? StreamReferences.KEEP : references, idsAt, count);
    }

    /** The ids, which are looked at only where there is something that could have them. */
    StreamId[] ids(CommandContext ctx) {
      return StreamIds.ids(ctx, idsAt, idsAt + count);
    }

    /** How many ids are behind the argument at {@code index}, which says it. */
    static int count(CommandContext ctx, int index) {
      long count = ctx.longArgument(index, Errors.STREAM_NUMIDS.error());
      if (count <= 0) {
        throw Errors.STREAM_NUMIDS.error();
      }
      if (count > ctx.count() - 1 - index) {
        throw Errors.STREAM_NUMIDS_MISMATCH.error();
      }
      return (int) count;
    }
  }

  private static void xdelex(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.STREAM);
    Named named = Named.of(ctx, 2);
    long[] results = new long[named.count()];
    if (entry == null) {
      Arrays.fill(results, NOT_THERE);
    } else {
      delete(ctx, key, entry, named, results);
    }
    ctx.reply().array(results.length);
    for (long result : results) {
      ctx.reply().integer(result);
    }
  }

  /**
   * Deletes what XDELEX names. Groups are asked about an id, and forget it, whether or not there is
   * such an entry: one that is deleted may be pending, and one that is yet to come is needed.
   */
  private static void delete(
      CommandContext ctx, Bytes key, Entry entry, Named named, long[] results) {
    StreamValue stream = StreamReplies.stream(entry);
    StreamId[] ids = named.ids(ctx);
    boolean isOpen = false;
    boolean isDeleted = false;
    for (int i = 0; i < results.length; i++) {
      long millis = ids[i].millis();
      long sequence = ids[i].sequence();
      if (named.references() == StreamReferences.ACKNOWLEDGED
          && stream.isReferenced(millis, sequence)) {
        results[i] = STILL_REFERENCED;
        continue;
      }
      boolean isThere = stream.contains(ids[i]);
      boolean isForgotten =
          named.references() == StreamReferences.DELETE && stream.isPending(millis, sequence);
      if (!isOpen && (isThere || isForgotten)) {
        ctx.edit(entry);
        isOpen = true;
      }
      if (isForgotten) {
        stream.forget(millis, sequence);
      }
      isDeleted |= isThere && stream.delete(ids[i]);
      results[i] = isThere ? DELETED : NOT_THERE;
    }
    if (isDeleted) {
      ctx.changed(key, entry, XDEL);
    } else if (isOpen) {
      ctx.noted(key, entry);
    }
  }

  // ------------------------------------------------------------------------------------- reading

  private static void xlen(CommandContext ctx) {
    Entry entry = ctx.find(ctx.argument(1), ValueType.STREAM);
    ctx.reply().integer(entry == null ? 0 : StreamReplies.stream(entry).length());
  }

  private static void range(CommandContext ctx, boolean reversed) {
    StreamId start = StreamIds.start(ctx, reversed ? 3 : 2);
    StreamId end = StreamIds.end(ctx, reversed ? 2 : 3);
    long count = -1;
    for (int i = 4; i < ctx.count(); i += 2) {
      if (!ctx.isWord(i, "COUNT") || i + 1 == ctx.count()) {
        throw Errors.SYNTAX.error();
      }
      count = Math.max(ctx.longArgument(i + 1), 0);
    }
    Entry entry = ctx.find(ctx.argument(1), ValueType.STREAM);
    if (entry == null) {
      ctx.reply().array(0);
    } else if (count == 0) {
      ctx.reply().nilArray();
    } else {
      StreamValue stream = StreamReplies.stream(entry);
      StreamCursor cursor = reversed ? stream.reversed(start, end) : stream.range(start, end);
      new StreamReplies(ctx.reply()).entries(cursor, Math.max(count, 0));
    }
  }

  // ----------------------------------------------------------------------------------- last ids

  private static void xsetid(CommandContext ctx) {
    StreamId id = StreamIds.id(ctx, 2);
    long entriesAdded = -1;
    StreamId maxDeleted = StreamId.MIN;
    for (int i = 3; i < ctx.count(); i += 2) {
      boolean hasValue = i + 1 < ctx.count();
      if (ctx.isWord(i, "ENTRIESADDED") && hasValue) {
        entriesAdded = ctx.longArgument(i + 1);
        if (entriesAdded < 0) {
          throw Errors.STREAM_ENTRIES_ADDED.error();
        }
      } else if (ctx.isWord(i, "MAXDELETEDID") && hasValue) {
        maxDeleted = StreamIds.id(ctx, i + 1);
        if (id.isBefore(maxDeleted)) {
          throw Errors.STREAM_ID_BELOW_GIVEN_DELETED.error();
        }
      } else {
        throw Errors.SYNTAX.error();
      }
    }
    Bytes key = ctx.argument(1);
    Entry entry = existing(ctx, key);
    StreamValue stream = StreamReplies.stream(entry);
    if (id.isBefore(stream.maxDeletedId())) {
      throw Errors.STREAM_ID_BELOW_DELETED.error();
    }
    if (stream.length() > 0) {
      if (id.isBefore(stream.lastEntryId())) {
        throw Errors.STREAM_ID_BELOW_TOP.error();
      }
      if (entriesAdded != -1 && stream.length() > entriesAdded) {
        throw Errors.STREAM_ENTRIES_ADDED_BELOW_LENGTH.error();
      }
    }

    ctx.edit(entry);
    stream.counters(
        id,
        maxDeleted.isMin() ? stream.maxDeletedId() : maxDeleted,
        entriesAdded == -1 ? stream.entriesAdded() : entriesAdded);
    ctx.noted(key, entry, XSETID);
    ctx.reply().ok();
  }
}

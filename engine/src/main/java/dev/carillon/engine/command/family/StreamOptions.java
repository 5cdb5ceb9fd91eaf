package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.value.StreamId;
import dev.carillon.engine.value.StreamReferences;
import dev.carillon.engine.value.StreamTrim;
import dev.carillon.protocol.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * What XADD and XTRIM are told behind the key: what to trim, and for XADD whether to create the
 * stream, under which id of the producer's own, and the entry's id.
 *
 * @param trim what to trim, or null
 * @param isCreating whether a stream is created where there is none
 * @param producer who adds, or null where nobody says it
 * @param producerId the producer's id of the entry, or null where it follows from the entry
 * @param id the id that the entry is to have; null for XTRIM, and where the request ends before it
 * @param fieldsAt the argument behind the id
 */
record StreamOptions(
    @Nullable StreamTrim trim,
    boolean isCreating,
    @Nullable Bytes producer,
    @Nullable Bytes producerId,
    StreamIds.@Nullable Wanted id,
    int fieldsAt) {

  private static final Bytes KEEPREF = Bytes.of("KEEPREF");
  private static final Bytes DELREF = Bytes.of("DELREF");
  private static final Bytes ACKED = Bytes.of("ACKED");

  /** Redis' bounds of how much an approximate trim does at once, where the request has none. */
  private static final long BLOCKS_TRIMMED_MAX = 100;

  private static final long TRIMMED_DEFAULT = 10_000;
  private static final long TRIMMED_MAX = 1_000_000;

  /** Reads the words behind the key; {@code isAdding} says for which of the two commands. */
  static StreamOptions of(CommandContext ctx, boolean isAdding) {
    return new Reading(ctx, isAdding).options();
  }

  /** The words are read one after the other, and refused in the order in which Redis does. */
  private static final class Reading {
    private final CommandContext ctx;
    private final boolean isAdding;
    private boolean isTrimming;
    private boolean isById;
    private boolean isApproximate;
    private long maxLength;
    private StreamId minId = StreamId.MIN;
    private long limit;
    private boolean isLimitGiven;
    private @Nullable StreamReferences references;
    private boolean isCreating = true;
    private @Nullable Bytes producer;
    private @Nullable Bytes producerId;
    private StreamIds.@Nullable Wanted id;
    private int at = 2;

    Reading(CommandContext ctx, boolean isAdding) {
      this.ctx = ctx;
      this.isAdding = isAdding;
    }

    StreamOptions options() {
      while (at < ctx.count() && id == null) {
        word(ctx.count() - 1 - at);
        at++;
      }
      if (limit != 0 && !isTrimming) {
        throw Errors.STREAM_LIMIT_WITHOUT_TRIM.error();
      }
      if (!isAdding && !isTrimming) {
        throw Errors.STREAM_NO_TRIM.error();
      }
      if (isLimitGiven && !isApproximate) {
        throw Errors.STREAM_LIMIT_WITHOUT_TILDE.error();
      }
      int fieldsAt = id == null ? at + 1 : at;
      return new StreamOptions(
          isTrimming ? trim() : null, isCreating, producer, producerId, id, fieldsAt);
    }

    private StreamTrim trim() {
      long most = isLimitGiven || !isApproximate ? limit : limitByDefault();
      StreamReferences what = references == null ? StreamReferences.KEEP : references;
      return new StreamTrim(
          maxLength, minId, isById, isApproximate, most, what, ctx.turn().isReplaying());
    }

    private long limitByDefault() {
      long entries = ctx.keyspace().limits().streamNodeEntries;
      return entries == 0
          ? TRIMMED_DEFAULT
          : Math.min(entries, TRIMMED_MAX) * BLOCKS_TRIMMED_MAX > TRIMMED_MAX
              ? TRIMMED_MAX
              : entries * BLOCKS_TRIMMED_MAX;
    }

    private void word(int behind) {
      StreamReferences named = references(ctx.argument(at));
      if (isAdding && ctx.isWord(at, "*")) {
        id = StreamIds.Wanted.of(ctx.argument(at));
      } else if (ctx.isWord(at, "MAXLEN") && behind > 0) {
        threshold(false, behind);
      } else if (ctx.isWord(at, "MINID") && behind > 0) {
        threshold(true, behind);
      } else if (ctx.isWord(at, "LIMIT") && behind > 0) {
        limit = ctx.longArgument(++at);
        if (limit < 0) {
          throw Errors.STREAM_LIMIT.error();
        }
        isLimitGiven = true;
      } else if (named != null && references == null) {
        references = named;
      } else if (isAdding && ctx.isWord(at, "NOMKSTREAM")) {
        isCreating = false;
      } else if (isAdding && ctx.isWord(at, "IDMPAUTO") && behind > 0) {
        refuseSecondProducer();
        producer = named(++at, Errors.STREAM_IDMP_EMPTY_PRODUCER, "IDMPAUTO");
      } else if (isAdding && ctx.isWord(at, "IDMP") && behind > 1) {
        refuseSecondProducer();
        producer = named(++at, Errors.STREAM_IDMP_EMPTY_PRODUCER, "IDMP");
        producerId = named(++at, Errors.STREAM_IDMP_EMPTY_ID, "IDMP");
      } else if (isAdding) {
        id = StreamIds.Wanted.of(ctx.argument(at));
        // Files of Redis have the id that the entry of a producer got.
        if (producer != null && !id.isGenerated() && !ctx.turn().isReplaying()) {
          throw Errors.STREAM_IDMP_WITH_ID.error();
        }
      } else {
        throw Errors.SYNTAX.error();
      }
    }

    private void threshold(boolean byId, int behind) {
      if (isTrimming) {
        throw Errors.STREAM_TWO_TRIMS.error();
      }
      isTrimming = true;
      isById = byId;
      isApproximate = behind > 1 && ctx.isWord(at + 1, "~");
      at += isApproximate || behind > 1 && ctx.isWord(at + 1, "=") ? 2 : 1;
      if (byId) {
        minId = StreamIds.id(ctx, at);
      } else {
        maxLength = ctx.longArgument(at);
        if (maxLength < 0) {
          throw Errors.STREAM_MAXLEN.error();
        }
      }
    }

    private void refuseSecondProducer() {
      if (producer != null) {
        throw Errors.STREAM_IDMP_TWICE.error();
      }
    }

    private Bytes named(int index, Errors refusal, String option) {
      Bytes name = ctx.argument(index);
      if (name.isEmpty()) {
        throw refusal.error(option);
      }
      return name;
    }
  }

  /** What a word says about the references of groups, or null if it is another one. */
  static @Nullable StreamReferences references(Bytes word) {
    if (word.isWord("KEEPREF")) {
      return StreamReferences.KEEP;
    } else if (word.isWord("DELREF")) {
      return StreamReferences.DELETE;
    } else if (word.isWord("ACKED")) {
      return StreamReferences.ACKNOWLEDGED;
    }
    return null;
  }

  /** The word of a way to deal with references. */
  static Bytes word(StreamReferences references) {
    return switch (references) {
      case KEEP -> KEEPREF;
      case DELETE -> DELREF;
      case ACKNOWLEDGED -> ACKED;
    };
  }
}

package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.READONLY;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * LCS: the longest sequence of bytes that two strings have in common, in order but not necessarily
 * side by side.
 *
 * <p>Of the table of lengths (one number for each pair of prefixes) only two rows are kept, and
 * beside them one bit for each pair: which neighbour the longer sequence comes from. That is enough
 * to walk back from the end, and takes 32 times less than the table. The walk prefers the second
 * string's neighbour when both are as good, as Redis does; which of several equally long sequences
 * is found depends on it.
 */
final class LcsCommand {

  /** What Redis counts for each pair of prefixes, and compares with the longest string allowed. */
  private static final int REFERENCE_BYTES_PER_PAIR = 4;

  /** What the bits of this implementation can count; 256 MB. */
  private static final long PAIRS_MAX = Integer.MAX_VALUE;

  private LcsCommand() {}

  static void register(CommandTable.Builder table) {
    table
        .command("lcs", -3, LcsCommand::lcs)
        .flags(READONLY)
        .keys(KeySpec.range(1, 2, 1))
        .since("7.0.0")
        .summary("Finds the longest common subsequence of two strings.")
        .grammar(
            """
            key1:key@0 key2:key@0 len:pure-token=LEN? idx:pure-token=IDX?
            min-match-len:integer=MINMATCHLEN? withmatchlen:pure-token=WITHMATCHLEN?
            """)
        .complexity("O(N*M) where N and M are the lengths of s1 and s2, respectively");
  }

  private static void lcs(CommandContext ctx) {
    Entry first = ctx.find(ctx.argument(1));
    Entry second = ctx.find(ctx.argument(2));
    if (isNoString(first) || isNoString(second)) {
      throw Errors.LCS_NOT_STRINGS.error();
    }
    boolean wantsLength = false;
    boolean wantsIndexes = false;
    boolean wantsMatchLengths = false;
    long matchLengthMin = 0;
    for (int i = 3; i < ctx.count(); i++) {
      if (ctx.isWord(i, "IDX")) {
        wantsIndexes = true;
      } else if (ctx.isWord(i, "LEN")) {
        wantsLength = true;
      } else if (ctx.isWord(i, "WITHMATCHLEN")) {
        wantsMatchLengths = true;
      } else if (ctx.isWord(i, "MINMATCHLEN") && i + 1 < ctx.count()) {
        matchLengthMin = ctx.longArgument(++i);
      } else {
        throw Errors.SYNTAX.error();
      }
    }
    if (wantsIndexes && wantsLength) {
      throw Errors.LCS_LEN_WITH_IDX.error();
    }
    Bytes a = first == null ? Bytes.EMPTY : first.string();
    Bytes b = second == null ? Bytes.EMPTY : second.string();
    refuseTooLarge(ctx, (a.length() + 1L) * (b.length() + 1L));

    Path path = new Path(a, b);
    if (wantsIndexes) {
      writeIndexes(ctx.reply(), path, matchLengthMin, wantsMatchLengths);
    } else if (wantsLength) {
      ctx.reply().integer(path.length);
    } else {
      writeSequence(ctx.reply(), path);
    }
  }

  private static boolean isNoString(@Nullable Entry entry) {
    return entry != null && entry.type() != ValueType.STRING;
  }

  private static void refuseTooLarge(CommandContext ctx, long pairs) {
    long bytesMax = ctx.config().get(Parameters.PROTO_MAX_BULK_LEN);
    if (pairs > PAIRS_MAX || pairs > bytesMax / REFERENCE_BYTES_PER_PAIR) {
      throw Errors.LCS_TOO_LARGE.error();
    }
  }

  private static void writeSequence(ReplyWriter reply, Path path) {
    byte[] sequence = new byte[path.length];
    for (int left = path.length; left > 0; left--) {
      path.toMatch();
      sequence[left - 1] = path.a.at(path.i - 1);
      path.step();
    }
    reply.bulk(sequence, 0, sequence.length);
  }

  private static void writeIndexes(
      ReplyWriter reply, Path path, long matchLengthMin, boolean withLengths) {
    reply.map(2);
    reply.bulk("matches");
    Outbox.Place matches = reply.arrayLater();
    long count = 0;
    int left = path.length;
    while (left > 0) {
      path.toMatch();
      int endA = path.i - 1;
      int endB = path.j - 1;
      int length = 0;
      do {
        path.step();
        length++;
        left--;
      } while (left > 0 && path.isAtMatch());
      if (length >= matchLengthMin) {
        reply.array(withLengths ? 3 : 2);
        writeRange(reply, endA - length + 1, endA);
        writeRange(reply, endB - length + 1, endB);
        if (withLengths) {
          reply.integer(length);
        }
        count++;
      }
    }
    reply.endArray(matches, count);
    reply.bulk("len");
    reply.integer(path.length);
  }

  private static void writeRange(ReplyWriter reply, int first, int last) {
    reply.array(2);
    reply.integer(first);
    reply.integer(last);
  }

  /** The walk back from the ends of both strings; {@code i} and {@code j} bytes lie before it. */
  private static final class Path {
    private final Bytes a;
    private final Bytes b;
    private final int length;
    private final long[] comesFromA;
    private int i;
    private int j;

    Path(Bytes a, Bytes b) {
      this.a = a;
      this.b = b;
      this.i = a.length();
      this.j = b.length();
      this.comesFromA = new long[(int) (((long) i * j >>> 6) + 1)];
      int[] before = new int[j + 1];
      int[] row = new int[j + 1];
      for (int x = 1; x <= i; x++) {
        byte wanted = a.at(x - 1);
        for (int y = 1; y <= j; y++) {
          if (b.at(y - 1) == wanted) {
            row[y] = before[y - 1] + 1;
          } else if (before[y] > row[y - 1]) {
            row[y] = before[y];
            long bit = bit(x, y);
            comesFromA[(int) (bit >>> 6)] |= 1L << bit;
          } else {
            row[y] = row[y - 1];
          }
        }
        int[] spare = before;
        before = row;
        row = spare;
      }
      this.length = before[j];
    }

    private long bit(int x, int y) {
      return (x - 1L) * b.length() + (y - 1);
    }

    boolean isAtMatch() {
      return a.at(i - 1) == b.at(j - 1);
    }

    /** Goes back to where both strings have the same byte; there must be such a place. */
    void toMatch() {
      while (!isAtMatch()) {
        long bit = bit(i, j);
        if ((comesFromA[(int) (bit >>> 6)] & 1L << bit) != 0) {
          i--;
        } else {
          j--;
        }
      }
    }

    void step() {
      i--;
      j--;
    }
  }
}

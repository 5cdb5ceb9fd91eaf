package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.protocol.event.EventType.DEL;
import static dev.carillon.protocol.event.EventType.LINSERT;
import static dev.carillon.protocol.event.EventType.LPOP;
import static dev.carillon.protocol.event.EventType.LPUSH;
import static dev.carillon.protocol.event.EventType.LREM;
import static dev.carillon.protocol.event.EventType.LSET;
import static dev.carillon.protocol.event.EventType.LTRIM;
import static dev.carillon.protocol.event.EventType.RPOP;
import static dev.carillon.protocol.event.EventType.RPUSH;

import dev.carillon.engine.command.Command;
import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.Handler;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.ListView;
import dev.carillon.engine.reply.CommandError;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.reply.Outbox;
import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * Lists: adding and taking elements at the ends, reading and changing them by index and by value.
 * What moves elements between lists, or waits for some, is in {@link ListMoveCommands}.
 */
final class ListCommands {

  private static final String O_ADDED =
      "O(1) for each element added, so O(N) to add N elements when the command is called with"
          + " multiple arguments.";

  private ListCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.LIST);
    registerEnds(table);
    registerReads(table);
    registerChanges(table);
    ListMoveCommands.register(table);
  }

  private static void registerEnds(CommandTable.Builder table) {
    push(table, "lpush", ctx -> push(ctx, true, true), LPUSH)
        .since("1.0.0")
        .summary("Adds elements at the head of a list, one after the other.");
    push(table, "rpush", ctx -> push(ctx, false, true), RPUSH)
        .since("1.0.0")
        .summary("Adds elements at the tail of a list, one after the other.");
    push(table, "lpushx", ctx -> push(ctx, true, false), LPUSH)
        .since("2.2.0")
        .summary("Adds elements at the head of a list that exists.");
    push(table, "rpushx", ctx -> push(ctx, false, false), RPUSH)
        .since("2.2.0")
        .summary("Adds elements at the tail of a list that exists.");
    pop(table, "lpop", ctx -> pop(ctx, true), LPOP)
        .summary("Takes an element, or several, from the head of a list.");
    pop(table, "rpop", ctx -> pop(ctx, false), RPOP)
        .summary("Takes an element, or several, from the tail of a list.");
  }

  private static Command.Row push(
      CommandTable.Builder table, String name, Handler handler, EventType event) {
    return table
        .command(name, -3, handler)
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW insert")
        .emits(event)
        .grammar("key:key@0 element:string*")
        .complexity(O_ADDED);
  }

  private static Command.Row pop(
      CommandTable.Builder table, String name, Handler handler, EventType event) {
    return table
        .command(name, -2, handler)
        .flags(WRITE, FAST)
        .key(1, "RW access delete")
        .emits(event, DEL)
        .since("1.0.0")
        .grammar("key:key@0 count:integer<6.2.0>?")
        .complexity("O(N) where N is the number of elements returned");
  }

  private static void registerReads(CommandTable.Builder table) {
    table
        .command("llen", 2, ListCommands::llen)
        .flags(READONLY, FAST)
        .key(1, "RO")
        .since("1.0.0")
        .summary("Answers how many elements a list has.")
        .grammar("key:key@0")
        .complexity("O(1)");
    table
        .command("lindex", 3, ListCommands::lindex)
        .flags(READONLY)
        .key(1)
        .since("1.0.0")
        .summary("Answers the element of a list at an index.")
        .grammar("key:key@0 index:integer")
        .complexity(
            "O(N) where N is the number of elements to traverse to get to the element at index."
                + " This makes asking for the first or the last element of the list O(1).");
    table
        .command("lrange", 4, ListCommands::lrange)
        .flags(READONLY)
        .key(1)
        .since("1.0.0")
        .summary("Answers the elements of a list from one index to another.")
        .grammar("key:key@0 start:integer stop:integer")
        .complexity(
            "O(S+N) where S is the distance of start offset from HEAD for small lists, from"
                + " nearest end (HEAD or TAIL) for large lists; and N is the number of elements in"
                + " the specified range.");
    table
        .command("lpos", -3, ListCommands::lpos)
        .flags(READONLY)
        .key(1)
        .since("6.0.6")
        .summary("Answers the index of an element that matches, or the indexes of several.")
        .grammar(
            """
            key:key@0 element:string rank:integer=RANK? num-matches:integer=COUNT?
            len:integer=MAXLEN?
            """)
        .complexity(
            "O(N) where N is the number of elements in the list, for the average case. When"
                + " searching for elements near the head or the tail of the list, or when the"
                + " MAXLEN option is provided, the command may run in constant time.");
  }

  private static void registerChanges(CommandTable.Builder table) {
    table
        .command("lset", 4, ListCommands::lset)
        .flags(WRITE, DENYOOM)
        .key(1, "RW update")
        .emits(LSET)
        .since("1.0.0")
        .summary("Replaces the element of a list at an index.")
        .grammar("key:key@0 index:integer element:string")
        .complexity(
            "O(N) where N is the length of the list. Setting either the first or the last element"
                + " of the list is O(1).");
    table
        .command("linsert", 5, ListCommands::linsert)
        .flags(WRITE, DENYOOM)
        .key(1, "RW insert")
        .emits(LINSERT)
        .since("2.2.0")
        .summary("Adds an element before or behind the first one of a list that matches.")
        .grammar(
            """
            key:key@0 where:oneof( before:pure-token=BEFORE after:pure-token=AFTER )
            pivot:string element:string
            """)
        .complexity(
            "O(N) where N is the number of elements to traverse before seeing the value pivot."
                + " This means that inserting somewhere on the left end on the list (head) can be"
                + " considered O(1) and inserting somewhere on the right end (tail) is O(N).");
    table
        .command("lrem", 4, ListCommands::lrem)
        .flags(WRITE)
        .key(1, "RW delete")
        .emits(LREM, DEL)
        .since("1.0.0")
        .summary("Removes elements that match from a list.")
        .grammar("key:key@0 count:integer element:string")
        .complexity(
            "O(N+M) where N is the length of the list and M is the number of elements removed.");
    table
        .command("ltrim", 4, ListCommands::ltrim)
        .flags(WRITE)
        .key(1, "RW delete")
        .emits(LTRIM, DEL)
        .since("1.0.0")
        .summary("Removes all elements of a list but those from one index to another.")
        .grammar("key:key@0 start:integer stop:integer")
        .complexity("O(N) where N is the number of elements to be removed by the operation.");
  }

  // ------------------------------------------------------------------------------------- the ends

  private static void push(CommandContext ctx, boolean atHead, boolean mayCreate) {
    Bytes key = ctx.argument(1);
    Entry existing = ctx.lookup(key, ValueType.LIST);
    if (existing == null && !mayCreate) {
      ctx.reply().integer(0);
      return;
    }

    Entry entry = ctx.editOrCreate(key, existing, ValueType.LIST);
    ListView list = entry.list();
    list.push(atHead, ctx::argument, 2, ctx.count());
    ctx.changed(key, entry, pushed(atHead));

    ctx.reply().integer(list.size());
  }

  private static void pop(CommandContext ctx, boolean fromHead) {
    if (ctx.count() > 3) {
      throw Errors.WRONG_ARITY.error(ctx.command().name());
    }
    boolean isCounted = ctx.count() == 3;
    long count = isCounted ? countArgument(ctx, 2, 0, Errors.MUST_BE_POSITIVE.error()) : 1;
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.LIST);
    if (entry == null && isCounted) {
      ctx.reply().nilArray();
    } else if (entry == null) {
      ctx.reply().nil();
    } else if (isCounted) {
      take(ctx, key, entry, fromHead, count);
    } else {
      takeOne(ctx, key, entry, fromHead);
    }
  }

  /** Answers one element and removes it. */
  static void takeOne(CommandContext ctx, Bytes key, Entry entry, boolean fromHead) {
    ListView list = entry.list();
    ctx.reply().bulk(list.get(fromHead ? 0 : list.size() - 1));
    remove(ctx, key, entry, list, fromHead, 1);
  }

  /** Answers up to {@code count} elements as an array and removes them. */
  static void take(CommandContext ctx, Bytes key, Entry entry, boolean fromHead, long count) {
    ListView list = entry.list();
    long taken = Math.min(count, list.size());
    ctx.reply().array(taken);
    if (taken > 0) {
      list.visit(fromHead ? 0 : list.size() - 1, taken, fromHead, ctx.reply()::bulk);
      remove(ctx, key, entry, list, fromHead, taken);
    }
  }

  private static void remove(
      CommandContext ctx, Bytes key, Entry entry, ListView list, boolean fromHead, long count) {
    ctx.edit(entry);
    list.remove(fromHead, count);
    ctx.changed(key, entry, popped(fromHead));
  }

  /** The event of adding elements. */
  static EventType pushed(boolean atHead) {
    return atHead ? LPUSH : RPUSH;
  }

  /** The event of taking elements. */
  static EventType popped(boolean fromHead) {
    return fromHead ? LPOP : RPOP;
  }

  /** An integer of at least {@code min}; anything else is refused in the same words. */
  static long countArgument(CommandContext ctx, int index, long min, CommandError refusal) {
    long count = ctx.longArgument(index, refusal);
    if (count < min) {
      throw refusal;
    }
    return count;
  }

  // -------------------------------------------------------------------------------------- reading

  private static void llen(CommandContext ctx) {
    Entry entry = ctx.find(ctx.argument(1), ValueType.LIST);
    ctx.reply().integer(entry == null ? 0 : entry.list().size());
  }

  private static void lindex(CommandContext ctx) {
    Entry entry = ctx.find(ctx.argument(1), ValueType.LIST);
    if (entry == null) {
      ctx.reply().nil();
      return;
    }
    ListView list = entry.list();
    long index = index(ctx.longArgument(2), list.size());
    if (index < 0) {
      ctx.reply().nil();
    } else {
      ctx.reply().bulk(list.get(index));
    }
  }

  /** The index that is meant in a list of {@code size}, negative ones from the end; -1 for none. */
  private static long index(long said, long size) {
    long index = said < 0 ? said + size : said;
    return index < 0 || index >= size ? -1 : index;
  }

  /** What LRANGE and LTRIM mean by two indexes; without elements if {@code count} is 0. */
  private record Range(long first, long count) {

    static Range of(long start, long end, long size) {
      long first = Math.max(0, start < 0 ? start + size : start);
      long last = Math.min(size - 1, end < 0 ? end + size : end);
      return first > last ? new Range(0, 0) : new Range(first, last - first + 1);
    }
  }

  private static void lrange(CommandContext ctx) {
    long start = ctx.longArgument(2);
    long end = ctx.longArgument(3);
    Entry entry = ctx.find(ctx.argument(1), ValueType.LIST);
    ReplyWriter reply = ctx.reply();
    if (entry == null) {
      reply.array(0);
      return;
    }
    ListView list = entry.list();
    Range range = Range.of(start, end, list.size());
    reply.array(range.count);
    list.visit(range.first, range.count, true, reply::bulk);
  }

  /**
   * The options of LPOS.
   *
   * @param rank which match is the first that counts; from the tail if negative
   * @param count how many matches are wanted, 0 for all; null if the answer is no array
   * @param length how many elements are compared at most, 0 for all
   */
  private record Matching(long rank, @Nullable Long count, long length) {

    static Matching of(CommandContext ctx) {
      long rank = 1;
      Long count = null;
      long length = 0;
      for (int i = 3; i < ctx.count(); i += 2) {
        boolean hasValue = i + 1 < ctx.count();
        if (hasValue && ctx.isWord(i, "RANK")) {
          rank = betweenLongs(ctx, i + 1);
          if (rank == 0) {
            throw Errors.LPOS_RANK.error();
          }
        } else if (hasValue && ctx.isWord(i, "COUNT")) {
          count = countArgument(ctx, i + 1, 0, Errors.LPOS_COUNT.error());
        } else if (hasValue && ctx.isWord(i, "MAXLEN")) {
          length = countArgument(ctx, i + 1, 0, Errors.LPOS_MAXLEN.error());
        } else {
          throw Errors.SYNTAX.error();
        }
      }
      return new Matching(rank, count, length);
    }
  }

  /** An integer that can be negated. */
  private static long betweenLongs(CommandContext ctx, int index) {
    long value = ctx.longArgument(index);
    if (value == Long.MIN_VALUE) {
      throw Errors.OUT_OF_RANGE_BETWEEN.error(-Long.MAX_VALUE, Long.MAX_VALUE);
    }
    return value;
  }

  private static void lpos(CommandContext ctx) {
    Matching matching = Matching.of(ctx);
    Entry entry = ctx.find(ctx.argument(1), ValueType.LIST);
    ReplyWriter reply = ctx.reply();
    if (matching.count != null) {
      Outbox.Place place = reply.arrayLater();
      long matches = entry == null ? 0 : answerMatches(ctx, entry, matching, matching.count);
      reply.endArray(place, matches);
    } else if (entry == null || answerMatches(ctx, entry, matching, 1) == 0) {
      reply.nil();
    }
  }

  /** Answers the indexes of up to {@code wanted} matches; 0 means all. Returns how many. */
  private static long answerMatches(
      CommandContext ctx, Entry entry, Matching matching, long wanted) {
    ListView list = entry.list();
    boolean forward = matching.rank > 0;
    long size = list.size();
    Bytes element = ctx.argument(2);
    long[] compared = {0};
    long[] matches = {0};
    long skipped = Math.abs(matching.rank) - 1;
    list.visit(
        forward ? 0 : size - 1,
        forward,
        text -> {
          long index = compared[0]++;
          if (text.equals(element) && ++matches[0] > skipped) {
            ctx.reply().integer(forward ? index : size - 1 - index);
          }
          boolean isEnough = wanted > 0 && matches[0] - skipped == wanted;
          return !isEnough && compared[0] != matching.length;
        });
    return Math.max(0, matches[0] - skipped);
  }

  // ------------------------------------------------------------------------------------- changing

  private static void lset(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.LIST);
    if (entry == null) {
      throw Errors.NO_SUCH_KEY.error();
    }
    ListView list = entry.list();
    long index = index(ctx.longArgument(2), list.size());
    if (index < 0) {
      throw Errors.INDEX_OUT_OF_RANGE.error();
    }

    ctx.edit(entry);
    list.set(index, ctx.argument(3));
    ctx.changed(key, entry, LSET);

    ctx.reply().ok();
  }

  private static void linsert(CommandContext ctx) {
    boolean behind = ctx.isWord(2, "AFTER");
    if (!behind && !ctx.isWord(2, "BEFORE")) {
      throw Errors.SYNTAX.error();
    }
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.LIST);
    if (entry == null) {
      ctx.reply().integer(0);
      return;
    }
    ListView list = entry.list();
    long pivot = find(list, ctx.argument(3), true);
    if (pivot < 0) {
      ctx.reply().integer(-1);
      return;
    }

    ctx.edit(entry);
    list.insert(pivot, behind, ctx.argument(4));
    ctx.changed(key, entry, LINSERT);

    ctx.reply().integer(list.size());
  }

  /** How many elements come before the first one with a text, seen from an end; -1 for none. */
  private static long find(ListView list, Bytes element, boolean fromHead) {
    long[] compared = {0};
    boolean[] found = {false};
    list.visit(
        fromHead ? 0 : list.size() - 1,
        fromHead,
        text -> {
          found[0] = text.equals(element);
          compared[0]++;
          return !found[0];
        });
    return found[0] ? compared[0] - 1 : -1;
  }

  private static void lrem(CommandContext ctx) {
    long count = betweenLongs(ctx, 2);
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.LIST);
    if (entry == null || find(entry.list(), ctx.argument(3), count >= 0) < 0) {
      ctx.reply().integer(0);
      return;
    }

    long limit = count == 0 ? Long.MAX_VALUE : Math.abs(count);
    ctx.edit(entry);
    long removed = entry.list().removeMatches(ctx.argument(3), limit, count >= 0);
    ctx.changed(key, entry, LREM);

    ctx.reply().integer(removed);
  }

  private static void ltrim(CommandContext ctx) {
    long start = ctx.longArgument(2);
    long end = ctx.longArgument(3);
    Bytes key = ctx.argument(1);
    Entry entry = ctx.lookup(key, ValueType.LIST);
    if (entry == null) {
      ctx.reply().ok();
      return;
    }
    ListView list = entry.list();
    Range range = Range.of(start, end, list.size());

    ctx.edit(entry);
    list.trim(range.first, range.count);
    ctx.changed(key, entry, LTRIM);

    ctx.reply().ok();
  }
}

package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.ADMIN;
import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.FAST;
import static dev.carillon.engine.command.CommandFlag.MAY_REPLICATE;
import static dev.carillon.engine.command.CommandFlag.READONLY;
import static dev.carillon.engine.command.CommandFlag.WRITE;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.command.KeySpec;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.reply.CommandError;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.value.HyperLogLog;
import dev.carillon.engine.value.HyperLogLog.CorruptException;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.EventType;
import org.jspecify.annotations.Nullable;

/** Strings that count how many different elements they were given. */
final class HyperLogLogCommands {

  private HyperLogLogCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.HYPERLOGLOG);
    table
        .command("pfadd", -2, HyperLogLogCommands::pfadd)
        .flags(WRITE, DENYOOM, FAST)
        .key(1, "RW insert")
        .emits(EventType.PFADD)
        .since("2.8.9")
        .summary("Counts elements; creates the key where it is missing.")
        .grammar("key:key@0 element:string?*")
        .complexity("O(1) to add every element.");
    table
        .command("pfcount", -2, HyperLogLogCommands::pfcount)
        // It may write the number that it has computed into the value.
        .flags(READONLY, MAY_REPLICATE)
        .keys(KeySpec.range(1, -1, 1).access("RW access"))
        .silent()
        .since("2.8.9")
        .summary("Estimates how many different elements were counted by any of the keys.")
        .grammar("key:key@0*")
        .complexity(
            "O(1) with a very small average constant time when called with a single key. O(N) with"
                + " N being the number of keys, and much bigger constant times, when called with"
                + " multiple keys.");
    table
        .command("pfmerge", -2, HyperLogLogCommands::pfmerge)
        .flags(WRITE, DENYOOM)
        .keys(
            KeySpec.one(1)
                .access("RW access insert")
                .and(KeySpec.range(2, -1, 1).access("RO access")))
        .emits(EventType.PFADD)
        .since("2.8.9")
        .summary("Lets a key count all that it and other keys have counted.")
        .grammar("destkey:key@0 sourcekey:key@1?*")
        .complexity("O(N) to merge N HyperLogLogs, but with high constant times.");
    table
        .command("pfdebug", 3, HyperLogLogCommands::pfdebug)
        .internal()
        .flags(WRITE, DENYOOM, ADMIN)
        .key(2, "RW access")
        .silent()
        .since("2.8.9")
        .summary("Looks into a HyperLogLog, or makes it dense.")
        .grammar("subcommand:string key:key@0")
        .complexity("N/A");
    table
        .command("pfselftest", 1, HyperLogLogCommands::pfselftest)
        .internal()
        .flags(ADMIN)
        .since("2.8.9")
        .summary("Checks that HyperLogLogs count well enough.")
        .complexity("N/A");
  }

  /** Refuses what is no HyperLogLog; a missing key passes. */
  private static @Nullable Entry require(@Nullable Entry entry) {
    CommandContext.require(entry, ValueType.STRING);
    if (entry != null && !HyperLogLog.isHyperLogLog(entry.string())) {
      throw Errors.NOT_A_HYPERLOGLOG.error();
    }
    return entry;
  }

  private static CommandError corrupt() {
    return Errors.CORRUPT_HYPERLOGLOG.error();
  }

  private static long sparseBytesMax(CommandContext ctx) {
    return ctx.config().get(Parameters.HLL_SPARSE_MAX_BYTES);
  }

  // -------------------------------------------------------------------------------------- adding

  private static void pfadd(CommandContext ctx) {
    Bytes key = ctx.argument(1);
    Entry entry = require(ctx.lookup(key));
    if (entry != null) {
      entry.markRaw();
      if (!hasNews(ctx, entry.string())) {
        ctx.reply().integer(0);
        return;
      }
    }

    if (entry != null && HyperLogLog.isDense(entry.string())) {
      ctx.edit(entry);
      addAll(ctx, HyperLogLog.in(entry.resizeString(HyperLogLog.DENSE_BYTES)));
    } else {
      // On a copy: a corrupt string is found out half way.
      HyperLogLog sparse = entry == null ? HyperLogLog.empty() : HyperLogLog.copyOf(entry.string());
      addAll(ctx, sparse);
      store(ctx.editOrCreate(key, entry, ValueType.STRING), sparse);
    }
    ctx.changed(key, EventType.PFADD);
    ctx.reply().integer(1);
  }

  private static boolean hasNews(CommandContext ctx, Bytes text) {
    try {
      for (int i = 2; i < ctx.count(); i++) {
        if (!HyperLogLog.hasSeen(text, ctx.argument(i))) {
          return true;
        }
      }
      return false;
    } catch (CorruptException e) {
      throw corrupt();
    }
  }

  private static void addAll(CommandContext ctx, HyperLogLog target) {
    long sparseBytesMax = sparseBytesMax(ctx);
    try {
      for (int i = 2; i < ctx.count(); i++) {
        target.add(ctx.argument(i), sparseBytesMax);
      }
    } catch (CorruptException e) {
      throw corrupt();
    }
    // Also where nothing was added: PFADD of no elements creates a key without an estimate.
    target.forgetCount();
  }

  private static void store(Entry target, HyperLogLog changed) {
    Bytes text = changed.written();
    target.rawString(text.array(), text.offset(), text.length());
  }

  private static void pfmerge(CommandContext ctx) {
    byte[] registers = new byte[HyperLogLog.REGISTERS];
    boolean isDense = false;
    for (int i = 1; i < ctx.count(); i++) {
      Entry entry = require(ctx.find(ctx.argument(i)));
      if (entry != null) {
        isDense |= HyperLogLog.isDense(entry.string());
        merge(registers, entry.string());
      }
    }
    Bytes key = ctx.argument(1);
    Entry existing = ctx.lookup(key);
    HyperLogLog merged =
        existing == null ? HyperLogLog.empty() : HyperLogLog.copyOf(existing.string());
    try {
      if (isDense) {
        merged.promote();
      }
      long sparseBytesMax = sparseBytesMax(ctx);
      for (int i = 0; i < registers.length; i++) {
        if (registers[i] > 0) {
          merged.raise(i, registers[i], sparseBytesMax);
        }
      }
      merged.forgetCount();
    } catch (CorruptException e) {
      throw corrupt();
    }

    store(ctx.editOrCreate(key, existing, ValueType.STRING), merged);
    ctx.changed(key, EventType.PFADD);
    ctx.reply().ok();
  }

  private static void merge(byte[] registers, Bytes text) {
    try {
      HyperLogLog.mergeInto(registers, text);
    } catch (CorruptException e) {
      throw corrupt();
    }
  }

  // ------------------------------------------------------------------------------------ counting

  private static void pfcount(CommandContext ctx) {
    if (ctx.count() > 2) {
      byte[] registers = new byte[HyperLogLog.REGISTERS];
      for (int i = 1; i < ctx.count(); i++) {
        Entry entry = require(ctx.find(ctx.argument(i)));
        if (entry != null) {
          merge(registers, entry.string());
        }
      }
      ctx.reply().integer(HyperLogLog.count(registers));
      return;
    }
    Bytes key = ctx.argument(1);
    Entry entry = require(ctx.find(key));
    if (entry == null) {
      ctx.reply().integer(0);
      return;
    }
    entry.markRaw();
    if (!HyperLogLog.hasCount(entry.string())) {
      storeCount(ctx, key, entry);
    }
    ctx.reply().integer(HyperLogLog.storedCount(entry.string()));
  }

  /** A read that changes its key, as in Redis: the estimate is kept where it will be looked for. */
  private static void storeCount(CommandContext ctx, Bytes key, Entry entry) {
    long count;
    try {
      count = HyperLogLog.count(entry.string());
    } catch (CorruptException e) {
      throw corrupt();
    }
    ctx.edit(entry);
    HyperLogLog.storeCount(entry.resizeString(entry.stringLength()), count);
    ctx.changedSilently(ctx.db(), key);
  }

  // ------------------------------------------------------------------------------------- looking

  private static void pfdebug(CommandContext ctx) {
    Bytes key = ctx.argument(2);
    Entry entry = require(ctx.lookup(key));
    if (entry == null) {
      throw Errors.PFDEBUG_NO_SUCH_KEY.error();
    }
    entry.markRaw();
    boolean isDense = HyperLogLog.isDense(entry.string());
    if (ctx.isWord(1, "GETREG")) {
      promote(ctx, key, entry);
      byte[] registers = new byte[HyperLogLog.REGISTERS];
      merge(registers, entry.string());
      ctx.reply().array(registers.length);
      for (byte register : registers) {
        ctx.reply().integer(register);
      }
    } else if (ctx.isWord(1, "DECODE")) {
      if (isDense) {
        throw Errors.HYPERLOGLOG_NOT_SPARSE.error();
      }
      try {
        ctx.reply().bulk(HyperLogLog.describeRuns(entry.string()));
      } catch (CorruptException e) {
        throw corrupt();
      }
    } else if (ctx.isWord(1, "ENCODING")) {
      ctx.reply().simple(isDense ? "dense" : "sparse");
    } else if (ctx.isWord(1, "TODENSE")) {
      promote(ctx, key, entry);
      ctx.reply().integer(isDense ? 0 : 1);
    } else {
      throw Errors.UNKNOWN_PFDEBUG.error(ctx.argument(1));
    }
  }

  /**
   * Makes a sparse one dense; as it counts the same, who watches or has cached it hears nothing.
   */
  private static void promote(CommandContext ctx, Bytes key, Entry entry) {
    if (HyperLogLog.isDense(entry.string())) {
      return;
    }
    HyperLogLog promoted = HyperLogLog.copyOf(entry.string());
    try {
      promoted.promote();
    } catch (CorruptException e) {
      throw corrupt();
    }
    store(ctx.edit(entry), promoted);
    ctx.noted(key, entry);
  }

  /** Chosen: enough for every kind of run and for a dense string, in a few milliseconds. */
  private static final int SELF_TEST_ELEMENTS = 20_000;

  /**
   * Derived: six times the standard error, 1.04 / sqrt(16384); the elements are always the same.
   */
  private static final double SELF_TEST_ERROR_MAX = 0.0488;

  private static void pfselftest(CommandContext ctx) {
    HyperLogLog sparse = HyperLogLog.empty();
    HyperLogLog dense = HyperLogLog.empty();
    try {
      dense.promote();
      for (int i = 1; i <= SELF_TEST_ELEMENTS; i++) {
        Bytes element = Numerals.of((long) i);
        boolean changed = sparse.add(element, sparseBytesMax(ctx));
        if (dense.add(element, 0) != changed) {
          throw Errors.PFSELFTEST_FAILED.error("sparse and dense registers differ", i);
        }
        if (Integer.bitCount(i) == 1) {
          requireGoodCount(sparse, i);
        }
      }
      requireGoodCount(dense, SELF_TEST_ELEMENTS);
    } catch (CorruptException e) {
      throw corrupt();
    }
    ctx.reply().ok();
  }

  private static void requireGoodCount(HyperLogLog counter, int elements) throws CorruptException {
    double error = Math.abs(HyperLogLog.count(counter.written()) - elements);
    if (error > Math.ceil(elements * SELF_TEST_ERROR_MAX)) {
      throw Errors.PFSELFTEST_FAILED.error("the estimate is too far off", elements);
    }
  }
}

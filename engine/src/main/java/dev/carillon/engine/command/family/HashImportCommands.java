package dev.carillon.engine.command.family;

import static dev.carillon.engine.command.CommandFlag.DENYOOM;
import static dev.carillon.engine.command.CommandFlag.WRITE;
import static dev.carillon.engine.value.ValueType.HASH;
import static dev.carillon.protocol.event.EventType.HSET;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.command.CommandGroup;
import dev.carillon.engine.command.CommandTable;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.HashView;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.turn.Subkeys;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Many hashes with the same fields (HIMPORT): a client names the fields once and sends only values
 * from then on. The key is replaced as a whole, as by SET, whatever it held.
 */
final class HashImportCommands {

  private static final Bytes DEL_WORD = Bytes.of("DEL");
  private static final Bytes HSET_WORD = Bytes.of("HSET");

  private HashImportCommands() {}

  static void register(CommandTable.Builder table) {
    table.group(CommandGroup.HASH);
    var himport =
        table
            .container("himport")
            .categories("hash")
            .since("8.10.0")
            .summary("Imports hashes that have the same fields.")
            .complexity("Depends on subcommand.");
    himport
        .subcommand("prepare", -4, HashImportCommands::prepare)
        .flags(DENYOOM)
        .since("8.10.0")
        .summary("Gives a list of fields a name, for this client.")
        .grammar(
            """
            ~request_policy:all_shards ~response_policy:all_succeeded fieldset-name:string
            field:string*
            """)
        .complexity("O(N) where N is the number of fields.");
    himport
        .subcommand("set", -5, HashImportCommands::set)
        .flags(WRITE, DENYOOM)
        .key(2, "OW update")
        .emits(HSET)
        .since("8.10.0")
        .summary("Makes a key hold a hash of the fields with a name and these values.")
        .grammar("key:key@0 fieldset-name:string value:string*")
        .complexity("O(N) where N is the number of fields.");
    himport
        .subcommand("discard", 3, HashImportCommands::discard)
        .since("8.10.0")
        .summary("Forgets a name and says whether there was one.")
        .grammar("~request_policy:all_shards ~response_policy:agg_max fieldset-name:string")
        .complexity("O(1)");
    himport
        .subcommand("discardall", 2, ctx -> ctx.reply().integer(ctx.session().fieldsets().clear()))
        .since("8.10.0")
        .summary("Forgets all names of this client and says how many there were.")
        .grammar("~request_policy:all_shards ~response_policy:agg_max")
        .complexity("O(N) where N is the number of names.");
  }

  private static void prepare(CommandContext ctx) {
    List<Bytes> fields = new ArrayList<>(ctx.count() - 3);
    Set<Bytes> different = new HashSet<>();
    for (int i = 3; i < ctx.count(); i++) {
      Bytes field = ctx.argument(i).copy();
      if (!different.add(field)) {
        throw Errors.FIELDSET_DUPLICATE.error();
      }
      fields.add(field);
    }
    ctx.session().fieldsets().put(ctx.argument(2).copy(), fields);
    ctx.reply().ok();
  }

  private static void set(CommandContext ctx) {
    List<Bytes> names = ctx.session().fieldsets().find(ctx.argument(3));
    if (names == null) {
      throw Errors.NO_FIELDSET.error();
    }
    if (names.size() != ctx.count() - 4) {
      throw Errors.FIELDSET_VALUES.error();
    }

    Bytes key = ctx.argument(2);
    Entry entry = ctx.overwrite(key, ctx.lookup(key, HASH), HASH, false);
    entry.packed(Bytes.EMPTY);
    HashView hash = entry.hash();
    hash.expect(names.size());
    Subkeys fields = ctx.subkeys(HSET);
    for (int i = 0; i < names.size(); i++) {
      hash.put(names.get(i), ctx.argument(i + 4));
      fields.add(names.get(i));
    }
    ctx.changed(key, entry, HSET, fields);
    record(ctx, key, names);
    ctx.reply().ok();
  }

  /** A replay knows nothing of what a client prepared. */
  private static void record(CommandContext ctx, Bytes key, List<Bytes> names) {
    Bytes[] words = new Bytes[ctx.isRecording() ? 2 + 2 * names.size() : 0];
    if (words.length > 0) {
      words[0] = HSET_WORD;
      words[1] = key;
      for (int i = 0; i < names.size(); i++) {
        words[2 + 2 * i] = names.get(i);
        words[3 + 2 * i] = ctx.argument(i + 4);
      }
    }
    ctx.effect(DEL_WORD, key);
    ctx.effect(words);
  }

  private static void discard(CommandContext ctx) {
    ctx.reply().integer(ctx.session().fieldsets().remove(ctx.argument(2)) ? 1 : 0);
  }
}

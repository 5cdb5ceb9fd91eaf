package dev.carillon.engine.load;

import dev.carillon.engine.Engine;
import dev.carillon.engine.EngineOptions;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.command.family.EngineFixture;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Parameter;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.keyspace.KeyspaceDigest;
import dev.carillon.engine.session.Peer;
import dev.carillon.engine.session.Session;
import dev.carillon.engine.storage.MemoryStorage;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.ReplyDecoder;
import dev.carillon.protocol.resp.Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/** An engine that begins with files, and one client to look at what it made of them. */
final class Loaded {

  static final long NOW_MILLIS = EngineFixture.START_MILLIS;

  final Configuration config = new Configuration();
  final Engine engine =
      new Engine(new EngineOptions(config, new Random(5), Host.NONE, Long.MAX_VALUE));
  final Session client = engine.open(new Peer("127.0.0.1:50000", "127.0.0.1:6379", -1), NOW_MILLIS);
  private final ReplyDecoder decoder = new ReplyDecoder();
  List<String> remarks = new ArrayList<>();
  long nowMillis = NOW_MILLIS;
  long loaded;
  int slices;

  /** Loads a file with the name dump.rdb. */
  static Loaded snapshot(byte[] file) throws IOException {
    return new Loaded().load(new MemoryStorage().with("dump.rdb", file), 64 << 10);
  }

  <T> Loaded with(Parameter<T> parameter, T value) {
    config.put(parameter, value);
    return this;
  }

  /** Loads what a server would begin with. */
  Loaded load(MemoryStorage files, int budgetBytes) throws IOException {
    Startup startup = new Startup(files, config);
    Startup.Found found = startup.find();
    if (found == null) {
      return this;
    }
    try (LoadSource source =
        startup.open(found, engine.keyspace(), engine.commandReplay(nowMillis), engine::onFact)) {
      engine.beginLoading(source, nowMillis);
      do {
        slices++;
      } while (engine.load(nowMillis, budgetBytes));
      remarks = source.remarks();
      loaded = source.loaded();
    }
    return this;
  }

  /** Executes a request and answers its reply in the notation of the cases. */
  String say(String line) {
    return EngineFixture.show(ask(EngineFixture.words(line).toArray(Bytes[]::new)));
  }

  Reply ask(Bytes... words) {
    engine.execute(client, Request.of(words), nowMillis);
    client.outbox().drain(Long.MAX_VALUE, Integer.MAX_VALUE, decoder::feed);
    try {
      return Objects.requireNonNull(decoder.next());
    } catch (ProtocolError e) {
      throw new AssertionError(e);
    }
  }

  String digest() {
    return KeyspaceDigest.of(engine.keyspace());
  }

  /** The entry of a key of database 0. */
  Entry entry(String key) {
    return Objects.requireNonNull(engine.keyspace().database(0).findAsIs(Bytes.of(key)));
  }
}

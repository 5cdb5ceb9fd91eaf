package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.keyspace.KeyspaceDigest;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.resp.Reply;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeedCommandsTest {

  private static final long T = EngineFixture.START_MILLIS;
  private static final String REFUSED = "-ERR key is a feed; use FEED DROP";

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private void entries(String key, String... entries) {
    List<String> shown =
        ((Reply.Array) engine.run("XRANGE " + key + " - +"))
            .elements().stream()
                .map(entry -> ((Reply.Array) entry).elements())
                .map(
                    entry ->
                        EngineFixture.show(entry.get(0)).replace("\"", "")
                            + " "
                            + EngineFixture.show(entry.get(1)).replaceAll("[\\[\\],\"]", ""))
                .toList();
    engine.events();
    assertThat(shown).containsExactly(entries);
  }

  // ------------------------------------------------------------------------------------- entries

  @Test
  void aFeedHoldsEventsFromItsMakingOn() {
    engine.run("SET before 1");
    engine.expect("FEED CREATE f VOLATILE", "+OK", "new before", "set before");
    engine.expect("SET a 1", "+OK", "new a", "set a");
    engine.advance(5);
    engine.expect("LPUSH l x", ":1", "new l", "lpush l");
    entries(
        "f",
        T + "-0 event set key a db 0 at " + T,
        T + 5 + "-0 event lpush key l db 0 at " + (T + 5));
  }

  @Test
  void makingAndDroppingAFeedAnnounceNothing() {
    engine.expect("FEED CREATE f EVENTS An VOLATILE", "+OK");
    engine.expect("TYPE f", "+stream");
    engine.expect("FEED DROP f", "+OK");
    engine.expect("EXISTS f", ":0", "keymiss f");
    engine.expect("FEED DROP f", "-ERR no such feed");
  }

  @Test
  void eventsOfOneTurnHaveIdsThatGrow() {
    engine.run("FEED CREATE f EVENTS $ VOLATILE");
    engine.run("MSET a 1 b 2 c 3");
    entries(
        "f",
        T + "-0 event set key a db 0 at " + T,
        T + "-1 event set key b db 0 at " + T,
        T + "-2 event set key c db 0 at " + T);
  }

  @Test
  void classesKeysAndDatabasesAreFiltered() {
    engine.run("FEED CREATE f EVENTS g MATCH a* MATCH b? DB 1 VOLATILE");
    engine.run("SET a1 1");
    engine.run("DEL a1");
    engine.run("SELECT 1");
    engine.run("MSET a1 1 b1 1 b11 1");
    engine.run("DEL a1 b1 b11");
    engine.run("SELECT 0");
    entries("f", T + "-0 event del key a1 db 1 at " + T, T + "-1 event del key b1 db 1 at " + T);
  }

  @Test
  void whatExpiredHasItsDeadlineAndItsValue() {
    engine.run("FEED CREATE f EVENTS Ex VALUES 10 VOLATILE");
    engine.run("SET short value PX 100");
    engine.run("SET long 12345678901 PX 200");
    engine.advance(300);
    engine.sweep();
    entries(
        "f",
        T
            + 300
            + "-0 event expired key short db 0 at "
            + (T + 300)
            + " deadline "
            + (T + 100)
            + " value value",
        T
            + 300
            + "-1 event expired key long db 0 at "
            + (T + 300)
            + " deadline "
            + (T + 200)
            + " omitted 11");
  }

  @Test
  void aDeadlineNeedsNoValuesAndIsThatOfTheKeyThatExpired() {
    engine.run("FEED CREATE f EVENTS x VOLATILE");
    engine.run("SET a 1 PX 100");
    engine.run("SET a 2 PX 200");
    engine.run("SET b 1 PX 150");
    engine.advance(200);
    engine.run("DEL b");
    engine.run("GET a");
    String at = " db 0 at " + (T + 200) + " deadline ";
    entries(
        "f",
        T + 200 + "-0 event expired key b" + at + (T + 150),
        T + 200 + "-1 event expired key a" + at + (T + 200));
  }

  @Test
  void collectionsThatGoAreDumped() {
    engine.run("FEED CREATE f EVENTS g VALUES 1000 VOLATILE");
    engine.run("RPUSH l a b c");
    Reply dump = engine.run("DUMP l");
    engine.run("DEL l");
    Reply.Array entry =
        (Reply.Array) ((Reply.Array) engine.run("XRANGE f - +")).elements().getFirst();
    List<Reply> fields = ((Reply.Array) entry.elements().get(1)).elements();
    assertThat(EngineFixture.show(fields.get(8))).isEqualTo("\"dump\"");
    assertThat(EngineFixture.show(fields.get(9))).isEqualTo(EngineFixture.show(dump));
  }

  @Test
  void whatIsReplacedIsCarriedOnceAndNotByLaterEvents() {
    engine.run("FEED CREATE f EVENTS Ag VALUES 10 VOLATILE");
    engine.run("SET a old");
    engine.run("SET a new EX 5");
    engine.run("SADD s 1");
    engine.run("SUNIONSTORE a s");
    entries(
        "f",
        T + "-0 event set key a db 0 at " + T,
        T + "-1 event set key a db 0 at " + T + " value old",
        T + "-2 event expire key a db 0 at " + T,
        T + "-3 event sadd key s db 0 at " + T,
        T + "-4 event sunionstore key a db 0 at " + T + " value new");
  }

  @Test
  void aKeyThatIsRenamedOverAnotherOneCarriesThatOnesValue() {
    engine.run("MSET a 1 b 2");
    engine.run("FEED CREATE f EVENTS A VALUES 10 VOLATILE");
    engine.run("RENAME a b");
    entries(
        "f",
        T + "-0 event rename_from key a db 0 at " + T,
        T + "-1 event rename_to key b db 0 at " + T + " value 2");
  }

  @Test
  void aValueThatNobodyToldOfIsNotTakenForALaterOne() {
    engine.run("SET a old");
    engine.run("FEED CREATE f EVENTS $ VALUES 10 VOLATILE");
    engine.run("MULTI");
    engine.run("DEL a");
    engine.run("SET a new");
    engine.run("EXEC");
    entries("f", T + "-0 event set key a db 0 at " + T);
  }

  @Test
  void eventsOfHashesNameTheirFields() {
    engine.run("FEED CREATE f EVENTS h VOLATILE");
    engine.run("HSET h a 1 bc 2");
    entries("f", T + "-0 event hset key h db 0 at " + T + " fields 1:a2:bc");
  }

  @Test
  void missesAreInNoFeed() {
    engine.run("FEED CREATE f EVENTS A VOLATILE");
    engine.run("GET nothing");
    entries("f");
    engine.expect(
        "FEED CREATE g EVENTS Am VOLATILE",
        "-ERR FEED CREATE: keymiss (m) is never in a feed: a read would have to be stored");
  }

  @Test
  void feedsDoNotDependOnNotifications() {
    engine.flags("");
    engine.run("FEED CREATE f VOLATILE");
    engine.run("SET a 1");
    entries("f", T + "-0 event set key a db 0 at " + T);
    engine.flags("KEAmn");
  }

  @Test
  void aTransactionAppendsWhatHappenedWhileTheFeedWasThere() {
    engine.run("MULTI");
    engine.run("SET a 1");
    engine.run("FEED CREATE f VOLATILE");
    engine.run("SET b 1");
    engine.run("XLEN f");
    engine.run("EXEC");
    entries("f", T + "-0 event set key b db 0 at " + T);
    engine.run("MULTI");
    engine.run("SET a 1");
    engine.run("FEED DROP f");
    engine.run("FEED CREATE f VOLATILE");
    engine.run("SET c 1");
    engine.run("EXEC");
    entries("f", T + "-0 event set key c db 0 at " + T);
  }

  @Test
  void partitionsShareTheEventsByKey() {
    engine.run("FEED CREATE f EVENTS $ PARTITIONS 2 DATABASE VOLATILE");
    engine.run("MSET a 1 b 1 c 1 d 1");
    engine.run("SET a 2");
    // CRC-32 of a is e8b7be43, of b 71beeff9, of c 06b9df6f, of d 98dd4acc.
    entries("f:0", T + "-0 event set key d db 0 at " + T);
    entries(
        "f:1",
        T + "-0 event set key a db 0 at " + T,
        T + "-1 event set key b db 0 at " + T,
        T + "-2 event set key c db 0 at " + T,
        T + "-3 event set key a db 0 at " + T);
    engine.run("FLUSHALL");
    assertThat(engine.say("XLEN f:0")).isEqualTo(":2");
    engine.expect("DEL f:1", REFUSED);
  }

  @Test
  void whatHappensToDatabasesIsHeldWhereItIsAskedFor() {
    engine.run("FEED CREATE f EVENTS x DATABASE VOLATILE");
    engine.run("FLUSHDB");
    engine.run("SET a 1");
    engine.run("FLUSHDB");
    engine.run("SWAPDB 0 3");
    engine.run("SET a 1");
    engine.run("FLUSHALL");
    entries(
        "f",
        T + "-0 event flushdb db 0 at " + T,
        T + "-1 event swapdb db 0 at " + T + " with 3",
        T + "-2 event flushall db * at " + T);
  }

  // ------------------------------------------------------------------------------------ refusals

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DEL a f",
        "UNLINK f",
        "SET f 1",
        "SETNX f 1",
        "MSET a 1 f 1",
        "GETSET f 1",
        "APPEND f x",
        "RENAME f g",
        "RENAME a f",
        "RENAMENX a f",
        "MOVE f 1",
        "EXPIRE f 10",
        "PERSIST f",
        "PEXPIREAT f 1",
        "RESTORE f 0 x REPLACE",
        "COPY a f REPLACE",
        "XADD f * a 1",
        "XDEL f 1-1",
        "XDELEX f IDS 1 1-1",
        "XACKDEL f g IDS 1 1-1",
        "XTRIM f MAXLEN 0",
        "XSETID f 9-9",
        "XCFGSET f IDMP-DURATION 10",
        "SORT l STORE f",
        "SUNIONSTORE f s",
        "ZUNIONSTORE f 1 z",
        "ZRANGESTORE f z 0 -1",
        "BITOP NOT f a",
        "PFMERGE f a",
        "LMOVE l f LEFT LEFT",
        "RPOPLPUSH l f",
        "BLMOVE l f LEFT LEFT 0",
        "SMOVE s f x",
        "GEOSEARCHSTORE f z FROMMEMBER x BYRADIUS 1 m",
        "GEORADIUS z 1 1 1 m STORE f",
        "HSET f a 1",
        "LPUSH f x",
        "SADD f x",
        "ZADD f 1 x",
        "GETDEL f",
        "GETEX f EX 1",
        "MIGRATE 127.0.0.1 1 f 0 1"
      })
  void clientsCannotWriteToAFeed(String request) {
    engine.run("SET a 1");
    engine.run("RPUSH l x");
    engine.run("SADD s x");
    engine.run("GEOADD z 1 1 x");
    engine.run("FEED CREATE f EVENTS x VOLATILE");
    engine.events();
    String before = KeyspaceDigest.of(engine.engine().keyspace());
    engine.expect(request, REFUSED);
    assertThat(KeyspaceDigest.of(engine.engine().keyspace())).isEqualTo(before);
  }

  @Test
  void keysOfFeedsAreToldFromAllOthersInEveryDatabase() {
    engine.run("FEED CREATE f EVENTS x VOLATILE");
    engine.run("SELECT 1");
    engine.run("FEED CREATE many EVENTS x PARTITIONS 256 VOLATILE");
    assertThat(engine.say("SET f 1")).isEqualTo("+OK");
    for (int i = 0; i < 1000; i++) {
      assertThat(engine.say("SET many:" + i + " 1")).isEqualTo(i < 256 ? REFUSED : "+OK");
    }
    assertThat(engine.say("SET many 1")).isEqualTo("+OK");
    engine.run("FEED DROP many");
    assertThat(engine.say("SET many:255 1")).isEqualTo("+OK");
    engine.run("SELECT 0");
    engine.events();
    engine.expect("SET f 1", REFUSED);
  }

  @Test
  void copiesOfAFeedAreOrdinaryStreams() {
    engine.run("FEED CREATE f VOLATILE");
    engine.run("SET a 1");
    assertThat(engine.say("COPY f g")).isEqualTo(":1");
    assertThat(engine.say("XADD g * a 1")).startsWith("\"");
    engine.run("SELECT 1");
    engine.run("SET a 1");
    engine.events();
    engine.expect("COPY a f DB 0 REPLACE", REFUSED);
  }

  @Test
  void groupsOfAFeedBelongToItsReaders() {
    engine.run("FEED CREATE f EVENTS $ VOLATILE");
    engine.events();
    engine.expect("XGROUP CREATE f g $", "+OK", "xgroup-create f");
    engine.run("SET a 1");
    engine.events();
    engine.expect(
        "XREADGROUP GROUP g c STREAMS f >",
        "[[\"f\", [[\""
            + T
            + "-0\", [\"event\", \"set\", \"key\", \"a\", \"db\", \"0\", \"at\", \""
            + T
            + "\"]]]]]",
        "xgroup-createconsumer f");
    engine.expect("XACK f g " + T + "-0", ":1");
    engine.expect("XGROUP DESTROY f g", ":1", "xgroup-destroy f");
  }

  @Test
  void feedsNeedKeysThatAreFree() {
    engine.run("SET f:1 1");
    engine.expect(
        "FEED CREATE f PARTITIONS 2 VOLATILE",
        "-ERR a key of this name, or of one of its partitions, exists already",
        "new f:1",
        "set f:1");
  }

  @Test
  void aKeyThatIsOverAndHeldBackIsInTheWayOfPartitions() {
    engine.run("SET f 1 PX 10");
    engine.run("CLIENT PAUSE 1000 WRITE");
    engine.advance(20);
    assertThat(engine.say("FEED CREATE f PARTITIONS 2 VOLATILE")).startsWith("-ERR a key of this");
    engine.advance(2000);
    assertThat(engine.say("FEED CREATE f PARTITIONS 2 VOLATILE")).isEqualTo("+OK");
    engine.run("SET a 1");
  }

  @Test
  void withoutAJournalOnlyVolatileFeedsAreMade() {
    assertThat(engine.say("FEED CREATE f")).startsWith("-ERR a feed keeps its entries");
    engine.config(Parameters.FEED_MAX_BYTES, "1mb");
    engine.run("FEED CREATE f VOLATILE");
    assertThat(engine.say("FEED INFO f"))
        .contains("\"durable\", \"no\"")
        .contains("\"maxbytes\", :1048576");
    assertThat(engine.say("FEED LIST")).isEqualTo("[\"f\"]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "FEED CREATE f EVENTS",
        "FEED CREATE f EVENTS q",
        "FEED CREATE f EVENTS KE",
        "FEED CREATE f DB 16",
        "FEED CREATE f MAXLEN 0",
        "FEED CREATE f MAXLEN x",
        "FEED CREATE f PARTITIONS 257",
        "FEED CREATE f MAXBYTES 100 KEEPUNACKED 10",
        "FEED CREATE f NONSENSE"
      })
  void wrongOptionsAreRefused(String request) {
    assertThat(engine.say(request)).startsWith("-ERR FEED CREATE: ");
  }

  @Test
  void clientsCannotSayWhatOnlyAReplayMay() {
    engine.run("FEED CREATE f VOLATILE");
    assertThat(engine.say("FEED APPEND f 1-1 a b")).startsWith("-ERR unknown subcommand");
    assertThat(engine.say("FEED TRIM f 1-1")).startsWith("-ERR unknown subcommand");
  }

  // ------------------------------------------------------------------------------- whole databases

  @Test
  void emptyingDatabasesKeepsFeedsGroupsAndEntries() {
    engine.run("FEED CREATE f EVENTS $ VOLATILE");
    engine.run("XGROUP CREATE f g 0");
    engine.run("SET a 1");
    engine.run("FLUSHDB");
    engine.run("FLUSHALL");
    entries("f", T + "-0 event set key a db 0 at " + T);
    assertThat(engine.say("DBSIZE")).isEqualTo(":1");
    engine.run("SET b 1");
    assertThat(engine.say("XLEN f")).isEqualTo(":2");
    assertThat(engine.say("XPENDING f g")).startsWith("[:0");
  }

  @Test
  void swappingDatabasesLeavesFeedsWhereTheyAre() {
    engine.run("FEED CREATE f EVENTS $ VOLATILE");
    engine.run("SET a 1");
    engine.run("SWAPDB 0 1");
    assertThat(engine.say("XLEN f")).isEqualTo(":1");
    assertThat(engine.say("EXISTS a")).isEqualTo(":0");
    engine.run("SELECT 1");
    assertThat(engine.say("EXISTS a f")).isEqualTo(":1");
    engine.run("SET f 1");
    engine.events();
    engine.expect("SWAPDB 1 0", REFUSED);
    engine.expect("SWAPDB 0 1", REFUSED);
  }

  @Test
  void evictionNeverChoosesAFeed() {
    engine.run("FEED CREATE f EVENTS e VOLATILE");
    engine.config(Parameters.MAXMEMORY_POLICY, "allkeys-random");
    for (int i = 0; i < 50; i++) {
      engine.run("SET key" + i + " " + "x".repeat(1000));
    }
    engine.config(Parameters.MAXMEMORY, "10000");
    engine.run("GET key0");
    assertThat(engine.say("EXISTS f")).isEqualTo(":1");
    assertThat(engine.engine().keyspace().evictedKeys()).isGreaterThan(30);
    String length = engine.say("XLEN f");
    assertThat(length).isEqualTo(":" + engine.engine().keyspace().evictedKeys());
  }

  @Test
  void whatAFeedTakesDrivesNoEviction() {
    engine.run("FEED CREATE f EVENTS $ VOLATILE");
    engine.run("SET a 1");
    engine.config(Parameters.MAXMEMORY_POLICY, "allkeys-random");
    Matcher used = Pattern.compile("used_memory:(\\d+)").matcher(engine.say("INFO memory"));
    assertThat(used.find()).isTrue();
    engine.config(Parameters.MAXMEMORY, "" + (Long.parseLong(used.group(1)) + 100_000));
    for (int i = 0; i < 10_000; i++) {
      // What is on its way to clients counts too, a chunk for each of them at least.
      engine.events();
      assertThat(engine.say("SET a 1")).isEqualTo("+OK");
    }
    assertThat(engine.engine().dispatcher().services().feeds().sizeBytes()).isGreaterThan(150_000);
    assertThat(engine.engine().keyspace().evictedKeys()).isZero();
    assertThat(engine.say("INFO memory")).contains("used_memory_feeds:");
  }

  @Test
  void entriesAreAddedHoweverFullTheMemoryIs() {
    engine.run("FEED CREATE f EVENTS x VOLATILE");
    engine.run("SET a 1 PX 10");
    engine.config(Parameters.MAXMEMORY, "1");
    assertThat(engine.say("SET b 1")).startsWith("-OOM");
    engine.advance(10);
    engine.sweep();
    assertThat(engine.say("XLEN f")).isEqualTo(":1");
  }

  // ------------------------------------------------------------------------------------- retention

  @Test
  void theOldestEntriesGoAndThoseNotAcknowledgedAreCounted() {
    engine.run("FEED CREATE f EVENTS $ MAXLEN 3 VOLATILE");
    engine.run("XGROUP CREATE f g 0");
    engine.run("MSET a 1 b 1 c 1");
    engine.run("XREADGROUP GROUP g c COUNT 2 STREAMS f >");
    engine.run("XACK f g " + T + "-0");
    engine.run("MSET d 1 e 1");
    assertThat(engine.say("XLEN f")).isEqualTo(":3");
    assertThat(engine.say("FEED INFO f"))
        .contains("\"trimmed\", :2, \"trimmed-unacknowledged\", :1")
        .contains("\"trimmed-to\", \"" + T + "-1\"");
  }

  @Test
  void entriesThatAreTooOldGoWithoutAFurtherOne() {
    engine.run("FEED CREATE f EVENTS $ MAXAGE 5000 VOLATILE");
    engine.run("SET a 1");
    engine.advance(4000);
    engine.run("SET a 1");
    engine.advance(2000);
    engine.engine().maintain(engine.nowMillis());
    assertThat(engine.say("XLEN f")).isEqualTo(":1");
    engine.advance(9000);
    engine.engine().maintain(engine.nowMillis());
    assertThat(engine.say("XLEN f")).isEqualTo(":0");
  }

  @Test
  void aFeedHasACapInBytes() {
    engine.run("FEED CREATE f EVENTS $ MAXBYTES 20000 VOLATILE");
    for (int i = 0; i < 2000; i++) {
      engine.run("SET key" + i + " 1");
    }
    assertThat(engine.engine().dispatcher().services().feeds().sizeBytes()).isLessThan(25_000);
    assertThat(engine.say("FEED INFO f")).doesNotContain("\"trimmed\", :0");
  }

  @Test
  void whatIsNotAcknowledgedIsKeptUpToTheHardCap() {
    engine.run("FEED CREATE f EVENTS $ MAXLEN 1 MAXBYTES 10000 KEEPUNACKED 40000 VOLATILE");
    engine.run("XGROUP CREATE f g 0");
    for (int i = 0; i < 200; i++) {
      engine.run("SET key" + i + " 1");
    }
    assertThat(engine.say("XLEN f")).isEqualTo(":200");
    for (int i = 0; i < 3000; i++) {
      engine.run("SET key" + i + " 1");
    }
    assertThat(engine.engine().dispatcher().services().feeds().sizeBytes()).isLessThan(46_000);
    assertThat(engine.say("FEED INFO f")).doesNotContain("\"trimmed-unacknowledged\", :0");
  }

  @Test
  void aReaderThatWasTrimmedPastIsToldSo() {
    engine.run("FEED CREATE f EVENTS $ MAXLEN 2 VOLATILE");
    engine.run("MSET a 1 b 1 c 1 d 1");
    engine.events();
    engine.expect(
        "XREAD STREAMS f " + T + "-0",
        "-ERR feed 'f': entries behind "
            + T
            + "-0 are trimmed up to "
            + T
            + "-1; go on from there, or from 0 for what is kept");
    assertThat(engine.say("XREAD STREAMS f " + T + "-1")).contains("\"c\"", "\"d\"");
    assertThat(engine.say("XREAD STREAMS f 0")).contains("\"c\"", "\"d\"");
  }

  // -------------------------------------------------------------------------------------- waiting

  @Test
  void whoWaitsForAFeedIsServedByTheEventItself() {
    engine.run("FEED CREATE f EVENTS x VOLATILE");
    engine.run("XGROUP CREATE f g 0");
    Session reader = engine.client();
    Session worker = engine.client();
    engine.tell(reader, "XREAD BLOCK 0 STREAMS f $");
    engine.tell(worker, "XREADGROUP GROUP g c BLOCK 0 STREAMS f >");
    engine.run("SET a 1 PX 10");
    assertThat(engine.heard(reader)).isEmpty();
    engine.advance(10);
    engine.sweep();
    assertThat(engine.heard(reader)).singleElement().asString().contains("expired");
    assertThat(engine.heard(worker)).singleElement().asString().contains("expired");
  }

  @Test
  void whatIsEvictedInTheBackgroundWakesWhoWaits() {
    engine.run("FEED CREATE f EVENTS e VOLATILE");
    engine.config(Parameters.MAXMEMORY_POLICY, "allkeys-random");
    engine.run("SET a " + "x".repeat(2000));
    Session reader = engine.client();
    engine.tell(reader, "XREAD BLOCK 0 STREAMS f $");
    engine.config(Parameters.MAXMEMORY, "100");
    engine.engine().maintain(engine.nowMillis());
    assertThat(engine.heard(reader)).singleElement().asString().contains("evicted");
  }
}

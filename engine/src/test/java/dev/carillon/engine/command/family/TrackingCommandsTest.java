package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Messages and their order as observed on redis-server 7.0.15. */
class TrackingCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private Session cache;

  @BeforeEach
  void openACache() {
    cache = engine.client();
    send(cache, "HELLO 3");
  }

  private List<String> send(Session session, String line) {
    engine
        .engine()
        .execute(
            session,
            Request.of(EngineFixture.words(line).toArray(Bytes[]::new)),
            engine.nowMillis());
    return received(session);
  }

  private List<String> received(Session session) {
    return engine.receive(session).stream().map(EngineFixture::show).toList();
  }

  private static String invalid(String keys) {
    return ">[\"invalidate\", " + keys + "]";
  }

  // ---------------------------------------------------------------------------------- what is read

  @Test
  void aClientIsToldOnceOfAKeyThatItRead() {
    send(cache, "CLIENT TRACKING ON");
    send(cache, "MGET a b");
    engine.run("SET a 1");
    assertThat(received(cache)).containsExactly(invalid("[\"a\"]"));
    engine.run("SET a 2");
    assertThat(received(cache)).isEmpty();
    engine.run("SET c 1");
    assertThat(received(cache)).isEmpty();
    engine.run("SET b 1");
    assertThat(received(cache)).containsExactly(invalid("[\"b\"]"));
  }

  @Test
  void ownChangesAreToldAfterTheReply() {
    send(cache, "CLIENT TRACKING ON");
    send(cache, "MGET a b");
    assertThat(send(cache, "MSET a 1 b 2"))
        .containsExactly("+OK", invalid("[\"a\"]"), invalid("[\"b\"]"));
    send(cache, "GET a");
    send(cache, "MULTI");
    send(cache, "GET b");
    send(cache, "SET a 1");
    send(cache, "SET b 1");
    assertThat(send(cache, "EXEC"))
        .containsExactly("[\"2\", +OK, +OK]", invalid("[\"a\"]"), invalid("[\"b\"]"));
  }

  @Test
  void noloopSparesOwnChangesAndForgetsTheKey() {
    send(cache, "CLIENT TRACKING ON NOLOOP");
    send(cache, "GET a");
    assertThat(send(cache, "SET a 1")).containsExactly("+OK");
    engine.run("SET a 2");
    assertThat(received(cache)).isEmpty();
    send(cache, "GET a");
    engine.run("SET a 3");
    assertThat(received(cache)).containsExactly(invalid("[\"a\"]"));
  }

  /** Nobody's change is not an own one; observed on redis-server 7.0.15. */
  @Test
  void noloopDoesNotSpareWhatAClientOnlyMeets() {
    engine.run("SET a 1 PX 10");
    send(cache, "CLIENT TRACKING ON BCAST NOLOOP");
    engine.advance(10);
    assertThat(send(cache, "GET a")).containsExactly("null", invalid("[\"a\"]"));
    send(cache, "CLIENT TRACKING OFF");
    engine.run("SET a 1 PX 10");
    send(cache, "CLIENT TRACKING ON NOLOOP");
    send(cache, "GET a");
    engine.advance(10);
    assertThat(send(cache, "GET a")).containsExactly("null", invalid("[\"a\"]"));
    engine.events();
  }

  @Test
  void noloopDoesNotSpareWhatIsNoLongerRemembered() {
    send(cache, "CLIENT TRACKING ON NOLOOP");
    send(cache, "MGET a b");
    engine.run("CONFIG SET tracking-table-max-keys 10");
    assertThat(send(cache, "CONFIG SET tracking-table-max-keys 1"))
        .containsExactly("+OK", invalid("[\"a\"]"));
    engine.events();
  }

  /** Observed on redis-server 7.0.15. */
  @Test
  void aSubscribedClientOfResp2MayBeToldItself() {
    Session client = engine.client();
    send(client, "CLIENT TRACKING ON BCAST REDIRECT " + client.id());
    send(client, "SUBSCRIBE c");
    engine.run("SET a 1");
    assertThat(received(client))
        .containsExactly("[\"message\", \"__redis__:invalidate\", [\"a\"]]");
    engine.events();
  }

  @Test
  void removalByTimeByMemoryAndByRenamingIsTold() {
    engine.run("SET a 1 PX 10");
    engine.run("SET b 1");
    engine.run("SET c 1");
    send(cache, "CLIENT TRACKING ON");
    send(cache, "MGET a b c d");
    engine.advance(10);
    engine.sweep();
    assertThat(received(cache)).containsExactly(invalid("[\"a\"]"));
    engine.run("RENAME b d");
    assertThat(received(cache)).containsExactly(invalid("[\"b\"]"), invalid("[\"d\"]"));
    engine.run("DEL d");
    engine.config(Parameters.MAXMEMORY_POLICY, "allkeys-lru");
    engine.config(Parameters.MAXMEMORY, "1");
    engine.engine().maintain(engine.nowMillis());
    assertThat(received(cache)).containsExactly(invalid("[\"c\"]"));
    engine.config(Parameters.MAXMEMORY, "0");
    engine.events();
  }

  @Test
  void flushingTellsOnceThatAllIsGone() {
    send(cache, "CLIENT TRACKING ON");
    engine.run("FLUSHALL");
    assertThat(received(cache)).containsExactly(invalid("null"));
    assertThat(send(cache, "FLUSHDB")).containsExactly("+OK", invalid("null"));
    send(cache, "MULTI");
    send(cache, "FLUSHDB");
    send(cache, "FLUSHALL");
    assertThat(send(cache, "EXEC")).containsExactly("[+OK, +OK]", invalid("null"), invalid("null"));
  }

  @Test
  void onlyCommandsThatReadAreNoted() {
    send(cache, "CLIENT TRACKING ON");
    send(cache, "SET a 1");
    send(cache, "GETDEL a");
    send(cache, "WATCH a");
    engine.run("SET a 2");
    assertThat(received(cache)).isEmpty();
    send(cache, "EXISTS a");
    engine.run("DEL a");
    assertThat(received(cache)).containsExactly(invalid("[\"a\"]"));
  }

  /** Which keys a refused request is taken to have read, as observed on redis-server 7.0.15. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SINTERCARD 1.5 b          | b",
        "SINTERCARD +1x b          | b",
        "ZUNION 1.5 b              | b",
        "ZINTERCARD 2 b            | ",
        "SINTERCARD -1 b           | ",
        "SINTERCARD abc b          | ",
        "XREAD STREAMS b 1 1       | ",
        "XREAD NONE STREAMS b 0    | ",
        "XREAD COUNT x STREAMS b 0 | b",
        "GET b b                   | ",
      })
  void aRefusedRequestMayHaveRead(String line, @Nullable String key) {
    send(cache, "CLIENT TRACKING ON");
    assertThat(send(cache, line).getFirst()).startsWith("-ERR ");
    engine.run("SET b 1");
    assertThat(received(cache))
        .isEqualTo(key == null ? List.of() : List.of(invalid("[\"" + key + "\"]")));
  }

  /** Observed on redis-server 7.0.15. */
  @Test
  void whoWaitsHasSeenThatThereIsNothing() {
    send(cache, "CLIENT TRACKING ON OPTIN");
    send(cache, "CLIENT CACHING YES");
    assertThat(send(cache, "XREAD BLOCK 0 STREAMS a $")).isEmpty();
    engine.run("SET a 1");
    assertThat(received(cache)).containsExactly(invalid("[\"a\"]"));
    engine.run("DEL a");
    engine.run("XADD a 1-1 f v");
    assertThat(received(cache)).containsExactly("{\"a\" => [[\"1-1\", [\"f\", \"v\"]]]}");
    engine.run("XADD a 2-1 f v");
    assertThat(received(cache)).containsExactly(invalid("[\"a\"]"));
    engine.events();
  }

  @Test
  void keysAreKnownByNameInAllDatabases() {
    send(cache, "CLIENT TRACKING ON");
    send(cache, "GET a");
    engine.run("SELECT 3");
    engine.run("SET a 1");
    assertThat(received(cache)).containsExactly(invalid("[\"a\"]"));
  }

  @Test
  void invalidationsComeBeforeTheNotificationsOfOthersChanges() {
    send(cache, "CLIENT TRACKING ON");
    send(cache, "SUBSCRIBE __keyevent@0__:set");
    send(cache, "GET a");
    engine.run("SET a 1");
    assertThat(received(cache))
        .containsExactly(invalid("[\"a\"]"), ">[\"message\", \"__keyevent@0__:set\", \"a\"]");
  }

  // ------------------------------------------------------------------------------ opting in and
  // out

  @Test
  void withOptinOnlyTheNextCommandIsTracked() {
    send(cache, "CLIENT TRACKING ON OPTIN");
    send(cache, "GET a");
    engine.run("SET a 1");
    assertThat(received(cache)).isEmpty();
    send(cache, "CLIENT CACHING YES");
    assertThat(send(cache, "CLIENT TRACKINGINFO"))
        .containsExactly(
            "{\"flags\" => ~[\"on\", \"optin\", \"caching-yes\"], \"redirect\" => :0,"
                + " \"prefixes\" => []}");
    send(cache, "GET a");
    send(cache, "GET b");
    engine.run("MSET a 1 b 1");
    assertThat(received(cache)).containsExactly(invalid("[\"a\"]"));
    send(cache, "CLIENT CACHING YES");
    send(cache, "MULTI");
    send(cache, "GET a");
    send(cache, "GET b");
    send(cache, "EXEC");
    engine.run("MSET a 1 b 1");
    assertThat(received(cache)).containsExactly(invalid("[\"a\"]"), invalid("[\"b\"]"));
  }

  @Test
  void withOptoutTheNextCommandIsNot() {
    send(cache, "CLIENT TRACKING ON OPTOUT");
    send(cache, "CLIENT CACHING NO");
    send(cache, "GET a");
    send(cache, "GET b");
    engine.run("MSET a 1 b 1");
    assertThat(received(cache)).containsExactly(invalid("[\"b\"]"));
  }

  // ------------------------------------------------------------------------------------ broadcasts

  @Test
  void broadcastsGatherTheKeysOfATurnByPrefix() {
    send(cache, "CLIENT TRACKING ON BCAST PREFIX a: PREFIX b:");
    engine.run("MSET a:2 1 a:1 1 b:1 1 c:1 1 a:1 2");
    assertThat(received(cache))
        .containsExactly(invalid("[\"a:1\", \"a:2\"]"), invalid("[\"b:1\"]"));
    assertThat(send(cache, "SET a:9 1")).containsExactly("+OK", invalid("[\"a:9\"]"));
    assertThat(send(cache, "CLIENT TRACKING ON BCAST PREFIX d:")).containsExactly("+OK");
    assertThat(cache.tracking().prefixes()).hasSize(3);
  }

  @Test
  void aBroadcastWithNoloopLeavesOwnChangesOut() {
    send(cache, "CLIENT TRACKING ON BCAST NOLOOP");
    assertThat(send(cache, "SET a 1")).containsExactly("+OK");
    engine.run("SET b 1");
    assertThat(received(cache)).containsExactly(invalid("[\"b\"]"));
  }

  @Test
  void aBroadcastNamesAlsoWhatClientsChangedThatWereServed() {
    Session waiter = engine.client();
    engine.tell(waiter, "BLMOVE a b LEFT LEFT 0");
    send(cache, "CLIENT TRACKING ON BCAST");
    engine.run("RPUSH a 1");
    assertThat(received(cache)).containsExactly(invalid("[\"a\", \"b\"]"));
    assertThat(received(waiter)).containsExactly("\"1\"");
    engine.events();
  }

  // ----------------------------------------------------------------------------------- redirection

  /** As it would be if each change were told at once. */
  @Test
  void helloLaterInATransactionDoesNotChangeHowAChangeIsTold() {
    Session receiver = engine.client();
    send(receiver, "MULTI");
    send(receiver, "SUBSCRIBE __redis__:invalidate");
    send(receiver, "SET a 1");
    send(receiver, "HELLO 3");
    send(receiver, "SET b 1");
    send(cache, "CLIENT TRACKING ON REDIRECT " + receiver.id());
    send(cache, "MGET a b");
    assertThat(send(receiver, "EXEC"))
        .endsWith("[\"message\", \"__redis__:invalidate\", [\"a\"]]", invalid("[\"b\"]"));
    engine.events();
  }

  @Test
  void aClientOfProtocol2GetsMessagesOnTheChannelOfAnother() {
    Session receiver = engine.client();
    Session old = engine.client();
    send(receiver, "SUBSCRIBE __redis__:invalidate");
    send(old, "CLIENT TRACKING ON REDIRECT " + receiver.id());
    send(old, "GET a");
    assertThat(send(old, "SET a 1")).containsExactly("+OK");
    assertThat(received(receiver))
        .containsExactly("[\"message\", \"__redis__:invalidate\", [\"a\"]]");
    engine.run("FLUSHALL");
    assertThat(received(receiver)).containsExactly("[\"message\", \"__redis__:invalidate\", nil]");
    assertThat(send(old, "CLIENT GETREDIR")).containsExactly(":" + receiver.id());
  }

  @Test
  void aRedirectionToNobodyIsReported() {
    Session receiver = engine.client();
    send(cache, "CLIENT TRACKING ON REDIRECT " + receiver.id());
    send(cache, "GET a");
    engine.engine().close(receiver);
    engine.run("SET a 1");
    assertThat(received(cache))
        .containsExactly(">[\"tracking-redir-broken\", :" + receiver.id() + "]");
    assertThat(send(cache, "CLIENT TRACKINGINFO").getFirst()).contains("broken_redirect");
  }

  @Test
  void aClientOfProtocol2WithoutRedirectionHearsNothing() {
    Session old = engine.client();
    send(old, "CLIENT TRACKING ON");
    send(old, "GET a");
    engine.run("SET a 1");
    assertThat(received(old)).isEmpty();
  }

  // -----------------------------------------------------------------------------------------
  // limits

  @Test
  void keysBeyondTheLimitAreInvalidatedTheOldestFirst() {
    engine.config(Parameters.TRACKING_TABLE_MAX_KEYS, "2");
    send(cache, "CLIENT TRACKING ON");
    send(cache, "GET a");
    send(cache, "GET b");
    assertThat(send(cache, "GET c")).containsExactly("null", invalid("[\"a\"]"));
    assertThat(engine.say("INFO stats")).contains("tracking_total_keys:2");
  }

  @Test
  void whoHasGoneIsForgotten() {
    send(cache, "CLIENT TRACKING ON");
    send(cache, "GET a");
    engine.engine().close(cache);
    assertThat(engine.say("INFO")).contains("tracking_clients:0", "tracking_total_keys:0");
    Session other = engine.client();
    send(other, "HELLO 3");
    send(other, "CLIENT TRACKING ON");
    send(other, "GET a");
    send(other, "CLIENT TRACKING OFF");
    send(other, "CLIENT TRACKING ON");
    engine.run("SET a 1");
    assertThat(received(other)).isEmpty();
  }

  // ----------------------------------------------------------------------------------------
  // refusals

  @Test
  void contradictionsAreRefused() {
    expect("CLIENT TRACKING maybe", "-ERR syntax error");
    expect("CLIENT TRACKING ON foo", "-ERR syntax error");
    expect("CLIENT TRACKING ON PREFIX a", "-ERR PREFIX option requires BCAST mode to be enabled");
    expect(
        "CLIENT TRACKING ON OPTIN OPTOUT",
        "-ERR You can't specify both OPTIN mode and OPTOUT mode");
    expect("CLIENT TRACKING ON BCAST OPTIN", "-ERR OPTIN and OPTOUT are not compatible with BCAST");
    expect(
        "CLIENT TRACKING ON REDIRECT 9999",
        "-ERR The client ID you want redirect to does not exist");
    expect(
        "CLIENT TRACKING ON BCAST PREFIX a PREFIX ab",
        "-ERR Prefix 'a' overlaps with another provided prefix 'ab'. Prefixes for a single client"
            + " must not overlap.");
    expect(
        "CLIENT CACHING YES",
        "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or"
            + " OPTOUT mode enabled");
    expect("CLIENT TRACKING ON OPTIN", "+OK");
    expect(
        "CLIENT CACHING NO",
        "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
    expect(
        "CLIENT TRACKING ON BCAST",
        "-ERR You can't switch BCAST mode on/off before disabling tracking for this client, and"
            + " then re-enabling it with a different mode.");
    expect("CLIENT TRACKING OFF", "+OK");
    expect("CLIENT GETREDIR", ":-1");
  }

  private void expect(String line, String reply) {
    assertThat(send(cache, line)).as(line).containsExactly(reply);
  }
}

package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.session.Session;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ClientCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private static Request request(String line) {
    return Request.of(EngineFixture.words(line).toArray(Bytes[]::new));
  }

  /** Executes a request that may have no reply, or several. */
  private List<String> send(Session session, String line) {
    engine.engine().execute(session, request(line), engine.nowMillis());
    return engine.receive(session).stream().map(EngineFixture::show).toList();
  }

  // ------------------------------------------------------------------------------------ describing

  @Test
  void theLineOfAClientHasTheFieldsOfRedis() {
    Session client = engine.client();
    engine.run(client, "CLIENT SETNAME me");
    engine.run(client, "CLIENT SETINFO LIB-NAME lettuce");
    engine.run(client, "CLIENT SETINFO lib-ver 7.0");
    engine.run(client, "CLIENT NO-EVICT ON");
    engine.run(client, "SELECT 2");
    engine.run(client, "SUBSCRIBE a");
    engine.run(client, "SUBSCRIBE b");
    engine.advance(61_000);
    String line = engine.say("CLIENT LIST ID " + client.id());
    assertThat(line)
        .startsWith(
            "\"id="
                + client.id()
                + " addr=127.0.0.1:50000 laddr=127.0.0.1:6379 fd=-1 name=me age=61 idle=61"
                + " flags=Pe db=2 sub=2 psub=0 ssub=0 multi=-1 watch=0 qbuf=0")
        .contains(" cmd=subscribe user=default redir=-1 resp=2 lib-name=lettuce lib-ver=7.0 ")
        .endsWith("\\n\"");
  }

  /** As the source of 8.6.3 has it; 7.0.15 leaves the client spared. */
  @Test
  void resetSparesAClientNoMore() {
    engine.run("CLIENT NO-EVICT ON");
    assertThat(engine.say("CLIENT INFO")).contains(" flags=e ");
    engine.run("RESET");
    assertThat(engine.say("CLIENT INFO")).contains(" flags=N ");
  }

  /** Observed on 7.0.15: the name is there although HELLO was refused. */
  @Test
  void aHelloThatIsRefusedGivesNoName() {
    assertThat(engine.say("HELLO 3 SETNAME me NOSUCH")).startsWith("-ERR");
    assertThat(engine.say("CLIENT GETNAME")).isEqualTo("nil");
  }

  @Test
  void aClientSeesItselfAskingAndItsTransaction() {
    assertThat(engine.say("CLIENT INFO")).contains(" cmd=client|info ").contains(" flags=N ");
    Session refused = engine.client();
    engine.run(refused, "GET");
    assertThat(engine.say("CLIENT LIST ID " + refused.id())).contains(" cmd=get ");
    engine.run(refused, "NOSUCH");
    assertThat(engine.say("CLIENT LIST ID " + refused.id())).contains(" cmd=NULL ");
    engine.run("MULTI");
    engine.run("PING");
    engine.run("CLIENT INFO");
    assertThat(engine.say("EXEC")).contains(" multi=2 ").contains(" flags=x ");
    assertThat(engine.say("CLIENT INFO")).contains(" multi=-1 ").contains(" flags=N ");
    engine.run("WATCH a");
    engine.run("MULTI");
    engine.run("PING");
    Session other = engine.client();
    assertThat(engine.run(other, "CLIENT LIST ID " + engine.session().id()).toString())
        .contains(" multi=1 watch=1 ");
    assertThat(engine.run(other, "CLIENT LIST TYPE normal").toString()).contains(" flags=x ");
  }

  @Test
  void listRefusesWhatItDoesNotKnow() {
    engine.expect("CLIENT LIST TYPE x", "-ERR Unknown client type 'x'");
    engine.expect("CLIENT LIST ID a", "-ERR Invalid client ID");
    engine.expect("CLIENT LIST ID", "-ERR syntax error");
    engine.expect("CLIENT LIST TYPE normal ID 3", "-ERR syntax error");
    engine.expect("CLIENT LIST ID 4000", "\"\"");
    engine.expect("CLIENT LIST TYPE master", "\"\"");
  }

  @Test
  void namesMustBePrintable() {
    String refusal = "cannot contain spaces, newlines or special characters.";
    engine.expect("CLIENT SETNAME 'a b'", "-ERR Client names " + refusal);
    engine.expect("CLIENT SETINFO LIB-NAME 'a b'", "-ERR LIB-NAME " + refusal);
    engine.expect("CLIENT SETINFO nosuch x", "-ERR Unrecognized option 'nosuch'");
    engine.expect("CLIENT GETNAME", "nil");
  }

  // --------------------------------------------------------------------------------------- killing

  @Test
  void killByIdEndsAnotherClientAndItsSubscriptions() {
    Session victim = engine.client();
    engine.run(victim, "SUBSCRIBE c");
    engine.expect("CLIENT KILL ID " + victim.id(), ":1");
    assertThat(victim.isKilled()).isTrue();
    engine.expect("PUBLISH c m", ":0");
    engine.expect("CLIENT LIST ID " + victim.id(), "\"\"");
    engine.expect("CLIENT KILL ID " + victim.id(), ":0");
  }

  @Test
  void filtersMustAllAgreeAndSpareTheAskerUnlessToldOtherwise() {
    Session young = engine.client();
    Session subscriber = engine.client();
    engine.run(subscriber, "SUBSCRIBE c");
    engine.expect("CLIENT KILL TYPE pubsub MAXAGE 100", ":0");
    engine.expect("CLIENT KILL TYPE normal ID " + subscriber.id(), ":0");
    engine.expect("CLIENT KILL ID " + engine.session().id(), ":0");
    engine.expect("CLIENT KILL LADDR 127.0.0.1:6379 TYPE normal", ":1");
    assertThat(young.isKilled()).isTrue();
    assertThat(subscriber.isKilled()).isFalse();
    engine.expect("CLIENT KILL SKIPME no ID " + engine.session().id(), ":1");
    assertThat(engine.session().isClosingAfterReplies()).isTrue();
  }

  @Test
  void killRefusesWhatItDoesNotKnow() {
    engine.expect("CLIENT KILL 1.2.3.4:5", "-ERR No such client");
    engine.expect("CLIENT KILL ID 0", "-ERR client-id should be greater than 0");
    engine.expect("CLIENT KILL TYPE x", "-ERR Unknown client type 'x'");
    engine.expect("CLIENT KILL USER nobody", "-ERR No such user 'nobody'");
    engine.expect("CLIENT KILL SKIPME maybe", "-ERR syntax error");
    engine.expect("CLIENT KILL ID 3 TYPE", "-ERR syntax error");
  }

  // --------------------------------------------------------------------------------------- replies

  @Test
  void repliesCanBeSwitchedOffAndSkipped() {
    Session client = engine.client();
    assertThat(send(client, "CLIENT REPLY SKIP")).isEmpty();
    assertThat(send(client, "PING")).isEmpty();
    assertThat(send(client, "PING")).containsExactly("+PONG");
    assertThat(send(client, "CLIENT REPLY OFF")).isEmpty();
    assertThat(send(client, "PING")).isEmpty();
    assertThat(send(client, "CLIENT REPLY SKIP")).isEmpty();
    assertThat(send(client, "PING")).isEmpty();
    assertThat(send(client, "CLIENT REPLY ON")).containsExactly("+OK");
    assertThat(send(client, "CLIENT REPLY maybe")).containsExactly("-ERR syntax error");
  }

  /** Observed on redis-server 7.0.15. */
  @Test
  void subscriptionsAreConfirmedEvenWithoutReplies() {
    Session client = engine.client();
    assertThat(send(client, "CLIENT REPLY OFF")).isEmpty();
    assertThat(send(client, "SUBSCRIBE c")).containsExactly("[\"subscribe\", \"c\", :1]");
    assertThat(send(client, "UNSUBSCRIBE")).containsExactly("[\"unsubscribe\", \"c\", :0]");
    assertThat(send(client, "RESET")).containsExactly("+RESET");
    assertThat(send(client, "CLIENT REPLY SKIP")).isEmpty();
    assertThat(send(client, "SUBSCRIBE")).isEmpty();
    assertThat(send(client, "CLIENT REPLY SKIP")).isEmpty();
    assertThat(send(client, "RESET")).isEmpty();
    assertThat(send(client, "PING")).containsExactly("+PONG");
  }

  @Test
  void unblockEndsAWaitIfThereIsOne() {
    Session client = engine.client();
    engine.expect("CLIENT UNBLOCK " + client.id(), ":0");
    boolean[] withError = new boolean[1];
    client.blocked(error -> withError[0] = error);
    engine.expect("CLIENT UNBLOCK " + client.id() + " ERROR", ":1");
    assertThat(withError[0]).isTrue();
    assertThat(engine.say("CLIENT LIST ID " + client.id())).contains(" flags=b ");
    engine.expect(
        "CLIENT UNBLOCK 1 maybe", "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    engine.expect("CLIENT UNBLOCK x", "-ERR value is not an integer or out of range");
    engine.expect(
        "CLIENT UNBLOCK 1 ERROR now",
        "-ERR unknown subcommand or wrong number of arguments for 'UNBLOCK'. Try CLIENT HELP.");
  }

  /** Observed on 8.6.3. */
  @Test
  void aRequestCountsWhenItIsOver() {
    assertThat(engine.say("CLIENT INFO")).contains(" tot-cmds=0\\n");
    assertThat(engine.say("CLIENT INFO")).contains(" tot-cmds=1\\n");
    engine.run("NOSUCH");
    engine.run("GET");
    assertThat(engine.say("CLIENT INFO")).contains(" tot-cmds=2\\n");
    List.of("MULTI", "SET a 1", "GET a", "EXEC").forEach(engine::run);
    assertThat(engine.say("CLIENT INFO")).contains(" tot-cmds=7\\n");
    Session waiting = engine.client();
    String line = "CLIENT LIST ID " + waiting.id();
    engine.tell(waiting, "BLPOP list 1");
    assertThat(engine.say(line)).contains(" tot-cmds=0\\n");
    engine.run("RPUSH list a");
    assertThat(engine.say(line)).contains(" tot-cmds=1\\n");
    engine.tell(waiting, "BLPOP list 1");
    engine.run("CLIENT UNBLOCK " + waiting.id());
    assertThat(engine.say(line)).contains(" tot-cmds=2\\n");
  }

  // --------------------------------------------------------------------------------------- pausing

  private boolean isPaused(Session session, String line) {
    return engine.engine().isPaused(session, request(line), engine.nowMillis());
  }

  @Test
  void aPauseOfWritesHoldsWhatMayChangeOrPublish() {
    Session client = engine.client();
    engine.expect("CLIENT PAUSE 1000 WRITE", "+OK");
    assertThat(isPaused(client, "SET a 1")).isTrue();
    assertThat(isPaused(client, "PUBLISH c m")).isTrue();
    assertThat(isPaused(client, "PFCOUNT a")).isTrue();
    assertThat(isPaused(client, "GET a")).isFalse();
    assertThat(isPaused(client, "NOSUCH")).isFalse();
    assertThat(isPaused(client, "SET a")).isFalse();
    engine.run(client, "MULTI");
    engine.run(client, "GET a");
    assertThat(isPaused(client, "EXEC")).isFalse();
    engine.run(client, "SET a 1");
    assertThat(isPaused(client, "EXEC")).isTrue();
    assertThat(engine.engine().resumable(engine.nowMillis())).isEmpty();
    assertThat(engine.engine().nextUnpauseMillis()).isEqualTo(engine.nowMillis() + 1000);
    engine.advance(1000);
    assertThat(isPaused(client, "SET a 1")).isFalse();
    assertThat(engine.engine().resumable(engine.nowMillis())).containsExactly(client);
    assertThat(engine.engine().resumable(engine.nowMillis())).isEmpty();
  }

  @Test
  void aPauseOfAllHoldsEverythingAndIsNeverShortenedOrSoftened() {
    engine.expect("CLIENT PAUSE 1000", "+OK");
    engine.expect("CLIENT PAUSE 10 WRITE", "+OK");
    assertThat(isPaused(engine.session(), "CLIENT UNPAUSE")).isTrue();
    engine.advance(999);
    assertThat(isPaused(engine.session(), "PING")).isTrue();
    engine.expect("CLIENT UNPAUSE", "+OK");
    assertThat(isPaused(engine.session(), "PING")).isFalse();
    assertThat(engine.engine().resumable(engine.nowMillis())).containsExactly(engine.session());
  }

  @Test
  void nothingExpiresDuringAPauseButItCountsAsMissing() {
    engine.run("SET a 1 PX 10");
    engine.run("SET b 1 PX 10");
    engine.events();
    engine.run("CLIENT PAUSE 1000 WRITE");
    engine.advance(500);
    engine.sweep();
    engine.expect("GET a", "nil", "keymiss a");
    engine.expect("DBSIZE", ":2");
    assertThat(engine.engine().nextDeadlineMillis()).isEqualTo(EngineFixture.START_MILLIS + 1000);
    engine.advance(500);
    engine.sweep();
    assertThat(engine.events()).containsExactlyInAnyOrder("expired a", "expired b");
  }

  /** Observed on 8.6.3. */
  @Test
  void aKeyThatIsOverIsNamedWhereAPauseKeepsThemAll() {
    engine.run("SET a 1 PX 10");
    engine.events();
    engine.run("CLIENT PAUSE 1000 WRITE");
    engine.advance(10);
    engine.expect("RANDOMKEY", "\"a\"");
    engine.withoutReplay();
  }

  @Test
  void aKeyWhoseExpiryWasHeldBackExpiresWhenItIsWritten() {
    engine.run("SET a 1 PX 10");
    engine.events();
    engine.run("CLIENT PAUSE 1000 WRITE");
    engine.advance(500);
    engine.expect("SET a 2", "+OK", "expired a", "new a", "set a");
    engine.expect("GET a", "\"2\"");
  }

  @Test
  void pauseRefusesWhatIsNoTime() {
    engine.expect("CLIENT PAUSE a", "-ERR timeout is not an integer or out of range");
    engine.expect("CLIENT PAUSE -1", "-ERR timeout is negative");
    engine.expect("CLIENT PAUSE 1 foo", "-ERR CLIENT PAUSE mode must be WRITE or ALL");
    engine.expect("CLIENT PAUSE 9223372036854775807", "-ERR timeout is out of range");
  }

  @Test
  void clientsThatWaitForTheEndOfAPauseCountAsBlocked() {
    Session writer = engine.client();
    engine.expect("CLIENT PAUSE 1000 WRITE", "+OK");
    assertThat(isPaused(writer, "SET a 1")).isTrue();
    assertThat(engine.say("INFO clients")).contains("blocked_clients:1");
    assertThat(engine.say("CLIENT LIST")).contains(" flags=b ");
    engine.expect("CLIENT UNPAUSE", "+OK");
    assertThat(isPaused(writer, "SET a 1")).isFalse();
    assertThat(engine.say("INFO clients")).contains("blocked_clients:0");
  }
}

package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.session.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Users and their rules. What is allowed was asked of redis-server 7.0.15; texts are those of 7.2
 * and newer, which name the user and order rules as they were said.
 */
class AclCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private Session bob(String rules) {
    engine.expect("ACL SETUSER bob reset on nopass " + rules, "+OK");
    Session bob = engine.client();
    engine.expect(bob, "AUTH bob any", "+OK");
    return bob;
  }

  // ---------------------------------------------------------------------------------- describing

  @Test
  void atFirstThereIsOneUserWhoMayDoEverything() {
    engine.expect("ACL WHOAMI", "\"default\"");
    engine.expect("ACL LIST", "[\"user default on nopass sanitize-payload ~* &* +@all\"]");
    engine.expect("ACL USERS", "[\"default\"]");
    engine.expect("ACL GETUSER nobody", "nil");
    engine.expect(
        "ACL GETUSER default",
        "[\"flags\", [\"on\", \"nopass\", \"sanitize-payload\"], \"passwords\", [], \"commands\","
            + " \"+@all\", \"keys\", \"~*\", \"channels\", \"&*\", \"selectors\", []]");
    engine.expect("ACL DRYRUN default GET a", "+OK");
  }

  @Test
  void aNewUserMayDoNothing() {
    engine.expect("ACL SETUSER bob", "+OK");
    engine.expect("ACL LIST 1", "-ERR wrong number of arguments for 'acl|list' command");
    assertThat(engine.say("ACL LIST"))
        .contains("\"user bob off sanitize-payload resetchannels -@all\"");
    engine.expect("AUTH bob x", "-WRONGPASS invalid username-password pair or user is disabled.");
  }

  @Test
  void categoriesListCommands() {
    engine.expect("ACL CAT nosuch", "-ERR Unknown category 'nosuch'");
    assertThat(engine.say("ACL CAT connection")).contains("\"client|kill\"", "\"ping\"");
    assertThat(engine.say("ACL CAT")).contains("\"pubsub\"", "\"fast\"");
  }

  // ------------------------------------------------------------------------------------ checking

  @Test
  void aUserMayDoWhatItsRulesAllow() {
    Session bob = bob("~a* +get +select|1");
    engine.expect(bob, "GET abc", "nil", "keymiss abc");
    engine.expect(bob, "GET xyz", "-NOPERM No permissions to access a key");
    engine.expect(bob, "SET abc 1", "-NOPERM User bob has no permissions to run the 'set' command");
    engine.expect(
        bob,
        "CONFIG GET port",
        "-NOPERM User bob has no permissions to run the 'config|get' command");
    engine.expect(bob, "SELECT 1", "+OK");
    engine.expect(
        bob, "SELECT 0", "-NOPERM User bob has no permissions to run the 'select' command");
    engine.expect(bob, "GET", "-ERR wrong number of arguments for 'get' command");
    engine.expect(bob, "RESET", "+RESET");
    engine.expect(bob, "SET abc 1", "+OK", "new abc", "set abc");
  }

  @ParameterizedTest
  @CsvSource({
    "COPY x1 y1, ok",
    "COPY y1 x1, no",
    "EXISTS y1, ok",
    "EXISTS z, no",
    "TYPE y1, ok",
    "GET y1, no",
    "SET y1 1, ok",
    "SET y1 1 GET, no",
    "SET x1 1, no",
    "APPEND y1 a, ok",
    "STRLEN y1, ok",
    "GETSET y1 b, no",
    "DEL y1 y2, ok",
    "DEL y1 x1, no",
    "RENAME y1 y2, no",
    "BITFIELD x1 GET u8 0, ok",
    "BITFIELD x1 SET u8 0 1, no",
    "BITFIELD y1 SET u8 0 1, no",
    "SORT x1, ok",
    "SORT x1 STORE y1, ok",
    "SORT x1 STORE x2, no",
    "SORT y1 STORE y2, no",
    "WATCH y1, ok",
    "KEYS *, ok",
    "DUMP y1, no",
    "MEMORY USAGE y1, ok",
    "TTL y1, no",
    "EXPIRE y1 100, ok",
    "LCS x1 y1, no",
    "BITOP AND y1 x1 x2, ok",
    "BITOP AND x1 x1 x2, no",
    "MSET y1 1 y2 2, ok",
    "MSET y1 1 x2 2, no",
    "MSETEX 2 y1 1 y2 2, ok",
    "MSETEX 2 y1 1 z2 2, no",
    "SWAPDB 0 1, ok",
  })
  void whatIsDoneToAKeyMustBeAllowed(String request, String verdict) {
    bob("%R~x* %W~y* +@all");
    assertThat(engine.say("ACL DRYRUN bob " + request).equals("+OK"))
        .isEqualTo(verdict.equals("ok"));
  }

  @Test
  void patternsOfSortNeedEveryKey() {
    Session bob = bob("%R~x* +@all");
    engine.expect(bob, "SORT x1 BY nosort", "[]", "keymiss x1");
    engine.expect(
        bob,
        "SORT x1 BY w_*",
        "-ERR BY option of SORT denied due to insufficient ACL permissions.");
    engine.expect(
        bob,
        "SORT_RO x1 GET #",
        "-ERR GET option of SORT denied due to insufficient ACL permissions.");
    engine.expect("ACL SETUSER bob %R~*", "+OK");
    engine.expect(bob, "SORT x1 BY w_* GET #", "[]", "keymiss x1");
  }

  @ParameterizedTest
  @CsvSource({
    "SUBSCRIBE news, ok",
    "SUBSCRIBE news secret, no",
    "PSUBSCRIBE n*, ok",
    "PSUBSCRIBE news, no",
    "SSUBSCRIBE news, ok",
    "SSUBSCRIBE secret, no",
    "PUBLISH news x, ok",
    "PUBLISH secret x, no",
    "SPUBLISH secret x, no",
    "UNSUBSCRIBE secret, ok",
    "PUBSUB CHANNELS, ok",
  })
  void channelsMustBeAllowed(String request, String verdict) {
    bob("+@all &n*");
    assertThat(engine.say("ACL DRYRUN bob " + request).equals("+OK"))
        .isEqualTo(verdict.equals("ok"));
  }

  @Test
  void oneOfTheSelectorsMustAllowAllOfIt() {
    Session bob = bob("+get ~a (+set ~b)");
    engine.expect(bob, "GET a", "nil", "keymiss a");
    engine.expect(bob, "SET b 1", "+OK", "new b", "set b");
    engine.expect(bob, "SET a 1", "-NOPERM No permissions to access a key");
    engine.expect(bob, "GET b", "-NOPERM No permissions to access a key");
  }

  @Test
  void dryrunSaysWhatIsMissing() {
    bob("+get +subscribe ~a");
    engine.expect(
        "ACL DRYRUN bob SET a 1", "\"User bob has no permissions to run the 'set' command\"");
    engine.expect("ACL DRYRUN bob GET b", "\"User bob has no permissions to access the 'b' key\"");
    engine.expect(
        "ACL DRYRUN bob SUBSCRIBE c", "\"User bob has no permissions to access the 'c' channel\"");
    engine.expect("ACL DRYRUN bob GET", "-ERR wrong number of arguments for 'get' command");
    engine.expect("ACL DRYRUN bob NOSUCH", "-ERR Command 'NOSUCH' not found");
    engine.expect("ACL DRYRUN bob CONFIG NOSUCH", "-ERR Command 'CONFIG' not found");
    engine.expect("ACL DRYRUN bob CONFIG", "-ERR wrong number of arguments for 'config' command");
    engine.expect("ACL DRYRUN nobody GET a", "-ERR User 'nobody' not found");
  }

  @Test
  void aTransactionIsCheckedWhenItIsQueuedAndWhenItIsExecuted() {
    Session bob = bob("+@all ~* &*");
    engine.expect(bob, "MULTI", "+OK");
    engine.expect(bob, "SET a 1", "+QUEUED");
    engine.expect(bob, "PUBLISH c 1", "+QUEUED");
    engine.expect(bob, "DEL a", "+QUEUED");
    engine.expect("ACL SETUSER bob -set resetkeys resetchannels", "+OK");
    String changed =
        "-\"NOPERM ACLs rules changed between the moment the transaction was accumulated and the"
            + " EXEC call. This command is no longer allowed for the following reason: no"
            + " permission to ";
    engine.expect(
        bob,
        "EXEC",
        "["
            + changed
            + "execute the command or subcommand\", "
            + changed
            + "access one of the channels used as arguments\", "
            + changed
            + "touch the specified keys\"]");
    // It is EXEC that fails, not the commands that were not executed.
    assertThat(engine.say("INFO commandstats"))
        .containsPattern("cmdstat_exec:calls=1,.*failed_calls=1")
        .doesNotContain("cmdstat_set", "cmdstat_publish", "cmdstat_del");
    engine.expect(bob, "MULTI", "+OK");
    engine.expect(bob, "SET a 1", "-NOPERM User bob has no permissions to run the 'set' command");
    engine.expect(bob, "EXEC", "-EXECABORT Transaction discarded because of previous errors.");
  }

  // ------------------------------------------------------------------------------------ changing

  @Test
  void rulesThatChangeApplyToWhoIsThereAlready() {
    Session bob = bob("+@all ~*");
    engine.expect(bob, "GET a", "nil", "keymiss a");
    engine.expect("ACL SETUSER bob -get", "+OK");
    engine.expect(bob, "GET a", "-NOPERM User bob has no permissions to run the 'get' command");
    engine.expect("ACL SETUSER bob off", "+OK");
    engine.expect(bob, "SET a 1", "+OK", "new a", "set a");
  }

  @Test
  void whoIsSubscribedToWhatIsNotAllowedAnyMoreIsDisconnected() {
    Session bob = bob("+@all &*");
    engine.run(bob, "SUBSCRIBE news");
    engine.expect("ACL SETUSER bob resetchannels &news", "+OK");
    assertThat(bob.isKilled()).isFalse();
    engine.expect("ACL SETUSER bob resetchannels &other", "+OK");
    assertThat(bob.isKilled()).isTrue();
  }

  /** Observed on redis-server 7.0.15. */
  @Test
  void whoHeardMoreBeforeItBecameAUserIsLeftAloneWhileThatOneHasNoChannels() {
    Session listener = engine.client();
    engine.run(listener, "HELLO 3");
    engine.run("ACL SETUSER bob on nopass +@all");
    engine.run(listener, "SUBSCRIBE chat");
    engine.run(listener, "AUTH bob x");
    engine.run("ACL SETUSER bob +get");
    engine.run("ACL SETUSER bob &more");
    assertThat(listener.isKilled()).isFalse();
    engine.run("ACL SETUSER bob +set");
    assertThat(listener.isKilled()).isTrue();
  }

  @Test
  void clientsOfARemovedUserAreDisconnected() {
    Session bob = bob("+@all");
    engine.expect("ACL DELUSER bob nobody", ":1");
    assertThat(bob.isKilled()).isTrue();
    engine.expect("ACL DELUSER bob", ":0");
    engine.expect("ACL DELUSER nobody default", "-ERR The 'default' user cannot be removed");
    Session eve = bob("+@all");
    engine.expect(eve, "ACL DELUSER bob", ":1");
    assertThat(eve.isClosingAfterReplies()).isTrue();
  }

  @Test
  void whatIsNoRuleIsRefused() {
    engine.expect(
        "ACL SETUSER bob on foo", "-ERR Error in ACL SETUSER modifier 'foo': Syntax error");
    engine.expect(
        "ACL SETUSER bob (+get ~x",
        "-ERR Unmatched parenthesis in acl selector starting at '(+get'.");
    engine.expect("ACL SETUSER 'a b'", "-ERR Usernames can't contain spaces or null characters");
    engine.expect("ACL GETUSER bob", "nil");
  }

  @Test
  void theDefaultUserMayBeLimitedAndSwitchedOff() {
    engine.expect("ACL SETUSER default -get", "+OK");
    engine.expect("GET a", "-NOPERM User default has no permissions to run the 'get' command");
    engine.expect("ACL SETUSER default off", "+OK");
    Session late = engine.client();
    engine.expect(late, "PING", "-NOAUTH Authentication required.");
    engine.expect(
        late, "AUTH default x", "-WRONGPASS invalid username-password pair or user is disabled.");
    engine.expect("PING", "+PONG");
    engine.expect("ACL SETUSER default on", "+OK");
    engine.expect(late, "PING", "+PONG");
  }

  @Test
  void aPasswordIsAskedOfThoseWhoComeAfterIt() {
    Session early = engine.client();
    engine.config(Parameters.REQUIREPASS, "pw");
    Session late = engine.client();
    engine.expect(early, "PING", "+PONG");
    engine.expect(late, "PING", "-NOAUTH Authentication required.");
    engine.config(Parameters.REQUIREPASS, "");
    engine.expect(late, "PING", "+PONG");
    engine.config(Parameters.REQUIREPASS, "pw");
    engine.expect(late, "PING", "-NOAUTH Authentication required.");
    engine.expect(late, "AUTH pw", "+OK");
    engine.expect("ACL SETUSER default nopass", "+OK");
    engine.expect(
        "AUTH x",
        "-ERR AUTH <password> called without any password configured for the default user. Are"
            + " you sure your configuration is correct?");
  }

  @Test
  void newUsersMayUseAllChannelsIfThatIsConfigured() {
    engine.config(Parameters.ACL_PUBSUB_DEFAULT, "allchannels");
    engine.expect("ACL SETUSER bob", "+OK");
    engine.config(Parameters.ACL_PUBSUB_DEFAULT, "resetchannels");
    engine.expect("ACL SETUSER eve", "+OK");
    engine.expect(
        "ACL LIST",
        "[\"user bob off sanitize-payload &* -@all\", \"user default on nopass sanitize-payload ~*"
            + " &* +@all\", \"user eve off sanitize-payload resetchannels -@all\"]");
    engine.expect("ACL SETUSER bob reset", "+OK");
    assertThat(engine.say("ACL LIST"))
        .contains("\"user bob off sanitize-payload resetchannels -@all\"");
  }

  // ------------------------------------------------------------------------------------- telling

  @Test
  void clientsAreKnownByTheirUsers() {
    Session bob = bob("+@all");
    assertThat(engine.say("CLIENT LIST")).contains(" user=bob ", " user=default ");
    engine.expect("CLIENT KILL USER nobody", "-ERR No such user 'nobody'");
    engine.expect("CLIENT KILL USER bob", ":1");
    assertThat(bob.isKilled()).isTrue();
  }

  /** Observed in the tests of 8.6.3. */
  @Test
  void whatIsDeniedByThenWhenATransactionIsExecutedIsLoggedAsPartOfIt() {
    Session bob = bob("+multi +exec +get ~a");
    engine.run(bob, "MULTI");
    engine.run(bob, "GET a");
    engine.run("ACL SETUSER bob -get");
    engine.run(bob, "EXEC");
    assertThat(engine.say("ACL LOG"))
        .contains("\"reason\", \"command\", \"context\", \"multi\", \"object\", \"get\"");
  }

  @Test
  void denialsAreLoggedAndCounted() {
    Session bob = bob("+multi +exec +get ~a");
    engine.run(bob, "AUTH nobody x");
    engine.run(bob, "SET a 1");
    engine.run(bob, "GET b");
    engine.advance(1_500);
    engine.run(bob, "MULTI");
    engine.run(bob, "GET b");
    engine.run(bob, "EXEC");
    engine.run(bob, "GET b");
    String log = engine.say("ACL LOG");
    assertThat(log)
        .startsWith(
            "[[\"count\", :2, \"reason\", \"key\", \"context\", \"toplevel\", \"object\", \"b\","
                + " \"username\", \"bob\", \"age-seconds\", \"1.5\", \"client-info\", \"id=")
        .contains(
            " user=bob ",
            "\"entry-id\", :2, \"timestamp-created\", :1700000000000, \"timestamp-last-updated\","
                + " :1700000001500",
            "\"reason\", \"key\", \"context\", \"multi\", \"object\", \"b\"",
            "\"reason\", \"command\", \"context\", \"toplevel\", \"object\", \"set\"",
            "\"reason\", \"auth\", \"context\", \"toplevel\", \"object\", \"AUTH\", \"username\","
                + " \"nobody\"");
    assertThat(engine.say("INFO stats"))
        .contains(
            "acl_access_denied_auth:1",
            "acl_access_denied_cmd:1",
            "acl_access_denied_key:3",
            "acl_access_denied_channel:0");
    assertThat(engine.say("ACL LOG 1")).doesNotContain("set", "auth");
    engine.expect("ACL LOG -1", "[]");
    engine.expect("ACL LOG foo", "-ERR value is not an integer or out of range");
    engine.expect("ACL LOG RESET", "+OK");
    engine.expect("ACL LOG", "[]");
  }

  @Test
  void passwordsAreAsLongAsIsAskedFor() {
    assertThat(engine.say("ACL GENPASS")).matches("\"[0-9a-f]{64}\"");
    assertThat(engine.say("ACL GENPASS 5")).matches("\"[0-9a-f]{2}\"");
    assertThat(engine.say("ACL GENPASS 1")).matches("\"[0-9a-f]\"");
    String refusal =
        "-ERR ACL GENPASS argument must be the number of bits for the output password, a positive"
            + " number up to 4096";
    engine.expect("ACL GENPASS 0", refusal);
    engine.expect("ACL GENPASS 4097", refusal);
    engine.expect("ACL GENPASS abc", "-ERR value is not an integer or out of range");
  }

  @Test
  void withoutAFileOfUsersThereIsNothingToLoadOrSave() {
    assertThat(engine.say("ACL LOAD")).startsWith("-ERR This Redis instance is not configured");
    assertThat(engine.say("ACL SAVE")).startsWith("-ERR This Redis instance is not configured");
  }

  @Test
  void namesAndRulesAreBytes() {
    engine.expect("ACL SETUSER \"b\\xfc\" \"~k\\xff\" +get", "+OK");
    assertThat(engine.say("ACL LIST"))
        .contains("user b\\xfc off sanitize-payload ~k\\xff resetchannels -@all +get");
    assertThat(engine.say("ACL GETUSER \"b\\xfc\"")).contains("\"~k\\xff\"");
    engine.expect(
        "ACL DRYRUN \"b\\xfc\" GET \"\\xfe\"",
        "\"User b\\xfc has no permissions to access the '\\xfe' key\"");
    engine.expect(
        "ACL SETUSER bob \"x\\x00y\"", "-ERR Error in ACL SETUSER modifier 'x': Syntax error");
  }
}

package dev.carillon.engine.acl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsersTest {

  /** A handful of commands; {@code config} has subcommands. */
  private static final class Few implements Abilities {
    private static final List<String> NAMES =
        List.of("get", "set", "config", "config|get", "config|set", "select", "publish");

    @Override
    public int count() {
      return NAMES.size();
    }

    @Override
    public int number(String name) {
      return NAMES.indexOf(name.toLowerCase(Locale.ROOT));
    }

    @Override
    public boolean isSubcommand(int number) {
      return NAMES.get(number).contains("|");
    }

    @Override
    public int familyEnd(int number) {
      return NAMES.get(number).equals("config") ? number + 3 : number + 1;
    }

    @Override
    public @Nullable BitSet category(String name) {
      BitSet members = new BitSet();
      switch (name.toLowerCase(Locale.ROOT)) {
        case "string" -> members.set(0, 2);
        case "admin" -> members.set(3, 5);
        case "fast" -> members.set(5, 7);
        default -> {
          return null;
        }
      }
      return members;
    }
  }

  private static final Few FEW = new Few();
  private static final Bytes BOB = Bytes.of("bob");

  private final Users users = new Users(FEW);

  private User bob(String... rules) throws RuleError {
    return users.change(BOB, List.of(rules));
  }

  private static String allowed(Selector selector) {
    List<String> names = new ArrayList<>();
    for (String name : Few.NAMES) {
      if (selector.allowsCommand(FEW.number(name), () -> Bytes.EMPTY)) {
        names.add(name);
      }
    }
    return String.join(" ", names);
  }

  private String allowedToBob() {
    return allowed(Objects.requireNonNull(users.find(BOB)).selectors().getFirst());
  }

  // ------------------------------------------------------------------------------------- commands

  @ParameterizedTest
  @CsvSource({
    "'+get', 'get', '-@all +get'",
    "'+GET +Get', 'get', '-@all +get'",
    "'+@string -set', 'get', '-@all +@string -set'",
    "'-set +@string', 'get set', '-@all -set +@string'",
    "'+@all -@string +get', 'get config config|get config|set select publish',"
        + " '+@all -@string +get'",
    "'+get -get', '', '-@all -get'",
    "'+get +@all', 'get set config config|get config|set select publish', '+@all'",
    "'+@all -@all', '', '-@all'",
    "'+config', 'config config|get config|set', '-@all +config'",
    "'+config -config|set', 'config config|get', '-@all +config -config|set'",
    "'+config|get +config|set -config', '', '-@all -config'",
    "'+config|get', 'config|get', '-@all +config|get'",
    "'+select|0 +select|1', '', '-@all +select|0 +select|1'",
    "'+select|0 +select', 'select', '-@all +select'",
    "'allcommands nocommands +publish', 'publish', '-@all +publish'",
  })
  void laterRulesAboutCommandsWinAndReadBackInOrder(String rules, String allowed, String text)
      throws RuleError {
    User bob = bob(rules.split(" "));
    assertThat(allowedToBob()).isEqualTo(allowed);
    assertThat(bob.selectors().getFirst().commandsText()).isEqualTo(text);
  }

  @Test
  void aFirstArgumentMayBeAllowedOfACommandThatIsNot() throws RuleError {
    Selector selector = bob("+select|0").selectors().getFirst();
    int select = FEW.number("select");
    assertThat(selector.allowsCommand(select, () -> Bytes.of("0"))).isTrue();
    assertThat(selector.allowsCommand(select, () -> Bytes.of("1"))).isFalse();
    selector = bob("-select").selectors().getFirst();
    assertThat(selector.allowsCommand(select, () -> Bytes.of("0"))).isFalse();
  }

  // -------------------------------------------------------------------------------- keys, channels

  @Test
  void patternsOfKeysMaySayWhatIsDoneToThem() throws RuleError {
    Selector selector = bob("%R~r:*", "%w~w:*", "~a:*", "%R~both", "%W~both").selectors().get(0);
    assertThat(selector.keysText()).isEqualTo("%R~r:* %W~w:* ~a:* ~both");
    Bytes read = Bytes.of("r:1");
    assertThat(selector.allowsKey(read, Selector.READ)).isTrue();
    assertThat(selector.allowsKey(read, Selector.WRITE)).isFalse();
    assertThat(selector.allowsKey(read, 0)).isTrue();
    assertThat(selector.allowsKey(Bytes.of("w:1"), Selector.WRITE)).isTrue();
    assertThat(selector.allowsKey(Bytes.of("w:1"), Selector.READ)).isFalse();
    assertThat(selector.allowsKey(Bytes.of("a:1"), Selector.READ | Selector.WRITE)).isTrue();
    assertThat(selector.allowsKey(Bytes.of("both"), Selector.READ | Selector.WRITE)).isTrue();
    assertThat(selector.allowsKey(Bytes.of("other"), 0)).isFalse();
  }

  @Test
  void channelsAreAllowedByGlobsAndPatternsOnlyByThemselves() throws RuleError {
    User bob = bob("&news.*", "&chat");
    assertThat(bob.allowsChannel(Bytes.of("news.1"))).isTrue();
    assertThat(bob.allowsChannel(Bytes.of("secret"))).isFalse();
    assertThat(bob.allowsPattern(Bytes.of("news.*"))).isTrue();
    assertThat(bob.allowsPattern(Bytes.of("news.1"))).isFalse();
    assertThat(bob("allchannels").allowsPattern(Bytes.of("x"))).isTrue();
  }

  @Test
  void oneSelectorMustAllowEverything() throws RuleError {
    User bob = bob("+get", "~a", "(+set", "~b)", "(+publish &c)");
    assertThat(bob.selectors()).hasSize(3);
    assertThat(allowed(bob.selectors().get(1))).isEqualTo("set");
    assertThat(bob.text())
        .isEqualTo(
            "off sanitize-payload ~a resetchannels -@all +get (~b resetchannels -@all +set)"
                + " (resetchannels &c -@all +publish)");
    assertThat(bob("clearselectors").selectors()).hasSize(1);
  }

  @Test
  void whoeverMayDoEverythingIsKnownToWithoutLooking() throws RuleError {
    assertThat(users.defaultUser().isUnlimited()).isTrue();
    assertThat(bob("+@all", "~*").isUnlimited()).isFalse();
    assertThat(bob("&*").isUnlimited()).isTrue();
    assertThat(bob("-get").isUnlimited()).isFalse();
    assertThat(bob("+get").isUnlimited()).isTrue();
    assertThat(bob("reset").isUnlimited()).isFalse();
    assertThat(bob("(+@all ~* &*)").isUnlimited()).isTrue();
  }

  // ------------------------------------------------------------------------------------- refusals

  @ParameterizedTest
  @CsvSource({
    "nosuch, SYNTAX",
    "+nosuch, UNKNOWN",
    "-nosuch, UNKNOWN",
    "+, UNKNOWN",
    "+@nosuch, UNKNOWN",
    "+config|nosuch, UNKNOWN",
    "-select|0, UNKNOWN",
    "+config|get|a, ARGUMENT_OF_SUBCOMMAND",
    "+get|, SYNTAX",
    "~* ~a, ALL_KEYS",
    "&* &a, ALL_CHANNELS",
    "%~a, SYNTAX",
    "%X~a, SYNTAX",
    "%RR~a, SYNTAX",
    "#abc, BAD_HASH",
    "!abc, BAD_HASH",
    "<x, NO_SUCH_PASSWORD",
    "(on), SYNTAX",
    "(+nosuch), UNKNOWN",
    "(+get, UNMATCHED",
    "(+get)x, UNMATCHED",
  })
  void aRuleThatIsNoneChangesNothing(String rules, RuleError.Reason reason) throws RuleError {
    bob("on", ">pw", "+get", "~k");
    String before = Objects.requireNonNull(users.find(BOB)).text();
    List<String> words = new ArrayList<>(List.of("off", "+set"));
    words.addAll(List.of(rules.split(" ")));
    assertThatThrownBy(() -> users.change(BOB, words))
        .isInstanceOfSatisfying(
            RuleError.class, error -> assertThat(error.reason()).isEqualTo(reason));
    assertThat(Objects.requireNonNull(users.find(BOB)).text()).isEqualTo(before);
    Bytes eve = Bytes.of("eve");
    assertThatThrownBy(() -> users.change(eve, words)).isInstanceOf(RuleError.class);
    assertThat(users.find(eve)).isNull();
  }

  @Test
  void aRefusalRepeatsNoPassword() {
    assertThatThrownBy(() -> bob("<secret")).hasMessageNotContaining("secret");
  }

  // ------------------------------------------------------------------------------------ passwords

  @Test
  void aUserIsWhoeverKnowsOneOfItsPasswords() throws RuleError {
    User bob = bob("on", ">one", ">two", ">one");
    assertThat(bob.passwords()).hasSize(2);
    assertThat(users.authenticate(BOB, Bytes.of("one"))).isSameAs(bob);
    assertThat(users.authenticate(BOB, Bytes.of("two"))).isSameAs(bob);
    assertThat(users.authenticate(BOB, Bytes.of("three"))).isNull();
    assertThat(users.authenticate(Bytes.of("eve"), Bytes.of("one"))).isNull();
    bob("<one", "off");
    assertThat(users.authenticate(BOB, Bytes.of("two"))).isNull();
    bob("on");
    assertThat(users.authenticate(BOB, Bytes.of("one"))).isNull();
    assertThat(users.authenticate(BOB, Bytes.of("two"))).isSameAs(bob);
    bob("nopass");
    assertThat(bob.passwords()).isEmpty();
    assertThat(users.authenticate(BOB, Bytes.of("anything"))).isSameAs(bob);
    bob("resetpass");
    assertThat(users.authenticate(BOB, Bytes.of("anything"))).isNull();
  }

  @Test
  void requirepassIsTheOnlyPasswordOfTheDefaultUser() throws RuleError {
    assertThat(users.isOpen()).isTrue();
    users.password("pw");
    assertThat(users.isOpen()).isFalse();
    assertThat(users.authenticate(Users.DEFAULT, Bytes.of("pw"))).isNotNull();
    users.change(Users.DEFAULT, List.of(">more"));
    users.password("other");
    assertThat(users.defaultUser().passwords()).hasSize(1);
    assertThat(users.isConfigured()).isFalse();
    users.password("");
    assertThat(users.isOpen()).isTrue();
    users.change(Users.DEFAULT, List.of("off"));
    assertThat(users.isOpen()).isFalse();
    assertThat(users.isConfigured()).isTrue();
  }

  // ----------------------------------------------------------------------------------------- files

  @Test
  void aFileReplacesAllUsersAndThoseThatStayKeepTheirClients() throws RuleError {
    User bob = bob("on", "nopass", "+get");
    users.change(Bytes.of("eve"), List.of("on"));
    assertThat(users.load("f", "\nuser bob off +set\n  user alice on nopass (+get ~a)\n"))
        .isEmpty();
    assertThat(users.find(BOB)).isSameAs(bob);
    assertThat(bob.text()).isEqualTo("off sanitize-payload resetchannels -@all +set");
    assertThat(users.all().stream().map(user -> user.name().toLatin1()))
        .containsExactly("alice", "bob", "default");
  }

  @Test
  void aFileThatDoesNotNameTheDefaultUserLeavesItThePassword() {
    users.password("pw");
    assertThat(users.load("f", "user bob on")).isEmpty();
    assertThat(users.isOpen()).isFalse();
    assertThat(users.authenticate(Users.DEFAULT, Bytes.of("pw"))).isNotNull();
  }

  @Test
  void aFileWithMistakesChangesNothingAndAllOfThemAreTold() {
    String before = users.lines().toString();
    assertThat(
            users.load(
                "f",
                """
                user a on
                user a off
                usera b
                user
                user b +nosuch
                user c nosuch
                """))
        .isEqualTo(
            "WARNING: Duplicate user 'a' found on line 2. "
                + "f:3 should start with user keyword followed by the username. "
                + "f:4 should start with user keyword followed by the username. "
                + "f:5: Error in applying operation '+nosuch': Unknown command or category name"
                + " in ACL. "
                + "f:6: Syntax error. "
                + "WARNING: ACL errors detected, no change to the previously active ACL rules was"
                + " performed");
    assertThat(users.lines().toString()).isEqualTo(before);
  }

  /** Whatever rules were said, the line that describes them says the same. */
  @Test
  void theLineOfAUserMakesTheSameUser() throws RuleError {
    long seed = Long.getLong("carillon.seed", System.nanoTime());
    Random random = new Random(seed);
    List<String> rules =
        List.of(
            "on",
            "off",
            "nopass",
            "resetpass",
            ">a",
            ">b",
            "<a",
            "+get",
            "-get",
            "+set",
            "+config",
            "-config",
            "+config|get",
            "-config|get",
            "+select|0",
            "+@string",
            "-@string",
            "+@admin",
            "-@admin",
            "+@all",
            "-@all",
            "~a*",
            "%R~b",
            "%W~b",
            "~*",
            "resetkeys",
            "&c",
            "&d*",
            "&*",
            "resetchannels",
            "reset",
            "(+get ~x)",
            "(+@all -set %R~y &z)",
            "clearselectors",
            "skip-sanitize-payload",
            "sanitize-payload");
    for (int round = 0; round < 500; round++) {
      Users some = new Users(FEW);
      for (int i = random.nextInt(20); i >= 0; i--) {
        try {
          some.change(BOB, List.of(rules.get(random.nextInt(rules.size()))));
        } catch (RuleError refused) {
          // Nothing has changed.
        }
      }
      User bob = some.change(BOB, List.of());
      Users others = new Users(FEW);
      String file = "user " + String.join("\nuser ", some.lines());
      String where = "-Dcarillon.seed=" + seed + ", round " + round + ": " + file;
      assertThat(others.load("f", file)).as(where).isEmpty();
      User same = Objects.requireNonNull(others.find(BOB));
      assertThat(same.text()).as(where).isEqualTo(bob.text());
      assertThat(same.isUnlimited()).as(where).isEqualTo(bob.isUnlimited());
      for (int i = 0; i < bob.selectors().size(); i++) {
        assertThat(allowed(same.selectors().get(i)))
            .as(where)
            .isEqualTo(allowed(bob.selectors().get(i)));
      }
    }
  }
}

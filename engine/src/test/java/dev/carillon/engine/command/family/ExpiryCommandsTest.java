package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Deadlines: which are accepted, what they announce, and what repeats them. */
class ExpiryCommandsTest {

  private static final long START = EngineFixture.START_MILLIS;

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private void given(String line) {
    engine.run(line);
    engine.events();
    engine.effects();
  }

  @ParameterizedTest
  @CsvSource({
    "EXPIRE a 100, 100000",
    "PEXPIRE a 100, 100",
    "EXPIREAT a 1700000100, 100000",
    "PEXPIREAT a 1700000000001, 1"
  })
  void aDeadlineIsRecordedAsATimeWhateverItWasGivenAs(String line, long fromNow) {
    given("SET a 1");
    engine.expect(line, ":1", "expire a");
    assertThat(engine.effects()).containsExactly("PEXPIREAT a " + (START + fromNow));
    engine.expect("PTTL a", ":" + fromNow);
    engine.advance(fromNow - 1);
    engine.expect("EXISTS a", ":1");
    engine.advance(1);
    engine.expect("EXISTS a", ":0", "expired a", "keymiss a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "EXPIRE a 0",
        "EXPIRE a -1",
        "PEXPIRE a 0",
        "PEXPIRE a -9223372036854775808",
        "EXPIREAT a 0",
        "EXPIREAT a 1700000000",
        "PEXPIREAT a -5",
        "PEXPIREAT a 1700000000000"
      })
  void aDeadlineThatIsOverDeletesTheKey(String line) {
    given("SET a 1");
    engine.expect(line, ":1", "del a");
    assertThat(engine.effects()).containsExactly("DEL a");
    assertThat(engine.engine().keyspace().database(0).size()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "1, EXPIRE a 100 NX, :1",
    "1, EXPIRE a 100 XX, :0",
    "1, EXPIRE a 100 GT, :0",
    "1, EXPIRE a 100 LT, :1",
    "1, EXPIRE a 100 XX LT, :0",
    "1, EXPIRE a 100 XX GT, :0",
    "1 EX 100, EXPIRE a 200 NX, :0",
    "1 EX 100, EXPIRE a 200 XX, :1",
    "1 EX 100, EXPIRE a 200 GT, :1",
    "1 EX 100, EXPIRE a 100 GT, :0",
    "1 EX 100, EXPIRE a 50 GT, :0",
    "1 EX 100, EXPIRE a 50 LT, :1",
    "1 EX 100, EXPIRE a 100 LT, :0",
    "1 EX 100, EXPIRE a 200 LT, :0",
    "1 EX 100, EXPIRE a 50 XX lt, :1",
    "1 EX 100, EXPIRE a 200 xx GT GT, :1"
  })
  void conditionsCompareWithTheDeadlineThereIs(String value, String line, String reply) {
    given("SET a " + value);
    engine.expect(line, reply, reply.equals(":1") ? new String[] {"expire a"} : new String[0]);
    assertThat(engine.effects()).hasSize(reply.equals(":1") ? 1 : 0);
  }

  @Test
  void aConditionMustHoldForADeletionToo() {
    given("SET a 1 EX 100");
    engine.expect("EXPIRE a -1 GT", ":0");
    engine.expect("EXPIRE a -1 NX", ":0");
    engine.expect("EXPIRE a -1 LT", ":1", "del a");
  }

  @ParameterizedTest
  @CsvSource({
    "EXPIRE a 1 NX XX, 'NX and XX, GT or LT options at the same time are not compatible'",
    "EXPIRE a 1 NX GT, 'NX and XX, GT or LT options at the same time are not compatible'",
    "EXPIRE a 1 LT NX, 'NX and XX, GT or LT options at the same time are not compatible'",
    "EXPIRE a 100 GT LT, GT and LT options at the same time are not compatible",
    "EXPIRE a 100 AB, Unsupported option AB",
    "EXPIRE a x NX ab, Unsupported option ab",
    "EXPIRE a x, value is not an integer or out of range",
    "EXPIRE a 9223372036854775807, invalid expire time in 'expire' command",
    "EXPIRE a -9223372036854775807, invalid expire time in 'expire' command",
    "EXPIRE a 9223372036854775, invalid expire time in 'expire' command",
    "PEXPIRE a 9223372036854770400, invalid expire time in 'pexpire' command",
    "EXPIREAT a 9223372036854776, invalid expire time in 'expireat' command"
  })
  void whatIsRefusedChangesNothing(String line, String error) {
    given("SET a 1");
    engine.expect(line, "-ERR " + error);
    engine.expect("EXPIRE b 1 FOO", "-ERR Unsupported option FOO");
    assertThat(engine.effects()).isEmpty();
    engine.expect("TTL a", ":-1");
  }

  @Test
  void theLastDeadlineThereIsComesOneMillisecondEarlier() {
    given("SET a 1");
    engine.expect("PEXPIREAT a 9223372036854775807", ":1", "expire a");
    engine.expect("PEXPIRETIME a", ":9223372036854775806");
    engine.expect("EXPIRETIME a", ":9223372036854776");
    engine.expect("PTTL a", ":" + (Long.MAX_VALUE - 1 - START));
    engine.expect("PERSIST a", ":1", "persist a");
  }

  @ParameterizedTest
  @CsvSource({"1499, 1", "1500, 2", "499, 0", "500, 1", "1, 0"})
  void secondsAreRounded(long millis, long seconds) {
    given("SET a 1 PX " + millis);
    engine.expect("TTL a", ":" + seconds);
    engine.expect("EXPIRETIME a", ":" + (START / 1000 + seconds));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"})
  void askingTellsAMissingKeyFromOneWithoutDeadline(String command) {
    engine.expect(command + " a", ":-2", "keymiss a");
    given("SET a 1");
    engine.expect(command + " a", ":-1");
  }

  @Test
  void persistTakesTheDeadlineAwayOnce() {
    given("SET a 1 EX 100");
    engine.expect("PERSIST a", ":1", "persist a");
    assertThat(engine.effects()).containsExactly("PERSIST a");
    engine.expect("PERSIST a", ":0");
    engine.expect("PERSIST b", ":0");
    engine.advance(200_000);
    engine.sweep();
    engine.expect("EXISTS a", ":1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"EXPIRE a 10", "PEXPIREAT a 1", "PERSIST a"})
  void anExpiredKeyIsNotThereForWhoWrites(String line) {
    given("SET a 1 PX 10");
    engine.advance(10);
    engine.expect(line, ":0", "expired a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TTL", "EXPIRETIME"})
  void askingIsNoUseOfTheKey(String command) {
    given("SET a 1 EX 1000");
    engine.advance(7_000);
    engine.run(command + " a");
    engine.expect("OBJECT IDLETIME a", ":7");
  }

  @Test
  void aDeadlineThatWasInTheFutureWhenRecordedIsReplayedAsIs() {
    given("SET a 1");
    engine.run("PEXPIRE a 5");
    engine.verifyReplay();
  }
}

package dev.carillon.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.carillon.engine.config.Configuration.Assignment;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ConfigurationTest {

  private final Configuration config = new Configuration();

  private void set(String... pairs) throws ConfigError {
    config.set(assignments(pairs), false);
  }

  private static List<Assignment> assignments(String... pairs) {
    List<Assignment> assignments = new ArrayList<>();
    for (int i = 0; i < pairs.length; i += 2) {
      assignments.add(new Assignment(pairs[i], pairs[i + 1]));
    }
    return assignments;
  }

  private static void refused(ThrowingCallable call, String text) {
    assertThatThrownBy(call).isInstanceOf(ConfigError.class).hasMessage(text);
  }

  private static String failed(String name, String reason) {
    return "CONFIG SET failed (possibly related to argument '" + name + "') - " + reason;
  }

  @Test
  void valuesAreThoseOfTheRowsUntilTheyAreSet() throws ConfigError {
    assertThat(config.get(Parameters.PORT)).isEqualTo(6379);
    assertThat(config.isInitial(Parameters.TIMEOUT)).isTrue();
    set("timeout", "7", "maxmemory-policy", "ALLKEYS-LRM");
    assertThat(config.get(Parameters.TIMEOUT)).isEqualTo(7);
    assertThat(config.get(Parameters.MAXMEMORY_POLICY)).isEqualTo(EvictionPolicy.ALLKEYS_LRM);
    assertThat(config.isInitial(Parameters.TIMEOUT)).isFalse();
  }

  @Test
  void anUnknownNameIsRefusedAsItWasWritten() {
    refused(
        () -> set("timeout", "5", "NOSUCH", "1", "port", "x"),
        "Unknown option or number of arguments for CONFIG SET - 'NOSUCH'");
    assertThat(config.get(Parameters.TIMEOUT)).isZero();
  }

  @Test
  void namesAreRefusedBeforeValuesAreLookedAt() {
    refused(
        () -> set("timeout", "x", "PIDFILE", "y"), failed("PIDFILE", "can't set immutable config"));
    refused(() -> set("timeout", "x", "Timeout", "5"), failed("Timeout", "duplicate parameter"));
    refused(
        () -> set("pidfile", "x", "nosuch", "1"), failed("pidfile", "can't set immutable config"));
  }

  @Test
  void aBadValueIsRefusedWithTheNameInLowerCaseAndRestoresAll() {
    refused(
        () -> set("timeout", "5", "SLAVE-Priority", "x"),
        failed("slave-priority", "argument couldn't be parsed into an integer"));
    assertThat(config.get(Parameters.TIMEOUT)).isZero();
  }

  @Test
  void aNameAndItsAliasAreTwoNamesOfOneValue() throws ConfigError {
    set("replica-priority", "1", "slave-priority", "2");
    assertThat(config.match(List.of("*-priority")))
        .containsExactly(entry("replica-priority", "2"), entry("slave-priority", "2"));
  }

  @Test
  void protectedParametersAreForThoseWhoArePermitted() throws ConfigError {
    refused(() -> set("dbfilename", "x"), failed("dbfilename", "can't set protected config"));
    config.put(Parameters.ENABLE_PROTECTED_CONFIGS, Access.LOCAL);
    refused(() -> set("dbfilename", "x"), failed("dbfilename", "can't set protected config"));
    config.set(assignments("dbfilename", "x"), true);
    assertThat(config.get(Parameters.DBFILENAME)).isEqualTo("x");
  }

  @Test
  void partsOfTheBufferLimitsCanBeSet() throws ConfigError {
    set("client-output-buffer-limit", "pubsub 1mb 2 3");
    assertThat(config.format(Parameters.CLIENT_OUTPUT_BUFFER_LIMIT))
        .isEqualTo("normal 0 0 0 slave 268435456 67108864 60 pubsub 1048576 2 3");
    set("client-output-buffer-limit", "");
    assertThat(config.get(Parameters.CLIENT_OUTPUT_BUFFER_LIMIT).pubsub().hardBytes())
        .isEqualTo(1 << 20);
  }

  // ----------------------------------------------------------------------------------- listeners

  @Test
  void listenersHearOfDifferentValuesOnly() throws ConfigError {
    List<Long> heard = new ArrayList<>();
    config.onChange(Parameters.TIMEOUT, heard::add);
    set("timeout", "0");
    set("timeout", "5");
    set("timeout", "5", "maxmemory", "1gb");
    assertThat(heard).containsExactly(5L);
    assertThat(config.listeners(Parameters.TIMEOUT)).isEqualTo(1);
    assertThat(config.listeners(Parameters.PORT)).isZero();
  }

  @Test
  void aVetoRestoresEverythingAndTellsThoseWhoHadHeard() {
    List<Object> heard = new ArrayList<>();
    config.onChange(Parameters.TIMEOUT, heard::add);
    config.onChange(
        Parameters.MAXCLIENTS,
        value -> {
          if (value > 100_000) {
            throw new ConfigError("too many for this system, try with 100000");
          }
        });
    config.onChange(Parameters.MAXMEMORY, heard::add);
    refused(
        () -> set("timeout", "5", "MAXCLIENTS", "200000", "maxmemory", "1gb"),
        failed("maxclients", "too many for this system, try with 100000"));
    assertThat(heard).containsExactly(5L, 0L);
    assertThat(config.get(Parameters.TIMEOUT)).isZero();
    assertThat(config.get(Parameters.MAXCLIENTS)).isEqualTo(10_000);
    assertThat(config.get(Parameters.MAXMEMORY)).isZero();
  }

  @Test
  void aListenerSeesAllNewValuesTogether() throws ConfigError {
    List<Long> seen = new ArrayList<>();
    config.onChange(Parameters.TIMEOUT, value -> seen.add(config.get(Parameters.MAXMEMORY)));
    set("timeout", "5", "maxmemory", "1kb");
    assertThat(seen).containsExactly(1024L);
  }

  @Test
  void whatNeverChangesHasNoListener() {
    assertThatThrownBy(() -> config.onChange(Parameters.DATABASES, value -> {}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  // ------------------------------------------------------------------------------------ matching

  @Test
  void aNameComesBackAsItWasWritten() {
    assertThat(config.match(List.of("TimeOut"))).containsExactly(entry("TimeOut", "0"));
    assertThat(config.match(List.of("TIMEOUT", "time*", "Timeout")))
        .containsExactly(entry("TIMEOUT", "0"));
    assertThat(config.match(List.of("nosuch", "time\\out"))).isEmpty();
  }

  @Test
  void aPatternGivesNamesInLowerCase() {
    assertThat(config.match(List.of("TIME?ut"))).containsExactly(entry("timeout", "0"));
    assertThat(config.match(List.of("*keyspace-ev*")).keySet())
        .containsExactly("notify-keyspace-events");
    assertThat(config.match(List.of("slaveof", "REPLICAOF")))
        .containsExactly(entry("REPLICAOF", ""), entry("slaveof", ""));
  }

  @Test
  void hiddenParametersAnswerToTheirNameOnly() {
    assertThat(config.match(List.of("watchdog-*"))).isEmpty();
    assertThat(config.match(List.of("watchdog-period")))
        .containsExactly(entry("watchdog-period", "0"));
  }
}

package dev.carillon.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The texts are those that a running 8.6.3 was asked about. */
class TextChecksTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1.2.3.4",
        "0.0.0.0",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::",
        "::1.2.3.4",
        "::ffff:1.2.3.4",
        "1:2:3:4:5:6:1.2.3.4"
      })
  void addressesAreTaken(String text) {
    assertThat(TextChecks.address(text)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "a.b",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.4.",
        "1.2.3.04",
        "256.1.1.1",
        "1.2.3.4 ",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3",
        ":::",
        "::1:",
        "12345::",
        "::g",
        "fe80::1%eth0",
        "::ffff:1.2.3.400"
      })
  void whatIsNoAddressIsRefused(String text) {
    assertThat(TextChecks.address(text))
        .isEqualTo("Cluster announce IP must be a valid IPv4 or IPv6 address");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "a.b-c_d", "a/b`9", "\u00ff"})
  void namesOfNodesAreTaken(String text) {
    assertThat(TextChecks.nodeName(text)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "a!", "a=b", "a,b", "a\"b", "a'b", "a\\b", "\u0001", "a@b", "~"})
  void otherNamesAreRefused(String text) {
    assertThat(TextChecks.nodeName(text))
        .isEqualTo("Announced human node name contained invalid character");
  }
}

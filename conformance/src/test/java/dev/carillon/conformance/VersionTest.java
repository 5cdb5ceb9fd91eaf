package dev.carillon.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class VersionTest {

  @Test
  void versionsAreOrderedByTheirNumbers() {
    assertThat(Version.parse("8.10")).isGreaterThan(Version.parse("8.8"));
    assertThat(Version.parse("8.6.3")).isEqualTo(Version.parse("8.6"));
    assertThat(Version.parse("7.0.15").isSince(Version.parse("7.2"))).isFalse();
    assertThat(Version.parse("7.2").isSince(Version.parse("7.2.0"))).isTrue();
    assertThat(Version.parse("8")).isEqualTo(new Version(8, 0));
    assertThat(Version.NONE).isLessThan(Version.parse("0.1"));
  }

  @Test
  void aServerSaysItsVersionInInfo() {
    String info = "# Server\r\nredis_version:8.6.3\r\nredis_git_sha1:0\r\n";
    assertThat(Version.ofInfo(info)).isEqualTo(new Version(8, 6));
    assertThatIllegalArgumentException().isThrownBy(() -> Version.ofInfo("# Server\r\n"));
    assertThatIllegalArgumentException().isThrownBy(() -> Version.parse("8."));
  }
}

package dev.carillon.engine.acl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AclLogTest {

  private final AclLog log = new AclLog();

  private void deny(String object, long nowMillis) {
    log.add(
        new Denial(Denial.Reason.KEY, object, 1), "toplevel", "bob", "at " + nowMillis, nowMillis);
  }

  private List<String> entries() {
    return log.entries().stream()
        .map(entry -> entry.id() + " " + entry.object() + " x" + entry.count())
        .toList();
  }

  @Test
  void theSameDenialWithinAMinuteIsCountedAndMovesToTheFront() {
    deny("a", 0);
    deny("b", 10);
    deny("a", 60_000);
    assertThat(entries()).containsExactly("0 a x2", "1 b x1");
    AclLog.Entry entry = log.entries().iterator().next();
    assertThat(entry.createdMillis()).isZero();
    assertThat(entry.updatedMillis()).isEqualTo(60_000);
    assertThat(entry.client()).isEqualTo("at 60000");
  }

  @Test
  void afterAMinuteItIsAnotherOne() {
    deny("a", 0);
    deny("a", 60_001);
    assertThat(entries()).containsExactly("1 a x1", "0 a x1");
  }

  @Test
  void itsLengthIsBounded() {
    for (int i = 0; i < 200; i++) {
      deny("key " + i, i);
    }
    assertThat(log.entries()).hasSize(128);
    log.lengthMax(2);
    deny("a", 200);
    assertThat(entries()).containsExactly("200 a x1", "199 key 199 x1");
    log.lengthMax(0);
    deny("b", 201);
    assertThat(entries()).isEmpty();
    log.lengthMax(2);
    deny("c", 202);
    assertThat(entries()).containsExactly("201 c x1");
  }

  /** Observed in the tests of 8.6.3. */
  @Test
  void whatWasNotedIsThereUntilSomethingIsDeniedAgain() {
    deny("a", 0);
    deny("b", 1);
    log.lengthMax(0);
    assertThat(log.entries()).hasSize(2);
  }
}

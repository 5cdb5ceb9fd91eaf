package dev.carillon.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeySieveTest {

  private final KeySieve sieve = new KeySieve();

  @Test
  void whatWasAddedPassesWhateverItsLength() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int length = 0; length < 300; length++) {
      byte[] key = new byte[length];
      random.nextBytes(key);
      sieve.add(Bytes.of(key));
      // As a view somewhere in a larger array, which is how requests bring keys.
      byte[] around = new byte[length + 20];
      System.arraycopy(key, 0, around, 10, length);
      assertThat(sieve.passes(Bytes.view(around, 10, length))).as("seed %d", seed).isTrue();
    }
  }

  @Test
  void mostOthersDoNot() {
    sieve.add(Bytes.of("orders"));
    int passing = 0;
    for (int i = 0; i < 10_000; i++) {
      // As long as the one that was added, or longer.
      passing += sieve.passes(Bytes.of("k" + (10_000 + i))) ? 1 : 0;
      passing += sieve.passes(Bytes.of("key:" + i)) ? 1 : 0;
    }
    assertThat(passing).isLessThan(200);
    sieve.clear();
    assertThat(sieve.passes(Bytes.of("orders"))).isFalse();
  }
}

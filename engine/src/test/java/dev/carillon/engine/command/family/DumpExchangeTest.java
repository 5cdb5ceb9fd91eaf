package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ReferenceRedis;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Payloads of DUMP between Carillon and a redis-server, both ways. Skipped where no redis-server is
 * on the PATH.
 */
class DumpExchangeTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private static ReferenceRedis redis;

  @BeforeAll
  static void startRedis() {
    redis = ReferenceRedis.startOrSkip();
  }

  @AfterAll
  static void stopRedis() {
    if (redis != null) {
      redis.close();
    }
  }

  private static Reply ask(Bytes... words) {
    return redis.ask(words);
  }

  private static final int FOOTER_BYTES = 10;

  private static final Bytes SET = Bytes.of("SET");
  private static final Bytes GET = Bytes.of("GET");
  private static final Bytes DUMP = Bytes.of("DUMP");
  private static final Bytes RESTORE = Bytes.of("RESTORE");
  private static final Bytes REPLACE = Bytes.of("REPLACE");
  private static final Bytes ZERO = Bytes.of("0");
  private static final Bytes KEY = Bytes.of("key");

  private static List<Bytes> values() {
    List<Bytes> values = new ArrayList<>();
    String[] texts = {
      "",
      "a",
      "0",
      "-1",
      "127",
      "128",
      "-129",
      "32767",
      "32768",
      "2147483647",
      "2147483648",
      "-2147483648",
      "9223372036854775807",
      "007",
      "+1",
      "hello world",
      "aaaaaaaaaaaaaaaaaaaaa"
    };
    for (String text : texts) {
      values.add(Bytes.of(text));
    }
    Random random = new Random(10);
    for (int size : new int[] {63, 64, 500, 16_383, 16_384, 200_000}) {
      byte[] noise = new byte[size];
      random.nextBytes(noise);
      values.add(Bytes.of(noise));
      byte[] few = new byte[size];
      for (int i = 0; i < size; i++) {
        few[i] = (byte) ('a' + random.nextInt(3));
      }
      values.add(Bytes.of(few));
      values.add(Bytes.of("the same again and again, ".repeat(size / 26 + 1)));
    }
    return values;
  }

  @Test
  void whatRedisDumpsIsRestoredHere() {
    for (Bytes value : values()) {
      ask(SET, KEY, value);
      Bytes payload = ((Reply.Bulk) ask(DUMP, KEY)).text();
      assertThat(engine.run(RESTORE, KEY, ZERO, payload, REPLACE))
          .isEqualTo(new Reply.Simple(Bytes.of("OK")));
      assertThat(engine.run(GET, KEY)).isEqualTo(new Reply.Bulk(value));
    }
  }

  @Test
  void whatIsDumpedHereIsRestoredByRedis() {
    for (Bytes value : values()) {
      engine.run(SET, KEY, value);
      Bytes payload = ((Reply.Bulk) engine.run(DUMP, KEY)).text();
      assertThat(ask(RESTORE, KEY, ZERO, payload, REPLACE))
          .isEqualTo(new Reply.Simple(Bytes.of("OK")));
      assertThat(ask(GET, KEY)).isEqualTo(new Reply.Bulk(value));
      if (value.length() <= 20) {
        Bytes theirs = ((Reply.Bulk) ask(DUMP, KEY)).text();
        // The footer has the version, of which each server writes its own.
        assertThat(theirs.range(0, theirs.length() - FOOTER_BYTES))
            .as("payload of %s", value)
            .isEqualTo(payload.range(0, payload.length() - FOOTER_BYTES));
      }
    }
  }
}

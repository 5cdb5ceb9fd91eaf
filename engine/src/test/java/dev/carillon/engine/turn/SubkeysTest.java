package dev.carillon.engine.turn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.command.family.EngineFixture;
import dev.carillon.engine.session.Session;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fields of events are collected only where somebody can hear them. */
class SubkeysTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private boolean isHeard(EventType type) {
    Turn turn = engine.engine().dispatcher().services().turn();
    Subkeys subkeys = new Subkeys().begin(turn, type);
    subkeys.add(Bytes.of("field"));
    assertThat(subkeys.list()).hasSize(subkeys.isHeard() ? 1 : 0);
    return subkeys.isHeard();
  }

  @ParameterizedTest
  @CsvSource({
    "KEA,   __subkey*,                false",
    "STIV,  __subkey*,                false",
    "STIVg, __subkey*,                false",
    "Sh,    __keyevent*,              false",
    "Sh,    news,                     false",
    "Sh,    __subkeyevent@0__:hset,   false",
    "Th,    __subkeyevent@0__:hset,   true",
    "Sh,    __subkeyspace@*,          true",
    "IA,    __subkeyspaceitem@0__:*,  true",
    "VKEA,  __subkeyspaceevent@*,     true",
    "SA,    *,                        true"
  })
  void theyAreHeardWhereTheFlagsAndASubscriberSaySo(String flags, String pattern, boolean heard) {
    engine.flags(flags);
    Session listener = engine.client();
    engine.run(listener, "PSUBSCRIBE " + pattern);
    assertThat(isHeard(EventType.HSET)).isEqualTo(heard);
    assertThat(isHeard(EventType.SADD)).isFalse();
    engine.run(listener, "PUNSUBSCRIBE " + pattern);
    assertThat(isHeard(EventType.HSET)).isFalse();
  }

  @Test
  void aReplayNamesNone() {
    engine.flags("SA");
    engine.run(engine.client(), "PSUBSCRIBE *");
    Turn turn = engine.engine().dispatcher().services().turn();
    turn.replaying(true);
    assertThat(isHeard(EventType.HSET)).isFalse();
    turn.replaying(false);
  }

  @Test
  void aCollectionBeginsAnewWithEachEvent() {
    engine.flags("SA");
    engine.run(engine.client(), "PSUBSCRIBE *");
    Turn turn = engine.engine().dispatcher().services().turn();
    Subkeys subkeys = new Subkeys();
    for (int count : new int[] {3, 10_000, 2}) {
      subkeys.begin(turn, EventType.HDEL);
      IntStream.range(0, count).forEach(i -> subkeys.addCopy(Bytes.of("f" + i)));
      assertThat(subkeys.list()).hasSize(count);
    }
  }

  @Test
  void aMessageMayNameThousandsOfFields() {
    engine.flags("Vh");
    Session listener = engine.client();
    engine.run(listener, "SUBSCRIBE __subkeyspaceevent@0__:hset|h");
    int fields = 300_000;
    Bytes[] words = new Bytes[2 + 2 * fields];
    words[0] = Bytes.of("HSET");
    words[1] = Bytes.of("h");
    for (int i = 0; i < fields; i++) {
      words[2 + 2 * i] = Bytes.of(Integer.toString(i));
      words[3 + 2 * i] = Bytes.EMPTY;
    }
    engine.run(words);
    String expected =
        IntStream.range(0, fields)
            .mapToObj(i -> Integer.toString(i).length() + ":" + i)
            .collect(Collectors.joining(","));
    List<String> messages = engine.receive(listener).stream().map(EngineFixture::show).toList();
    assertThat(messages)
        .containsExactly("[\"message\", \"__subkeyspaceevent@0__:hset|h\", \"" + expected + "\"]");
  }
}

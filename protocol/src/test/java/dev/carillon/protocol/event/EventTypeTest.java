package dev.carillon.protocol.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EventTypeTest {

  /**
   * The ids that journals and feeds have stored, with their names and classes. This list may only
   * grow at its end.
   */
  private static final List<String> FROZEN =
      List.of(
          "g del",
          "g expire",
          "g persist",
          "g rename_from",
          "g rename_to",
          "g move_from",
          "g move_to",
          "g copy_to",
          "g restore",
          "$ set",
          "$ setrange",
          "$ append",
          "$ incrby",
          "$ incrbyfloat",
          "$ setbit",
          "$ pfadd",
          "l lpush",
          "l rpush",
          "l lpop",
          "l rpop",
          "l linsert",
          "l lset",
          "l lrem",
          "l ltrim",
          "l sortstore",
          "s sadd",
          "s srem",
          "s spop",
          "s sinterstore",
          "s sunionstore",
          "s sdiffstore",
          "h hset",
          "h hincrby",
          "h hincrbyfloat",
          "h hdel",
          "h hexpire",
          "h hpersist",
          "h hexpired",
          "z zadd",
          "z zincr",
          "z zrem",
          "z zremrangebyscore",
          "z zremrangebyrank",
          "z zremrangebylex",
          "z zpopmin",
          "z zpopmax",
          "z zunionstore",
          "z zinterstore",
          "z zdiffstore",
          "z zrangestore",
          "z geosearchstore",
          "z georadiusstore",
          "t xadd",
          "t xtrim",
          "t xdel",
          "t xsetid",
          "t xgroup-create",
          "t xgroup-setid",
          "t xgroup-destroy",
          "t xgroup-createconsumer",
          "t xgroup-delconsumer",
          "a arset",
          "a armset",
          "a arinsert",
          "a arring",
          "a arseek",
          "a ardel",
          "a ardelrange",
          "x expired",
          "e evicted",
          "m keymiss",
          "n new",
          "o overwritten",
          "c type_changed");

  @Test
  void idsThatFilesHaveStoredKeepTheirMeaning() {
    List<String> rows =
        Arrays.stream(EventType.values())
            .map(type -> type.eventClass().letter() + " " + type.wireName())
            .toList();
    assertThat(rows.subList(0, FROZEN.size())).isEqualTo(FROZEN);
    assertThat(rows).as("new rows are appended to the frozen list too").hasSameSizeAs(FROZEN);
    for (EventType type : EventType.values()) {
      assertThat(EventType.ofId(type.id())).isSameAs(type);
    }
    assertThat(EventType.ofId(-1)).isNull();
    assertThat(EventType.ofId(EventType.values().length)).isNull();
  }

  @Test
  void everyEventIsFoundByItsNameAndByNoOther() {
    for (EventType type : EventType.values()) {
      assertThat(EventType.ofWireName(Bytes.of(type.wireName()))).isSameAs(type);
      assertThat(type.wireBytes()).hasToString(type.wireName());
      assertThat(type.meaning()).isNotBlank();
      assertThat(type.since()).matches("[2-8]\\.[0-9]\\.[0-9]");
    }
    for (String unknown : new String[] {"", "DEL", "dell", "de"}) {
      assertThat(EventType.ofWireName(Bytes.of(unknown))).isNull();
    }
  }

  @Test
  void everyClassHasALetterOfItsOwnAndItsPlaceInsideOrOutsideA() {
    Set<Character> letters = new HashSet<>();
    StringBuilder inside = new StringBuilder();
    StringBuilder outside = new StringBuilder();
    for (EventClass eventClass : EventClass.values()) {
      assertThat(letters.add(eventClass.letter())).isTrue();
      (eventClass.isInsideAll() ? inside : outside).append(eventClass.letter());
    }
    assertThat(inside).hasToString("g$lshzxetda");
    assertThat(outside).hasToString("nocm");
  }
}

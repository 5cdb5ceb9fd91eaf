package dev.carillon.protocol.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelsTest {

  private interface Writer {
    int write(byte[] target, int at);
  }

  private static Bytes bytes(String latin1) {
    return Bytes.of(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static List<Bytes> fields(String... fields) {
    return Arrays.stream(fields).map(ChannelsTest::bytes).toList();
  }

  /** What is written, having checked that exactly the announced bytes are touched. */
  private static String written(int length, Writer writer) {
    byte[] target = new byte[length + 2];
    assertThat(writer.write(target, 1)).isEqualTo(length + 1);
    assertThat(target[0]).isZero();
    assertThat(target[length + 1]).isZero();
    return new String(target, 1, length, StandardCharsets.ISO_8859_1);
  }

  private static final Bytes KEY = Bytes.of("user:1");
  private static final EventType HSET = EventType.HSET;

  @Test
  void writesTheChannelsOfKeys() {
    assertThat(
            written(
                Channels.keyspaceLength(0, KEY), (t, at) -> Channels.writeKeyspace(0, KEY, t, at)))
        .isEqualTo("__keyspace@0__:user:1");
    assertThat(
            written(
                Channels.keyeventLength(15, EventType.XGROUP_CREATE),
                (t, at) -> Channels.writeKeyevent(15, EventType.XGROUP_CREATE, t, at)))
        .isEqualTo("__keyevent@15__:xgroup-create");
    assertThat(
            written(
                Channels.keyspaceLength(100, Bytes.EMPTY),
                (t, at) -> Channels.writeKeyspace(100, Bytes.EMPTY, t, at)))
        .isEqualTo("__keyspace@100__:");
  }

  // The rows of docs88-subkeys.txt.
  @Test
  void writesTheChannelsOfSubkeys() {
    assertThat(
            written(
                Channels.subkeyspaceLength(9, KEY),
                (t, at) -> Channels.writeSubkeyspace(9, KEY, t, at)))
        .isEqualTo("__subkeyspace@9__:user:1");
    assertThat(
            written(
                Channels.subkeyeventLength(0, HSET),
                (t, at) -> Channels.writeSubkeyevent(0, HSET, t, at)))
        .isEqualTo("__subkeyevent@0__:hset");
    Bytes email = bytes("email");
    assertThat(
            written(
                Channels.subkeyspaceitemLength(0, KEY, email),
                (t, at) -> Channels.writeSubkeyspaceitem(0, KEY, email, t, at)))
        .isEqualTo("__subkeyspaceitem@0__:user:1\nemail");
    assertThat(
            written(
                Channels.subkeyspaceeventLength(0, HSET, KEY),
                (t, at) -> Channels.writeSubkeyspaceevent(0, HSET, KEY, t, at)))
        .isEqualTo("__subkeyspaceevent@0__:hset|user:1");
    assertThat(Channels.canNameItems(KEY)).isTrue();
    assertThat(Channels.canNameItems(Bytes.of("k\n1"))).isFalse();
  }

  @Test
  void writesThePayloadsOfSubkeyChannels() {
    List<Bytes> two = fields("a", "field10bytes");
    assertThat(written(Channels.fieldsLength(two), (t, at) -> Channels.writeFields(two, t, at)))
        .isEqualTo("1:a,12:field10bytes");
    List<Bytes> odd = fields("a,2:b", "\u00c3\u00a9");
    assertThat(
            written(
                Channels.eventAndFieldsLength(HSET, odd),
                (t, at) -> Channels.writeEventAndFields(HSET, odd, t, at)))
        .isEqualTo("hset|5:a,2:b,2:\u00c3\u00a9");
    Bytes bar = bytes("k|1");
    assertThat(
            written(
                Channels.keyAndFieldsLength(bar, odd),
                (t, at) -> Channels.writeKeyAndFields(bar, odd, t, at)))
        .isEqualTo("3:k|1|5:a,2:b,2:\u00c3\u00a9");
    List<Bytes> empty = fields("");
    assertThat(
            written(
                Channels.eventAndFieldsLength(HSET, empty),
                (t, at) -> Channels.writeEventAndFields(HSET, empty, t, at)))
        .isEqualTo("hset|0:");
    assertThat(Channels.fieldsLength(List.of())).isZero();
  }

  @Test
  void takesChannelsApart() {
    assertThat(Channels.parse(bytes("__keyspace@0__:a__:b")))
        .isEqualTo(new Channels.Keyspace(0, bytes("a__:b")));
    assertThat(Channels.parse(bytes("__keyspace@0__:")))
        .isEqualTo(new Channels.Keyspace(0, Bytes.EMPTY));
    assertThat(Channels.parse(bytes("__keyevent@15__:my-module-event")))
        .isEqualTo(new Channels.Keyevent(15, bytes("my-module-event")));
    assertThat(Channels.parse(bytes("__subkeyspace@1__:k")))
        .isEqualTo(new Channels.Subkeyspace(1, bytes("k")));
    assertThat(Channels.parse(bytes("__subkeyevent@2__:hset")))
        .isEqualTo(new Channels.Subkeyevent(2, bytes("hset")));
    assertThat(Channels.parse(bytes("__subkeyspaceitem@3__:k\na\nb")))
        .isEqualTo(new Channels.SubkeyspaceItem(3, bytes("k"), bytes("a\nb")));
    assertThat(Channels.parse(bytes("__subkeyspaceevent@4__:hset|k|1")))
        .isEqualTo(new Channels.SubkeyspaceEvent(4, bytes("hset"), bytes("k|1")));
    assertThat(Channels.parse(bytes("__keyevent@2147483647__:del")))
        .isEqualTo(new Channels.Keyevent(Integer.MAX_VALUE, bytes("del")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "news",
        "@",
        "__keyspace@",
        "__keyspace@0",
        "__keyspace@0__",
        "__keyspace@__:k",
        "__keyspace@-1__:k",
        "__keyspace@00__:k",
        "__keyspace@0_:k",
        "__keyspace@*__:k",
        "__keyspace@2147483648__:k",
        "_keyspace@0__:k",
        "__keyspaces@0__:k",
        "__KEYSPACE@0__:k",
        "__subkeyspaceitem@0__:k",
        "__subkeyspaceevent@0__:hset",
        "x__keyspace@0__:k",
      })
  void otherChannelsAreNoNotifications(String channel) {
    assertThat(Channels.parse(bytes(channel))).isNull();
  }
}

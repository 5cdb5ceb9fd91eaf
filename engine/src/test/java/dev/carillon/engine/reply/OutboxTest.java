package dev.carillon.engine.reply;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An outbox hands out what was put in, in order, as far as it may. Random turns are compared with a
 * text that keeps everything; {@code -Dcarillon.seed=…} replays a run.
 */
class OutboxTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anOutboxHandsOutWhatAPlainBufferHolds(long seed) {
    new Run(Long.getLong("carillon.seed", seed)).play(3_000);
  }

  @Test
  void nothingBehindAHoldLeavesUntilItsTurnIsDurable() {
    Outbox out = new Outbox(new ChunkPool());
    put(out, "free");
    out.hold(out.position(), 7);
    put(out, "held");
    out.hold(out.position(), 8);
    put(out, "later");

    assertThat(drain(out, 6)).isEqualTo("free");
    assertThat(out.isReleasable(6)).isFalse();
    assertThat(out.isReleasable(7)).isTrue();
    assertThat(drain(out, 7)).isEqualTo("held");
    assertThat(drain(out, 8)).isEqualTo("later");
    assertThat(out.isEmpty()).isTrue();
  }

  @Test
  void whatHasLeftCountsAsMemoryNoMore() {
    ChunkPool pool = new ChunkPool();
    Outbox out = new Outbox(pool);
    Outbox.Place rendered = out.openPlace();
    put(out, "first");
    out.fill(rendered, "lines".getBytes(StandardCharsets.US_ASCII));
    Outbox.Place counted = out.openPlace();
    out.put(new byte[100_000]);
    out.fill(counted, '*', 1);

    assertThat(pool.lentBytes()).isGreaterThan(100_000);
    assertThat(drain(out, Long.MAX_VALUE)).startsWith("linesfirst*1\r\n");
    assertThat(pool.lentBytes()).isZero();
  }

  @Test
  void whatComesBeforeTheFirstPlaceIsTold() {
    Outbox out = new Outbox(new ChunkPool());
    put(out, "before");
    assertThat(out.bytesBeforePlaces()).isEqualTo(6);
    Outbox.Place place = out.openPlace();
    put(out, "elements");
    out.fill(place, '*', 1);
    out.openPlace();
    put(out, "behind");
    assertThat(out.bytesBeforePlaces()).isEqualTo(6);
    drain(out, Long.MAX_VALUE);
    assertThat(out.bytesBeforePlaces()).isZero();
    put(out, "new");
    long position = out.position();
    out.openPlace();
    out.truncate(position);
    put(out, "er");
    assertThat(out.bytesBeforePlaces()).isEqualTo(5);
  }

  @Test
  void whatIsWrittenBehindAHoldWaitsToo() {
    Outbox out = new Outbox(new ChunkPool());
    out.hold(out.position(), 7);
    put(out, "held");
    put(out, "reveals nothing");

    assertThat(drain(out, 6)).isEmpty();
    assertThat(drain(out, 7)).isEqualTo("heldreveals nothing");
  }

  @Test
  void aHoldOnWhatIsTakenBackHoldsNothing() {
    Outbox out = new Outbox(new ChunkPool());
    put(out, "kept");
    long position = out.position();
    put(out, "taken back");
    out.hold(out.position(), 7);
    out.truncate(position);
    put(out, "!");

    assertThat(drain(out, 6)).isEqualTo("kept!");
  }

  @Test
  void aDrainHandsOutNoMoreThanAskedFor() {
    Outbox out = new Outbox(new ChunkPool());
    out.put(new byte[200_000]);
    long[] handed = new long[1];

    boolean more = out.drain(Long.MAX_VALUE, 1_000, (bytes, from, length) -> handed[0] += length);

    assertThat(handed[0]).isEqualTo(1_000);
    assertThat(more).isTrue();
    assertThat(out.pendingBytes()).isEqualTo(199_000);
  }

  @Test
  void aDrainWithoutABoundHandsOutEverythingEachTime() {
    Outbox out = new Outbox(new ChunkPool());
    for (String part : List.of("first", "second")) {
      put(out, part);
      StringBuilder handed = new StringBuilder();

      boolean more =
          out.drain(
              Long.MAX_VALUE,
              Long.MAX_VALUE,
              (bytes, from, length) ->
                  handed.append(new String(bytes, from, length, StandardCharsets.ISO_8859_1)));

      assertThat(handed.toString()).isEqualTo(part);
      assertThat(more).isFalse();
    }
  }

  @Test
  void aClearedOutboxHoldsNothingBack() {
    Outbox out = new Outbox(new ChunkPool());
    out.hold(out.position(), 7);
    put(out, "gone");
    out.clear();
    put(out, "after");

    assertThat(drain(out, 6)).isEqualTo("after");
  }

  private static void put(Outbox out, String text) {
    out.put(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String drain(Outbox out, long durableSequence) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (out.drain(durableSequence, 10, bytes::write)) {
      // There is more.
    }
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  /** One outbox and the text that it should hand out. */
  private static final class Run {

    /** Everything from here on reveals a turn. */
    private record Hold(int position, long sequence) {}

    private static final int[] LENGTHS = {0, 1, 2, 10, 300, 16_383, 16_384, 16_385, 70_000};

    private final Random random;
    private final String note;
    private final Outbox out = new Outbox(new ChunkPool());

    /** Everything from the first byte on, less what was taken back. */
    private final StringBuilder text = new StringBuilder();

    private final List<Hold> holds = new ArrayList<>();
    private int drained;
    private long sequence;
    private long durable;

    Run(long seed) {
      random = new Random(seed);
      note = "-Dcarillon.seed=" + seed;
    }

    void play(int turns) {
      for (int i = 0; i < turns; i++) {
        turn();
        if (random.nextInt(3) == 0) {
          durable += random.nextLong(sequence - durable + 1);
        }
        switch (random.nextInt(8)) {
          case 0, 1, 2, 3 -> drain();
          case 4 -> leave();
          default -> {}
        }
        if (random.nextInt(300) == 0) {
          out.clear();
          holds.clear();
          drained = text.length();
        }
        check();
        forget();
      }
    }

    /** A reply with places in it, taken back at times, and a message behind it. */
    private void turn() {
      int position = text.length();
      assertThat(out.position() - offset).as(note).isEqualTo(position);
      long truePosition = out.position();
      write(0);
      if (random.nextInt(6) == 0) {
        out.truncate(truePosition);
        text.setLength(position);
        append();
      }
      sequence += random.nextInt(2);
      if (sequence > durable && out.position() > truePosition) {
        out.hold(truePosition, sequence);
        if (holds.isEmpty() || holds.getLast().sequence < sequence) {
          holds.add(new Hold(position, sequence));
        }
      }
    }

    private void write(int depth) {
      int count = random.nextInt(4);
      for (int i = 0; i < count; i++) {
        if (depth < 3 && random.nextInt(3) == 0) {
          Outbox.Place place = out.openPlace();
          int at = text.length();
          write(depth + 1);
          int number = random.nextInt(1_000);
          out.fill(place, '*', number);
          text.insert(at, "*" + number + "\r\n");
        } else {
          append();
        }
      }
    }

    private void append() {
      switch (random.nextInt(5)) {
        case 0 -> {
          char one = letter();
          out.put(one);
          text.append(one);
        }
        case 1 -> {
          long number = random.nextBoolean() ? random.nextInt(10) : random.nextLong();
          out.line(':', number);
          text.append(':').append(number).append("\r\n");
        }
        case 2 -> {
          String part = part();
          out.bulk(bytes(part), 0, part.length());
          text.append('$').append(part.length()).append("\r\n").append(part).append("\r\n");
        }
        case 3 -> {
          out.lineEnd();
          text.append("\r\n");
        }
        default -> {
          String part = part();
          out.put(bytes(part));
          text.append(part);
        }
      }
    }

    private char letter() {
      return (char) ('a' + random.nextInt(26));
    }

    private String part() {
      int length = LENGTHS[random.nextInt(random.nextInt(10) == 0 ? LENGTHS.length : 5)];
      StringBuilder part = new StringBuilder(length);
      for (int i = 0; i < length; i++) {
        part.append(letter());
      }
      return part.toString();
    }

    private static byte[] bytes(String text) {
      return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Some of what may leave at a later turn leaves by another way. */
    private void leave() {
      long then = durable + random.nextLong(sequence - durable + 1);
      int end = Math.max(drained, releasable(then));
      StringBuilder shown = new StringBuilder();
      out.peek(
          then,
          (bytes, from, length) ->
              shown.append(new String(bytes, from, length, StandardCharsets.ISO_8859_1)));
      assertThat(shown.toString().contentEquals(text.substring(drained, end))).as(note).isTrue();
      int left = random.nextInt(end - drained + 1);
      out.skip(left);
      drained += left;
    }

    /** Where the model says that output has to stop. */
    private int releasable() {
      return releasable(durable);
    }

    private int releasable(long sequence) {
      for (Hold hold : holds) {
        if (hold.sequence > sequence) {
          return hold.position;
        }
      }
      return text.length();
    }

    private void drain() {
      int end = releasable();
      assertThat(out.isReleasable(durable)).as(note).isEqualTo(end > drained);
      int wanted = 1 + random.nextInt(random.nextBoolean() ? 10 : 100_000);
      StringBuilder got = new StringBuilder();
      boolean more =
          out.drain(
              durable,
              wanted,
              (bytes, from, length) ->
                  got.append(new String(bytes, from, length, StandardCharsets.ISO_8859_1)));
      int expected = Math.max(0, Math.min(wanted, end - drained));
      assertThat(got.length()).as(note).isEqualTo(expected);
      assertThat(got.toString().contentEquals(text.substring(drained, drained + expected)))
          .as(note)
          .isTrue();
      drained += expected;
      assertThat(more).as(note).isEqualTo(drained < end);
    }

    private void check() {
      assertThat(out.pendingBytes()).as(note).isEqualTo(text.length() - drained);
      assertThat(out.isEmpty()).as(note).isEqualTo(text.length() == drained);
    }

    /** Keeps the text short: what has left for good is no longer compared. */
    private void forget() {
      if (drained > 1 << 20) {
        text.delete(0, drained);
        holds.replaceAll(hold -> new Hold(hold.position - drained, hold.sequence));
        offset += drained;
        drained = 0;
      }
    }

    /** How many bytes were forgotten. */
    private long offset;
  }
}

package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.value.ConsumerGroup;
import dev.carillon.engine.value.StreamId;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import java.util.ArrayList;
import java.util.List;

/**
 * What repeats deliveries of entries to one consumer of a group: which entries, when and how often,
 * as an XCLAIM that leaves nothing to be decided; what is not pending any more, as an XACK; and how
 * far the group has read, as an XGROUP SETID.
 *
 * <p>Entries that were delivered equally often share a request. Does nothing where nobody records
 * effects.
 */
final class DeliveryEffects {

  private static final Bytes XCLAIM = Bytes.of("XCLAIM");
  private static final Bytes XACK = Bytes.of("XACK");
  private static final Bytes XGROUP = Bytes.of("XGROUP");
  private static final Bytes SETID = Bytes.of("SETID");
  private static final Bytes CREATECONSUMER = Bytes.of("CREATECONSUMER");
  private static final Bytes ENTRIESREAD = Bytes.of("ENTRIESREAD");
  private static final Bytes TIME = Bytes.of("TIME");
  private static final Bytes RETRYCOUNT = Bytes.of("RETRYCOUNT");
  private static final Bytes FORCE = Bytes.of("FORCE");
  private static final Bytes JUSTID = Bytes.of("JUSTID");
  private static final Bytes ZERO = Bytes.of("0");

  private final CommandContext ctx;
  private final Bytes key;
  private final Bytes group;
  private final Bytes consumer;
  private final boolean isRecording;
  private final List<Bytes> words = new ArrayList<>();
  private final List<Bytes> gone = new ArrayList<>();
  private boolean isStated;
  private long millis;
  private long deliveries;

  DeliveryEffects(CommandContext ctx, Bytes key, Bytes group, Bytes consumer) {
    this.ctx = ctx;
    this.key = key;
    this.group = group;
    this.consumer = consumer;
    this.isRecording = ctx.isRecording();
  }

  /** An entry was delivered. */
  void delivered(long idMillis, long idSequence, long deliveredMillis, long howOften) {
    if (!isRecording) {
      return;
    }
    if (words.isEmpty() || deliveredMillis != millis || howOften != deliveries) {
      flush();
      words.addAll(List.of(XCLAIM, key, group, consumer, ZERO));
      millis = deliveredMillis;
      deliveries = howOften;
    }
    words.add(StreamId.text(idMillis, idSequence));
  }

  /** An entry is not pending any more, because it was deleted. */
  void gone(long idMillis, long idSequence) {
    if (isRecording) {
      gone.add(StreamId.text(idMillis, idSequence));
    }
  }

  /**
   * States everything, behind the last delivery.
   *
   * @param isCreated whether the consumer is new
   */
  void state(boolean isCreated) {
    if (!isRecording) {
      return;
    }
    flush();
    if (isCreated && !isStated) {
      ctx.effect(XGROUP, CREATECONSUMER, key, group, consumer);
    }
    if (!gone.isEmpty()) {
      gone.addAll(0, List.of(XACK, key, group));
      ctx.effect(gone.toArray(Bytes[]::new));
    }
  }

  /** As {@link #state(boolean)}, where the group has also read on. */
  void state(boolean isCreated, ConsumerGroup moved) {
    state(isCreated);
    if (isRecording) {
      ctx.effect(
          XGROUP,
          SETID,
          key,
          group,
          moved.lastDelivered().text(),
          ENTRIESREAD,
          Numerals.of(moved.entriesRead()));
    }
  }

  private void flush() {
    if (!words.isEmpty()) {
      words.addAll(
          List.of(TIME, Numerals.of(millis), RETRYCOUNT, Numerals.of(deliveries), FORCE, JUSTID));
      ctx.effect(words.toArray(Bytes[]::new));
      words.clear();
      isStated = true;
    }
  }
}

package dev.carillon.engine.command;

import dev.carillon.engine.reply.ReplyWriter;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a client waits for inside a command (BLPOP and friends), said by the handler that found
 * nothing to give: until one of some keys holds a value of a type, until a turn is durable, or
 * until its time is over. Then the request is executed again, and may find again that there is
 * nothing.
 */
public final class Wait {

  final ValueType type;
  final List<Bytes> keys = new ArrayList<>(1);
  final Consumer<ReplyWriter> onTimeout;
  long untilMillis = Long.MAX_VALUE;
  long againMillis = Long.MAX_VALUE;
  long durableSequence = -1;
  boolean evenIfGone;
  @Nullable Request request;

  @Nullable Object memo;

  private Wait(ValueType type, Consumer<ReplyWriter> onTimeout) {
    this.type = type;
    this.onTimeout = onTimeout;
  }

  /**
   * Waiting for ever.
   *
   * @param type what a key must hold for the request to be tried again
   * @param onTimeout answers when the time is over, and at once where a client cannot be kept
   *     waiting (in a transaction)
   */
  public static Wait forType(ValueType type, Consumer<ReplyWriter> onTimeout) {
    return new Wait(type, onTimeout);
  }

  /**
   * Waiting for something else than keys: until somebody lets the client {@linkplain
   * Blocking#tryAgain try again}.
   *
   * @param memo what the request knows when it is executed again
   * @param onUnblock answers when somebody ends the waiting, and at once where a client cannot be
   *     kept waiting
   */
  public static Wait withMemo(Object memo, Consumer<ReplyWriter> onUnblock) {
    Wait wait = new Wait(ValueType.STRING, onUnblock);
    wait.memo = memo;
    return wait;
  }

  /**
   * Waiting until no crash can take a turn back.
   *
   * @param sequence of the turn
   * @param onTimeout answers when the time is over, and at once where a client cannot be kept
   *     waiting
   */
  public static Wait forDurable(long sequence, Consumer<ReplyWriter> onTimeout) {
    Wait wait = new Wait(ValueType.STRING, onTimeout);
    wait.durableSequence = sequence;
    return wait;
  }

  /** Waits for this key too; copied. */
  public Wait key(Bytes key) {
    keys.add(key.copy());
    return this;
  }

  /**
   * Ends the waiting at a time.
   *
   * @param millis epoch milliseconds; {@link Long#MAX_VALUE} for never
   */
  public Wait until(long millis) {
    untilMillis = millis;
    return this;
  }

  /**
   * Tries again at a time, if no key changed before: what is there already will do then.
   *
   * @param millis epoch milliseconds; {@link Long#MAX_VALUE} for never
   */
  public Wait againAt(long millis) {
    againMillis = millis;
    return this;
  }

  /** When to look at the wait next, whether or not a key changed. */
  long nextMillis() {
    return Math.min(untilMillis, againMillis);
  }

  /** Executes this request later instead of the present one; copied. */
  public Wait as(Request other) {
    request = other.copy();
    return this;
  }

  /** Tries again also when a key is gone or holds something else (XREADGROUP). */
  public Wait evenIfGone() {
    evenIfGone = true;
    return this;
  }
}

package dev.carillon.engine.turn;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.event.EventType;
import dev.carillon.protocol.resp.Request;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One uninterrupted run of the engine: it reads the time once, and what it changed, what it
 * announced and what it answers become visible together. One instance is reused for all turns.
 * Engine thread only.
 */
public final class Turn {

  private EventSink[] sinks;
  private @Nullable EffectSink recorder;
  private long nowMillis;
  private long endMillis;
  private long sequence;
  private long readable = Long.MAX_VALUE;
  private boolean changed;
  private boolean replaying;

  /** Whether the recorder got effects of this turn. */
  private boolean effective;

  /** What any of the sinks is interested in. */
  private int interest;

  /** Of which events any of the sinks wants the subkeys. */
  private int subkeyInterest;

  /** Whether any of the sinks has something to deliver. */
  private boolean delivering;

  /** Whether any of the sinks has something to change when the turn ends. */
  private boolean preparing;

  /** Whether nothing of this turn may be seen before no crash can take it back. */
  private boolean durable;

  /** Whether what this turn reads may not be seen before no crash can take it back. */
  private boolean exact;

  /**
   * A turn that has not begun.
   *
   * @param sinks who hears the events of all turns, in the order in which they deliver
   */
  public Turn(EventSink... sinks) {
    this.sinks = sinks;
    for (EventSink sink : sinks) {
      sink.attach(this);
    }
    interestChanged();
  }

  /** Lets somebody else hear the events of all turns from now on; they deliver last. */
  public void hear(EventSink sink) {
    sinks = Arrays.copyOf(sinks, sinks.length + 1);
    sinks[sinks.length - 1] = sink;
    sink.attach(this);
    interestChanged();
  }

  /** Told by a sink: its {@link EventSink#interest()} may be another one now. */
  public void interestChanged() {
    int all = 0;
    int allSubkeys = 0;
    for (EventSink sink : sinks) {
      all |= sink.interest();
      allSubkeys |= sink.subkeyInterest();
    }
    interest = all;
    subkeyInterest = allSubkeys;
  }

  /** Told by a sink: it has something to deliver when the turn that runs is committed. */
  public void deliverAtEnd() {
    delivering = true;
  }

  /** Told by a sink: {@link EventSink#onCommitting} is to be called before the turn ends. */
  public void prepareAtEnd() {
    preparing = true;
  }

  /**
   * Nothing of this turn, and of those behind it, may be seen before it is on the disk, whatever
   * else is configured.
   */
  public void requireDurable() {
    durable = true;
  }

  /** Whether {@link #requireDurable} was said of this turn. */
  public boolean isDurableRequired() {
    return durable;
  }

  /** Who records effects, or null if nobody does; then none are built. */
  public void recorder(@Nullable EffectSink newRecorder) {
    recorder = newRecorder;
  }

  /** Whether somebody records effects, so that handlers need to build them. */
  public boolean isRecording() {
    return recorder != null && !replaying;
  }

  /**
   * While effects are replayed nothing is announced: the events were announced when the effects
   * were recorded.
   */
  public void replaying(boolean isReplaying) {
    replaying = isReplaying;
  }

  /** Whether this turn repeats recorded effects. */
  public boolean isReplaying() {
    return replaying;
  }

  /**
   * Begins a turn.
   *
   * @param now the one time that everything in the turn sees, in epoch milliseconds
   */
  public void begin(long now) {
    nowMillis = now;
    endMillis = now;
    changed = false;
    durable = false;
    exact = false;
    if (effective) {
      discardEffects();
    }
  }

  /**
   * Ends the turn: sinks change what they still have to, effects are recorded, then each sink
   * delivers.
   */
  public void commit() {
    if (preparing) {
      preparing = false;
      for (EventSink sink : sinks) {
        sink.onCommitting(this);
      }
    }
    if (changed) {
      sequence++;
      effective = false;
      if (recorder != null && !replaying) {
        recorder.onCommitted(this);
      }
    } else if (effective) {
      discardEffects();
    }
    if (delivering) {
      delivering = false;
      for (EventSink sink : sinks) {
        sink.onCommitted(this);
      }
    }
  }

  private void discardEffects() {
    effective = false;
    if (recorder != null) {
      recorder.onDiscarded();
    }
  }

  /** The time of the turn in epoch milliseconds. */
  public long nowMillis() {
    return nowMillis;
  }

  /** The server stood still within this turn, whose time stays: what follows it begins later. */
  public void slept(long millis) {
    endMillis += millis;
  }

  /** When a turn that follows at once begins, in epoch milliseconds; mostly {@link #nowMillis}. */
  public long endMillis() {
    return endMillis;
  }

  /** How many turns changed something so far, this one included once it is committed. */
  public long sequence() {
    return sequence;
  }

  /**
   * Goes on counting elsewhere: behind what was recovered.
   *
   * @param newSequence of the last turn that changed something
   */
  public void sequence(long newSequence) {
    sequence = newSequence;
  }

  /**
   * Which turn the output of the one that runs reveals, if it is committed as it is now: itself if
   * it changed something, else the last one that did.
   */
  public long nextRevealed() {
    return changed ? sequence + 1 : exact ? sequence : Math.min(sequence, readable);
  }

  /** As {@link #nextRevealed}, when the turn is committed. */
  public long revealed() {
    return changed || exact ? sequence : Math.min(sequence, readable);
  }

  /** What this turn reads is not shown by the exception that {@link #readable} makes. */
  public void readsDurable() {
    exact = true;
  }

  /** Whether {@link #readable} makes an exception now. */
  public boolean isReadableBounded() {
    return readable != Long.MAX_VALUE;
  }

  /**
   * Bounds what output of turns that change nothing is said to reveal: while turns cannot be
   * recorded reads go on, although they may show what a crash could take back.
   *
   * @param newSequence {@link Long#MAX_VALUE} for no bound
   */
  public void readable(long newSequence) {
    readable = newSequence;
  }

  /** Notes that something changed, whether or not there is an event for it. */
  public void markChanged() {
    changed = true;
  }

  /** Something happened to a key. Costs a test of a mask if nobody can hear it. */
  public void event(int db, EventType type, Bytes key) {
    event(db, type, key, List.of());
  }

  /**
   * Something happened to some subkeys of a key, such as fields of a hash. Costs a test of a mask
   * if nobody can hear it.
   *
   * @param subkeys which ones, in order; may be empty unless {@link #hearsSubkeys}
   */
  public void event(int db, EventType type, Bytes key, List<Bytes> subkeys) {
    int bit = type.eventClass().bit();
    if ((interest & bit) == 0 || replaying) {
      return;
    }
    for (EventSink sink : sinks) {
      if ((sink.interest() & bit) != 0) {
        sink.onEvent(db, type, key, subkeys);
      }
    }
  }

  /**
   * Something happened to whole databases.
   *
   * @param db see {@link EventSink#onDatabaseEvent}
   * @param other see there
   */
  public void databaseEvent(DatabaseEvent event, int db, int other) {
    if (replaying) {
      return;
    }
    for (EventSink sink : sinks) {
      if (sink.hearsDatabases()) {
        sink.onDatabaseEvent(event, db, other);
      }
    }
  }

  /** Whether somebody can hear which subkeys an event of this type names. */
  public boolean hearsSubkeys(EventType type) {
    return (subkeyInterest & type.eventClass().bit()) != 0 && !replaying;
  }

  /**
   * Says what repeats a change. Only to be called while {@link #isRecording()}.
   *
   * @param db the number of the database in which the command ran
   * @param arguments views that are good until this returns
   */
  public void effect(int db, Bytes... arguments) {
    if (recorder != null) {
      effective = true;
      recorder.onEffect(this, db, arguments);
    }
  }

  /** As {@link #effect(int, Bytes...)} where the request itself repeats what it changed. */
  public void effect(int db, Request request) {
    if (recorder != null) {
      effective = true;
      recorder.onEffect(this, db, request);
    }
  }
}

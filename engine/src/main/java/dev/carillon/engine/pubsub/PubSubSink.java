package dev.carillon.engine.pubsub;

import dev.carillon.engine.turn.EventSink;
import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.event.Channels;
import dev.carillon.protocol.event.EventClass;
import dev.carillon.protocol.event.EventType;
import dev.carillon.protocol.event.NotifyFlags;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns events into notifications, and delivers these and what clients publish.
 *
 * <p>Who hears a message is decided when it happens; delivery waits for the end of the turn, so
 * that a client gets the reply to its request before the messages that the request caused, and
 * nobody gets a message of a turn that is not recorded. A message is rendered once for each
 * protocol and pattern; subscribers copy it from there.
 *
 * <p>An event that nobody can hear costs a test of {@link #interest()}: it is empty unless the
 * flags name the event's class and somebody is subscribed to a channel that a notification could
 * have. Engine thread only.
 */
public final class PubSubSink implements EventSink {

  private static final Bytes KEYSPACE = Bytes.of("__keyspace@");
  private static final Bytes KEYEVENT = Bytes.of("__keyevent@");
  private static final Bytes SUBKEYSPACE = Bytes.of("__subkeyspace@");
  private static final Bytes SUBKEYEVENT = Bytes.of("__subkeyevent@");
  private static final Bytes SUBKEYSPACEITEM = Bytes.of("__subkeyspaceitem@");
  private static final Bytes SUBKEYSPACEEVENT = Bytes.of("__subkeyspaceevent@");
  private static final byte[] MESSAGE = ascii("3\r\n$7\r\nmessage\r\n");
  private static final byte[] PATTERN_MESSAGE = ascii("4\r\n$8\r\npmessage\r\n");
  private static final byte[] SHARD_MESSAGE = ascii("3\r\n$8\r\nsmessage\r\n");

  /** Chosen: buffers that one enormous turn has stretched are dropped after it. */
  private static final int KEPT_BYTES = 1 << 20;

  /** Chosen: what the buffers begin with; they double when a turn needs more. */
  private static final int FRAME_BYTES = 1024;

  private static final int RECEIVERS = 16;

  /** Derived: around a string a marker, 10 digits and two line ends, rounded up. */
  private static final int BULK_OVERHEAD_BYTES = 16;

  private final ChannelRegistry registry;
  private final Rendering rendering = new Rendering();
  private @Nullable Turn turn;
  private NotifyFlags flags = NotifyFlags.NONE;
  private int interest;
  private int subkeyInterest;
  private boolean keyspaceHeard;
  private boolean keyeventHeard;
  private boolean subkeyspaceHeard;
  private boolean subkeyeventHeard;
  private boolean subkeyspaceitemHeard;
  private boolean subkeyspaceeventHeard;

  private byte[] channel = new byte[256];
  private byte[] fields = new byte[256];
  private final Bytes fieldsView = Bytes.view();
  private byte[] frames = new byte[FRAME_BYTES];
  private int framesEnd;
  private @Nullable Subscriber[] receivers = new Subscriber[RECEIVERS];
  private int[] starts = new int[RECEIVERS];
  private int[] ends = new int[RECEIVERS];
  private int pending;
  private final Bytes frameView = Bytes.view();

  /** Delivers to the subscribers of {@code registry}. */
  public PubSubSink(ChannelRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void attach(Turn newTurn) {
    turn = newTurn;
  }

  /** Who is subscribed to what. Whoever changes it calls {@link #onSubscriptionsChanged}. */
  public ChannelRegistry registry() {
    return registry;
  }

  /** Which events become notifications, and on which channels. */
  public void flags(NotifyFlags newFlags) {
    flags = newFlags;
    onSubscriptionsChanged();
  }

  /** Finds out anew whether anybody can hear notifications. */
  public void onSubscriptionsChanged() {
    keyspaceHeard = flags.keyspaceChannel() && registry.mayMatch(KEYSPACE);
    keyeventHeard = flags.keyeventChannel() && registry.mayMatch(KEYEVENT);
    subkeyspaceHeard = flags.subkeyspaceChannel() && registry.mayMatch(SUBKEYSPACE);
    subkeyeventHeard = flags.subkeyeventChannel() && registry.mayMatch(SUBKEYEVENT);
    subkeyspaceitemHeard = flags.subkeyspaceitemChannel() && registry.mayMatch(SUBKEYSPACEITEM);
    subkeyspaceeventHeard = flags.subkeyspaceeventChannel() && registry.mayMatch(SUBKEYSPACEEVENT);
    boolean subkeysHeard =
        subkeyspaceHeard || subkeyeventHeard || subkeyspaceitemHeard || subkeyspaceeventHeard;
    subkeyInterest = subkeysHeard ? flags.bits() & EventClass.HASH.bit() : 0;
    interest = keyspaceHeard || keyeventHeard ? flags.bits() : subkeyInterest;
    if (turn != null) {
      turn.interestChanged();
    }
  }

  @Override
  public int interest() {
    return interest;
  }

  @Override
  public int subkeyInterest() {
    return subkeyInterest;
  }

  // ------------------------------------------------------------------------------------ matching

  @Override
  public void onEvent(int db, EventType type, Bytes key, List<Bytes> subkeys) {
    if (keyspaceHeard) {
      int length = Channels.keyspaceLength(db, key);
      ensureChannel(length);
      Channels.writeKeyspace(db, key, channel, 0);
      rendering.begin(MESSAGE, length, type.wireBytes());
      registry.match(channel, 0, length, rendering);
    }
    if (keyeventHeard) {
      int length = Channels.keyeventLength(db, type);
      ensureChannel(length);
      Channels.writeKeyevent(db, type, channel, 0);
      rendering.begin(MESSAGE, length, key);
      registry.match(channel, 0, length, rendering);
    }
    if (!subkeys.isEmpty()) {
      onSubkeys(db, type, key, subkeys);
    }
  }

  /**
   * The messages of one event on the channels of subkeys, in the order in which Redis sends them.
   */
  private void onSubkeys(int db, EventType type, Bytes key, List<Bytes> subkeys) {
    if (subkeyspaceHeard) {
      int length = Channels.subkeyspaceLength(db, key);
      ensureChannel(length);
      Channels.writeSubkeyspace(db, key, channel, 0);
      int size = ensureFields(Channels.eventAndFieldsLength(type, subkeys));
      Channels.writeEventAndFields(type, subkeys, fields, 0);
      tell(length, size);
    }
    if (subkeyeventHeard) {
      int length = Channels.subkeyeventLength(db, type);
      ensureChannel(length);
      Channels.writeSubkeyevent(db, type, channel, 0);
      int size = ensureFields(Channels.keyAndFieldsLength(key, subkeys));
      Channels.writeKeyAndFields(key, subkeys, fields, 0);
      tell(length, size);
    }
    if (subkeyspaceitemHeard && Channels.canNameItems(key)) {
      for (int i = 0; i < subkeys.size(); i++) {
        Bytes field = subkeys.get(i);
        int length = Channels.subkeyspaceitemLength(db, key, field);
        ensureChannel(length);
        Channels.writeSubkeyspaceitem(db, key, field, channel, 0);
        rendering.begin(MESSAGE, length, type.wireBytes());
        registry.match(channel, 0, length, rendering);
      }
    }
    if (subkeyspaceeventHeard) {
      int length = Channels.subkeyspaceeventLength(db, type, key);
      ensureChannel(length);
      Channels.writeSubkeyspaceevent(db, type, key, channel, 0);
      int size = ensureFields(Channels.fieldsLength(subkeys));
      Channels.writeFields(subkeys, fields, 0);
      tell(length, size);
    }
    if (fields.length > KEPT_BYTES) {
      fields = new byte[FRAME_BYTES];
    }
  }

  private void tell(int channelLength, int fieldsLength) {
    rendering.begin(MESSAGE, channelLength, fieldsView.pointTo(fields, 0, fieldsLength));
    registry.match(channel, 0, channelLength, rendering);
  }

  /** Makes room for a payload that names fields; answers its length. */
  private int ensureFields(int length) {
    if (fields.length < length) {
      fields = new byte[Math.max(length, 2 * fields.length)];
    }
    return length;
  }

  /**
   * Publishes a message of a client.
   *
   * @return how many subscriptions hear it
   */
  public int publish(Bytes name, Bytes message) {
    prepare(MESSAGE, name, message);
    registry.match(channel, 0, name.length(), rendering);
    return rendering.count;
  }

  /**
   * Publishes a message of a client on a shard channel.
   *
   * @return how many subscriptions hear it
   */
  public int publishShard(Bytes name, Bytes message) {
    prepare(SHARD_MESSAGE, name, message);
    registry.matchShard(name, rendering);
    return rendering.count;
  }

  private void prepare(byte[] heading, Bytes name, Bytes message) {
    ensureChannel(name.length());
    name.copyTo(channel, 0);
    rendering.begin(heading, name.length(), message);
  }

  private void ensureChannel(int length) {
    if (channel.length < length) {
      channel = new byte[Math.max(length, 2 * channel.length)];
    }
  }

  /** Renders a message for whoever the registry says hears it, once for each form. */
  private final class Rendering implements ChannelRegistry.Receiver {
    private byte[] heading = MESSAGE;
    private int channelLength;
    private Bytes payload = Bytes.EMPTY;
    private @Nullable Bytes pattern;
    private int start2;
    private int start3;
    private int end2;
    private int end3;
    private int count;

    void begin(byte[] newHeading, int newChannelLength, Bytes newPayload) {
      heading = newHeading;
      channelLength = newChannelLength;
      payload = newPayload;
      forget(null);
      count = 0;
    }

    private void forget(@Nullable Bytes newPattern) {
      pattern = newPattern;
      end2 = 0;
      end3 = 0;
    }

    @Override
    public void onChannel(Subscriber subscriber) {
      deliver(subscriber);
    }

    @Override
    public void onPattern(Bytes matchedPattern, Subscriber subscriber) {
      if (pattern != matchedPattern) {
        forget(matchedPattern);
      }
      deliver(subscriber);
    }

    private void deliver(Subscriber subscriber) {
      count++;
      if (subscriber.protocol() == 3) {
        if (end3 == 0) {
          start3 = framesEnd;
          render('>');
          end3 = framesEnd;
        }
        enqueue(subscriber, start3, end3);
      } else {
        if (end2 == 0) {
          start2 = framesEnd;
          render('*');
          end2 = framesEnd;
        }
        enqueue(subscriber, start2, end2);
      }
    }

    private void render(char marker) {
      Bytes glob = pattern;
      int size = 1 + PATTERN_MESSAGE.length + channelLength + payload.length();
      ensureFrames(size + (glob == null ? 0 : glob.length()) + 3 * BULK_OVERHEAD_BYTES);
      frames[framesEnd++] = (byte) marker;
      append(glob == null ? heading : PATTERN_MESSAGE);
      if (glob != null) {
        bulk(glob.array(), glob.offset(), glob.length());
      }
      bulk(channel, 0, channelLength);
      bulk(payload.array(), payload.offset(), payload.length());
    }

    private void append(byte[] bytes) {
      System.arraycopy(bytes, 0, frames, framesEnd, bytes.length);
      framesEnd += bytes.length;
    }

    private void bulk(byte[] bytes, int offset, int length) {
      frames[framesEnd++] = '$';
      framesEnd = Numerals.writeLong(length, frames, framesEnd);
      frames[framesEnd++] = '\r';
      frames[framesEnd++] = '\n';
      System.arraycopy(bytes, offset, frames, framesEnd, length);
      framesEnd += length;
      frames[framesEnd++] = '\r';
      frames[framesEnd++] = '\n';
    }
  }

  private void ensureFrames(int more) {
    long needed = (long) framesEnd + more;
    if (needed > frames.length) {
      frames =
          Arrays.copyOf(
              frames, (int) Math.min(Math.max(needed, 2L * frames.length), Integer.MAX_VALUE - 16));
    }
  }

  // ------------------------------------------------------------------------------------ delivery

  private void enqueue(Subscriber subscriber, int start, int end) {
    if (turn != null) {
      turn.deliverAtEnd();
    }
    if (pending == receivers.length) {
      receivers = Arrays.copyOf(receivers, 2 * pending);
      starts = Arrays.copyOf(starts, 2 * pending);
      ends = Arrays.copyOf(ends, 2 * pending);
    }
    receivers[pending] = subscriber;
    starts[pending] = start;
    ends[pending] = end;
    pending++;
  }

  @Override
  public void onCommitted(Turn committed) {
    if (pending == 0) {
      return;
    }
    for (int i = 0; i < pending; i++) {
      Subscriber subscriber = receivers[i];
      receivers[i] = null;
      if (subscriber != null) {
        subscriber.receiveMessage(
            frameView.pointTo(frames, starts[i], ends[i] - starts[i]), committed.revealed());
      }
    }
    pending = 0;
    framesEnd = 0;
    if (frames.length > KEPT_BYTES) {
      frames = new byte[FRAME_BYTES];
      receivers = new Subscriber[RECEIVERS];
      starts = new int[RECEIVERS];
      ends = new int[RECEIVERS];
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}

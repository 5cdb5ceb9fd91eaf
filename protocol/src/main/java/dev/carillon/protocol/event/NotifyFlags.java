package dev.carillon.protocol.event;

import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The value of {@code notify-keyspace-events}: which classes of events are announced, and on which
 * kinds of channels.
 *
 * <p>An event is heard on a channel only if the letter of its class and the letter of the channel
 * are both set. Class letters are the rows of {@link EventClass}, {@code A} stands for those inside
 * it; the channel letters are
 *
 * <pre>
 *   K  __keyspace@db__:key         S  __subkeyspace@db__:key
 *   E  __keyevent@db__:event       T  __subkeyevent@db__:event
 *                                  I  __subkeyspaceitem@db__:key LF field
 *                                  V  __subkeyspaceevent@db__:event|key
 * </pre>
 *
 * <p>Reading back gives one canonical text whatever was written: {@code A} if every class inside it
 * is set, else the single letters {@code g $ l s h z x e t d a n o c}; then {@code K E m S T I V}.
 * Behind {@code A} the letters {@code n o c} are in effect but not printed, as in Redis. (Recorded
 * from Redis for all letters but {@code a}, whose place among the single letters nobody has
 * observed.)
 *
 * <p>Immutable; any thread. Every test is a mask of one int.
 */
public final class NotifyFlags {

  private static final int KEYSPACE = 1 << 24;
  private static final int KEYEVENT = 1 << 25;
  private static final int SUBKEYSPACE = 1 << 26;
  private static final int SUBKEYEVENT = 1 << 27;
  private static final int SUBKEYSPACEITEM = 1 << 28;
  private static final int SUBKEYSPACEEVENT = 1 << 29;
  private static final int KEY_CHANNELS = KEYSPACE | KEYEVENT;
  private static final int SUBKEY_CHANNELS =
      SUBKEYSPACE | SUBKEYEVENT | SUBKEYSPACEITEM | SUBKEYSPACEEVENT;

  private static final int ALL;

  /** The bits of each letter, by its byte; 0 for a byte that is no letter. */
  private static final int[] BITS_OF_LETTER = new int[128];

  static {
    int all = 0;
    for (EventClass eventClass : EventClass.values()) {
      BITS_OF_LETTER[eventClass.letter()] = eventClass.bit();
      if (eventClass.isInsideAll()) {
        all |= eventClass.bit();
      }
    }
    ALL = all;
    BITS_OF_LETTER['A'] = all;
    BITS_OF_LETTER['K'] = KEYSPACE;
    BITS_OF_LETTER['E'] = KEYEVENT;
    BITS_OF_LETTER['S'] = SUBKEYSPACE;
    BITS_OF_LETTER['T'] = SUBKEYEVENT;
    BITS_OF_LETTER['I'] = SUBKEYSPACEITEM;
    BITS_OF_LETTER['V'] = SUBKEYSPACEEVENT;
  }

  /** Nothing is announced; the empty text, and the default. */
  public static final NotifyFlags NONE = new NotifyFlags(0);

  private final int bits;

  private NotifyFlags(int bits) {
    this.bits = bits;
  }

  /**
   * Reads flags as {@code CONFIG SET} gives them. Letters may repeat and come in any order; a zero
   * byte ends the text, whatever follows it.
   *
   * @return null if some byte before that is no letter of the table
   */
  public static @Nullable NotifyFlags parse(Bytes text) {
    int bits = 0;
    for (int i = 0; i < text.length(); i++) {
      byte letter = text.at(i);
      if (letter == 0) {
        break;
      }
      int bitsOfLetter = letter > 0 ? BITS_OF_LETTER[letter] : 0;
      if (bitsOfLetter == 0) {
        return null;
      }
      bits |= bitsOfLetter;
    }
    return bits == 0 ? NONE : new NotifyFlags(bits);
  }

  /** As {@link #parse(Bytes)}. */
  public static @Nullable NotifyFlags parse(String text) {
    return parse(Bytes.of(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Classes as their {@link EventClass#bit() bits} and channels above them, for masks. */
  public int bits() {
    return bits;
  }

  /** Whether nothing at all can be announced: no class, or no channel of any kind. */
  public boolean isSilent() {
    return (bits & (KEY_CHANNELS | SUBKEY_CHANNELS)) == 0
        || (bits & ~(KEY_CHANNELS | SUBKEY_CHANNELS)) == 0;
  }

  /** Whether {@code type} is announced on a keyspace or a keyevent channel. */
  public boolean wants(EventType type) {
    return (bits & type.eventClass().bit()) != 0 && (bits & KEY_CHANNELS) != 0;
  }

  /**
   * Whether {@code type} is announced on some subkey channel. Only events that name fields have
   * something to say there; the caller knows whether this one does.
   */
  public boolean wantsSubkeys(EventType type) {
    return (bits & type.eventClass().bit()) != 0 && (bits & SUBKEY_CHANNELS) != 0;
  }

  /** Whether the class is set, by its own letter or by {@code A}. */
  public boolean contains(EventClass eventClass) {
    return (bits & eventClass.bit()) != 0;
  }

  /** Letter {@code K}: {@code __keyspace@db__:key} with the event. */
  public boolean keyspaceChannel() {
    return (bits & KEYSPACE) != 0;
  }

  /** Letter {@code E}: {@code __keyevent@db__:event} with the key. */
  public boolean keyeventChannel() {
    return (bits & KEYEVENT) != 0;
  }

  /** Letter {@code S}: {@code __subkeyspace@db__:key} with the event and the fields. */
  public boolean subkeyspaceChannel() {
    return (bits & SUBKEYSPACE) != 0;
  }

  /** Letter {@code T}: {@code __subkeyevent@db__:event} with the key and the fields. */
  public boolean subkeyeventChannel() {
    return (bits & SUBKEYEVENT) != 0;
  }

  /** Letter {@code I}: one message per field on a channel of key and field, with the event. */
  public boolean subkeyspaceitemChannel() {
    return (bits & SUBKEYSPACEITEM) != 0;
  }

  /** Letter {@code V}: {@code __subkeyspaceevent@db__:event|key} with the fields. */
  public boolean subkeyspaceeventChannel() {
    return (bits & SUBKEYSPACEEVENT) != 0;
  }

  /** The canonical text, as {@code CONFIG GET} shows it. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    boolean all = (bits & ALL) == ALL;
    if (all) {
      text.append('A');
    }
    for (EventClass eventClass : EventClass.values()) {
      if (!all && eventClass != EventClass.KEY_MISS && contains(eventClass)) {
        text.append(eventClass.letter());
      }
    }
    for (char letter : new char[] {'K', 'E', 'm', 'S', 'T', 'I', 'V'}) {
      if ((bits & BITS_OF_LETTER[letter]) != 0) {
        text.append(letter);
      }
    }
    return text.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NotifyFlags that && that.bits == bits;
  }

  @Override
  public int hashCode() {
    return bits;
  }
}

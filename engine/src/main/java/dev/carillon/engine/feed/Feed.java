package dev.carillon.engine.feed;

import dev.carillon.engine.value.StreamId;
import dev.carillon.engine.value.StreamValue;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** One feed: what it was told to hold, the streams that hold it, and what it has lost. */
public final class Feed {

  /** One of the streams of a feed, which a reader follows like any other stream. */
  public static final class Partition {

    private final Feed feed;
    private final Bytes key;
    private StreamValue stream;
    private StreamId trimmedTo = StreamId.MIN;

    /** Whether entries were added in the turn that runs. */
    boolean open;

    Partition(Feed feed, Bytes key, StreamValue stream) {
      this.feed = feed;
      this.key = key;
      this.stream = stream;
    }

    /** The feed that this is a part of. */
    public Feed feed() {
      return feed;
    }

    /** The key of the stream. */
    public Bytes key() {
      return key;
    }

    /** The entries and the groups. */
    public StreamValue stream() {
      return stream;
    }

    void stream(StreamValue newStream) {
      stream = newStream;
    }

    /** The id of the last entry that was trimmed; {@link StreamId#MIN} if none was. */
    public StreamId trimmedTo() {
      return trimmedTo;
    }

    void trimmedTo(StreamId id) {
      trimmedTo = id;
    }
  }

  private final FeedDefinition definition;
  private final long number;
  private long matchedBy;
  private final List<Partition> partitions = new ArrayList<>();

  /** For each group how many entries went that it had not acknowledged, in any partition. */
  private final TreeMap<Bytes, Long> lost = new TreeMap<>();

  private long trimmed;
  private long trimmedUnacknowledged;
  private long omitted;
  private boolean dropped;

  /**
   * A feed without streams.
   *
   * @param number the higher the later it was made
   */
  Feed(FeedDefinition definition, long number) {
    this.definition = definition;
    this.number = number;
  }

  long number() {
    return number;
  }

  /** Whether a question was not answered with this feed yet; from now on it was. */
  boolean isFirstMatch(long question) {
    boolean first = matchedBy != question;
    matchedBy = question;
    return first;
  }

  void add(Bytes key, StreamValue stream) {
    partitions.add(new Partition(this, key, stream));
  }

  /** What it was told to hold. */
  public FeedDefinition definition() {
    return definition;
  }

  /** The streams that hold its entries, one unless it has partitions. */
  public List<Partition> partitions() {
    return partitions;
  }

  Partition partitionOf(Bytes key) {
    return partitions.get(definition.partitionOf(key));
  }

  /** How many entries there are. */
  public long length() {
    long length = 0;
    for (Partition partition : partitions) {
      length += partition.stream().length();
    }
    return length;
  }

  /** How many entries there ever were. */
  public long entriesAdded() {
    long added = 0;
    for (Partition partition : partitions) {
      added += partition.stream().entriesAdded();
    }
    return added;
  }

  /** What it takes, its groups included, in bytes. */
  public long sizeBytes() {
    long bytes = 0;
    for (Partition partition : partitions) {
      bytes += partition.stream().sizeBytes();
    }
    return bytes;
  }

  /** How many entries went because there were too many, or because they were too old. */
  public long trimmed() {
    return trimmed;
  }

  /** How many of them some group had not acknowledged. */
  public long trimmedUnacknowledged() {
    return trimmedUnacknowledged;
  }

  /** How many of them a group had not acknowledged. */
  public long lost(Bytes group) {
    return lost.getOrDefault(group, 0L);
  }

  /** How many values were too large to be carried, since the server started. */
  public long omitted() {
    return omitted;
  }

  void onOmitted() {
    omitted++;
  }

  void onTrimmed(boolean unacknowledged) {
    trimmed++;
    trimmedUnacknowledged += unacknowledged ? 1 : 0;
  }

  void onLost(Bytes group) {
    lost.merge(group, 1L, Long::sum);
  }

  /** What the groups have lost, to be written elsewhere. */
  TreeMap<Bytes, Long> lost() {
    return lost;
  }

  void counters(long newTrimmed, long newUnacknowledged) {
    trimmed = newTrimmed;
    trimmedUnacknowledged = newUnacknowledged;
  }

  boolean isDropped() {
    return dropped;
  }

  void drop() {
    dropped = true;
  }
}

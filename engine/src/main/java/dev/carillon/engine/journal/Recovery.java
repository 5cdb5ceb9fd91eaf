package dev.carillon.engine.journal;

import dev.carillon.engine.storage.AppendFile;
import dev.carillon.engine.storage.ReadFile;
import dev.carillon.engine.storage.Storage;
import dev.carillon.protocol.resp.Request;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads what an earlier run left: the newest base, then the turns behind it, in order and without a
 * gap. Works in slices and changes no file until {@link #settle}.
 *
 * <p><b>Torn or damaged.</b> A crash of the machine leaves of what was not synced any part, so that
 * a record may be missing before others that are there. Where the first record is that cannot be
 * read, all that follows is searched, later segments too: a record says which turns were durable
 * when it was written, the header of a segment says it too. If one of them vouches for the turn
 * that should be there, or for a later one, the disk has lost what it had promised to keep: that is
 * damage, and the only honest thing is to stop. Otherwise that turn, and all behind it, was never
 * acknowledged as durable: it is cut off, and said so.
 *
 * <p>Which segment has a turn: the one with the highest name that is not above it. What an older
 * segment has of it is what a failing disk left, and is passed over.
 */
public final class Recovery implements Closeable {

  /** What the read-only form of a turn's record holds until its last part is there. */
  private record Part(byte[] items) {}

  /** A place where records begin, for those who come back. */
  private record Mark(int index, long offset, long sequence) {}

  /** Chosen: how far marks are apart. */
  private static final int MARK_BYTES = 1 << 20;

  private record Segment(String name, long firstSequence, long size) {}

  private final Storage storage;
  private final BaseLoader bases;
  private final Replayer replayer;
  private final boolean cutsAllowed;
  private final List<Segment> segments = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();
  private final Request request = new Request();
  private final RecordCursor cursor = new RecordCursor();

  private @Nullable String baseName;
  private long baseSequence;
  private long bytesTotal;
  private long bytesDone;
  private boolean planned;

  private BaseLoader.@Nullable Loading loading;
  private @Nullable ReadFile loadingFile;

  /** The first segment that is read. */
  private int firstIndex;

  /** The segment that is read, or the number of segments when all are. */
  private int index;

  private @Nullable SegmentReader reader;

  /** The sequence of the next turn that the segment has, if it goes on. */
  private long expected;

  /** The last turn that is there, in the base or repeated. */
  private long sequence;

  /** The last turn that somebody vouches for. */
  private long vouched;

  /** Places before the turns that nobody vouches for, the nearest first of all. */
  private final ArrayDeque<Mark> marks = new ArrayDeque<>();

  private long turns;
  private boolean orderly;
  private @Nullable String cutReason;
  private String cutPlace = "";
  private long cutBytes;

  /** Zeros that were prepared behind the last record. */
  private long roomBytes;

  private boolean done;

  /**
   * Reads nothing yet.
   *
   * @param cutsAllowed whether what a crash left unfinished may be cut off; otherwise it is refused
   *     like damage
   */
  public Recovery(Storage storage, BaseLoader bases, Replayer replayer, boolean cutsAllowed) {
    this.storage = storage;
    this.bases = bases;
    this.replayer = replayer;
    this.cutsAllowed = cutsAllowed;
  }

  /** Whether there is a journal. */
  public static boolean isPresent(Storage storage) throws IOException {
    for (String name : storage.list(JournalFiles.DIRECTORY)) {
      if (JournalFiles.segmentSequence(name) >= 0 || JournalFiles.baseSequence(name) >= 0) {
        return true;
      }
    }
    return false;
  }

  // ------------------------------------------------------------------------------------- reading

  /**
   * Goes on reading.
   *
   * @param budgetBytes about how much
   * @return whether all is read
   * @throws JournalDamage where the journal cannot be used as it is
   * @throws IOException if a file cannot be read, or the base says so
   */
  public boolean slice(int budgetBytes) throws IOException {
    prepare();
    if (loading != null && !base(loading, budgetBytes)) {
      return false;
    }
    long end = bytesDone + budgetBytes;
    while (!done) {
      if (bytesDone >= end) {
        return false;
      }
      step();
    }
    return true;
  }

  /** Looks what there is to read, so that {@link #bytesTotal} is known. */
  public void prepare() throws IOException {
    if (!planned) {
      planned = true;
      plan();
    }
  }

  /** The newest base, and the segments from the one on that has the turn behind it. */
  private void plan() throws IOException {
    for (String name : storage.list(JournalFiles.DIRECTORY)) {
      long first = JournalFiles.segmentSequence(name);
      long base = JournalFiles.baseSequence(name);
      if (first >= 0) {
        segments.add(new Segment(name, first, storage.size(name)));
      } else if (base >= 0) {
        // Ascending: the last one is the newest.
        baseName = name;
        baseSequence = base;
      }
    }
    sequence = baseSequence;
    vouched = baseSequence;
    int first = -1;
    for (int i = 0; i < segments.size(); i++) {
      if (segments.get(i).firstSequence <= baseSequence + 1) {
        first = i;
      }
    }
    if (first < 0 && !segments.isEmpty()) {
      Segment oldest = segments.getFirst();
      throw new JournalDamage(
          oldest.name,
          0,
          baseSequence + 1,
          "turns "
              + (baseSequence + 1)
              + " to "
              + (oldest.firstSequence - 1)
              + " are in no file of the journal",
          "Put the files back that are missing beside it");
    }
    firstIndex = Math.max(0, first);
    index = firstIndex;
    for (int i = index; i < segments.size(); i++) {
      bytesTotal += segments.get(i).size;
    }
    done = segments.isEmpty();
    if (baseName != null) {
      bytesTotal += storage.size(baseName);
      loadingFile = storage.read(baseName);
      loading = bases.open(baseName, loadingFile);
    }
  }

  private boolean base(BaseLoader.Loading base, int budgetBytes) throws IOException {
    long before = base.bytesRead();
    boolean read = base.slice(budgetBytes);
    bytesDone += base.bytesRead() - before;
    if (read) {
      loading = null;
      if (loadingFile != null) {
        loadingFile.close();
        loadingFile = null;
      }
    }
    return read;
  }

  /** Reads one record, or goes on to another segment. */
  private void step() throws IOException {
    Segment segment = segments.get(index);
    SegmentReader current = reader;
    if (current == null) {
      current = open(segment);
      reader = current;
      expected = segment.firstSequence;
      parts.clear();
      vouched = Math.max(vouched, current.header().durableSequence());
      mark(current.offset());
      bytesDone += SegmentHeader.LENGTH;
    }
    if (index + 1 < segments.size() && expected == segments.get(index + 1).firstSequence) {
      bytesDone += segment.size - current.offset() - current.recordBytes();
      current.close();
      reader = null;
      index++;
      return;
    }
    if (!current.next()) {
      finish(segment, current);
      return;
    }
    if (parts.isEmpty() && current.offset() - marks.getLast().offset >= MARK_BYTES) {
      mark(current.offset());
    }
    bytesDone += current.recordBytes();
    vouched = Math.max(vouched, current.durable());
    switch (current.kind()) {
      case Records.TURN, Records.PART -> turn(segment, current);
      case Records.MARK, Records.END -> {
        if (current.sequence() != expected - 1 || !parts.isEmpty()) {
          unexpected(segment, current);
          return;
        }
        orderly = current.kind() == Records.END;
      }
      default -> throw newer(segment, current, "a record of kind " + current.kind());
    }
  }

  private void mark(long offset) {
    marks.addLast(new Mark(index, offset, expected));
    Mark first = marks.removeFirst();
    while (!marks.isEmpty() && marks.getFirst().sequence <= vouched + 1) {
      first = marks.removeFirst();
    }
    marks.addFirst(first);
  }

  private SegmentReader open(Segment segment) throws IOException {
    try {
      SegmentReader opened = new SegmentReader(storage.read(segment.name));
      if (opened.header().durableSequence() >= segment.firstSequence) {
        opened.close();
        throw new JournalDamage(
            segment.name,
            0,
            segment.firstSequence,
            "the header does not belong to a segment of this name",
            "Give the file its name back");
      }
      return opened;
    } catch (SegmentHeader.Unusable e) {
      throw new JournalDamage(
          segment.name,
          0,
          segment.firstSequence,
          String.valueOf(e.getMessage()),
          e.newer
              ? "Start the version that wrote it, or a later one"
              : "A header is on the disk before the segment is used, so that no crash leaves this:"
                  + " put a copy of the file in its place");
    }
  }

  private void turn(Segment segment, SegmentReader current) throws IOException {
    orderly = false;
    if (current.sequence() != expected) {
      unexpected(segment, current);
      return;
    }
    boolean wanted = expected > sequence;
    if (current.kind() == Records.PART) {
      // Half a turn is never repeated: the parts wait until all are there.
      RecordCursor items = current.items();
      byte[] copy = new byte[wanted ? items.left() : 0];
      System.arraycopy(current.buffer(), items.at(), copy, 0, copy.length);
      parts.add(new Part(copy));
      return;
    }
    expected++;
    if (!wanted) {
      parts.clear();
      return;
    }
    replayer.begin(current.sequence(), current.millis());
    for (Part part : parts) {
      cursor.reset(part.items, 0, part.items.length);
      repeat(segment, current, cursor, part.items);
    }
    parts.clear();
    repeat(segment, current, current.items(), current.buffer());
    replayer.end();
    sequence = current.sequence();
    turns++;
  }

  private void repeat(Segment segment, SegmentReader current, RecordCursor items, byte[] bytes)
      throws IOException {
    try {
      while (!items.atEnd()) {
        int tag = items.octet();
        if (tag != Records.EFFECT) {
          throw newer(segment, current, "an item with the tag " + tag);
        }
        long db = items.varint();
        int count = items.count();
        request.clear();
        for (int i = 0; i < count; i++) {
          int length = items.count();
          request.add(bytes, items.skip(length), length);
        }
        if (count == 0 || db < 0 || db > Integer.MAX_VALUE) {
          throw new RecordCursor.Malformed("there is no command in it");
        }
        effect(segment, current, (int) db);
      }
    } catch (RecordCursor.Malformed e) {
      throw new JournalDamage(
          segment.name,
          current.offset(),
          current.sequence(),
          "the record is as it was written, but makes no sense: " + e.getMessage(),
          "This is a defect of the program that wrote it; please report it");
    }
  }

  private void effect(Segment segment, SegmentReader current, int db) throws IOException {
    try {
      replayer.effect(db, request);
    } catch (IOException e) {
      throw new JournalDamage(
          segment.name,
          current.offset(),
          current.sequence(),
          "the command " + request.argument(0) + " cannot be repeated: " + e.getMessage(),
          "Start it with the configuration that it was written with");
    }
  }

  private static JournalDamage newer(Segment segment, SegmentReader current, String what) {
    return new JournalDamage(
        segment.name,
        current.offset(),
        current.sequence(),
        "the journal has " + what + ", which this version does not know",
        "Start the version that wrote it, or a later one");
  }

  // ------------------------------------------------------------------------------- where it ends

  private void unexpected(Segment segment, SegmentReader current) throws IOException {
    current.reject(
        "the record is of turn " + current.sequence() + " where turn " + expected + " should be");
    finish(segment, current);
  }

  /**
   * Nothing more can be read in this segment: because that is its end, or it is torn or damaged.
   */
  private void finish(Segment segment, SegmentReader current) throws IOException {
    boolean isLast = index + 1 == segments.size();
    String problem = current.problem();
    if (problem == null && (!isLast || !parts.isEmpty())) {
      problem = "the file ends before the turn";
    }
    if (problem == null) {
      roomBytes = segment.size - current.offset();
    } else {
      judge(segment, current, problem);
    }
    current.close();
    reader = null;
    done = true;
    bytesDone = bytesTotal;
  }

  private void judge(Segment segment, SegmentReader current, String problem) throws IOException {
    // What the base has need not be read.
    long threshold = Math.max(expected, baseSequence + 1);
    long offset = current.offset();
    long vouching = current.findVouching(threshold);
    String where = vouching < 0 ? null : segment.name + ", byte " + vouching;
    long bytes = current.contentEnd() - offset;
    for (int i = index + 1; i < segments.size() && where == null; i++) {
      Segment later = segments.get(i);
      try (SegmentReader further = open(later)) {
        if (further.header().durableSequence() >= threshold) {
          where = later.name + ", its header";
        } else {
          vouching = further.findVouching(threshold);
          where = vouching < 0 ? null : later.name + ", byte " + vouching;
          bytes += further.contentEnd();
        }
      }
    }
    if (where != null) {
      throw new JournalDamage(
          segment.name,
          offset,
          expected,
          problem
              + "; it was on the disk once ("
              + where
              + ", says so), so that this is damage and not what a crash leaves",
          "Put a copy of the file in its place; or give up this turn and all behind it: "
              + "move later files of the journal away and cut this one, truncate -s "
              + offset
              + " "
              + segment.name);
    }
    if (!cutsAllowed) {
      throw new JournalDamage(
          segment.name,
          offset,
          expected,
          problem + "; a crash left it, and nothing from here on was ever durable",
          "Set aof-load-truncated to yes to have it cut off");
    }
    cutReason = problem;
    cutPlace = segment.name + ", byte " + offset;
    cutBytes = bytes;
    orderly = false;
  }

  /**
   * Makes the files something to build on. Turns for which nobody vouches may not be on the disk,
   * whatever a sync says now: one that failed in a process that was killed has left them in memory
   * only. They are written anew, into a segment that takes the place of what older ones have of
   * them. Room behind the last record is given back. Blocks; changes nothing else where all is
   * vouched for.
   *
   * @throws IOException if a file cannot be written, or does not say any more what it said
   */
  public void settle() throws IOException {
    if (!done) {
      throw new IllegalStateException("the journal is not read to its end");
    }
    if (roomBytes > 0) {
      giveBackRoom(segments.getLast());
    }
    boolean changed = false;
    if (unvouched() > 0) {
      rewrite(sequence - unvouched() + 1);
      changed = true;
    }
    for (String name : superseded()) {
      storage.delete(name);
      changed = true;
    }
    if (changed) {
      storage.syncDirectory(JournalFiles.DIRECTORY);
    }
  }

  private void giveBackRoom(Segment last) {
    try {
      storage.append(last.name, last.size - roomBytes).close();
    } catch (IOException e) {
      // It is the end of the segment with it or without it.
    }
  }

  /** Copies the turns from {@code first} on into a segment of their own. */
  private void rewrite(long first) throws IOException {
    Mark mark = Objects.requireNonNull(marks.peekFirst());
    String target = JournalFiles.DIRECTORY + "/settled" + JournalFiles.UNFINISHED;
    try (AppendFile file = storage.create(target)) {
      long next = mark.sequence;
      for (int i = mark.index; i <= index; i++) {
        long end = i < index ? segments.get(i + 1).firstSequence : sequence + 1;
        try (SegmentReader again = open(segments.get(i))) {
          if (i == mark.index) {
            again.skipTo(mark.offset);
          }
          if (file.length() == 0) {
            file.append(again.header().durable(first - 1).encode(), 0, SegmentHeader.LENGTH);
          }
          while (next < end) {
            if (!again.next()) {
              throw new IOException(
                  segments.get(i).name + " changed while it was read; is the disk failing?");
            }
            boolean isTurn = again.kind() == Records.TURN || again.kind() == Records.PART;
            if (isTurn && again.sequence() >= first) {
              again.copyTo(file);
            }
            next = again.kind() == Records.TURN ? again.sequence() + 1 : next;
          }
        }
      }
      file.sync();
    }
    storage.rename(target, JournalFiles.segment(first));
  }

  @Override
  public void close() throws IOException {
    if (reader != null) {
      reader.close();
    }
    if (loadingFile != null) {
      loadingFile.close();
    }
  }

  // --------------------------------------------------------------------------------------- asking

  /** The last turn that is there. */
  public long sequence() {
    return sequence;
  }

  /** How many turns were repeated, beside what the base had. */
  public long turns() {
    return turns;
  }

  /** How many bytes are read of {@link #bytesTotal}. */
  public long bytesDone() {
    return bytesDone;
  }

  /** How many bytes there are to read; known from the first slice on. */
  public long bytesTotal() {
    return bytesTotal;
  }

  /** How many bytes a crash left unfinished; what they said was never durable. */
  public long cutBytes() {
    return cutBytes;
  }

  /** How many bytes of the last segment are zeros that were prepared for what would come next. */
  public long roomBytes() {
    return roomBytes;
  }

  /** Whether the journal ends as one that was closed, and not as one that was torn away. */
  public boolean isOrderly() {
    return orderly || segments.isEmpty();
  }

  /** How many turns at the end nobody vouches for; {@link #settle} writes them anew. */
  public long unvouched() {
    return Math.max(0, sequence - Math.max(vouched, baseSequence));
  }

  /** Segments of which nothing is left that counts; {@link #settle} removes them. */
  public List<String> superseded() {
    long first = Math.min(Math.max(vouched, baseSequence), sequence) + 1;
    return segments.stream()
        .filter(segment -> segment.firstSequence > first)
        .map(Segment::name)
        .toList();
  }

  /** Segments whose turns the base has, which are not read, oldest first. */
  public List<String> unneeded() {
    return segments.subList(0, firstIndex).stream().map(Segment::name).toList();
  }

  /** Segments that are read, oldest first. */
  public List<String> needed() {
    return segments.subList(firstIndex, segments.size()).stream().map(Segment::name).toList();
  }

  /** The name of the base, or null if there is none. */
  public @Nullable String baseName() {
    return baseName;
  }

  /** Why the bytes behind the last turn cannot be read, as a clause, or null if all can. */
  public @Nullable String cutReason() {
    return cutReason;
  }

  /** The file and the byte from which on nothing can be read; empty where all can. */
  public String cutPlace() {
    return cutPlace;
  }

  /** The turn after which the base was taken; 0 if there is none. */
  public long baseSequence() {
    return baseSequence;
  }

  /** What was found, as a sentence for people. */
  public String report() {
    StringBuilder text = new StringBuilder();
    text.append("recovered turn ").append(sequence).append(": ");
    if (baseName != null) {
      text.append("base ").append(baseName).append(", then ");
    }
    text.append(turns).append(turns == 1 ? " turn" : " turns").append(" of the journal");
    if (cutReason != null) {
      text.append("; ")
          .append(cutBytes)
          .append(" bytes behind turn ")
          .append(sequence)
          .append(" are cut off: ")
          .append(cutReason)
          .append(", and nothing says that it was ever durable");
    }
    return text.toString();
  }
}

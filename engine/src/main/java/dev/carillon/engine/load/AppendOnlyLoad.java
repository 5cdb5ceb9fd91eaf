package dev.carillon.engine.load;

import dev.carillon.engine.rdb.RdbFormatException;
import dev.carillon.engine.rdb.RdbReader;
import dev.carillon.engine.storage.ReadFile;
import dev.carillon.engine.storage.Storage;
import dev.carillon.protocol.bytes.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A load of append-only files of Redis, one after the other. Each is a sequence of requests, as a
 * client would send them, and may begin with a whole RDB file. Lines that begin with {@code #} say
 * the time. Requests between MULTI and EXEC happen together or not at all.
 *
 * <p>The last file may end in the middle of a request, where its server was killed: what comes
 * before it is loaded if {@code aof-load-truncated} allows. Nothing is cut off the file itself.
 */
final class AppendOnlyLoad implements LoadSource {

  /** What is done with an RDB file that an append-only file is or begins with. */
  @FunctionalInterface
  interface Preambles {
    RdbSection begin(String name, RdbReader in);
  }

  private static final int WORDS_MAX = 1 << 20;
  private static final int LINE_BYTES_MAX = 1024;

  /** Chosen: ten thousands of files. */
  private static final int MANIFEST_BYTES_MAX = 1 << 20;

  private static final Pattern SCRIPTS =
      Pattern.compile("EVAL|EVALSHA|FCALL|SCRIPT|EVAL_RO|EVALSHA_RO|FCALL_RO");

  private static final String REMEDY =
      "put an intact copy in its place, or let redis-check-aof --fix cut it there";

  private final Storage storage;
  private final List<String> names;
  private final boolean tolerant;
  private final Preambles preambles;
  private final Replay replay;
  private final Set<String> remarks = new LinkedHashSet<>();
  private final List<Bytes[]> transaction = new ArrayList<>();
  private final long totalBytes;
  private int next;
  private long doneBytes;
  private long keys;
  private long commands;
  private boolean inTransaction;
  private long transactionAt;
  private @Nullable ReadFile file;
  private @Nullable RdbReader in;
  private @Nullable RdbSection preamble;

  /**
   * A load that has not begun.
   *
   * @param names the files, oldest first; at least one
   * @param tolerant whether the last file may end too early ({@code aof-load-truncated})
   * @param preambles what is done with RDB files among them
   * @param replay who repeats the commands
   * @throws IOException if a file is not there or cannot be looked at
   */
  AppendOnlyLoad(
      Storage storage, List<String> names, boolean tolerant, Preambles preambles, Replay replay)
      throws IOException {
    this.storage = storage;
    this.names = List.copyOf(names);
    this.tolerant = tolerant;
    this.preambles = preambles;
    this.replay = replay;
    long total = 0;
    for (String name : names) {
      if (!storage.exists(name)) {
        throw new LoadException(
            name + " is named by the manifest and is not there; put it back", null);
      }
      total += storage.size(name);
    }
    totalBytes = total;
  }

  /** The files that the manifest of a directory names, oldest first. */
  static List<String> filesOf(Storage storage, String directory, String manifestName)
      throws IOException {
    AppendOnlyManifest manifest =
        AppendOnlyManifest.parse(manifestName, text(storage, manifestName));
    List<String> names = new ArrayList<>();
    if (manifest.base() != null) {
      names.add(directory + "/" + manifest.base());
    }
    manifest.increments().forEach(name -> names.add(directory + "/" + name));
    return names;
  }

  private static String text(Storage storage, String name) throws IOException {
    if (storage.size(name) > MANIFEST_BYTES_MAX) {
      throw new LoadException(name + " is too long to be a list of files", null);
    }
    byte[] bytes = new byte[(int) storage.size(name)];
    int length = 0;
    try (ReadFile manifest = storage.read(name)) {
      int count = 0;
      while (count >= 0 && length < bytes.length) {
        length += count;
        count = manifest.read(bytes, length, bytes.length - length);
      }
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  @Override
  public boolean step(int budgetBytes) throws IOException {
    if (in == null) {
      if (next == names.size()) {
        return false;
      }
      open();
    }
    RdbReader reader = Objects.requireNonNull(in);
    long until = reader.position() + budgetBytes;
    while (in != null && reader.position() < until) {
      RdbSection section = preamble;
      if (section == null) {
        request(reader);
      } else if (!section.step((int) (until - reader.position()))) {
        keys += section.keys();
        remarks.addAll(section.remarks());
        preamble = null;
      }
    }
    return in != null || next < names.size();
  }

  private String name() {
    return names.get(next - 1);
  }

  private void open() throws IOException {
    ReadFile opened = storage.read(names.get(next));
    file = opened;
    next++;
    RdbReader reader = new RdbReader(opened);
    in = reader;
    try {
      int first = reader.peek();
      if (first == 'R' || first == 'V') {
        preamble = preambles.begin(name(), reader);
      } else if (first < 0) {
        end(reader);
      }
    } catch (RdbFormatException e) {
      throw refused(reader.position(), e);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void end(RdbReader reader) throws IOException {
    if (inTransaction) {
      cut(reader, transactionAt, "it ends between MULTI and EXEC", null);
    }
    doneBytes += reader.size();
    in = null;
    Objects.requireNonNull(file).close();
    file = null;
  }

  // ------------------------------------------------------------------------------------- requests

  private void request(RdbReader reader) throws IOException {
    long began = reader.position();
    Bytes[] words;
    try {
      int first = reader.peek();
      if (first < 0) {
        end(reader);
        return;
      }
      if (first == '#') {
        line(reader);
        return;
      }
      words = words(reader);
    } catch (RdbFormatException.Cut e) {
      cut(reader, inTransaction ? transactionAt : began, "it ends in the middle of a request", e);
      end(reader);
      return;
    } catch (RdbFormatException e) {
      throw refused(began, e);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    obey(words, began);
  }

  /** The end of the file is missing: goes on with what is there, or refuses it. */
  private void cut(RdbReader reader, long validBytes, String reason, @Nullable Exception cause)
      throws LoadException {
    boolean isLast = next == names.size();
    if (!isLast || !tolerant) {
      String remedy =
          isLast
              ? "start with --aof-load-truncated yes to load what comes before"
              : "put an intact copy in its place";
      throw LoadException.at(name(), validBytes, null, reason, remedy, cause);
    }
    remarks.add(
        name()
            + " ends too early: "
            + (reader.size() - validBytes)
            + " bytes from byte "
            + validBytes
            + " on are no whole request and are left out");
    transaction.clear();
    inTransaction = false;
  }

  private LoadException refused(long position, RdbFormatException cause) {
    String reason = cause.getMessage() == null ? "it is damaged" : cause.getMessage();
    return LoadException.at(name(), position, null, reason, REMEDY, cause);
  }

  private void obey(Bytes[] words, long position) throws IOException {
    if (words[0].isWord("MULTI")) {
      inTransaction = true;
      transactionAt = position;
    } else if (words[0].isWord("EXEC")) {
      for (Bytes[] queued : transaction) {
        execute(queued, transactionAt);
      }
      transaction.clear();
      inTransaction = false;
    } else if (inTransaction) {
      transaction.add(words);
    } else {
      execute(words, position);
    }
  }

  /** Whether a command in capitals runs a script. */
  static boolean isScript(String command) {
    return SCRIPTS.matcher(command).matches();
  }

  private void execute(Bytes[] words, long position) throws IOException {
    if (words[0].isWord("FUNCTION")) {
      remarks.add(name() + " has functions, which Carillon does not have yet: they are left out");
      return;
    }
    commands++;
    String error = replay.execute(words);
    if (error == null) {
      return;
    }
    String command = LoadException.shown(words[0]);
    boolean isScript = isScript(command.toUpperCase(Locale.ROOT));
    throw LoadException.at(
        name(),
        position,
        words.length > 1 ? words[1] : null,
        isScript
            ? "it has a script (" + command + "), which Carillon cannot run yet"
            : command + " was answered with an error: " + error,
        isScript
            ? "let Redis rewrite the file without scripts (BGREWRITEAOF) and copy it again"
            : "tell us about it, and let Redis write a dump.rdb (SAVE) that is loaded instead",
        null);
  }

  // --------------------------------------------------------------------------------------- syntax

  private static Bytes[] words(RdbReader reader) throws RdbFormatException {
    int count = number(reader, '*', WORDS_MAX);
    if (count == 0) {
      throw new RdbFormatException("a request has no words");
    }
    // Grows as they come: a few bytes must not claim a million words.
    List<Bytes> words = new ArrayList<>(Math.min(count, 16));
    for (int i = 0; i < count; i++) {
      int length = number(reader, '$', Integer.MAX_VALUE - 16);
      words.add(reader.bytes(length));
      expect(reader, '\r');
      expect(reader, '\n');
    }
    return words.toArray(Bytes[]::new);
  }

  private static int number(RdbReader reader, int marker, int most) throws RdbFormatException {
    expect(reader, marker);
    long value = 0;
    int digits = 0;
    int next = reader.int8();
    for (; next >= '0' && next <= '9'; next = reader.int8()) {
      value = 10 * value + next - '0';
      if (++digits > 10 || value > most) {
        throw new RdbFormatException("a request claims to have more words or bytes than may be");
      }
    }
    if (digits == 0 || next != '\r') {
      throw new RdbFormatException("there is something else where a number is due");
    }
    expect(reader, '\n');
    return (int) value;
  }

  private static void expect(RdbReader reader, int character) throws RdbFormatException {
    int found = reader.int8();
    if (found != character) {
      throw new RdbFormatException(
          String.format("there is the byte %02x where %02x is due", found, character));
    }
  }

  private static void line(RdbReader reader) throws RdbFormatException {
    for (int length = 0; reader.int8() != '\n'; length++) {
      if (length > LINE_BYTES_MAX) {
        throw new RdbFormatException("a remark has no end");
      }
    }
  }

  // --------------------------------------------------------------------------------------- counts

  @Override
  public long loadedBytes() {
    RdbReader reader = in;
    return doneBytes + (reader == null ? 0 : reader.position());
  }

  @Override
  public long totalBytes() {
    return totalBytes;
  }

  @Override
  public long loaded() {
    RdbSection section = preamble;
    return keys + commands + (section == null ? 0 : section.keys());
  }

  @Override
  public List<String> remarks() {
    return List.copyOf(remarks);
  }

  @Override
  public void close() throws IOException {
    ReadFile opened = file;
    if (opened != null) {
      opened.close();
    }
  }
}

package dev.carillon.engine.acl;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * What was denied lately, the newest first. The same denial again within a minute is counted, and
 * moves to the front. Engine thread only.
 */
public final class AclLog {

  /** How long the same denial is the same entry; as Redis. */
  private static final long GROUPING_MILLIS = 60_000;

  /** Among how many entries the same denial is looked for; as Redis. */
  private static final int SEARCHED = 10;

  /** One denial, or several of the same kind. */
  public static final class Entry {
    private final long id;
    private final Denial.Reason reason;
    private final String context;
    private final String object;
    private final String user;
    private final long createdMillis;
    private String client;
    private long updatedMillis;
    private long count = 1;

    private Entry(
        long id, Denial denial, String context, String user, String client, long nowMillis) {
      this.id = id;
      this.reason = denial.reason();
      this.context = context;
      this.object = denial.object();
      this.user = user;
      this.client = client;
      this.createdMillis = nowMillis;
      this.updatedMillis = nowMillis;
    }

    private boolean isSame(Denial denial, String otherContext, String otherUser, long nowMillis) {
      return reason == denial.reason()
          && context.equals(otherContext)
          && object.equals(denial.object())
          && user.equals(otherUser)
          && nowMillis - createdMillis <= GROUPING_MILLIS;
    }

    /** The number of the entry, from 0. */
    public long id() {
      return id;
    }

    /** How often it was denied. */
    public long count() {
      return count;
    }

    /** What was not allowed. */
    public Denial.Reason reason() {
      return reason;
    }

    /** Where: {@code toplevel}, {@code multi} or {@code lua}. */
    public String context() {
      return context;
    }

    /** The name of the command, the key or the channel. */
    public String object() {
      return object;
    }

    /** Who asked, or who somebody wanted to be. */
    public String user() {
      return user;
    }

    /** The client that asked last, as CLIENT LIST describes it. */
    public String client() {
      return client;
    }

    /** When it was denied first, in epoch milliseconds. */
    public long createdMillis() {
      return createdMillis;
    }

    /** When it was denied last, in epoch milliseconds. */
    public long updatedMillis() {
      return updatedMillis;
    }
  }

  private final Deque<Entry> entries = new ArrayDeque<>();
  private long lengthMax = 128;
  private long nextId;

  AclLog() {}

  /**
   * {@code acllog-max-len}: older entries are dropped when something is denied next, and with 0 all
   * of them, and nothing is noted.
   */
  public void lengthMax(long newLengthMax) {
    lengthMax = newLengthMax;
  }

  /** Notes that something was denied. */
  public void add(Denial denial, String context, String user, String client, long nowMillis) {
    if (lengthMax == 0) {
      entries.clear();
      return;
    }
    Entry same = remove(denial, context, user, nowMillis);
    if (same == null) {
      same = new Entry(nextId++, denial, context, user, client, nowMillis);
    } else {
      same.count++;
      same.client = client;
      same.updatedMillis = nowMillis;
    }
    entries.addFirst(same);
    trim();
  }

  private @Nullable Entry remove(Denial denial, String context, String user, long nowMillis) {
    Iterator<Entry> iterator = entries.iterator();
    for (int i = 0; i < SEARCHED && iterator.hasNext(); i++) {
      Entry entry = iterator.next();
      if (entry.isSame(denial, context, user, nowMillis)) {
        iterator.remove();
        return entry;
      }
    }
    return null;
  }

  private void trim() {
    while (entries.size() > lengthMax) {
      entries.removeLast();
    }
  }

  /** What was denied, the newest first. */
  public Collection<Entry> entries() {
    return Collections.unmodifiableCollection(entries);
  }

  /** Forgets everything. */
  public void clear() {
    entries.clear();
  }
}

package dev.carillon.engine.session;

import dev.carillon.engine.keyspace.Database;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.keyspace.Watchers;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/** A session's MULTI: the requests queued so far, and the keys it watches. Engine thread only. */
public final class Transaction {

  /**
   * One watched key. A key that was past its deadline when the watch began counts as missing: its
   * removal later is no change (observed in the recorded cases of transactions).
   */
  private final class Watch implements Watchers.Watcher {
    private final int db;
    private final Bytes key;
    private boolean expired;

    private Watch(int db, Bytes key, boolean expired) {
      this.db = db;
      this.key = key;
      this.expired = expired;
    }

    @Override
    public void onTouched() {
      if (expired) {
        expired = false;
        if (!keyspace.database(db).contains(key)) {
          return;
        }
      }
      touched = true;
    }

    @Override
    public void onReplaced(boolean was, boolean is, boolean isOver) {
      if (expired && !is) {
        expired = false;
      } else if (!expired && !was && isOver) {
        expired = true;
      } else if (!expired || !isOver) {
        touched = true;
      }
    }

    private boolean hasExpiredSince() {
      Database database = keyspace.database(db);
      return !expired && database.isExpired(key);
    }
  }

  /**
   * What a kept request costs beside its bytes, derived from the headers and references of the
   * objects that it consists of. A queue of a million PINGs is mostly this.
   */
  private static final int REQUEST_BYTES = 96;

  private static final int ARGUMENT_BYTES = 32;

  /** Where there is no transaction. */
  public static final int NONE = -1;

  /** What a watched key costs beside its bytes, derived likewise: three objects and two lists. */
  private static final int WATCH_BYTES = 160;

  private final Keyspace keyspace;
  private final LongConsumer memory;
  private final List<Request> queue = new ArrayList<>();
  private final List<Watch> watches = new ArrayList<>();
  private boolean open;
  private int executing = NONE;
  private boolean failed;
  private boolean touched;
  private long queuedBytes;
  private long watchedBytes;

  /**
   * No transaction, nothing watched.
   *
   * @param memory told by how many bytes queue and watches have grown, or shrunk if negative
   */
  public Transaction(Keyspace keyspace, LongConsumer memory) {
    this.keyspace = keyspace;
    this.memory = memory;
  }

  /**
   * How many requests are queued, or were until EXEC that executes them now; {@link #NONE} where
   * there is no transaction. This is what CLIENT LIST says.
   */
  public int size() {
    return open ? queue.size() : executing;
  }

  /** EXEC executes so many requests, or has executed all where it is {@link #NONE}. */
  public void executing(int count) {
    executing = count;
  }

  /** Whether MULTI was said and neither EXEC nor DISCARD since. */
  public boolean isOpen() {
    return open;
  }

  /** MULTI. */
  public void begin() {
    open = true;
  }

  /** Ends the transaction, forgets the queue and all watches. */
  public void end() {
    open = false;
    failed = false;
    queue.clear();
    memory.accept(-queuedBytes);
    queuedBytes = 0;
    unwatch();
  }

  /** Notes that a request was refused while queueing, so that EXEC must refuse all. */
  public void fail() {
    failed = true;
  }

  /** Whether a request was refused while queueing. */
  public boolean hasFailed() {
    return failed;
  }

  /** Queues a copy of a request; of one that EXEC will refuse anyway nothing is kept. */
  public void queue(Request request) {
    if (failed || touched) {
      return;
    }
    Request copy = request.copy();
    queue.add(copy);
    long bytes = REQUEST_BYTES + (long) ARGUMENT_BYTES * copy.count() + copy.byteSize();
    queuedBytes += bytes;
    memory.accept(bytes);
  }

  /** What was queued, in order. */
  public List<Request> queued() {
    return queue;
  }

  /** The memory of the queue, as CLIENT LIST says it in multi-mem. */
  public long queuedBytes() {
    return queuedBytes;
  }

  /** WATCH of one key; a second watch of the same key changes nothing. */
  public void watch(int db, Bytes key) {
    for (Watch watch : watches) {
      if (watch.db == db && watch.key.equals(key)) {
        return;
      }
    }
    Bytes kept = key.copy();
    Watch watch = new Watch(db, kept, keyspace.database(db).isExpired(kept));
    watches.add(watch);
    watchedBytes += WATCH_BYTES + kept.length();
    memory.accept(WATCH_BYTES + kept.length());
    keyspace.watchers().watch(db, kept, watch);
  }

  /** UNWATCH: forgets all watches and what they saw. */
  public void unwatch() {
    if (!watches.isEmpty()) {
      for (Watch watch : watches) {
        keyspace.watchers().unwatch(watch.db, watch.key, watch);
      }
      watches.clear();
      memory.accept(-watchedBytes);
      watchedBytes = 0;
    }
    touched = false;
  }

  /** The memory of what is watched. */
  public long watchedBytes() {
    return watchedBytes;
  }

  /** How many keys are watched. */
  public int watched() {
    return watches.size();
  }

  /** Whether a watched key changed. */
  public boolean isTouched() {
    return touched;
  }

  /** Whether a watched key changed, or its time is over since the watch began. */
  public boolean isStale() {
    if (!touched) {
      for (Watch watch : watches) {
        if (watch.hasExpiredSince()) {
          return true;
        }
      }
    }
    return touched;
  }
}

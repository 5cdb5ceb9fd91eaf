package dev.carillon.engine.simulation;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What the model knows of one client. */
final class ModelClient {

  /** A watched key; one that was past its deadline when the watch began counts as missing. */
  static final class Watch {
    final int db;
    final String key;
    boolean expired;

    Watch(int db, String key, boolean expired) {
      this.db = db;
      this.key = key;
      this.expired = expired;
    }
  }

  final long id;
  final Inbox inbox = new Inbox();
  final Set<String> channels = new LinkedHashSet<>();
  final Set<String> patterns = new LinkedHashSet<>();
  final List<List<String>> queue = new ArrayList<>();
  final List<Watch> watches = new ArrayList<>();
  int protocol = 2;
  int db;
  boolean multi;
  boolean failed;
  boolean touched;

  ModelClient(long id) {
    this.id = id;
  }

  boolean isSubscribed() {
    return !channels.isEmpty() || !patterns.isEmpty();
  }

  void unwatch() {
    watches.clear();
    touched = false;
  }

  void endTransaction() {
    multi = false;
    failed = false;
    queue.clear();
    unwatch();
  }

  /** RESET. */
  void reset() {
    endTransaction();
    channels.clear();
    patterns.clear();
    protocol = 2;
    db = 0;
  }
}

package dev.carillon.engine.command;

/**
 * What COMMAND INFO says of a command. Those with a comment also decide something here; the others
 * are only told to clients, or put the command into a category of access control.
 */
public enum CommandFlag {
  /** Changes keys: waits in a pause of writes. */
  WRITE("write"),
  /** Reads keys: clients that track are told when these change. */
  READONLY("readonly"),
  /** Refused when memory is short. */
  DENYOOM("denyoom"),
  /** Not shown by MONITOR. */
  ADMIN("admin"),
  /** Its channels are no keys, so that reading them is not tracked. */
  PUBSUB("pubsub"),
  NOSCRIPT("noscript"),
  BLOCKING("blocking"),
  LOADING("loading"),
  STALE("stale"),
  /** Not shown by MONITOR. */
  SKIP_MONITOR("skip_monitor"),
  /** Never in the slow log. */
  SKIP_SLOWLOG("skip_slowlog"),
  ASKING("asking"),
  /** Counted apart by LATENCY. */
  FAST("fast"),
  /** Allowed to clients that have not authenticated. */
  NO_AUTH("no_auth"),
  /** Publishes: waits in a pause of writes too. */
  MAY_REPLICATE("may_replicate"),
  NO_MANDATORY_KEYS("no_mandatory_keys"),
  NO_ASYNC_LOADING("no_async_loading"),
  /** Refused inside MULTI. */
  NO_MULTI("no_multi"),
  MOVABLE_KEYS("movablekeys"),
  ALLOW_BUSY("allow_busy");

  private final String wireName;

  CommandFlag(String wireName) {
    this.wireName = wireName;
  }

  /** The name in replies of COMMAND INFO. */
  public String wireName() {
    return wireName;
  }
}

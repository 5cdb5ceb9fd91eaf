package dev.carillon.engine.command;

/** What COMMAND INFO says of a command, and what the dispatcher goes by. */
public enum CommandFlag {
  WRITE("write"),
  READONLY("readonly"),
  /** Refused when memory is short. */
  DENYOOM("denyoom"),
  ADMIN("admin"),
  PUBSUB("pubsub"),
  NOSCRIPT("noscript"),
  BLOCKING("blocking"),
  LOADING("loading"),
  STALE("stale"),
  SKIP_MONITOR("skip_monitor"),
  SKIP_SLOWLOG("skip_slowlog"),
  ASKING("asking"),
  FAST("fast"),
  /** Allowed to clients that have not authenticated. */
  NO_AUTH("no_auth"),
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

package dev.carillon.engine.command;

/** The families of commands, as COMMAND DOCS names them. */
public enum CommandGroup {
  ARRAY("array"),
  BITMAP("bitmap"),
  CLUSTER("cluster"),
  CONNECTION("connection"),
  GENERIC("generic"),
  GEO("geo"),
  HASH("hash"),
  HYPERLOGLOG("hyperloglog"),
  LIST("list"),
  PUBSUB("pubsub"),
  SERVER("server"),
  SET("set"),
  SORTED_SET("sorted-set"),
  STREAM("stream"),
  STRING("string"),
  TRANSACTIONS("transactions");

  private final String wireName;

  CommandGroup(String wireName) {
    this.wireName = wireName;
  }

  /** The name in replies of COMMAND DOCS. */
  public String wireName() {
    return wireName;
  }
}

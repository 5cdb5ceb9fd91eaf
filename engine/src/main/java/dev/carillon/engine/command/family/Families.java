package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandTable;

/** All families of commands in one table. */
public final class Families {

  private Families() {}

  /** A table with counters of its own. */
  public static CommandTable table() {
    CommandTable.Builder table = new CommandTable.Builder();
    ConnectionCommands.register(table);
    ClientCommands.register(table);
    ServerCommands.register(table);
    SnapshotCommands.register(table);
    ReplicationCommands.register(table);
    ClusterCommands.register(table);
    AclCommands.register(table);
    MemoryCommands.register(table);
    MonitoringCommands.register(table);
    HotKeysCommands.register(table);
    ConfigCommands.register(table);
    CommandCommands.register(table);
    DebugCommands.register(table);
    GenericCommands.register(table);
    ExpiryCommands.register(table);
    SortedSetCommands.register(table);
    SortedSetRangeCommands.register(table);
    SortedSetPopCommands.register(table);
    SortedSetAlgebraCommands.register(table);
    StringCommands.register(table);
    SetCommands.register(table);
    BitmapCommands.register(table);
    HyperLogLogCommands.register(table);
    ArrayCommands.register(table);
    GeoCommands.register(table);
    ListCommands.register(table);
    HashCommands.register(table);
    HashWalkCommands.register(table);
    HashDeadlineCommands.register(table);
    HashFieldCommands.register(table);
    HashImportCommands.register(table);
    StreamCommands.register(table);
    StreamReadCommands.register(table);
    StreamGroupCommands.register(table);
    StreamInfoCommands.register(table);
    FeedCommands.register(table);
    TransactionCommands.register(table);
    PubSubCommands.register(table);
    return table.build();
  }
}

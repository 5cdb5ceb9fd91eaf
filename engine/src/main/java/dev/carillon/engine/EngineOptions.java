package dev.carillon.engine;

import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.storage.Disk;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What an engine is given from outside.
 *
 * @param config the configuration, which the engine obeys and changes on request
 * @param random every random choice of the engine; a seeded one makes it a deterministic machine
 * @param host the process around it, or {@link Host#NONE}
 * @param ceilingBytes how many bytes of keys and values fit into the process; {@link
 *     Long#MAX_VALUE} if that is no concern
 * @param disk where it keeps its data, or null if it keeps them in memory only
 */
public record EngineOptions(
    Configuration config,
    RandomGenerator random,
    Host host,
    long ceilingBytes,
    @Nullable Disk disk) {

  /** What an engine is given that keeps its data in memory only. */
  public EngineOptions(Configuration config, RandomGenerator random, Host host, long ceilingBytes) {
    this(config, random, host, ceilingBytes, null);
  }
}

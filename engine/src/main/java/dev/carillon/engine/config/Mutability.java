package dev.carillon.engine.config;

/** When the value of a parameter may change. */
public enum Mutability {
  /** At any time, by CONFIG SET. */
  MUTABLE,
  /** By CONFIG SET only if {@link Parameters#ENABLE_PROTECTED_CONFIGS} permits it to the client. */
  PROTECTED,
  /** Only before the server starts: in the configuration file or on the command line. */
  IMMUTABLE
}

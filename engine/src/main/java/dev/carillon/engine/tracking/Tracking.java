package dev.carillon.engine.tracking;

import dev.carillon.protocol.bytes.Bytes;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/** How one client is told of changes (CLIENT TRACKING). Engine thread only. */
public final class Tracking {

  /**
   * What a prefix costs beside its bytes, derived from the headers and references of the objects
   * that it consists of, here and where clients are looked up.
   */
  private static final int PREFIX_BYTES = 160;

  /** What decides of which keys the client is told. */
  public enum Mode {
    /** Those that it has read. */
    READ,
    /** Those that it has read right after CLIENT CACHING YES. */
    OPT_IN,
    /** Those that it has read, but for right after CLIENT CACHING NO. */
    OPT_OUT,
    /** All that begin with one of its prefixes. */
    BROADCAST
  }

  private final Mode mode;
  private final boolean noLoop;
  private final long redirect;
  private final Set<Bytes> prefixes = new TreeSet<>();
  private long prefixBytes;
  private boolean caching;
  private boolean redirectBroken;

  /**
   * What a client asked for; it has no prefixes yet.
   *
   * @param noLoop whether the client is not told of its own changes
   * @param redirect the number of the client that is told instead of this one, or 0
   */
  public Tracking(Mode mode, boolean noLoop, long redirect) {
    this.mode = mode;
    this.noLoop = noLoop;
    this.redirect = redirect;
  }

  /** What decides of which keys the client is told. */
  public Mode mode() {
    return mode;
  }

  /** Whether the client is told of all keys with its prefixes. */
  public boolean isBroadcast() {
    return mode == Mode.BROADCAST;
  }

  /** Whether the client is not told of its own changes. */
  public boolean isNoLoop() {
    return noLoop;
  }

  /** The number of the client that is told instead of this one, or 0. */
  public long redirect() {
    return redirect;
  }

  /** Whether that client was gone when it should have been told. */
  public boolean isRedirectBroken() {
    return redirectBroken;
  }

  void redirectBroken() {
    redirectBroken = true;
  }

  /** The prefixes of broadcasts, in their order. */
  public Set<Bytes> prefixes() {
    return Collections.unmodifiableSet(prefixes);
  }

  /** Adds a prefix, which is a string of its own, unless it is there. */
  void add(Bytes prefix) {
    if (prefixes.add(prefix)) {
      prefixBytes += PREFIX_BYTES + prefix.length();
    }
  }

  /** The memory of the prefixes. */
  public long bytes() {
    return prefixBytes;
  }

  /** Whether the next command is an exception: CLIENT CACHING was said. */
  public boolean isCaching() {
    return caching;
  }

  /** CLIENT CACHING YES with opt-in, NO with opt-out; false once the next command is done. */
  public void caching(boolean isException) {
    caching = isException;
  }

  /** Whether keys that are read now are remembered. */
  boolean remembersReads() {
    return switch (mode) {
      case READ -> true;
      case OPT_IN -> caching;
      case OPT_OUT -> !caching;
      case BROADCAST -> false;
    };
  }
}

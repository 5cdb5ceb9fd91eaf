package dev.carillon.engine.command;

import dev.carillon.protocol.bytes.Bytes;
import java.util.List;

/**
 * What a command wants to say to another server: all requests are sent at once, the replies are
 * read in turn.
 *
 * @param host a name or an address
 * @param timeoutMillis how long the other one may take to be reached, and to say anything
 * @param requests each its name and arguments; nobody changes them
 * @param listener told once how it went, on the engine's thread, between two turns
 */
public record Conversation(
    String host, int port, long timeoutMillis, List<List<Bytes>> requests, Listener listener) {

  /** How a conversation ended. */
  public enum End {
    /** Each request has its reply. */
    COMPLETE,
    /** The host has no address. */
    UNKNOWN_HOST,
    /** Nobody took the requests. */
    NOT_SENT,
    /** There was silence, or the end of the connection, before the last reply. */
    NOT_ANSWERED
  }

  /** Hears how a conversation went. */
  @FunctionalInterface
  public interface Listener {
    /**
     * It has ended.
     *
     * @param replies for each reply that came, in order, the text of an error or nothing
     */
    void onEnd(End end, List<String> replies);
  }
}

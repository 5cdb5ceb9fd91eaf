package dev.carillon.conformance;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Something that cases run against. */
interface Target extends AutoCloseable {

  /** A world without keys, as the settings of {@code one} want it. */
  World open(Case one);

  /** Ends what the target started. */
  @Override
  void close();

  /** A server and its time, for one case. One thread. */
  interface World extends AutoCloseable {

    /** A new connection. */
    Client connect();

    /** What time it is there, in epoch milliseconds. */
    long nowMillis();

    /** Lets time pass and all that falls due happen. */
    void pass(long millis);

    /** How finely time passes while events are awaited. */
    long tickMillis();

    /** Does something of which nobody hears at once, and waits until it has taken effect. */
    void settle(Runnable action);

    /** Looks at the world when the case is over; says what is wrong with it, if anything. */
    Optional<String> verify();

    /** Ends the world. */
    @Override
    void close();
  }

  /** One connection. */
  interface Client {

    /** Sends a request. */
    void send(List<Bytes> words);

    /**
     * The next reply or message.
     *
     * @param patient whether to wait for it for a while
     * @return null if there is none, or if the connection ended
     */
    @Nullable Reply receive(boolean patient);

    /** Ends the connection. */
    void close();
  }
}

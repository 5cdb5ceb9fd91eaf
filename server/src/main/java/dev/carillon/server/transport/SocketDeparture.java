package dev.carillon.server.transport;

import dev.carillon.engine.reply.Departure;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Output that another thread writes to a socket of the loop, unless the loop takes it back first.
 * To wake the loop so that it writes the reply would take as long as a third of the sync: the
 * processor has halted (docs/decisions/0005-segments-written-over.md).
 *
 * <p>The number of a socket that is closed may be given to another one at once. So the loop {@link
 * #settle settles} each departure before it closes the socket, and before it writes there itself:
 * from then on the other thread does not touch it.
 */
final class SocketDeparture implements Departure {

  private static final Logger LOG = LoggerFactory.getLogger(SocketDeparture.class);

  private enum State {
    /** Nobody has done anything yet. */
    READY,
    /** The other thread is writing. */
    LEAVING,
    /** The other thread is done. */
    LEFT,
    /** The loop has taken it back. */
    REVOKED
  }

  private final FileDescriptor socket;
  private final ByteBuffer output;
  private final AtomicReference<State> state = new AtomicReference<>(State.READY);
  private int left;

  /**
   * A departure that may leave from now on.
   *
   * @param socket does not block
   * @param output direct, from 0 to its position; nobody changes it before this is settled
   */
  SocketDeparture(FileDescriptor socket, ByteBuffer output) {
    this.socket = socket;
    this.output = output;
  }

  @Override
  public boolean leave() {
    if (!state.compareAndSet(State.READY, State.LEAVING)) {
      return false;
    }
    try {
      left = Math.max(0, socket.write(output, 0, output.position()));
    } catch (IOException e) {
      // The loop meets the same failure, and ends the connection.
      LOG.debug("a reply could not be sent", e);
    } finally {
      state.set(State.LEFT);
    }
    return left == output.position();
  }

  /**
   * Takes it back, or waits for the moment that writing takes. Loop thread only.
   *
   * @return how many bytes have left
   */
  int settle() {
    while (!state.compareAndSet(State.READY, State.REVOKED)) {
      if (state.get() != State.LEAVING) {
        return left;
      }
      Thread.onSpinWait();
    }
    return 0;
  }
}

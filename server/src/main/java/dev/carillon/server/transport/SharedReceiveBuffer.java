package dev.carillon.server.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * One receive buffer for all connections of a loop: each read is consumed before the next one
 * begins, so that neither an allocation nor a guess of sizes is needed.
 */
final class SharedReceiveBuffer implements RecvByteBufAllocator {

  /** As much as one read takes at most; bounds how long one connection keeps the others waiting. */
  static final int BYTES = 64 * 1024;

  private final ByteBuf shared = Unpooled.directBuffer(BYTES, BYTES);

  /** Gives the buffer's memory back; nobody reads any more. */
  void release() {
    shared.release();
  }

  @Override
  @SuppressWarnings("deprecation") // Netty still asks for this type.
  public Handle newHandle() {
    return new SharedHandle();
  }

  private final class SharedHandle implements ExtendedHandle {
    private int attempted;
    private int lastRead;

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      return shared.refCnt() == 1 ? shared.retain().clear() : allocator.directBuffer(BYTES, BYTES);
    }

    @Override
    public int guess() {
      return BYTES;
    }

    @Override
    public void reset(ChannelConfig config) {
      attempted = 0;
      lastRead = 0;
    }

    @Override
    public void incMessagesRead(int messages) {}

    @Override
    public void lastBytesRead(int bytes) {
      lastRead = bytes;
    }

    @Override
    public int lastBytesRead() {
      return lastRead;
    }

    @Override
    public void attemptedBytesRead(int bytes) {
      attempted = bytes;
    }

    @Override
    public int attemptedBytesRead() {
      return attempted;
    }

    /** One read a turn; a level-triggered poll says at once if there is more. */
    @Override
    public boolean continueReading() {
      return false;
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
      return false;
    }

    @Override
    public void readComplete() {}
  }
}

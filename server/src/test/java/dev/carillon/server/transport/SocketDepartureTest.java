package dev.carillon.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Output that leaves from another thread, or does not: never half taken back, never twice. */
class SocketDepartureTest {

  private final ByteBuffer output = ByteBuffer.allocateDirect(100);
  private FileDescriptor[] pipe = {};

  @BeforeEach
  void open() throws IOException {
    assumeTrue(NetworkKind.isNativeAvailable());
    pipe = FileDescriptor.pipe();
    output.put("+OK\r\n".getBytes(StandardCharsets.US_ASCII));
  }

  @AfterEach
  void close() throws IOException {
    for (FileDescriptor end : pipe) {
      end.close();
    }
  }

  private String read() throws IOException {
    ByteBuffer got = ByteBuffer.allocateDirect(100);
    int length = pipe[0].read(got, 0, 100);
    byte[] bytes = new byte[Math.max(0, length)];
    got.get(0, bytes);
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  @Test
  void whatLeftIsCounted() throws IOException {
    SocketDeparture departure = new SocketDeparture(pipe[1], output);
    assertThat(departure.leave()).isTrue();
    assertThat(read()).isEqualTo("+OK\r\n");
    assertThat(departure.settle()).isEqualTo(5);
  }

  @Test
  void whatWasTakenBackDoesNotLeave() {
    SocketDeparture departure = new SocketDeparture(pipe[1], output);
    assertThat(departure.settle()).isZero();
    assertThat(departure.leave()).isFalse();
  }

  @Test
  void aSocketThatIsBrokenHasTakenNothing() throws IOException {
    pipe[0].close();
    SocketDeparture departure = new SocketDeparture(pipe[1], output);
    assertThat(departure.leave()).isFalse();
    assertThat(departure.settle()).isZero();
    pipe = new FileDescriptor[] {pipe[1]};
  }

  @Test
  void howeverTheTwoThreadsMeetWhatLeftIsWhatIsCounted() throws Exception {
    Random random = new Random(1);
    try (ExecutorService other = Executors.newSingleThreadExecutor()) {
      for (int i = 0; i < 2_000; i++) {
        SocketDeparture departure = new SocketDeparture(pipe[1], output);
        Future<Boolean> leaving = other.submit(departure::leave);
        for (int spin = random.nextInt(3_000); spin > 0; spin--) {
          Thread.onSpinWait();
        }
        int left = departure.settle();
        // From here on the socket is this thread's alone.
        pipe[1].write(ByteBuffer.allocateDirect(1).put(0, (byte) '.'), 0, 1);
        assertThat(leaving.get()).isEqualTo(left == 5);
        assertThat(read()).isEqualTo(left == 5 ? "+OK\r\n." : ".");
      }
    }
  }
}

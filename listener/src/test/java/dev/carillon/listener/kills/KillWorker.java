package dev.carillon.listener.kills;

import static dev.carillon.protocol.event.EventType.SET;

import dev.carillon.listener.Carillon;
import dev.carillon.listener.Gap;
import dev.carillon.listener.KeyEvent;
import dev.carillon.listener.Listening;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A process that listens and writes what it hears into a file, one line at a time, each with one
 * system call, so that a SIGKILL leaves what it had done:
 *
 * <pre>
 *   R millis                  events are heard from now on
 *   E millis number           an event was handled
 *   G from until reason       a gap was told; times in milliseconds
 * </pre>
 *
 * <p>Arguments: port, {@code live} or {@code group}, file, a saboteur or {@code none}: {@code
 * no-gap} keeps gaps to itself, {@code ack-first} says that an event is done and handles it later.
 */
public final class KillWorker {

  private static final long LATER_MILLIS = 300;

  private final FileChannel file;
  private final String saboteur;

  private KillWorker(Path path, String saboteur) throws IOException {
    file =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    this.saboteur = saboteur;
  }

  /** Arguments as in the class comment. */
  public static void main(String[] arguments) throws Exception {
    KillWorker worker = new KillWorker(Path.of(arguments[2]), arguments[3]);
    Carillon carillon =
        Carillon.builder("redis://127.0.0.1:" + arguments[0])
            .lease(Duration.ofSeconds(1))
            .canary(Duration.ofMillis(300))
            .patience(Duration.ofSeconds(2))
            .open();
    Listening listening = carillon.on(SET).keys("event:{n}").onGap(worker::onGap);
    if (arguments[1].equals("group")) {
      listening = listening.group("killed");
    }
    listening.subscribe(worker::onEvent);
    worker.note("R " + System.currentTimeMillis());
    new CountDownLatch(1).await();
  }

  private void onGap(Gap gap) {
    if (!saboteur.equals("no-gap")) {
      // The end is rounded up.
      long until = gap.until().toEpochMilli() + 1;
      note("G " + gap.from().toEpochMilli() + " " + until + " " + gap.reason());
    }
  }

  private void onEvent(KeyEvent event) {
    if (saboteur.equals("ack-first")) {
      Thread.ofVirtual().start(() -> handleLater(event));
    } else {
      handle(event);
    }
  }

  private void handleLater(KeyEvent event) {
    try {
      TimeUnit.MILLISECONDS.sleep(LATER_MILLIS);
      handle(event);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void handle(KeyEvent event) {
    note("E " + System.currentTimeMillis() + " " + event.variable("n"));
  }

  private void note(String line) {
    try {
      file.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.US_ASCII)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

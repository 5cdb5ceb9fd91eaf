package dev.carillon.simulation.kills;

import dev.carillon.protocol.resp.Reply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Sends step after step over one connection, several at once now and then, and remembers how many
 * of them were acknowledged. A thread of its own runs it in each life of the server; between lives
 * it belongs to whoever has joined that thread.
 */
final class Sender implements Runnable {

  private static final int BATCH_MAX = 16;

  /** What is sent. */
  interface Steps {

    /** Adds the requests of a step; answers how many replies belong to them. */
    int add(Connection connection, long step);

    /** The last reply of a step has come. */
    default void onAcknowledged(long step) {}
  }

  private final String name;
  private final int port;
  private final Random random;
  private final int pauseMillisMax;
  private final Steps steps;
  private long sent;
  private volatile long acknowledged;
  private volatile boolean ending;
  private volatile String trouble = "";

  /**
   * Sends nothing yet.
   *
   * @param name for people
   * @param pauseMillisMax so long at most it waits between two batches
   */
  Sender(String name, int port, Random random, int pauseMillisMax, Steps steps) {
    this.name = name;
    this.port = port;
    this.random = random;
    this.pauseMillisMax = pauseMillisMax;
    this.steps = steps;
  }

  /** How many steps were sent, those excepted that a crash took back and that are sent again. */
  long sent() {
    return sent;
  }

  /** How many steps were acknowledged ever. */
  long acknowledged() {
    return acknowledged;
  }

  /** What went wrong beside the end of the connection; empty if nothing did. */
  String trouble() {
    return trouble;
  }

  /** The server is about to be killed: whatever happens to the connection is no trouble. */
  void ending(boolean isEnding) {
    ending = isEnding;
  }

  /** The step after this one is the next. */
  void goOnBehind(long step) {
    sent = step;
    acknowledged = step;
  }

  /** Writes until the connection ends. */
  @Override
  public void run() {
    try (Connection connection = new Connection(port)) {
      while (true) {
        int batch = random.nextInt(4) == 0 ? 1 + random.nextInt(BATCH_MAX) : 1;
        List<Integer> replies = new ArrayList<>();
        for (int i = 0; i < batch; i++) {
          replies.add(steps.add(connection, ++sent));
        }
        connection.flush();
        for (int count : replies) {
          for (int i = 0; i < count; i++) {
            Reply reply = connection.receive();
            if (reply instanceof Reply.Failure failure) {
              trouble = name + " step " + (acknowledged + 1) + ": " + failure.text().toLatin1();
              return;
            }
          }
          acknowledged++;
          steps.onAcknowledged(acknowledged);
        }
        if (pauseMillisMax > 0) {
          Thread.sleep(random.nextInt(pauseMillisMax + 1));
        }
      }
    } catch (IOException e) {
      if (!ending) {
        trouble = name + " " + e;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

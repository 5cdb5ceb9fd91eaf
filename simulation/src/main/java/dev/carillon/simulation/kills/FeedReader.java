package dev.carillon.simulation.kills;

import dev.carillon.protocol.resp.Reply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Follows a feed with XREAD while clients write, across the lives of the server, and remembers
 * everything that it got. A thread of its own runs it in each life.
 */
final class FeedReader implements Runnable {

  private final String feed;
  private final int port;
  private final List<FeedEntry> got = new ArrayList<>();
  private volatile boolean ending;
  private volatile String trouble = "";

  FeedReader(String feed, int port) {
    this.feed = feed;
    this.port = port;
  }

  void ending(boolean isEnding) {
    ending = isEnding;
  }

  String trouble() {
    return trouble;
  }

  /** All that it ever got, from the beginning of the feed on; to be asked for between lives. */
  List<FeedEntry> got() {
    return got;
  }

  @Override
  public void run() {
    try (Connection connection = new Connection(port)) {
      while (true) {
        String from = got.isEmpty() ? "0" : got.getLast().id();
        Reply reply =
            connection.ask("XREAD", "BLOCK", "100", "COUNT", "1000", "STREAMS", feed, from);
        if (reply instanceof Reply.Failure failure) {
          trouble = "a reader of " + feed + " got " + failure.text().toLatin1();
          return;
        }
        if (reply instanceof Reply.Array streams) {
          got.addAll(FeedEntry.of(((Reply.Array) streams.elements().getFirst()).elements().get(1)));
        }
      }
    } catch (IOException e) {
      if (!ending) {
        trouble = "a reader of " + feed + ": " + e;
      }
    }
  }
}

package dev.carillon.simulation.kills;

import dev.carillon.protocol.resp.Reply;
import dev.carillon.simulation.check.Broken;
import dev.carillon.simulation.check.Resumable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A consumer group that reads the partitions of a feed while clients write, acknowledges most of
 * what it gets, and remembers all of it. What it has acknowledged it must not get again, and in the
 * end it must have got everything. A thread of its own runs it in each life of the server.
 */
final class FeedWorker implements Runnable {

  private static final String GROUP = "workers";
  private static final String COUNT = "100";

  private final List<String> partitions;
  private final int port;
  private final Random random;
  private final Resumable resumable = new Resumable();

  /** By partition and id: what was delivered. */
  private final Map<String, String> delivered = new HashMap<>();

  /** By partition and id: the reply to XACK came. */
  private final Set<String> acknowledged = new HashSet<>();

  private long again;
  private volatile boolean ending;
  private volatile String trouble = "";

  FeedWorker(List<String> partitions, int port, long seed) {
    this.partitions = partitions;
    this.port = port;
    random = new Random(seed);
  }

  void create(Connection connection) throws IOException {
    for (String partition : partitions) {
      connection.ask("XGROUP", "CREATE", partition, GROUP, "0");
    }
  }

  void ending(boolean isEnding) {
    ending = isEnding;
  }

  String trouble() {
    return trouble;
  }

  /** How many entries it was given. */
  long delivered() {
    return delivered.size();
  }

  /** How many of them it was given again, because it had not acknowledged them. */
  long again() {
    return again;
  }

  @Override
  public void run() {
    try (Connection connection = new Connection(port)) {
      while (true) {
        List<String> words = new ArrayList<>(List.of("XREADGROUP", "GROUP", GROUP, "one"));
        words.addAll(List.of("COUNT", COUNT, "BLOCK", "100", "STREAMS"));
        words.addAll(partitions);
        partitions.forEach(partition -> words.add(">"));
        Reply reply = connection.ask(words.toArray(String[]::new));
        if (reply instanceof Reply.Failure failure) {
          trouble = "a worker got " + failure.text().toLatin1();
          return;
        }
        if (reply instanceof Reply.Array streams) {
          for (Reply each : streams.elements()) {
            List<Reply> stream = ((Reply.Array) each).elements();
            String partition = Connection.text(stream.get(0));
            for (FeedEntry entry : FeedEntry.of(stream.get(1))) {
              onDelivered(partition, entry);
              if (random.nextInt(4) > 0) {
                acknowledge(connection, partition, entry);
              }
            }
          }
        }
      }
    } catch (Broken broken) {
      trouble = String.valueOf(broken.getMessage());
    } catch (IOException e) {
      if (!ending) {
        trouble = "a worker: " + e;
      }
    }
  }

  private void onDelivered(String partition, FeedEntry entry) {
    String place = partition + " " + entry.id();
    String before = delivered.put(place, entry.all());
    if (before == null) {
      return;
    }
    again++;
    if (!before.equals(entry.all())) {
      throw resumable.broken(place + " was " + before + " and is " + entry.all());
    }
    if (acknowledged.contains(place)) {
      throw resumable.broken(place + " was acknowledged, and is delivered again");
    }
  }

  private void acknowledge(Connection connection, String partition, FeedEntry entry)
      throws IOException {
    String reply = connection.text("XACK", partition, GROUP, entry.id());
    if (!reply.equals("1")) {
      throw resumable.broken("XACK of " + partition + " " + entry.id() + " was answered " + reply);
    }
    acknowledged.add(partition + " " + entry.id());
  }

  /**
   * Takes over what is pending and reads what is left.
   *
   * @param there for each partition what it holds
   */
  void verify(Connection connection, Map<String, List<FeedEntry>> there) throws IOException {
    for (String partition : partitions) {
      String from = "0-0";
      do {
        Reply.Array claimed =
            (Reply.Array)
                connection.ask("XAUTOCLAIM", partition, GROUP, "two", "0", from, "COUNT", COUNT);
        for (FeedEntry entry : FeedEntry.of(claimed.elements().get(1))) {
          onDelivered(partition, entry);
          acknowledge(connection, partition, entry);
        }
        from = Connection.text(claimed.elements().getFirst());
      } while (!from.equals("0-0"));
      boolean isMore = true;
      while (isMore) {
        Reply reply =
            connection.ask(
                "XREADGROUP", "GROUP", GROUP, "two", "COUNT", COUNT, "STREAMS", partition, ">");
        isMore = reply instanceof Reply.Array;
        if (reply instanceof Reply.Array streams) {
          Reply.Array stream = (Reply.Array) streams.elements().getFirst();
          for (FeedEntry entry : FeedEntry.of(stream.elements().get(1))) {
            onDelivered(partition, entry);
            acknowledge(connection, partition, entry);
          }
        }
      }
      for (FeedEntry entry : there.getOrDefault(partition, List.of())) {
        String got = delivered.get(partition + " " + entry.id());
        if (!entry.all().equals(got)) {
          throw resumable.broken(
              "the group got " + got + " of " + partition + " where " + entry.all() + " is");
        }
      }
    }
  }
}

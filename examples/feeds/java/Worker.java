import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.XAutoClaimParams;
import redis.clients.jedis.params.XPendingParams;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.resps.StreamEntry;

/** Handles orders that were not paid in time, together with the other workers of its group. */
public class Worker {

  private static final Path LEDGER = Path.of("handled.txt");
  private static final int TAKE_OVER_MILLIS = 3000; // longer than ten orders take

  private final String name;
  private final RedisClient redis;

  private Worker(String name, RedisClient redis) {
    this.name = name;
    this.redis = redis;
  }

  private void handle(StreamEntry entry, long deliveries) throws IOException {
    // The work is a line that begins with the entry's id: whoever gets the entry again finds it.
    String id = entry.getID() + " ";
    List<String> lines = Files.exists(LEDGER) ? Files.readAllLines(LEDGER) : List.of();
    String outcome = lines.stream().anyMatch(line -> line.startsWith(id)) ? "again" : "done";
    Map<String, String> order = entry.getFields();
    String line =
        id + String.join(" ", outcome, name, "" + deliveries, order.get("key"), order.get("value"));
    Files.writeString(LEDGER, line + "\n", CREATE, APPEND);
    System.out.println(line);
  }

  private void work() throws IOException {
    // First what somebody else, or this worker before it died, was given and did not finish.
    List<StreamEntry> left =
        redis
            .xautoclaim(
                "orders",
                "billing",
                name,
                TAKE_OVER_MILLIS,
                new StreamEntryID(),
                XAutoClaimParams.xAutoClaimParams().count(10))
            .getValue();
    for (StreamEntry entry : left) {
      var one = XPendingParams.xPendingParams(entry.getID(), entry.getID(), 1);
      for (var pending : redis.xpending("orders", "billing", one)) {
        handle(entry, pending.getDeliveredTimes());
        redis.xack("orders", "billing", entry.getID());
      }
    }
    var streams =
        redis.xreadGroupAsMap(
            "billing",
            name,
            XReadGroupParams.xReadGroupParams().count(10).block(1000),
            Map.of("orders", StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
    for (StreamEntry entry : streams == null ? List.<StreamEntry>of() : streams.get("orders")) {
      handle(entry, 1);
      redis.xack("orders", "billing", entry.getID());
    }
  }

  public static void main(String[] arguments) throws Exception {
    String url = System.getenv().getOrDefault("CARILLON_URL", "redis://127.0.0.1:6379");
    Worker worker = new Worker(arguments[0], RedisClient.create(url));
    while (true) {
      try {
        worker.work();
      } catch (JedisException e) { // a lost connection is made anew by the next command
        System.err.println(e.getMessage());
        Thread.sleep(500);
      }
    }
  }
}

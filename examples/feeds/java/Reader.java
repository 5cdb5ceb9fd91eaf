import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.XReadParams;
import redis.clients.jedis.resps.StreamEntry;

/** Prints which orders were not paid in time, and goes on where it stopped. */
public class Reader {

  private static final Path POSITION = Path.of("position.txt"); // outlives this program
  private static final ProtocolCommand FEED = () -> "FEED".getBytes(StandardCharsets.UTF_8);

  public static void main(String[] arguments) throws Exception {
    String url = System.getenv().getOrDefault("CARILLON_URL", "redis://127.0.0.1:6379");
    RedisClient redis = RedisClient.create(url);
    Object feeds = redis.executeCommand(new CommandArguments(FEED).add("LIST"));
    if (!BuilderFactory.STRING_LIST.build(feeds).contains("orders")) {
      redis.executeCommand(
          new CommandArguments(FEED)
              .addObjects("CREATE", "orders", "EVENTS", "x", "MATCH", "order:*", "VALUES", 4096));
    }

    String last = Files.exists(POSITION) ? Files.readString(POSITION) : "0-0";
    System.out.println("orders, behind " + last);
    while (true) {
      try {
        var streams =
            redis.xreadAsMap(
                XReadParams.xReadParams().count(100).block(2000),
                Map.of("orders", new StreamEntryID(last)));
        for (StreamEntry entry : streams == null ? List.<StreamEntry>of() : streams.get("orders")) {
          Map<String, String> order = entry.getFields();
          System.out.printf(
              "%s %s %s %s%n",
              entry.getID(), order.get("event"), order.get("key"), order.get("value"));
          last = entry.getID().toString();
          Files.writeString(POSITION, last); // behind the work: rather twice than never
        }
      } catch (JedisException e) { // a lost connection is made anew by the next command
        System.err.println(e.getMessage());
        Thread.sleep(500);
      }
    }
  }
}

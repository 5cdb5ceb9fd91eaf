package documented;

import dev.carillon.listener.Carillon;
import java.net.URI;
import java.sql.Connection;
import java.time.Instant;
import javax.sql.DataSource;

/** What the Java of the documents speaks of and does not say: the application around it. */
public final class Context {

  public static Carillon carillon;
  public static DataSource dataSource;
  public static Orders orders;

  private Context() {}

  public interface Orders {
    void cancel(String id);

    void cancelWhatIsOverdue();
  }

  public static final class OrderTimeouts {
    public OrderTimeouts(Carillon carillon) {}
  }

  public static void cancel(String id) {}

  public static void cancel(Connection connection, String id) {}

  public static void cancelWhatIsOverdue(Instant until) {}

  public static void startWhatIsTested(URI redis) {}
}

package dev.carillon.listener.connect;

import dev.carillon.listener.ListenerException;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one {@code Carillon}: one for commands, shared, and one for each subscription.
 *
 * <p>Nothing connects again by itself here. Who owns a subscription has to know that its connection
 * was lost, since then events may be missing; a client that repairs it silently would hide that.
 *
 * <p>Any thread; methods wait, at most as long as the patience says.
 */
public final class Connections implements AutoCloseable {

  private final RedisURI uri;
  private final Duration patience;
  private final ClientResources resources;
  private final RedisClient client;

  /** For connections that hear; they share everything else. */
  private final RedisClient subscribers;

  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable StatefulRedisConnection<byte[], byte[]> commands;
  private volatile boolean closed;

  /** Connections to {@code uri}; none is made yet. */
  public Connections(RedisURI uri, Duration patience) {
    this.uri = uri;
    this.patience = patience;
    resources = ClientResources.create();
    client = RedisClient.create(resources, uri);
    subscribers =
        RedisClient.create(
            resources
                .mutate()
                .nettyCustomizer(
                    new NettyCustomizer() {
                      @Override
                      public void afterChannelInitialized(Channel channel) {
                        channel.pipeline().addFirst(new Skimmer());
                      }
                    })
                .build(),
            uri);
    ClientOptions options =
        ClientOptions.builder()
            .autoReconnect(false)
            .socketOptions(SocketOptions.builder().connectTimeout(patience).build())
            .timeoutOptions(TimeoutOptions.enabled(patience))
            .build();
    client.setOptions(options);
    subscribers.setOptions(options);
  }

  /** The database that the URI names. */
  public int database() {
    return uri.getDatabase();
  }

  /** How long an answer is waited for. */
  public Duration patience() {
    return patience;
  }

  /** Where the server is, for people. */
  public String place() {
    return uri.getSocket() != null ? uri.getSocket() : uri.getHost() + ":" + uri.getPort();
  }

  /** Connects for a subscription, which closes the connection. */
  public StatefulRedisPubSubConnection<byte[], byte[]> subscriber() {
    try {
      return subscribers.connectPubSub(ByteArrayCodec.INSTANCE);
    } catch (RedisException e) {
      throw unreachable(e);
    }
  }

  /** Connects for a reader that waits inside a command; it closes the connection. */
  public StatefulRedisConnection<byte[], byte[]> reader() {
    try {
      return client.connect(ByteArrayCodec.INSTANCE);
    } catch (RedisException e) {
      throw unreachable(e);
    }
  }

  /**
   * Asks the server something, on the shared connection, which is made again if it is broken.
   *
   * @throws io.lettuce.core.RedisCommandExecutionException if the server refuses
   * @throws ListenerException if there is no answer
   */
  public <T> T ask(
      Function<RedisAsyncCommands<byte[], byte[]>, ? extends CompletionStage<T>> request) {
    StatefulRedisConnection<byte[], byte[]> connection = commands();
    try {
      return answer(request.apply(connection.async()));
    } catch (ListenerException e) {
      // Whatever is wrong with it, nobody else should wait on it.
      connection.closeAsync();
      throw e;
    }
  }

  /** Waits for an answer, as long as the patience says. */
  public <T> T answer(CompletionStage<T> answer) {
    try {
      return answer.toCompletableFuture().get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | CompletionException e) {
      if (e.getCause() instanceof io.lettuce.core.RedisCommandExecutionException refused) {
        throw refused;
      }
      throw unreachable(e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      throw unreachable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ListenerException("interrupted while waiting for " + place(), e);
    }
  }

  private StatefulRedisConnection<byte[], byte[]> commands() {
    lock.lock();
    try {
      StatefulRedisConnection<byte[], byte[]> connection = commands;
      if (connection == null || !connection.isOpen()) {
        if (closed) {
          throw new ListenerException("this Carillon is closed");
        }
        if (connection != null) {
          connection.closeAsync();
        }
        connection = client.connect(ByteArrayCodec.INSTANCE);
        commands = connection;
      }
      return connection;
    } catch (RedisException e) {
      throw unreachable(e);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Tells {@code hearer} of the messages of the connection whose thread this is, and which reads
   * just now, instead of the listeners that it has.
   */
  public void hear(Hearer hearer) {
    Skimmer.hear(hearer);
  }

  /**
   * Runs {@code work} when what is read just now has been taken apart, on this thread, which is a
   * connection's.
   */
  public void atEndOfRead(Runnable work) {
    Skimmer.atEnd(work);
  }

  private ListenerException unreachable(Throwable cause) {
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String reason = root.getMessage() == null ? root.toString() : root.getMessage();
    return new ListenerException("no answer from " + place() + ": " + reason, cause);
  }

  /** Ends all connections, those of subscriptions too. */
  @Override
  public void close() {
    closed = true;
    subscribers.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    var unused = resources.shutdown(0, 2, TimeUnit.SECONDS);
  }
}

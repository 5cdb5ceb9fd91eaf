package dev.carillon.junit;

import dev.carillon.server.CarillonServer;
import dev.carillon.server.ManualClock;
import dev.carillon.server.ServerOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.AnnotatedElement;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * What stands behind {@link CarillonTest}; the annotation says what it does. It may be registered
 * without the annotation, and then starts servers with the defaults.
 */
public final class CarillonExtension implements ParameterResolver {

  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(CarillonExtension.class);

  /** What a parameter may be, and how it comes out of what the test has. */
  private static final Map<Class<?>, Function<Running, Object>> PARAMETERS =
      Map.of(
          URI.class, running -> running.server.uri(),
          CarillonServer.class, running -> running.server,
          ManualClock.class, running -> running.clock,
          TestEvents.class, running -> running.events,
          TestClient.class, running -> running.client);

  /** One server with what belongs to it. JUnit closes it with the test, or with the class. */
  private static final class Running implements AutoCloseable {

    final ManualClock clock = new ManualClock(System.currentTimeMillis());
    final CarillonServer server;
    final TestEvents events;
    final TestClient client;
    private final @Nullable Path directory;
    private @Nullable AutoCloseable listener;

    Running(@Nullable CarillonTest wanted) {
      ServerOptions options = ServerOptions.embedded().clock(clock);
      options.configure("notify-keyspace-events " + (wanted == null ? "KEA" : flags(wanted)));
      if (wanted != null) {
        options.configure(wanted.configuration());
      }
      directory = wanted != null && wanted.durable() ? newDirectory() : null;
      if (directory != null) {
        options.durable(directory);
      }
      server = CarillonServer.start(options);
      events = new TestEvents(server, clock);
      client = new TestClient(server.port());
    }

    private static String flags(CarillonTest wanted) {
      return wanted.notifications().isEmpty() ? "\"\"" : wanted.notifications();
    }

    private static Path newDirectory() {
      try {
        return Files.createTempDirectory("carillon-test");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Made for the first test that asks: it loads a client library. */
    synchronized AutoCloseable listener() {
      if (listener == null) {
        listener = ListenerParameter.connect(server.uri());
      }
      return listener;
    }

    @Override
    public void close() throws Exception {
      if (listener != null) {
        listener.close();
      }
      client.close();
      server.close();
      if (directory != null) {
        try (Stream<Path> files = Files.walk(directory)) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
    }
  }

  /** JUnit makes one for each class or method that is annotated. */
  public CarillonExtension() {}

  /** A constructor that runs for each test takes what belongs to that test. */
  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return PARAMETERS.containsKey(type) || ListenerParameter.is(type);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Running running =
        context
            .getStore(NAMESPACE)
            .computeIfAbsent(Running.class, key -> new Running(wanted(context)), Running.class);
    Class<?> type = parameter.getParameter().getType();
    return ListenerParameter.is(type)
        ? running.listener()
        : Objects.requireNonNull(PARAMETERS.get(type)).apply(running);
  }

  /** The annotation that is nearest: of the method, its class, or a class around that. */
  private static @Nullable CarillonTest wanted(ExtensionContext context) {
    for (Optional<ExtensionContext> at = Optional.of(context);
        at.isPresent();
        at = at.get().getParent()) {
      Optional<AnnotatedElement> element = at.get().getElement();
      Optional<CarillonTest> found = AnnotationSupport.findAnnotation(element, CarillonTest.class);
      if (found.isPresent()) {
        return found.get();
      }
    }
    return null;
  }
}

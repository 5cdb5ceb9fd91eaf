package dev.carillon.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives each test a Carillon server of its own, inside the JVM: at a free port of the loopback
 * address, empty, with a clock that stands still until the test moves it. The server starts when a
 * test first asks for one of these parameters, and ends with the test:
 *
 * <ul>
 *   <li>{@code URI}: where clients connect to
 *   <li>{@link TestClient}: sends commands
 *   <li>{@link dev.carillon.server.ManualClock}: lets time pass, so that keys expire now
 *   <li>{@link TestEvents}: what happened to keys
 *   <li>{@link dev.carillon.server.CarillonServer}: the server, for instance to drop connections
 *   <li>{@code dev.carillon.listener.Carillon}: listens to it, where {@code carillon-listener} is
 *       on the class path
 * </ul>
 *
 * <pre>{@code
 * @CarillonTest
 * class OrdersTest {
 *   @Test
 *   void anUnpaidOrderTimesOut(TestClient client, ManualClock clock, TestEvents events) {
 *     client.call("SET", "order:42", "unpaid", "EX", "1800");
 *     clock.advance(Duration.ofMinutes(30));
 *     events.await(expired("order:42"));
 *   }
 * }
 * }</pre>
 *
 * <p>Tests may run in parallel: no two of them share anything. A parameter of {@code @BeforeEach}
 * belongs to the test that follows; one of {@code @BeforeAll}, or of the constructor of a class
 * with one instance, makes one server for all tests of the class.
 *
 * <p>On a method it applies to that method only, on top of what its class says.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(CarillonExtension.class)
public @interface CarillonTest {

  /**
   * The value of {@code notify-keyspace-events} to start with. All events on both kinds of channels
   * unless said otherwise; give the value of production where the test is to find out whether that
   * suffices. {@link TestEvents} hears everything in any case.
   */
  String notifications() default "KEA";

  /** Lines of redis.conf to start with, such as {@code "maxmemory 10mb"}. */
  String[] configuration() default {};

  /**
   * Whether the server keeps a journal, in a directory that is removed with the test. Then durable
   * feeds are possible, and groups of a listener need not ask for volatile ones; each event of a
   * feed costs a sync of the disk.
   */
  boolean durable() default false;
}

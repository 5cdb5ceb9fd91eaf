package dev.carillon.conformance;

import dev.carillon.conformance.Case.Announcement;
import dev.carillon.conformance.Case.Ask;
import dev.carillon.conformance.Case.Await;
import dev.carillon.conformance.Case.Close;
import dev.carillon.conformance.Case.Protocol;
import dev.carillon.conformance.Case.Received;
import dev.carillon.conformance.Case.Sleep;
import dev.carillon.conformance.Case.Step;
import dev.carillon.conformance.Target.Client;
import dev.carillon.conformance.Target.World;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs cases against a target and says, in words, where it differs.
 *
 * <p>A hidden client observes the keyevent channels (or those that the case names). A step ends
 * when its replies have come and a mark, published behind it by another hidden client, has reached
 * the observer: what the observer received before the mark are the step's events.
 */
final class Runner {

  /** Whom the clients of a case talk like. */
  enum Speech {
    /** In RESP2, unless the case says otherwise. */
    AS_WRITTEN,
    /** Everybody in RESP3. */
    ALL_RESP3
  }

  private static final Bytes MARK_CHANNEL = Bytes.of("__keyevent@mark__:");
  private static final Bytes MARK_PATTERN = Bytes.of("__keyevent@mark__:*");
  private static final Bytes ALL_EVENTS = Bytes.of("__keyevent@*__:*");
  private static final Pattern EVENT_CHANNEL =
      Pattern.compile("__keyevent@(\\d+)__:(.*)", Pattern.DOTALL);
  private static final Pattern PLACE = Pattern.compile("\\$\\{(\\w+)([+-]\\d+)?}");

  private final Target target;
  private final Speech speech;

  Runner(Target target, Speech speech) {
    this.target = target;
    this.speech = speech;
  }

  /** Whether a case means something in this speech. */
  boolean isFor(Case one) {
    return speech == Speech.AS_WRITTEN || one.settings().protocol() != Protocol.RESP2;
  }

  /** Runs a case; empty if all is as it says, else what is not. */
  Optional<String> run(Case one) {
    try (World world = target.open(one)) {
      return new Run(one, world).run();
    } catch (Interruption e) {
      return Optional.of(one.place() + "\n  stopped: " + e.getMessage());
    }
  }

  /** The case cannot go on. */
  static final class Interruption extends RuntimeException {
    Interruption(String message) {
      super(message);
    }

    Interruption(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** One case in one world. */
  private final class Run {

    private final Case one;
    private final World world;
    private final Client marker;
    private final Client observer;
    private final Map<String, Client> clients = new TreeMap<>();
    private final Map<String, Bytes> kept = new HashMap<>();
    private List<Announcement> announced = new ArrayList<>();
    private int marks;

    Run(Case one, World world) {
      this.one = one;
      this.world = world;
      marker = world.connect();
      observer = world.connect();
    }

    Optional<String> run() {
      observe();
      for (Step step : one.steps()) {
        Map<String, List<Reply>> received = new TreeMap<>();
        perform(step);
        if (step.isSilent()) {
          continue;
        }
        Optional<String> difference;
        try {
          collect(step, received);
          difference = compare(step, received);
        } catch (Interruption e) {
          difference = Optional.of("\n  stopped: " + e.getMessage());
        }
        if (difference.isPresent()) {
          return Optional.of(
              one.place() + "\n  line " + step.line() + ": " + step.text() + difference.get());
        }
        keep(step, received);
      }
      return world.verify().map(problem -> one.place() + "\n  afterwards: " + problem);
    }

    // ----------------------------------------------------------------------------------- clients

    private void observe() {
      List<Bytes> request = new ArrayList<>();
      request.add(Bytes.of("PSUBSCRIBE"));
      if (one.settings().observed().isEmpty()) {
        request.add(ALL_EVENTS);
      } else {
        request.addAll(one.settings().observed());
        request.add(MARK_PATTERN);
      }
      observer.send(request);
      for (int i = 1; i < request.size(); i++) {
        await(observer, "the observer's PSUBSCRIBE");
      }
    }

    private Client client(String name) {
      Client client = clients.get(name);
      if (client == null) {
        client = world.connect();
        clients.put(name, client);
        if (speaksResp3(name)) {
          client.send(Notation.words("HELLO 3"));
          if (await(client, "HELLO 3") instanceof Reply.Failure(Bytes text)) {
            throw new Interruption("HELLO 3 was answered with " + text);
          }
        }
        if (name.equals("A") && one.settings().db() != 0) {
          client.send(Notation.words("SELECT " + one.settings().db()));
          await(client, "SELECT");
        }
      }
      return client;
    }

    private boolean speaksResp3(String name) {
      return speech == Speech.ALL_RESP3 || isWrittenForResp3(name);
    }

    private boolean isWrittenForResp3(String name) {
      return name.equals("A") && one.settings().protocol() == Protocol.RESP3;
    }

    private static Reply await(Client client, String what) {
      Reply reply = client.receive(true);
      if (reply == null) {
        throw new Interruption("no reply to " + what);
      }
      return reply;
    }

    // ------------------------------------------------------------------------------------- steps

    private void perform(Step step) {
      switch (step.action()) {
        case Ask(String client, String request, boolean awaited) -> {
          Client sender = client(client);
          List<Bytes> words = Notation.words(filledIn(request));
          if (awaited) {
            sender.send(words);
          } else {
            world.settle(() -> sender.send(words));
          }
        }
        case Sleep(long millis) -> world.pass(millis);
        case Await(int count, long millis) -> {
          long end = world.nowMillis() + millis;
          mark();
          while (announced.size() < count && world.nowMillis() < end) {
            world.pass(world.tickMillis());
            mark();
          }
        }
        case Close(String client) -> {
          world.settle(Objects.requireNonNull(clients.remove(client), "no such client")::close);
        }
      }
    }

    private String filledIn(String request) {
      return PLACE
          .matcher(request)
          .replaceAll(place -> Matcher.quoteReplacement(value(place.group(1), place.group(2))));
    }

    private String value(String name, @Nullable String difference) {
      long millis = world.nowMillis();
      long shift = difference == null ? 0 : Long.parseLong(difference);
      return switch (name) {
        case "now" -> Long.toString(millis / 1000 + shift);
        case "nowms" -> Long.toString(millis + shift);
        default -> Notation.quote(Objects.requireNonNull(kept.get(name), "nothing is kept so"));
      };
    }

    private void keep(Step step, Map<String, List<Reply>> received) {
      step.keep()
          .ifPresent(
              name -> {
                String client = step.action() instanceof Ask ask ? ask.client() : "A";
                kept.put(
                    name,
                    switch (received.get(client).get(0)) {
                      case Reply.Bulk(Bytes text) -> text;
                      case Reply.Simple(Bytes text) -> text;
                      case Reply.Verbatim(String format, Bytes text) -> text;
                      case Reply.Int(long number) -> Bytes.of(Long.toString(number));
                      case Reply other ->
                          throw new Interruption("cannot keep " + Notation.show(other));
                    });
              });
    }

    // ---------------------------------------------------------------------------------- receiving

    private void collect(Step step, Map<String, List<Reply>> received) {
      for (Received expected : step.replies()) {
        receive(expected.client(), client(expected.client()), true, received);
      }
      mark();
      clients.forEach(
          (name, client) -> {
            while (receive(name, client, false, received)) {
              // There may be more than the case expects.
            }
          });
    }

    private boolean receive(
        String name, Client client, boolean patient, Map<String, List<Reply>> received) {
      Reply reply = client.receive(patient);
      while (reply != null && isMark(reply)) {
        reply = client.receive(patient);
      }
      if (reply != null) {
        received.computeIfAbsent(name, unused -> new ArrayList<>()).add(reply);
      }
      return reply != null;
    }

    /** Waits until the observer has received all that has been published so far. */
    private void mark() {
      Bytes mark = Bytes.of(Integer.toString(++marks));
      marker.send(List.of(Bytes.of("PUBLISH"), MARK_CHANNEL, mark));
      await(marker, "PUBLISH");
      while (true) {
        List<Reply> message = elements(await(observer, "the mark of the end of a step"));
        if (message.size() != 4) {
          throw new Interruption("the observer received something that is no message");
        }
        Bytes channel = text(message.get(2));
        Bytes payload = text(message.get(3));
        if (!channel.equals(MARK_CHANNEL)) {
          announced.add(announcement(channel, payload));
        } else if (payload.equals(mark)) {
          return;
        }
        // An older mark comes again where a pattern of the case matches marks too.
      }
    }

    private Announcement announcement(Bytes channel, Bytes payload) {
      Matcher event = EVENT_CHANNEL.matcher(channel.toLatin1());
      return one.settings().observed().isEmpty() && event.matches()
          ? new Announcement.Event(Notation.bytes(event.group(2)), payload, event.group(1))
          : new Announcement.Message(channel, payload);
    }

    // ---------------------------------------------------------------------------------- comparing

    private Optional<String> compare(Step step, Map<String, List<Reply>> received) {
      Map<String, List<Expectation>> expected = new TreeMap<>();
      for (Received reply : step.replies()) {
        expected
            .computeIfAbsent(reply.client(), unused -> new ArrayList<>())
            .add(reply.expectation());
      }
      TreeSet<String> names = new TreeSet<>(expected.keySet());
      names.addAll(received.keySet());
      for (String name : names) {
        List<Expectation> wanted = expected.getOrDefault(name, List.of());
        List<Reply> got = received.getOrDefault(name, List.of());
        if (!isMet(name, wanted, got)) {
          return Optional.of(
              "\n    expected by "
                  + name
                  + ":  "
                  + (wanted.isEmpty()
                      ? "nothing"
                      : wanted.stream().map(Expectation::text).collect(Collectors.joining(" | ")))
                  + "\n    received by "
                  + name
                  + ":  "
                  + Notation.show(got));
        }
      }
      List<Announcement> wanted = step.announcements();
      List<Announcement> got = announced;
      announced = new ArrayList<>();
      boolean same =
          step.inAnyOrder()
              ? Expectation.isSameBag(wanted, got, Announcement::equals)
              : wanted.equals(got);
      return same
          ? Optional.empty()
          : Optional.of(
              "\n    expected events: " + show(wanted) + "\n    received events: " + show(got));
    }

    private boolean isMet(String name, List<Expectation> wanted, List<Reply> got) {
      boolean translated = speaksResp3(name) && !isWrittenForResp3(name);
      if (wanted.size() != got.size()) {
        return false;
      }
      for (int i = 0; i < got.size(); i++) {
        Expectation expectation = wanted.get(i);
        Reply reply = got.get(i);
        if (!(translated ? expectation.isMetInResp3By(reply) : expectation.isMetBy(reply))) {
          return false;
        }
      }
      return true;
    }
  }

  private static String show(List<Announcement> announcements) {
    return announcements.isEmpty()
        ? "none"
        : announcements.stream().map(Announcement::toString).collect(Collectors.joining(", "));
  }

  /** Clients may hear marks too, by a pattern or by MONITOR; nothing is said of that. */
  private static boolean isMark(Reply reply) {
    if (reply instanceof Reply.Simple(Bytes line)) {
      return line.toLatin1().contains('"' + MARK_CHANNEL.toLatin1() + '"');
    }
    List<Reply> elements = elements(reply);
    return elements.size() >= 3
        && text(elements.get(0)).toLatin1().endsWith("message")
        && text(elements.get(elements.size() - 2)).equals(MARK_CHANNEL);
  }

  private static List<Reply> elements(Reply reply) {
    return switch (reply) {
      case Reply.Array(List<Reply> elements) -> elements;
      case Reply.Push(List<Reply> elements) -> elements;
      default -> List.of();
    };
  }

  private static Bytes text(Reply reply) {
    return reply instanceof Reply.Bulk(Bytes text) ? text : Bytes.EMPTY;
  }
}

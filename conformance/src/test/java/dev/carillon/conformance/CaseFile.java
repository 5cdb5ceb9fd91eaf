package dev.carillon.conformance;

import dev.carillon.conformance.Case.Action;
import dev.carillon.conformance.Case.Announcement;
import dev.carillon.conformance.Case.Ask;
import dev.carillon.conformance.Case.Await;
import dev.carillon.conformance.Case.Close;
import dev.carillon.conformance.Case.Protocol;
import dev.carillon.conformance.Case.Received;
import dev.carillon.conformance.Case.Settings;
import dev.carillon.conformance.Case.Sleep;
import dev.carillon.conformance.Case.Step;
import dev.carillon.protocol.bytes.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads case files; the README of this module describes their notation. */
final class CaseFile {

  private static final Pattern REQUEST = Pattern.compile("([A-Z]?)([>&]) (.*)");
  private static final Pattern REPLY = Pattern.compile("([A-Z]?)<(~2?)? (.*)");
  private static final Pattern EVENTS = Pattern.compile("(!!?)(~?) (.*)");
  private static final Pattern DATABASE = Pattern.compile(" @(\\d+)");

  private final String name;
  private final List<Case> cases = new ArrayList<>();
  private int lineNumber;
  private @Nullable Draft draft;

  private CaseFile(String name) {
    this.name = name;
  }

  /** A case that is being read. */
  private static final class Draft {
    final String title;
    final int line;
    String flags = "KEAmn";
    Protocol protocol = Protocol.ANY;
    int db;
    boolean sweep = true;
    List<Bytes> observed = List.of();
    Version since = Version.NONE;
    final List<StepDraft> steps = new ArrayList<>();

    Draft(String title, int line) {
      this.title = title;
      this.line = line;
    }
  }

  private static final class StepDraft {
    final int line;
    final String text;
    final Action action;
    final List<Received> replies = new ArrayList<>();
    final List<Announcement> announcements = new ArrayList<>();
    boolean inAnyOrder;
    Optional<String> keep = Optional.empty();

    StepDraft(int line, String text, Action action) {
      this.line = line;
      this.text = text;
      this.action = action;
    }
  }

  /** All cases of this module, file by file. */
  static List<Case> all() {
    List<Case> all = new ArrayList<>();
    Map<String, Case> byTitle = new HashMap<>();
    for (Path file : files()) {
      for (Case one : read(file)) {
        Case namesake = byTitle.put(one.title(), one);
        if (namesake != null) {
          throw new IllegalStateException(
              "two cases have one title: " + namesake.place() + " and " + one.place());
        }
        all.add(one);
      }
    }
    return all;
  }

  private static List<Path> files() {
    try (Stream<Path> tree =
        Files.walk(Path.of(Objects.requireNonNull(CaseFile.class.getResource("/cases")).toURI()))) {
      return tree.filter(file -> file.toString().endsWith(".cases")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Case> read(Path file) {
    try {
      // A char is a byte: requests and replies may hold any.
      return parse(
          file.getFileName().toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The cases of a text.
   *
   * @throws IllegalArgumentException if a line cannot be read; the message names it
   */
  static List<Case> parse(String name, String text) {
    CaseFile file = new CaseFile(name);
    for (String line : text.split("\n", -1)) {
      file.lineNumber++;
      try {
        file.line(line.stripTrailing());
      } catch (RuntimeException e) {
        throw new IllegalArgumentException(
            name + ":" + file.lineNumber + ": " + e.getMessage() + "  [" + line + "]", e);
      }
    }
    file.finish();
    return file.cases;
  }

  // --------------------------------------------------------------------------------------- lines

  private void line(String line) {
    if (line.isEmpty() || line.startsWith("## ")) {
      return;
    }
    if (line.startsWith("# ")) {
      finish();
      draft = new Draft(line.substring(2), lineNumber);
    } else if (line.startsWith("@ ")) {
      setting(line.substring(2));
    } else if (line.startsWith("% ")) {
      begin(line, local(line.substring(2)));
    } else if (line.startsWith("= ")) {
      step().keep = Optional.of(line.substring(2));
    } else {
      Matcher request = REQUEST.matcher(line);
      Matcher reply = REPLY.matcher(line);
      Matcher events = EVENTS.matcher(line);
      if (request.matches()) {
        boolean awaited = request.group(2).equals(">");
        begin(line, new Ask(client(request.group(1)), request.group(3), awaited));
      } else if (reply.matches()) {
        reply(reply);
      } else if (events.matches()) {
        events(events);
      } else {
        throw new IllegalArgumentException("no line begins so");
      }
    }
  }

  private static String client(String letter) {
    return letter.isEmpty() ? "A" : letter;
  }

  private Draft draft() {
    if (draft == null) {
      throw new IllegalArgumentException("there is no title before this");
    }
    return draft;
  }

  private StepDraft step() {
    if (draft().steps.isEmpty()) {
      throw new IllegalArgumentException("there is no step before this");
    }
    return draft().steps.get(draft().steps.size() - 1);
  }

  private void begin(String line, Action action) {
    draft().steps.add(new StepDraft(lineNumber, line, action));
  }

  private void setting(String setting) {
    Draft current = draft();
    if (!current.steps.isEmpty()) {
      throw new IllegalArgumentException("settings come before the first step");
    }
    int space = setting.indexOf(' ');
    String value = setting.substring(space + 1).strip();
    switch (setting.substring(0, Math.max(0, space))) {
      case "flags" -> current.flags = value.equals("\"\"") ? "" : value;
      case "protocol" ->
          current.protocol =
              switch (value) {
                case "2" -> Protocol.RESP2;
                case "3" -> Protocol.RESP3;
                default -> throw new IllegalArgumentException("a protocol is 2 or 3");
              };
      case "db" -> current.db = Integer.parseInt(value);
      case "sweep" -> {
        if (!value.equals("off")) {
          throw new IllegalArgumentException("only off has to be said");
        }
        current.sweep = false;
      }
      case "since" -> current.since = Version.parse(value);
      case "observe" -> current.observed = Notation.words(value);
      default -> throw new IllegalArgumentException("no setting is called so");
    }
  }

  private static Action local(String text) {
    String[] words = text.split(" ");
    return switch (words[0]) {
      case "sleep" -> new Sleep(Long.parseLong(words[1]));
      case "await" -> new Await(Integer.parseInt(words[1]), Long.parseLong(words[2]));
      case "close" -> new Close(words[1]);
      default -> throw new IllegalArgumentException("neither sleep, await nor close");
    };
  }

  private void reply(Matcher reply) {
    String group = reply.group(2);
    String client = reply.group(1);
    if (client.isEmpty()) {
      client = step().action instanceof Ask ask ? ask.client() : "A";
    }
    step()
        .replies
        .add(
            new Received(
                client,
                Expectation.parse(reply.group(3), group == null ? 0 : group.equals("~") ? 1 : 2)));
  }

  private void events(Matcher events) {
    boolean isMessage = events.group(1).equals("!!");
    if (isMessage == draft().observed.isEmpty()) {
      throw new IllegalArgumentException("!! is for cases that observe channels, ! for others");
    }
    StepDraft current = step();
    current.inAnyOrder |= !events.group(2).isEmpty();
    Notation.Reader reader = new Notation.Reader(events.group(3));
    do {
      Bytes first = wordOfEvent(reader);
      Bytes second = wordOfEvent(reader);
      if (isMessage) {
        current.announcements.add(new Announcement.Message(first, second));
      } else {
        current.announcements.add(new Announcement.Event(first, second, database(reader)));
      }
    } while (reader.skip(","));
    if (!reader.isAtEnd()) {
      throw new IllegalArgumentException("this is no event: " + reader.rest());
    }
  }

  private static Bytes wordOfEvent(Notation.Reader reader) {
    reader.skipSpaces();
    if (reader.isAtEnd() || reader.peek() == ',') {
      throw new IllegalArgumentException("an event has a name and a key");
    }
    return reader.word(",");
  }

  private static String database(Notation.Reader reader) {
    Matcher database = DATABASE.matcher(reader.rest());
    if (!database.lookingAt()) {
      return "0";
    }
    reader.skip(database.group());
    return database.group(1);
  }

  private void finish() {
    if (draft == null) {
      return;
    }
    Settings settings =
        new Settings(
            draft.flags, draft.protocol, draft.db, draft.sweep, draft.observed, draft.since);
    List<Step> steps = new ArrayList<>();
    for (StepDraft step : draft.steps) {
      if (step.action instanceof Ask ask
          && ask.awaited()
          && step.replies.stream().noneMatch(reply -> reply.client().equals(ask.client()))) {
        throw new IllegalArgumentException(
            name + ":" + step.line + ": a request that is awaited has a reply");
      }
      steps.add(
          new Step(
              step.line,
              step.text,
              step.action,
              List.copyOf(step.replies),
              List.copyOf(step.announcements),
              step.inAnyOrder,
              step.keep));
    }
    if (steps.isEmpty()) {
      throw new IllegalArgumentException(name + ":" + draft.line + ": a case has steps");
    }
    cases.add(new Case(name, draft.line, draft.title, settings, List.copyOf(steps)));
    draft = null;
  }
}

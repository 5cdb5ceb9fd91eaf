package dev.carillon.conformance.differential;

import dev.carillon.conformance.Notation;
import dev.carillon.conformance.Version;
import dev.carillon.protocol.bytes.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;

/**
 * The requests that may be made, from {@code grammar.txt}; the head of that file describes its
 * notation. A new family of commands is a new section there.
 */
record Grammar(List<Section> sections) {

  /** Rows that belong together. */
  record Section(String name, List<Row> rows) {}

  /**
   * A kind of request.
   *
   * @param weight how often it is made, in proportion to others
   * @param exact whether it is dangerous to make it otherwise than it is written
   * @param since the version of Redis that knows such requests first
   */
  record Row(int weight, boolean exact, Version since, Part request) {

    /** A request of this kind. */
    List<Bytes> words(Vocabulary vocabulary, Random random) {
      List<Bytes> words = new ArrayList<>();
      request.addTo(words, vocabulary, random);
      return words;
    }
  }

  /** A part of a request. */
  sealed interface Part {

    /** Appends the part's words to a request, chosen at random where there is a choice. */
    void addTo(List<Bytes> words, Vocabulary vocabulary, Random random);
  }

  private record Literal(Bytes word) implements Part {
    @Override
    public void addTo(List<Bytes> words, Vocabulary vocabulary, Random random) {
      words.add(word);
    }
  }

  private record Place(String name) implements Part {
    @Override
    public void addTo(List<Bytes> words, Vocabulary vocabulary, Random random) {
      words.add(vocabulary.word(name));
    }
  }

  private record Sequence(List<Part> parts) implements Part {
    @Override
    public void addTo(List<Bytes> words, Vocabulary vocabulary, Random random) {
      parts.forEach(part -> part.addTo(words, vocabulary, random));
    }
  }

  private record OneOf(List<Part> parts) implements Part {
    @Override
    public void addTo(List<Bytes> words, Vocabulary vocabulary, Random random) {
      parts.get(random.nextInt(parts.size())).addTo(words, vocabulary, random);
    }
  }

  private record Maybe(Part part) implements Part {
    private static final double CHANCE = 0.4;

    @Override
    public void addTo(List<Bytes> words, Vocabulary vocabulary, Random random) {
      if (random.nextDouble() < CHANCE) {
        part.addTo(words, vocabulary, random);
      }
    }
  }

  private record SomeOf(List<Part> parts) implements Part {
    private static final double CHANCE = 0.3;

    @Override
    public void addTo(List<Bytes> words, Vocabulary vocabulary, Random random) {
      List<Part> shuffled = new ArrayList<>(parts);
      Collections.shuffle(shuffled, random);
      for (Part part : shuffled) {
        if (random.nextDouble() < CHANCE) {
          part.addTo(words, vocabulary, random);
        }
      }
    }
  }

  private record Repeated(Part part) implements Part {
    private static final int TIMES_MAX = 4;

    @Override
    public void addTo(List<Bytes> words, Vocabulary vocabulary, Random random) {
      for (int i = random.nextInt(TIMES_MAX); i >= 0; i--) {
        part.addTo(words, vocabulary, random);
      }
    }
  }

  /** The grammar of the file. */
  static Grammar read() {
    try (InputStream file =
        Objects.requireNonNull(Grammar.class.getResourceAsStream("/differential/grammar.txt"))) {
      return parse(new String(file.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The grammar of a text such as the file has. */
  static Grammar parse(String text) {
    List<Section> sections = new ArrayList<>();
    for (String line : text.lines().map(String::strip).toList()) {
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      if (line.startsWith("== ")) {
        sections.add(new Section(line.substring(3), new ArrayList<>()));
      } else if (sections.isEmpty()) {
        throw new IllegalStateException("a row outside a section: " + line);
      } else {
        sections.getLast().rows().add(new Parser(line).row());
      }
    }
    return new Grammar(sections);
  }

  /**
   * These sections alone.
   *
   * @throws IllegalArgumentException if there is none of one of these names
   */
  Grammar only(Collection<String> names) {
    List<Section> some =
        sections.stream().filter(section -> names.contains(section.name())).toList();
    if (some.size() != names.size()) {
      throw new IllegalArgumentException(
          "no such sections: "
              + names
              + "; there are "
              + sections.stream().map(Section::name).toList());
    }
    return new Grammar(some);
  }

  private static final class Parser {
    private static final Set<String> ENDS = Set.of(")", "]", "}", "|");

    private final String line;
    private final String[] tokens;
    private int at;

    Parser(String line) {
      this.line = line;
      tokens = line.split("\\s+", -1);
    }

    Row row() {
      String[] head = tokens[at++].split("@", 2);
      String weight = head[0];
      boolean exact = weight.endsWith("!");
      Part request = sequence();
      if (at < tokens.length) {
        throw new IllegalStateException("unexpected " + tokens[at] + " in: " + line);
      }
      return new Row(
          Integer.parseInt(exact ? weight.substring(0, weight.length() - 1) : weight),
          exact,
          head.length > 1 ? Version.parse(head[1]) : Version.NONE,
          request);
    }

    private Part sequence() {
      List<Part> parts = new ArrayList<>();
      while (at < tokens.length && !ENDS.contains(tokens[at])) {
        Part part = part();
        if (at < tokens.length && tokens[at].equals("...")) {
          at++;
          part = new Repeated(part);
        }
        parts.add(part);
      }
      return parts.size() == 1 ? parts.getFirst() : new Sequence(parts);
    }

    private Part part() {
      String token = tokens[at++];
      return switch (token) {
        case "(" -> group(")", OneOf::new);
        case "{" -> group("}", SomeOf::new);
        case "[" -> new Maybe(group("]", OneOf::new));
        default ->
            token.startsWith("<") && token.endsWith(">")
                ? new Place(token.substring(1, token.length() - 1))
                : new Literal(Notation.words(token).getFirst());
      };
    }

    private Part group(String end, Function<List<Part>, Part> kind) {
      List<Part> parts = new ArrayList<>();
      parts.add(sequence());
      while (at < tokens.length && tokens[at].equals("|")) {
        at++;
        parts.add(sequence());
      }
      if (at == tokens.length || !tokens[at++].equals(end)) {
        throw new IllegalStateException("expected " + end + " in: " + line);
      }
      return kind.apply(parts);
    }
  }
}

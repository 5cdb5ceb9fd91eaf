package dev.carillon.conformance.differential;

import dev.carillon.conformance.Notation;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Compares what two sides keep: their keys, with type, deadline, encoding and value. */
final class Inspection {

  private static final int DATABASES = 16;
  private static final Bytes KEY = Bytes.of("${key}");
  private static final List<String> QUESTIONS =
      List.of("TYPE ${key}", "PEXPIRETIME ${key}", "OBJECT ENCODING ${key}");

  /** What to ask for all that a key holds, by what TYPE says of it. */
  private static final Map<String, String> CONTENTS =
      Map.of(
          "+string", "GET ${key}",
          "+list", "LRANGE ${key} 0 -1",
          "+set", "SMEMBERS ${key}",
          "+hash", "HGETALL ${key}",
          "+zset", "ZRANGE ${key} 0 -1 WITHSCORES",
          "+stream", "XINFO STREAM ${key} FULL COUNT 0");

  /** Asks both sides and waits for all replies. */
  interface Asking {
    /** The replies to some requests, made by the inspecting client of each side. */
    Answers ask(List<List<Bytes>> requests);
  }

  /** What each side replied. */
  record Answers(List<Frame> ours, List<Frame> theirs) {}

  private final Asking both;
  private final Judge judge;
  private final List<String> differences = new ArrayList<>();
  private String kind = "";

  Inspection(Asking both, Judge judge) {
    this.both = both;
    this.judge = judge;
  }

  /**
   * The first thing that is kept differently.
   *
   * @param end the number of steps of the script
   */
  Optional<Finding> compare(int end) {
    List<List<Bytes>> sizes = new ArrayList<>();
    for (int db = 0; db < DATABASES; db++) {
      sizes.add(Notation.words("SELECT " + db));
      sizes.add(Notation.words("DBSIZE"));
    }
    List<Frame> counts = ask(sizes, "");
    for (int db = 0; db < DATABASES && differences.isEmpty(); db++) {
      if (!counts.get(2 * db + 1).wire().equals(":0\r\n")) {
        compareDatabase(db);
      }
    }
    return differences.stream().findFirst().map(text -> new Finding("state by " + kind, end, text));
  }

  private void compareDatabase(int db) {
    String place = " in database " + db;
    List<Frame> listed =
        ask(List.of(Notation.words("SELECT " + db), Notation.words("KEYS *")), place);
    if (!(listed.get(1).reply() instanceof Reply.Array(List<Reply> keys))) {
      throw new IllegalStateException("KEYS * was answered with " + listed.get(1));
    }
    List<List<Bytes>> questions = new ArrayList<>();
    keys.forEach(key -> QUESTIONS.forEach(question -> questions.add(about(key, question))));
    List<Frame> answers = ask(questions, place);
    questions.clear();
    for (int i = 0; i < keys.size(); i++) {
      String question = CONTENTS.get(answers.get(QUESTIONS.size() * i).wire().strip());
      if (question != null) {
        questions.add(about(keys.get(i), question));
      }
    }
    ask(questions, place);
  }

  private static List<Bytes> about(Reply key, String question) {
    List<Bytes> words = new ArrayList<>(Notation.words(question));
    words.replaceAll(word -> word.equals(KEY) ? ((Reply.Bulk) key).text() : word);
    return words;
  }

  /** Our answers; where theirs are others, that is a difference. */
  private List<Frame> ask(List<List<Bytes>> requests, String place) {
    Answers answers = both.ask(requests);
    for (int i = 0; i < requests.size() && differences.isEmpty(); i++) {
      List<Bytes> request = requests.get(i);
      Frame our = answers.ours().get(i);
      List<Frame> their =
          i < answers.theirs().size() ? List.of(answers.theirs().get(i)) : List.of();
      if (their.isEmpty() || !judge.agree(request, List.of(), our, their.getFirst())) {
        kind = Script.command(request);
        differences.add(
            Finding.difference(
                "afterwards" + place + ": " + Script.show(request), List.of(our), their));
      }
    }
    return answers.ours();
  }
}

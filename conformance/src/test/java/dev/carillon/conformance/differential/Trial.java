package dev.carillon.conformance.differential;

import dev.carillon.conformance.Notation;
import dev.carillon.conformance.differential.Script.Step;
import dev.carillon.conformance.differential.Side.Link;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.resp.Reply;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Holds one conversation with two servers at once and compares, request by request, what the client
 * is answered, what every other client and an observer of all key events hears, and who is
 * disconnected; and at the end, what is kept.
 *
 * <p>Words that are not the same on both sides: <code>${id B}</code> is the number of client B's
 * connection; <code>${dump}</code> the last payload that a DUMP of the <em>other</em> side
 * answered, so that each restores what the other wrote; with <code>${walk}</code> as its cursor a
 * SCAN is repeated until the walk is over, and all keys it named are compared. Behind each request
 * INFO is asked by how much its {@link Counters} grew.
 */
final class Trial {

  /** Event loops of the other side that are waited for before something counts as missing. */
  private static final int PATIENCE = 40;

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final int WALK_STEPS_MAX = 10_000;
  private static final int TRACE_LINES = 8;
  private static final char OBSERVER = '*';
  private static final Bytes WALK = Bytes.of("${walk}");
  private static final Bytes DUMP = Bytes.of("${dump}");
  private static final String ID_PREFIX = "${id ";

  /** Counting begins anew. */
  private static final Pattern FORGETTING = Pattern.compile("(?i)\\bCONFIG RESETSTAT\\b");

  private final Side ours;
  private final Side theirs;
  private final Explanations explanations;
  private long steps;

  Trial(Side ours, Side theirs, Explanations explanations) {
    this.ours = ours;
    this.theirs = theirs;
    this.explanations = explanations;
  }

  /** How many steps were compared, in all scripts: where one stops early, no more than those. */
  long steps() {
    return steps;
  }

  /** Runs a script on empty servers; says what differs, if anything does. */
  Optional<Finding> run(Script script) {
    ours.begin();
    theirs.begin();
    try {
      new Conversation().hold(script);
      return Optional.empty();
    } catch (Difference difference) {
      return Optional.of(difference.finding);
    }
  }

  /** Ends the conversation. */
  private static final class Difference extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Finding finding;

    Difference(Finding finding) {
      super(finding.text());
      this.finding = finding;
    }

    Difference(String kind, int step, String text) {
      this(new Finding(kind, step, text));
    }
  }

  private final class Conversation {

    private Counters ourCounters = Counters.none();
    private Counters theirCounters = ourCounters;
    private final Judge judge = new Judge(explanations, theirs.version());
    private final Party inspector = connect('-');
    private final Map<Character, Party> parties = new TreeMap<>();
    private Bytes ourDump = Bytes.of("no payload");
    private Bytes theirDump = ourDump;
    private int index;

    void hold(Script script) throws Difference {
      Party observer = connect(OBSERVER);
      parties.put(OBSERVER, observer);
      ask(observer, List.of(Notation.words("PSUBSCRIBE __key*__:*")));
      ourCounters = ours.counters();
      theirCounters = theirs.counters();
      for (index = 0; index < script.steps().size() && !judge.isStopped(); index++) {
        step(script.steps().get(index));
        steps++;
      }
      if (!judge.isStopped()) {
        Optional<Finding> finding =
            new Inspection(requests -> ask(inspector, requests), judge).compare(index);
        if (finding.isPresent()) {
          throw new Difference(finding.get());
        }
      }
    }

    private Party connect(char name) {
      Party party = new Party(name, ours.connect(), theirs.connect());
      judge.introduce(party);
      // The other side is asked for the number of each connection, and may refuse to say it.
      theirCounters = theirs.counters();
      return party;
    }

    /** The client of this name, connected anew if it is not connected. */
    private Party party(char name) {
      Party party = parties.get(name);
      if (party == null || !party.isConnected()) {
        party = connect(name);
        parties.put(name, party);
      }
      return party;
    }

    private Inspection.Answers ask(Party party, List<List<Bytes>> requests) {
      requests.forEach(party.ours::send);
      requests.forEach(party.theirs::send);
      theirs.settle();
      List<Frame> answers = party.ours.take();
      return new Inspection.Answers(answers, receive(party.theirs, answers.size()));
    }

    // ------------------------------------------------------------------------------- one request

    private void step(Step step) throws Difference {
      Party party = party(step.client());
      boolean isWalk = step.words().contains(WALK);
      if (isWalk) {
        party.ourFrames = walk(step, party.ours, true);
        party.theirFrames = walk(step, party.theirs, false);
      } else {
        List<Bytes> ourWords = expand(step.words(), true);
        List<Bytes> theirWords = expand(step.words(), false);
        sendToUs(step, party.ours, ourWords);
        party.theirs.send(theirWords);
      }
      theirs.settle();
      listen(parties.values());
      if (step.command().equals("dump")) {
        ourDump = payload(party.ourFrames, ourDump);
        theirDump = payload(party.theirFrames, theirDump);
      }
      compare(step, party, isWalk);
      compareCounters(step, party, isWalk);
      party.follow(step.words());
      parties.values().forEach(Party::clear);
    }

    private void compare(Step step, Party asking, boolean isWalk) throws Difference {
      String whole = whole(step, asking);
      // Those who waited come first, and the observer last: what is explained of a client may also
      // explain what others hear.
      List<Party> all = new ArrayList<>(parties.values());
      all.sort(Comparator.comparing(party -> party.name == OBSERVER));
      // Of those, one may have been served differently because another one was: if what one of them
      // hears is explained, and ends the script, so is what the others hear.
      Difference first = null;
      for (Party party : all) {
        if (party != asking && party.waiting != null) {
          try {
            compareHeard(step, whole, party, isWalk);
          } catch (Difference difference) {
            first = first == null ? difference : first;
          }
        }
      }
      if (judge.isStopped()) {
        return;
      }
      if (first != null) {
        throw first;
      }
      if (!judge.agreeOnAnswer(step.words(), whole, asking, isWalk)) {
        throw new Difference(
            "replies to " + step.command(),
            index,
            Finding.difference(step.toString(), asking.ourFrames, asking.theirFrames));
      }
      for (Party party : all) {
        if (judge.isStopped()) {
          return;
        }
        if (party != asking && party.waiting == null) {
          compareHeard(step, whole, party, isWalk);
        }
        compareConnection(step, party);
      }
    }

    private void compareHeard(Step step, String whole, Party party, boolean isWalk)
        throws Difference {
      if (!judge.isStopped()
          && !judge.agreeOnMessages(whole, party.ourFrames, party.theirFrames, isWalk)) {
        boolean isObserver = party.name == OBSERVER;
        String who = isObserver ? "the observer" : "client " + party.name;
        throw new Difference(
            (isObserver ? "events of " : "others hear of ") + step.command(),
            index,
            Finding.difference(
                step + "\n    " + who + " hears", party.ourFrames, party.theirFrames));
      }
    }

    private void compareCounters(Step step, Party asking, boolean isWalk) throws Difference {
      if (judge.isStopped()) {
        return;
      }
      Counters our = ours.counters();
      Counters their = theirs.counters();
      String whole = whole(step, asking);
      // Where one side fails and the other does not, for a reason that is known, they count
      // differently; and a walk has another number of steps on each side.
      if (!judge.hasExplained() && !isWalk && !FORGETTING.matcher(whole).find()) {
        Optional<String> different =
            judge.differentCount(whole, our.since(ourCounters), their.since(theirCounters));
        if (different.isPresent()) {
          String name = different.get().lines().findFirst().orElse("").replaceAll("^[a-z]+ ", "");
          throw new Difference(
              "count of " + name + " by " + step.command(),
              index,
              "  " + step + "\n    " + different.get());
        }
      }
      judge.hasExplained();
      ourCounters = our;
      theirCounters = their;
    }

    /**
     * A request as explanations see it: behind EXEC stands what is executed, and behind all who
     * waits in which request.
     */
    private String whole(Step step, Party asking) {
      StringBuilder whole = new StringBuilder();
      whole.append(
          step.command().equals("exec")
              ? asking.queued().stream()
                  .map(Script::show)
                  .collect(Collectors.joining("; ", "EXEC: ", ""))
              : Script.show(step.words()));
      for (Party party : parties.values()) {
        List<Bytes> waiting = party.waiting;
        if (waiting != null) {
          whole.append(" << ").append(party.name).append(": ").append(Script.show(waiting));
        }
      }
      return whole.toString();
    }

    private void compareConnection(Step step, Party party) throws Difference {
      // A connection is ended some time after the last reply was written.
      for (int i = 0; i < PATIENCE && !party.ours.isOpen() && party.theirs.isOpen(); i++) {
        theirs.settle();
        party.theirs.take();
      }
      if (party.ours.isOpen() != party.theirs.isOpen()) {
        String who = party.ours.isOpen() ? "redis" : "carillon";
        throw new Difference(
            "connections after " + step.command(),
            index,
            "  " + step + "\n    client " + party.name + " is disconnected by " + who + " only");
      }
    }

    // ---------------------------------------------------------------------------------- the wire

    /** A defect of ours is a difference, too. */
    private void sendToUs(Step step, Link link, List<Bytes> words) throws Difference {
      try {
        link.send(words);
      } catch (RuntimeException | AssertionError defect) {
        StringBuilder text = new StringBuilder("  " + step + "\n    carillon: " + defect);
        StackTraceElement[] trace = defect.getStackTrace();
        for (int i = 0; i < Math.min(TRACE_LINES, trace.length); i++) {
          text.append("\n      at ").append(trace[i]);
        }
        throw new Difference("defect in " + step.command(), index, text.toString());
      }
    }

    private List<Bytes> expand(List<Bytes> words, boolean forUs) {
      List<Bytes> expanded = new ArrayList<>(words);
      expanded.replaceAll(word -> isPlace(word) ? expand(word, forUs) : word);
      return expanded;
    }

    private static boolean isPlace(Bytes word) {
      return word.length() > 3 && word.at(0) == '$' && word.at(1) == '{';
    }

    private Bytes expand(Bytes place, boolean forUs) {
      String text = place.toLatin1();
      if (place.equals(DUMP)) {
        // Crosswise: each side reads what the other has written.
        return forUs ? theirDump : ourDump;
      }
      if (text.startsWith(ID_PREFIX) && text.length() == ID_PREFIX.length() + 2) {
        Party other = party(text.charAt(ID_PREFIX.length()));
        return Bytes.of(Long.toString(forUs ? other.ours.id() : other.theirs.id()));
      }
      return place;
    }

    /** Adds to the frames of each client what has arrived. */
    private void listen(Collection<Party> all) {
      for (Party party : all) {
        List<Frame> arrived = party.ours.take();
        int missing = arrived.size() + party.ourFrames.size() - party.theirFrames.size();
        party.ourFrames = Rules.canonical(joined(party.ourFrames, arrived));
        party.theirFrames =
            Rules.canonical(joined(party.theirFrames, receive(party.theirs, missing)));
      }
    }

    /** What has arrived; where less came than expected, some more patience. */
    private List<Frame> receive(Link link, int expected) {
      List<Frame> frames = link.take();
      for (int i = 0; i < PATIENCE && frames.size() < expected && link.isOpen(); i++) {
        if (i > PATIENCE / 2) {
          // Redis empties a database in a thread of its own, which answers when it is done.
          LockSupport.parkNanos(PAUSE_NANOS);
        }
        theirs.settle();
        frames = joined(frames, link.take());
      }
      return frames;
    }

    private static List<Frame> joined(List<Frame> first, List<Frame> second) {
      if (first.isEmpty() || second.isEmpty()) {
        return first.isEmpty() ? second : first;
      }
      List<Frame> all = new ArrayList<>(first);
      all.addAll(second);
      return all;
    }

    private static Bytes payload(List<Frame> frames, Bytes otherwise) {
      return frames.size() == 1 && frames.getFirst().reply() instanceof Reply.Bulk(Bytes text)
          ? text
          : otherwise;
    }

    // ------------------------------------------------------------------------------------- walks

    /** The replies of a walk as one that names each key once, in order; or what came instead. */
    private List<Frame> walk(Step step, Link link, boolean isOurs) throws Difference {
      Set<String> keys = new TreeSet<>();
      List<Frame> others = new ArrayList<>();
      Bytes cursor = Bytes.of("0");
      for (int i = 0; i < WALK_STEPS_MAX; i++) {
        List<Bytes> words = new ArrayList<>(step.words());
        Bytes current = cursor;
        words.replaceAll(word -> word.equals(WALK) ? current : word);
        if (isOurs) {
          sendToUs(step, link, words);
        } else {
          link.send(words);
          theirs.settle();
        }
        Bytes next = null;
        for (Frame frame : isOurs ? link.take() : receive(link, 1)) {
          Bytes named = collect(step.command(), frame, keys);
          if (named == null) {
            others.add(frame);
          } else {
            next = named;
          }
        }
        if (next == null) {
          return others;
        }
        if (next.isWord("0")) {
          others.add(list(keys));
          return others;
        }
        cursor = next;
      }
      throw new Difference("endless walk", index, "  " + step + "\n    a walk does not end");
    }

    /**
     * Adds the keys of a reply of SCAN, or the elements of a collection, and answers its cursor;
     * null if this is no such reply.
     */
    private static @Nullable Bytes collect(String command, Frame frame, Set<String> keys) {
      if (frame.wire().startsWith("*2\r\n$")
          && frame.reply() instanceof Reply.Array(List<Reply> parts)
          && parts.get(0) instanceof Reply.Bulk(Bytes cursor)
          && parts.get(1) instanceof Reply.Array(List<Reply> named)) {
        boolean isPairs = command.equals("hscan") || command.equals("zscan");
        for (int i = 0; i < named.size(); i += isPairs ? 2 : 1) {
          String name = text(named.get(i));
          keys.add(
              switch (command) {
                case "hscan" -> name + " => " + text(named.get(i + 1));
                // A score is said with more digits or fewer.
                case "zscan" ->
                    name + " => " + Numerals.parseDouble(((Reply.Bulk) named.get(i + 1)).text());
                default -> name;
              });
        }
        return cursor;
      }
      return null;
    }

    private static String text(Reply reply) {
      return ((Reply.Bulk) reply).text().toLatin1();
    }

    private static Frame list(Set<String> keys) {
      return new Frame(
          keys.stream()
              .map(key -> "$" + key.length() + "\r\n" + key + "\r\n")
              .collect(Collectors.joining("", "*" + keys.size() + "\r\n", "")));
    }
  }
}

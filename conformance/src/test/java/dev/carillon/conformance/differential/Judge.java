package dev.carillon.conformance.differential;

import dev.carillon.conformance.Notation;
import dev.carillon.conformance.Version;
import dev.carillon.conformance.differential.Explanations.Explanation;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Says whether what the two sides sent means the same: because it is the same, because of the
 * {@link Rules}, or because the difference is explained.
 */
final class Judge {

  /** Said of a HyperLogLog; Redis may have changed a part of it before it saw that. */
  private static final String DAMAGED = "-INVALIDOBJ ";

  private static final Pattern NUMBER = Pattern.compile("\\b\\d+\\b");
  private static final Pattern INVALIDATION =
      Pattern.compile(
          ">2\r\n"
              + "\\$10\r\n"
              + "invalidate\r\n"
              + "|[*>]3\r\n"
              + "\\$7\r\n"
              + "message\r\n"
              + "\\$20\r\n"
              + "__redis__:invalidate\r\n");

  private static final Pattern INVALIDATED_NULL = Pattern.compile("(?<=invalidate\", )(nil|null)");

  private final Explanations explanations;
  private final Rules rules;

  /** Whether a client's own messages may come before the reply. */
  private final boolean isHasty;

  private final Map<String, String> ourNames = new HashMap<>();
  private final Map<String, String> theirNames = new HashMap<>();
  private boolean stopped;
  private boolean explained;

  /**
   * A judge of one conversation.
   *
   * @param version that of the other side
   */
  Judge(Explanations explanations, Version version) {
    this.explanations = explanations;
    rules = new Rules(version);
    isHasty = !version.isSince(new Version(7, 2));
  }

  /** A client came; the number of its connection is another one on each side. */
  void introduce(Party party) {
    ourNames.put(Long.toString(party.ours.id()), "connection " + party.name);
    theirNames.put(Long.toString(party.theirs.id()), "connection " + party.name);
  }

  /** Whether a difference was met behind which there is nothing to be learnt. */
  boolean isStopped() {
    return stopped;
  }

  /** Whether a difference was explained since this was asked last. */
  boolean hasExplained() {
    boolean answer = explained;
    explained = false;
    return answer;
  }

  // -------------------------------------------------------------------------------------- replies

  /**
   * Whether a client was answered the same: reply by reply, and the messages beside them.
   *
   * @param whole the request as {@link Explanations#explainHeard} sees it
   */
  boolean agreeOnAnswer(List<Bytes> words, String whole, Party party, boolean isWalk) {
    boolean agreed =
        party.ourFrames.equals(party.theirFrames)
            || agreeOnReplies(words, whole, party, isWalk)
            || isExplained(
                explanations.explain(
                    Script.show(words), show(party.ourFrames), show(party.theirFrames)));
    stopped |= party.ourFrames.stream().anyMatch(frame -> frame.wire().contains(DAMAGED));
    return agreed;
  }

  private boolean agreeOnReplies(List<Bytes> words, String whole, Party party, boolean isWalk) {
    List<Frame> ours = replies(party.ourFrames);
    List<Frame> theirs = replies(party.theirFrames);
    if (ours.size() != theirs.size()) {
      return false;
    }
    for (int i = 0; i < ours.size() && !stopped; i++) {
      if (!agree(words, party.queued(), ours.get(i), theirs.get(i))) {
        return false;
      }
    }
    if (stopped) {
      // What comes of it differs, too.
      return true;
    }
    return agreeOnMessages(whole, pushes(party.ourFrames), pushes(party.theirFrames), isWalk)
        && (isWalk || agreeOnOrder(party));
  }

  private static List<Frame> replies(List<Frame> frames) {
    return frames.stream().filter(frame -> !frame.isPush()).toList();
  }

  private static List<Frame> pushes(List<Frame> frames) {
    return frames.stream().filter(Frame::isPush).toList();
  }

  /** Replies come first, and then what a client hears of its own request; Redis did otherwise. */
  private boolean agreeOnOrder(Party party) {
    String ours = order(party.ourFrames);
    if (ours.equals(order(party.theirFrames))) {
      return true;
    }
    explanations.met(Explanations.OWN_MESSAGES);
    return isHasty && ours.matches("r*p*");
  }

  private static String order(List<Frame> frames) {
    return frames.stream().map(frame -> frame.isPush() ? "p" : "r").collect(Collectors.joining());
  }

  /**
   * Whether two replies to one request mean the same.
   *
   * @param queued what was executed, if the request is EXEC
   */
  boolean agree(List<Bytes> words, List<List<Bytes>> queued, Frame our, Frame their) {
    if (our.equals(their)) {
      return true;
    }
    Reply ourReply = our.reply();
    Reply theirReply = their.reply();
    // Where both mean the same, they are spelt differently: that is for nobody to explain.
    return (!ourReply.equals(theirReply) || saysScores(words, queued))
        && agree(words, queued, ourReply, theirReply);
  }

  private boolean saysScores(List<Bytes> words, List<List<Bytes>> queued) {
    return rules.saysScores(Script.command(words))
        || queued.stream().anyMatch(request -> rules.saysScores(Script.command(request)));
  }

  private boolean agree(List<Bytes> words, List<List<Bytes>> queued, Reply our, Reply their) {
    String command = Script.command(words);
    if (command.equals("exec")
        && our instanceof Reply.Array(List<Reply> ours)
        && their instanceof Reply.Array(List<Reply> theirs)
        && ours.size() == queued.size()
        && theirs.size() == ours.size()) {
      for (int i = 0; i < ours.size() && !stopped; i++) {
        if (!agree(queued.get(i), List.of(), ours.get(i), theirs.get(i))) {
          return false;
        }
      }
      return true;
    }
    return rules.agree(command, our, their)
        || named(Notation.show(our), ourNames).equals(named(Notation.show(their), theirNames))
        || isExplained(
            explanations.explain(Script.show(words), Notation.show(our), Notation.show(their)));
  }

  // ------------------------------------------------------------------------------------- messages

  /**
   * Whether a client heard the same during a request.
   *
   * @param whole the request; behind EXEC, what it executes
   */
  boolean agreeOnMessages(String whole, List<Frame> ours, List<Frame> theirs, boolean inAnyOrder) {
    if (ours.equals(theirs) || inAnyOrder && sorted(ours).equals(sorted(theirs))) {
      return true;
    }
    if (isHasty
        && ours.stream().anyMatch(frame -> !frame.isPush())
        && agreeOnServed(replies(ours), replies(theirs))
        && pushes(ours).equals(pushes(theirs))) {
      // A client that waited was served, and hears of what was done for it.
      explanations.met(Explanations.OWN_MESSAGES);
      return true;
    }
    String ourText = named(show(ours), ourNames);
    String theirText = named(show(theirs), theirNames);
    if (ourText.equals(theirText)) {
      return true;
    }
    if (withoutNull(ourText).equals(withoutNull(theirText))) {
      explanations.met(Explanations.NULLS);
      return true;
    }
    if (sorted(invalidations(ours, true)).equals(sorted(invalidations(theirs, true)))
        && invalidations(ours, false).equals(invalidations(theirs, false))) {
      explanations.met(Explanations.INVALIDATIONS);
      return true;
    }
    return isExplained(explanations.explainHeard(whole, shown(ours), shown(theirs)));
  }

  /**
   * Whether a client that waited got the same, scores with more digits or fewer; and behind that,
   * perhaps, refusals in other words.
   */
  private boolean agreeOnServed(List<Frame> ours, List<Frame> theirs) {
    boolean same = ours.size() == theirs.size();
    for (int i = 0; i < ours.size() && same; i++) {
      same =
          ours.get(i).equals(theirs.get(i))
              || rules.sameScores(ours.get(i).reply(), theirs.get(i).reply())
              || rules.agree("", ours.get(i).reply(), theirs.get(i).reply());
    }
    return same;
  }

  private static List<Frame> invalidations(List<Frame> frames, boolean wanted) {
    return frames.stream()
        .filter(frame -> INVALIDATION.matcher(frame.wire()).lookingAt() == wanted)
        .toList();
  }

  private static String withoutNull(String text) {
    return INVALIDATED_NULL.matcher(text).replaceAll("nothing");
  }

  private static List<String> sorted(List<Frame> frames) {
    return frames.stream().map(Frame::wire).sorted().toList();
  }

  // ------------------------------------------------------------------------------------- counters

  /**
   * The first counter that a request raised by another number than on the other side, with both
   * numbers; empty if there is none that is not explained.
   */
  Optional<String> differentCount(String whole, Map<String, Long> ours, Map<String, Long> theirs) {
    Set<String> names = new TreeSet<>(ours.keySet());
    names.addAll(theirs.keySet());
    for (String name : names) {
      long our = ours.getOrDefault(name, 0L);
      long their = theirs.getOrDefault(name, 0L);
      if (our != their
          && !stopped
          && !isExplained(explanations.explainCount(whole, name, our, their))) {
        return Optional.of(
            name + "\n    carillon: " + our + " more\n    redis:    " + their + " more");
      }
    }
    return Optional.empty();
  }

  // ---------------------------------------------------------------------------------------- texts

  private boolean isExplained(Optional<Explanation> explanation) {
    explanation.ifPresent(one -> stopped |= one.stops());
    explained |= explanation.isPresent();
    return explanation.isPresent();
  }

  /** A text with names in place of the numbers of connections. */
  private static String named(String text, Map<String, String> names) {
    return NUMBER
        .matcher(text)
        .replaceAll(number -> names.getOrDefault(number.group(), number.group()));
  }

  private static List<String> shown(List<Frame> frames) {
    return frames.stream().map(Frame::toString).toList();
  }

  /** Frames for people. */
  static String show(List<Frame> frames) {
    return frames.isEmpty() ? "nothing" : String.join(" | ", shown(frames));
  }
}

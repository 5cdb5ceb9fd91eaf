package dev.carillon.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.conformance.Version;
import dev.carillon.conformance.differential.Campaign.Reproducer;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * A comparison that cannot fail proves nothing: of two engines one is tampered with, and each kind
 * of fault is found and told by a script of very few requests. No redis-server is needed.
 */
class DifferentialSabotageTest {

  private static final int SEEDS = 400;

  /**
   * The first difference between an engine and one whose connections are not what they seem.
   *
   * @param kind the beginning of what kind of difference is looked for
   */
  private static Optional<Reproducer> find(UnaryOperator<Side.Link> tampering, String kind) {
    Side tampered = new Tampered(new EngineSide(), tampering);
    return find(new Campaign(tampered, new EngineSide(), Explanations.none()), kind);
  }

  private static Optional<Reproducer> find(Campaign campaign, String kind) {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Optional<Reproducer> found = campaign.run(seed);
      if (found.filter(one -> one.finding().kind().startsWith(kind)).isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Reproducer first(UnaryOperator<Side.Link> tampering, String kind) {
    return find(tampering, kind).orElseThrow(() -> new AssertionError("not found"));
  }

  private static Reproducer first(UnaryOperator<Side.Link> tampering) {
    return first(tampering, "");
  }

  @Test
  void withoutSabotageTwoEnginesMeanTheSame() {
    assertThat(find(link -> link, "").map(Reproducer::report)).isEmpty();
  }

  @Test
  void aReplyThatIsOneTooHighIsFound() {
    Reproducer found =
        first(
            answering(
                (request, reply) ->
                    request.equals("incr") && reply.startsWith(":")
                        ? ":" + (Long.parseLong(reply.strip().substring(1)) + 1) + "\r\n"
                        : reply));
    assertThat(found.finding().kind()).isEqualTo("replies to incr");
    assertThat(found.script().steps()).hasSize(1);
    assertThat(found.report())
        .contains("    carillon: :2\n    redis:    :1\n")
        .containsIgnoringCase("shortest script:\n    A> INCR \"\"\n");
  }

  @Test
  void anEventThatIsDroppedIsFound() {
    Reproducer found =
        first(
            answering(
                (request, frame) -> frame.contains("__keyevent@0__:expire\r\n") ? "" : frame));
    // Who asks may listen as well, and notices first.
    assertThat(found.finding().kind()).containsPattern("^(events of|others hear of|replies to) ");
    assertThat(found.script().steps()).hasSizeLessThanOrEqualTo(3);
    assertThat(found.report()).contains("shortest script:");
  }

  @Test
  void aMessageThatIsDroppedIsFound() {
    Reproducer found =
        first(answering((request, frame) -> frame.contains("$7\r\nmessage\r\n") ? "" : frame));
    assertThat(found.finding().kind()).containsPattern("^(others hear of|replies to) ");
    assertThat(found.script().steps()).hasSizeLessThanOrEqualTo(3);
  }

  @Test
  void aMessageBeforeTheReplyIsFound() {
    Reproducer found = first(link -> new Hasty(link));
    assertThat(found.finding().kind()).startsWith("replies to ");
    assertThat(found.script().steps()).hasSizeLessThanOrEqualTo(5);
  }

  @Test
  void aValueThatIsKeptDifferentlyIsFound() {
    Reproducer found =
        first(
            link ->
                new Wrapped(link) {
                  @Override
                  public void send(List<Bytes> words) {
                    boolean isBound = words.size() == 3 && words.get(0).isWord("SETNX");
                    super.send(
                        isBound ? List.of(words.get(0), words.get(1), Bytes.of("9")) : words);
                  }
                },
            "state by ");
    assertThat(found.script().steps()).hasSize(1);
  }

  @Test
  void aCallThatIsNotCountedIsFound() {
    Side forgetful =
        new Tampered(new EngineSide(), link -> link) {
          @Override
          public Counters counters() {
            Map<String, Long> values = new HashMap<>(super.counters().values());
            values.remove("getdel calls");
            return new Counters(values);
          }
        };
    Reproducer found =
        find(
                new Campaign(forgetful, new EngineSide(), Explanations.none()),
                "count of calls by getdel")
            .orElseThrow(() -> new AssertionError("not found"));
    assertThat(found.finding().kind()).isEqualTo("count of calls by getdel");
    assertThat(found.finding().text()).contains("carillon: 0 more", "redis:    1 more");
    assertThat(found.script().steps()).hasSize(1);
  }

  @Test
  void aConnectionThatIsEndedIsFound() {
    Reproducer found =
        first(
            link ->
                new Wrapped(link) {
                  @Override
                  public void send(List<Bytes> words) {
                    super.send(words);
                    if (words.get(0).isWord("RESET")) {
                      close();
                    }
                  }
                });
    assertThat(found.finding().kind()).isEqualTo("connections after reset");
    assertThat(found.script().steps()).hasSize(1);
  }

  @Test
  void aDefectIsFound() {
    Reproducer found =
        first(
            link ->
                new Wrapped(link) {
                  @Override
                  public void send(List<Bytes> words) {
                    if (words.get(0).isWord("ECHO")) {
                      throw new IllegalStateException("out of order");
                    }
                    super.send(words);
                  }
                });
    assertThat(found.finding().kind()).isEqualTo("defect in echo");
    assertThat(found.script().steps()).hasSize(1);
    assertThat(found.report()).contains("out of order", "at dev.carillon");
  }

  /** Links that send other frames; an empty one is dropped. */
  private static UnaryOperator<Side.Link> answering(BinaryOperator<String> frameOfCommand) {
    return link ->
        new Wrapped(link) {
          private String command = "";

          @Override
          public void send(List<Bytes> words) {
            command = Script.command(words);
            super.send(words);
          }

          @Override
          public List<Frame> take() {
            return super.take().stream()
                .map(frame -> frameOfCommand.apply(command, frame.wire()))
                .filter(wire -> !wire.isEmpty())
                .map(Frame::new)
                .toList();
          }
        };
  }

  private static final class Hasty extends Wrapped {
    Hasty(Side.Link link) {
      super(link);
    }

    @Override
    public List<Frame> take() {
      List<Frame> frames = new ArrayList<>(super.take());
      frames.sort((one, other) -> Boolean.compare(other.isPush(), one.isPush()));
      return frames;
    }
  }

  private static class Tampered implements Side {
    private final Side side;
    private final UnaryOperator<Side.Link> tampering;

    Tampered(Side side, UnaryOperator<Side.Link> tampering) {
      this.side = side;
      this.tampering = tampering;
    }

    @Override
    public Version version() {
      return side.version();
    }

    @Override
    public void begin() {
      side.begin();
    }

    @Override
    public Link connect() {
      return tampering.apply(side.connect());
    }

    @Override
    public void settle() {
      side.settle();
    }

    @Override
    public Counters counters() {
      return side.counters();
    }

    @Override
    public void close() {
      side.close();
    }
  }

  private static class Wrapped implements Side.Link {
    private final Side.Link link;

    Wrapped(Side.Link link) {
      this.link = link;
    }

    @Override
    public long id() {
      return link.id();
    }

    @Override
    public void send(List<Bytes> words) {
      link.send(words);
    }

    @Override
    public List<Frame> take() {
      return link.take();
    }

    @Override
    public boolean isOpen() {
      return link.isOpen();
    }

    @Override
    public void close() {
      link.close();
    }
  }
}

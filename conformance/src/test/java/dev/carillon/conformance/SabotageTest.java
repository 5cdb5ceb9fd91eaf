package dev.carillon.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.conformance.Runner.Speech;
import dev.carillon.engine.turn.EffectSink;
import dev.carillon.engine.turn.Turn;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Reply;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A suite that cannot fail proves nothing: each kind of fault is found, and said in clear words.
 */
class SabotageTest {

  private static final Case SETTING =
      one(
          """
          # sabotage: two keys
          > SET a 1
          < +OK
          ! new a, set a
          > SET b 2
          < +OK
          ! new b, set b
          """);

  private static final Case LISTENING =
      one(
          """
          # sabotage: a client hears itself
          @ protocol 3
          > SUBSCRIBE c
          < >["subscribe", "c", :1]
          > PUBLISH c m
          < :1
          < >["message", "c", "m"]
          """);

  private static Case one(String text) {
    return CaseFile.parse("sabotage.cases", text).get(0);
  }

  private static Optional<String> run(Target target, Case one) {
    return new Runner(target, Speech.AS_WRITTEN).run(one);
  }

  @Test
  void withoutSabotageTheseCasesHold() {
    assertThat(run(new EngineTarget(), SETTING)).isEmpty();
    assertThat(run(new EngineTarget(), LISTENING)).isEmpty();
  }

  @Test
  void anEffectThatIsNotRecordedIsFound() {
    Target forgetful =
        new EngineTarget(
            journal ->
                new EffectSink() {
                  @Override
                  public void onEffect(Turn turn, int db, Bytes... arguments) {
                    journal.onEffect(turn, db, arguments);
                  }

                  @Override
                  public void onCommitted(Turn turn) {
                    if (turn.sequence() == 2) {
                      journal.onDiscarded();
                    } else {
                      journal.onCommitted(turn);
                    }
                  }

                  @Override
                  public void onDiscarded() {
                    journal.onDiscarded();
                  }
                });
    assertThat(run(forgetful, SETTING))
        .hasValueSatisfying(
            text ->
                assertThat(text)
                    .startsWith("sabotage.cases:1 sabotage: two keys\n  afterwards: a replay holds")
                    .contains("the effects are: SET a 1")
                    .contains("the replay has:  {a=string \"1\"}")
                    .contains("there was:       {a=string \"1\", b=string \"2\"}"));
  }

  @Test
  void anEventThatIsNotAnnouncedIsFound() {
    Target silent =
        new Meddler(
            client ->
                new Wrapped(client) {
                  @Override
                  public @Nullable Reply receive(boolean patient) {
                    Reply reply = super.receive(patient);
                    return reply != null && Notation.show(reply).contains("__:new\", \"b\"")
                        ? super.receive(patient)
                        : reply;
                  }
                });
    assertThat(run(silent, SETTING))
        .hasValue(
            """
            sabotage.cases:1 sabotage: two keys
              line 5: > SET b 2
                expected events: new b, set b
                received events: set b\
            """);
  }

  @Test
  void anEventTooManyIsFound() {
    Target talkative =
        new Meddler(
            client ->
                new Wrapped(client) {
                  private final Deque<Reply> again = new ArrayDeque<>();

                  @Override
                  public @Nullable Reply receive(boolean patient) {
                    if (!again.isEmpty()) {
                      return again.remove();
                    }
                    Reply reply = super.receive(patient);
                    if (reply != null && Notation.show(reply).contains("__:set\", \"a\"")) {
                      again.add(reply);
                    }
                    return reply;
                  }
                });
    assertThat(run(talkative, one("# sabotage: one key\n> SET a 1\n< +OK\n! new a, set a")))
        .hasValueSatisfying(
            text -> assertThat(text).contains("received events: new a, set a, set a"));
  }

  @Test
  void aMessageBeforeTheReplyIsFound() {
    Target hasty =
        new Meddler(
            client ->
                new Wrapped(client) {
                  private final Deque<Reply> held = new ArrayDeque<>();

                  @Override
                  public @Nullable Reply receive(boolean patient) {
                    if (!held.isEmpty()) {
                      return held.remove();
                    }
                    Reply reply = super.receive(patient);
                    Reply message = reply instanceof Reply.Int ? super.receive(false) : null;
                    if (message == null) {
                      return reply;
                    }
                    held.add(reply);
                    return message;
                  }
                });
    assertThat(run(hasty, LISTENING))
        .hasValue(
            """
            sabotage.cases:1 sabotage: a client hears itself
              line 5: > PUBLISH c m
                expected by A:  :1 | >["message", "c", "m"]
                received by A:  >["message", "c", "m"] | :1\
            """);
  }

  @Test
  void aReplyThatDoesNotComeIsFound() {
    Target mute =
        new Meddler(
            client ->
                new Wrapped(client) {
                  @Override
                  public void send(List<Bytes> words) {
                    if (!words.get(0).isWord("SET")) {
                      super.send(words);
                    }
                  }
                });
    assertThat(run(mute, SETTING))
        .hasValueSatisfying(
            text -> assertThat(text).contains("expected by A:  +OK\n    received by A:  nothing"));
  }

  @Test
  void aDifferentReplyIsFound() {
    assertThat(run(new EngineTarget(), one("# sabotage: wrong\n> GET a\n< \"1\"\n! keymiss a")))
        .hasValue(
            """
            sabotage.cases:1 sabotage: wrong
              line 2: > GET a
                expected by A:  "1"
                received by A:  nil\
            """);
  }

  /** An engine whose clients are not what they seem. */
  private record Meddler(EngineTarget engine, UnaryOperator<Client> wrapping) implements Target {

    Meddler(UnaryOperator<Client> wrapping) {
      this(new EngineTarget(), wrapping);
    }

    @Override
    public World open(Case one) {
      World world = engine.open(one);
      return new World() {
        @Override
        public Client connect() {
          return wrapping.apply(world.connect());
        }

        @Override
        public long nowMillis() {
          return world.nowMillis();
        }

        @Override
        public void pass(long millis) {
          world.pass(millis);
        }

        @Override
        public long tickMillis() {
          return world.tickMillis();
        }

        @Override
        public void settle(Runnable action) {
          world.settle(action);
        }

        @Override
        public Optional<String> verify() {
          return world.verify();
        }

        @Override
        public void close() {
          world.close();
        }
      };
    }

    @Override
    public void close() {}
  }

  private static class Wrapped implements Target.Client {

    private final Target.Client client;

    Wrapped(Target.Client client) {
      this.client = client;
    }

    @Override
    public void send(List<Bytes> words) {
      client.send(words);
    }

    @Override
    public @Nullable Reply receive(boolean patient) {
      return client.receive(patient);
    }

    @Override
    public void close() {
      client.close();
    }
  }
}

package dev.carillon.engine.pattern;

import dev.carillon.protocol.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A pattern in the index: its glob, its subscribers, and the home where matches meet it.
 *
 * @param <T> the subscribers
 */
final class IndexedPattern<T> {

  /** Which structure of {@link PatternHomes} holds a pattern. */
  enum Home {
    PREFIX,
    SUFFIX,
    INFIX,
    SCAN
  }

  /** What meeting a pattern at its home says about a match. */
  enum Proof {
    /** Nothing: Glob must decide. */
    NONE,
    /** The literal of its home is all that the pattern asks for, of a channel that is not empty. */
    LITERAL,
    /** The literal is the whole pattern: the channel must end with it too. */
    WHOLE
  }

  /** As it was subscribed. */
  final Bytes glob;

  final Audience<T> audience = new Audience<>();

  Home home = Home.SCAN;
  Proof proof = Proof.NONE;

  /** The bytes by which the home finds it, in their natural order; empty in the scanned list. */
  byte[] literal = Bytes.EMPTY.array();

  /** Where in the literal the gram begins; only in an infix home. */
  int window;

  /** The number of the match that examined it last; only in an infix home. */
  long examined;

  /** Its neighbours in its {@link Bucket}. */
  @Nullable IndexedPattern<T> previous;

  @Nullable IndexedPattern<T> next;

  IndexedPattern(Bytes glob) {
    this.glob = glob;
  }

  /** Says where it will live; for an infix home {@link #window} is set apart. */
  void place(Home newHome, Proof newProof, byte[] newLiteral) {
    home = newHome;
    proof = newProof;
    literal = newLiteral;
  }
}

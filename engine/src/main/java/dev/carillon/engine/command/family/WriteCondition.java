package dev.carillon.engine.command.family;

import dev.carillon.engine.command.CommandContext;
import dev.carillon.engine.keyspace.Entry;
import dev.carillon.engine.reply.Errors;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Xxh3;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of a key for SET, MSETEX or DELEX to change it. The four that compare apply to
 * strings only; of a missing key the negative ones hold.
 */
enum WriteCondition {
  ALWAYS,
  /** The key is missing. */
  NX,
  /** The key is there. */
  XX,
  /** The value is the operand. */
  IFEQ,
  /** The value is not the operand. */
  IFNE,
  /** The value's digest is the operand. */
  IFDEQ,
  /** The value's digest is not the operand. */
  IFDNE;

  /** How many hexadecimal digits a digest has. */
  static final int DIGEST_LENGTH = 16;

  /** The condition that {@code word} spells in letters of either case, or null. */
  static @Nullable WriteCondition of(Bytes word) {
    return switch (word.length()) {
      case 2 -> word.isWord("NX") ? NX : word.isWord("XX") ? XX : null;
      case 4 -> word.isWord("IFEQ") ? IFEQ : word.isWord("IFNE") ? IFNE : null;
      case 5 -> word.isWord("IFDEQ") ? IFDEQ : word.isWord("IFDNE") ? IFDNE : null;
      default -> null;
    };
  }

  /** Whether the request said another condition before. */
  boolean contradicts(WriteCondition before) {
    return before != ALWAYS && before != this;
  }

  /** Whether an operand follows the word. */
  boolean compares() {
    return ordinal() >= IFEQ.ordinal();
  }

  /**
   * Whether the condition holds of a key; refuses a digest that is none, but only if there is a
   * value to compare it with.
   *
   * @param existing the key's entry, or null if it is missing
   * @param operand what followed the word; of no matter for the others
   */
  boolean holdsOf(@Nullable Entry existing, Bytes operand) {
    if (!compares()) {
      return this == ALWAYS || (existing == null) == (this == NX);
    }
    if (existing == null) {
      return this == IFNE || this == IFDNE;
    }
    CommandContext.require(existing, ValueType.STRING);
    return switch (this) {
      case IFEQ -> existing.string().equals(operand);
      case IFNE -> !existing.string().equals(operand);
      case IFDEQ -> hasDigest(existing, operand);
      default -> !hasDigest(existing, operand);
    };
  }

  private static boolean hasDigest(Entry existing, Bytes digits) {
    if (digits.length() != DIGEST_LENGTH) {
      throw Errors.BAD_DIGEST.error();
    }
    long digest = Xxh3.hash(existing.string());
    for (int i = 0; i < DIGEST_LENGTH; i++) {
      long digit = digest >>> 60 - 4 * i & 0xf;
      if (Character.digit(digits.at(i), 16) != digit) {
        return false;
      }
    }
    return true;
  }
}

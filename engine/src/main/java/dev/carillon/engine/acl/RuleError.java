package dev.carillon.engine.acl;

/** A rule that is none, or that cannot be applied; nothing has changed. */
public final class RuleError extends Exception {

  private static final long serialVersionUID = 1L;

  /** What is wrong with a rule, in the words of Redis (observed on 7.0.15). */
  public enum Reason {
    SYNTAX("Syntax error"),
    UNKNOWN("Unknown command or category name in ACL"),
    ALL_KEYS(
        "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not"
            + " have any effect. Try 'resetkeys' to start with an empty list of patterns"),
    ALL_CHANNELS(
        "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not"
            + " have any effect. Try 'resetchannels' to start with an empty list of channels"),
    ARGUMENT_OF_SUBCOMMAND("Allowing first-arg of a subcommand is not supported"),
    NO_SUCH_PASSWORD("The password you are trying to remove from the user does not exist"),
    BAD_HASH(
        "The password hash must be exactly 64 characters and contain only lowercase hexadecimal"
            + " characters"),
    UNMATCHED("Unmatched parenthesis in acl selector"),
    TWICE("Duplicate user found. A user can only be defined once in config files");

    private final String text;

    Reason(String text) {
      this.text = text;
    }

    /** The reason as Redis words it. */
    public String text() {
      return text;
    }
  }

  private final String rule;
  private final Reason reason;

  RuleError(String rule, Reason reason) {
    // Without the rule, which may hold a password.
    super(reason.text());
    this.rule = rule;
    this.reason = reason;
  }

  /** The rule as it was written; it may hold a password. */
  public String rule() {
    return rule;
  }

  /** What is wrong with it. */
  public Reason reason() {
    return reason;
  }
}

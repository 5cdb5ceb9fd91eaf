package dev.carillon.engine.acl;

/**
 * Why something was denied.
 *
 * @param reason what was not allowed
 * @param object the name of the command, the key or the channel; characters 0 to 255
 * @param place the index of the argument that was denied
 */
public record Denial(Reason reason, String object, int place) {

  /** What can be denied, in the words of ACL LOG; of several selectors the later one counts. */
  public enum Reason {
    COMMAND("command"),
    KEY("key"),
    AUTH("auth"),
    CHANNEL("channel");

    private final String wireName;

    Reason(String wireName) {
      this.wireName = wireName;
    }

    /** The name in ACL LOG. */
    public String wireName() {
      return wireName;
    }
  }

  /** Of the denials of two selectors the one that came closer to being allowed. */
  public Denial closer(Denial other) {
    int order = reason.compareTo(other.reason);
    return order > 0 || order == 0 && place >= other.place ? this : other;
  }
}

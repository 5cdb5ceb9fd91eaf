package dev.carillon.engine.command;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.HashMap;
import java.util.Map;

/**
 * What clients say instead of the names of some commands ({@code rename-command}). Everything
 * behind the dispatcher knows commands by their own names only: users' rules, statistics, and the
 * journal, which so can be read whatever the names are by then. Costs nothing while there are none.
 * Engine thread only.
 */
public final class Renames {

  private final CommandTable commands;

  /** The own name by what is said, both in lower case; empty where it means nothing any more. */
  private final Map<Bytes, Bytes> ownNames = new HashMap<>();

  /** Every command has its own name. */
  Renames(CommandTable commands) {
    this.commands = commands;
  }

  /** Whether clients that say {@code name}, in any case, mean a command. */
  public boolean isKnown(Bytes name) {
    Bytes own = ownNames.get(lowerCase(name));
    return own == null ? commands.find(name) != null : !own.isEmpty();
  }

  /**
   * Gives a command another name.
   *
   * @param from what it is called until now, which means nothing from now on
   * @param to what it is called instead, in any case; empty for a command that nobody shall call
   * @return false, and nothing has changed, where another command is called so
   */
  public boolean rename(Bytes from, Bytes to) {
    Bytes old = lowerCase(from);
    Bytes next = lowerCase(to);
    if (!next.isEmpty() && !next.equals(old) && isKnown(next)) {
      return false;
    }
    Bytes own = ownNames.getOrDefault(old, old);
    ownNames.put(old, Bytes.EMPTY);
    if (!next.isEmpty()) {
      ownNames.put(next, own);
    }
    return true;
  }

  /** Whether a name that is a command's own means nothing to clients. */
  boolean isHidden(Bytes name) {
    if (ownNames.isEmpty()) {
      return false;
    }
    Bytes own = ownNames.get(lowerCase(name));
    return own != null && own.isEmpty();
  }

  /**
   * The request under the command's own name: the same one, or a copy where another name was said.
   */
  Request original(Request said) {
    if (ownNames.isEmpty()) {
      return said;
    }
    Bytes own = ownNames.get(lowerCase(said.argument(0)));
    if (own == null || own.isEmpty()) {
      return said;
    }
    Bytes[] words = new Bytes[said.count()];
    words[0] = own;
    for (int i = 1; i < words.length; i++) {
      words[i] = said.argument(i);
    }
    return Request.of(words);
  }

  /**
   * What a request means that is replayed, or that the server makes itself: our records have
   * commands' own names, append-only files of Redis what clients said.
   */
  Request recorded(Request said) {
    return ownNames.isEmpty() || commands.find(said.argument(0)) != null ? said : original(said);
  }

  private static Bytes lowerCase(Bytes name) {
    byte[] letters = name.toByteArray();
    for (int i = 0; i < letters.length; i++) {
      if (letters[i] >= 'A' && letters[i] <= 'Z') {
        letters[i] = (byte) (letters[i] + ('a' - 'A'));
      }
    }
    return Bytes.of(letters);
  }
}

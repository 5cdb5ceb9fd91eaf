package dev.carillon.engine.acl;

import dev.carillon.engine.acl.RuleError.Reason;
import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All users there are. One, {@code default}, is always there: whoever connects is this user until
 * it says to be another one. Engine thread only.
 */
public final class Users {

  /** The name of the user that cannot be removed. */
  public static final Bytes DEFAULT = Bytes.of("default");

  private static final List<String> EVERYTHING = List.of("+@all", "~*", "&*", "on", "nopass");

  private final Abilities abilities;
  private final User defaultUser;
  private final AclLog log = new AclLog();
  private TreeMap<Bytes, User> byName = new TreeMap<>();
  private boolean allChannels;
  private String password = "";

  /** The default user alone, who may do everything without a password. */
  public Users(Abilities abilities) {
    this.abilities = abilities;
    this.defaultUser = superuser(DEFAULT);
    byName.put(DEFAULT, defaultUser);
  }

  /** A user who may do everything and is not among the others: the server itself. */
  public User superuser(Bytes name) {
    User user = new User(abilities, name, true);
    try {
      user.apply(EVERYTHING, true);
    } catch (RuleError impossible) {
      throw new IllegalStateException(impossible);
    }
    return user;
  }

  /** Which commands there are. */
  public Abilities abilities() {
    return abilities;
  }

  /** What was denied lately. */
  public AclLog log() {
    return log;
  }

  // -------------------------------------------------------------------------------------- asking

  /** The user that clients are at first. */
  public User defaultUser() {
    return defaultUser;
  }

  /** Whether clients may use commands without proving who they are. */
  public boolean isOpen() {
    return defaultUser.isEnabled() && defaultUser.isPasswordless();
  }

  /** The user of a name, or null. */
  public @Nullable User find(Bytes name) {
    return byName.get(name);
  }

  /** All users, by their names. */
  public Collection<User> all() {
    return Collections.unmodifiableCollection(byName.values());
  }

  /** Who somebody is that knows a name and a password; null if nobody. */
  public @Nullable User authenticate(Bytes name, Bytes secret) {
    // Also hashed where it is in vain: the time must not tell which names there are.
    String hash = Passwords.hash(secret.toLatin1());
    User user = find(name);
    return user != null && user.isEnabled() && user.hasPassword(hash) ? user : null;
  }

  /** Whether a text cannot be a name: a space in it would end it in a file. */
  public static boolean hasSpaceOrZero(String text) {
    return text.chars().anyMatch(c -> c == 0 || c == ' ' || c >= '\t' && c <= '\r');
  }

  // ------------------------------------------------------------------------------------- changing

  /** {@code acl-pubsub-default}: whether new users may use all channels. */
  public void allChannels(boolean enabled) {
    allChannels = enabled;
  }

  /** {@code requirepass}: the only password of the default user; empty for none. */
  public void password(String newPassword) {
    password = newPassword;
    applyPassword(defaultUser);
  }

  /**
   * Applies rules to a user, which is made if it is not there: all of them, or none.
   *
   * @param rules words such as {@code on}, {@code +get}, {@code ~order:*}; characters 0 to 255
   * @return the user
   */
  public User change(Bytes name, List<String> rules) throws RuleError {
    User user = find(name);
    User changed = user == null ? new User(abilities, name.copy(), allChannels) : user.copy();
    changed.apply(joined(rules), allChannels);
    if (user == null) {
      byName.put(changed.name(), changed);
      return changed;
    }
    user.become(changed);
    return user;
  }

  /** Rules in parentheses may come as several words; here each pair of them is one. */
  private static List<String> joined(List<String> words) throws RuleError {
    List<String> rules = new ArrayList<>();
    for (int from = 0, to = 0; from < words.size(); from = to) {
      to = from + 1;
      if (words.get(from).startsWith("(")) {
        while (to <= words.size() && !words.get(to - 1).endsWith(")")) {
          to++;
        }
        if (to > words.size()) {
          throw new RuleError(words.get(from), Reason.UNMATCHED);
        }
      }
      rules.add(String.join(" ", words.subList(from, to)));
    }
    return rules;
  }

  /** Removes a user; false if there is none of this name. */
  public boolean remove(Bytes name) {
    if (name.equals(DEFAULT)) {
      throw new IllegalArgumentException("the default user is always there");
    }
    return byName.remove(name) != null;
  }

  // ----------------------------------------------------------------------------------------- lines

  /** All users as the lines of a file, without the word {@code user}. */
  public List<String> lines() {
    return all().stream().map(user -> user.name().toLatin1() + " " + user.text()).toList();
  }

  /**
   * Whether there is anything that the parameter {@code requirepass} does not say: other users, or
   * other rules for the default one.
   */
  public boolean isConfigured() {
    return byName.size() > 1 || !defaultUser.text().equals(plainDefault().text());
  }

  /** The default user as only {@code requirepass} makes it. */
  private User plainDefault() {
    User plain = superuser(DEFAULT);
    applyPassword(plain);
    return plain;
  }

  private void applyPassword(User user) {
    List<String> rules =
        password.isEmpty() ? List.of("nopass") : List.of("resetpass", ">" + password);
    try {
      user.apply(rules, allChannels);
    } catch (RuleError impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * Replaces all users by those of a file: all of them, or nothing changes.
   *
   * @param file what messages call it
   * @param text lines of the form {@code user <name> <rule> ...}; characters 0 to 255
   * @return an empty text, or what is wrong with its lines, as Redis says it
   */
  public String load(String file, String text) {
    TreeMap<Bytes, User> loaded = new TreeMap<>();
    StringBuilder errors = new StringBuilder();
    String[] lines = text.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      String line = lines[i].strip();
      if (!line.isEmpty()) {
        errors.append(read(line, i + 1, file, loaded));
      }
    }
    if (!errors.isEmpty()) {
      return errors
          + "WARNING: ACL errors detected, no change to the previously active ACL rules was"
          + " performed";
    }
    // Sessions keep the default user, and those whom the file names too: they become what it says.
    loaded.putIfAbsent(DEFAULT, plainDefault());
    loaded.replaceAll(
        (name, user) -> {
          User before = byName.get(name);
          if (before == null) {
            return user;
          }
          before.become(user);
          return before;
        });
    byName = loaded;
    return "";
  }

  /** Adds the user of one line; answers what is wrong with it, or nothing. */
  private String read(String line, int number, String file, TreeMap<Bytes, User> loaded) {
    List<String> words = List.of(line.split(" ", -1));
    if (words.size() < 2 || !words.get(0).equals("user")) {
      return file + ":" + number + " should start with user keyword followed by the username. ";
    }
    Bytes name = Bytes.of(words.get(1).getBytes(StandardCharsets.ISO_8859_1));
    if (loaded.containsKey(name)) {
      return "WARNING: Duplicate user '" + words.get(1) + "' found on line " + number + ". ";
    }
    User user = new User(abilities, name, allChannels);
    try {
      user.apply(joined(words.subList(2, words.size())), allChannels);
    } catch (RuleError error) {
      String detail =
          error.reason() == Reason.UNKNOWN
              ? "Error in applying operation '" + error.rule() + "': "
              : "";
      return file + ":" + number + ": " + detail + error.reason().text() + ". ";
    }
    loaded.put(name, user);
    return "";
  }
}

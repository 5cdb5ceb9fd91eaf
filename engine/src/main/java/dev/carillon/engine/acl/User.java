package dev.carillon.engine.acl;

import dev.carillon.engine.acl.RuleError.Reason;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Somebody who may use the server: how one proves to be this user, and what it may do. Sessions
 * keep the user; rules that change apply to them at once. Engine thread only.
 */
public final class User {

  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  private final Abilities abilities;
  private final Bytes name;
  private boolean enabled;
  private boolean passwordless;
  private boolean unsanitized;
  private final Set<String> passwords = new LinkedHashSet<>();

  /** The rules without parentheses, then those of each pair of them. */
  private List<Selector> selectors = new ArrayList<>();

  private boolean unlimited;

  /**
   * A user that may do nothing, and that nobody can be.
   *
   * @param allChannels whether all channels are allowed at first
   */
  User(Abilities abilities, Bytes name, boolean allChannels) {
    this.abilities = abilities;
    this.name = name;
    selectors.add(new Selector(abilities, allChannels));
  }

  /** The same user, to try rules on. */
  User copy() {
    User copy = new User(abilities, name, false);
    copy.become(this);
    return copy;
  }

  /** Takes over everything but the name. */
  void become(User other) {
    enabled = other.enabled;
    passwordless = other.passwordless;
    unsanitized = other.unsanitized;
    passwords.clear();
    passwords.addAll(other.passwords);
    selectors = new ArrayList<>(other.selectors.stream().map(Selector::copy).toList());
    unlimited = other.unlimited;
  }

  // -------------------------------------------------------------------------------------- asking

  /** The name. */
  public Bytes name() {
    return name;
  }

  /** Whether somebody may become this user. */
  public boolean isEnabled() {
    return enabled;
  }

  /** Whether every password is right. */
  public boolean isPasswordless() {
    return passwordless;
  }

  /** Whether everything is allowed, so that nothing has to be looked at. */
  public boolean isUnlimited() {
    return unlimited;
  }

  /** The sets of rules, one of which must allow all of a request. At least one. */
  public List<Selector> selectors() {
    return Collections.unmodifiableList(selectors);
  }

  /** Whether a command that may be used may read every key (SORT with patterns). */
  public boolean readsAllKeys(int command) {
    return unlimited
        || selectors.stream()
            .anyMatch(
                selector ->
                    selector.readsAllKeys() && selector.allowsCommand(command, () -> Bytes.EMPTY));
  }

  /** Whether messages may be sent to a channel or received from it. */
  public boolean allowsChannel(Bytes channel) {
    return selectors.stream().anyMatch(selector -> selector.allowsChannel(channel));
  }

  /** Whether channels may be received by a pattern. */
  public boolean allowsPattern(Bytes pattern) {
    return selectors.stream().anyMatch(selector -> selector.allowsPattern(pattern));
  }

  /** Whether any channel is allowed. */
  public boolean allowsSomeChannel() {
    return selectors.stream().anyMatch(Selector::allowsSomeChannel);
  }

  /** Whether a password is one of this user's; asked without looking whether it is enabled. */
  boolean hasPassword(String hash) {
    boolean found = passwordless;
    for (String password : passwords) {
      found |= Passwords.same(password, hash);
    }
    return found;
  }

  // ------------------------------------------------------------------------------------- changing

  /** Applies rules, in order. Where one is refused, those before it stay applied. */
  void apply(List<String> rules, boolean allChannels) throws RuleError {
    for (String rule : rules) {
      apply(rule, allChannels);
    }
    unlimited = selectors.stream().anyMatch(Selector::isUnlimited);
  }

  private void apply(String rule, boolean allChannels) throws RuleError {
    switch (rule.toLowerCase(Locale.ROOT)) {
      case "on" -> enabled = true;
      case "off" -> enabled = false;
      case "nopass" -> passwords(true);
      case "resetpass" -> passwords(false);
      case "sanitize-payload" -> unsanitized = false;
      case "skip-sanitize-payload" -> unsanitized = true;
      case "clearselectors" -> selectors.subList(1, selectors.size()).clear();
      case "reset" -> become(new User(abilities, name, allChannels));
      default -> {
        switch (rule.isEmpty() ? ' ' : rule.charAt(0)) {
          case '>' -> addPassword(Passwords.hash(rule.substring(1)));
          case '#' -> addPassword(requireHash(rule));
          case '<' -> removePassword(rule, Passwords.hash(rule.substring(1)));
          case '!' -> removePassword(rule, requireHash(rule));
          case '(' -> selectors.add(selector(rule));
          default -> selectors.getFirst().apply(rule);
        }
      }
    }
  }

  private void passwords(boolean none) {
    passwordless = none;
    passwords.clear();
  }

  private void addPassword(String hash) {
    passwords.add(hash);
    passwordless = false;
  }

  private void removePassword(String rule, String hash) throws RuleError {
    if (!passwords.remove(hash)) {
      throw new RuleError(rule, Reason.NO_SUCH_PASSWORD);
    }
  }

  private static String requireHash(String rule) throws RuleError {
    String hash = rule.substring(1);
    if (!HASH.matcher(hash).matches()) {
      throw new RuleError(rule, Reason.BAD_HASH);
    }
    return hash;
  }

  private Selector selector(String rule) throws RuleError {
    if (!rule.endsWith(")")) {
      throw new RuleError(rule, Reason.SYNTAX);
    }
    Selector selector = new Selector(abilities, false);
    for (String each : rule.substring(1, rule.length() - 1).strip().split(" +", -1)) {
      try {
        selector.apply(each);
      } catch (RuleError error) {
        throw new RuleError(rule, error.reason());
      }
    }
    return selector;
  }

  // -------------------------------------------------------------------------------------- telling

  /** What is true of the user, in the words of the rules that make it so. */
  public List<String> flags() {
    List<String> flags = new ArrayList<>();
    flags.add(enabled ? "on" : "off");
    if (passwordless) {
      flags.add("nopass");
    }
    flags.add(unsanitized ? "skip-sanitize-payload" : "sanitize-payload");
    return flags;
  }

  /** The SHA-256 hashes of its passwords, in hexadecimal. */
  public Set<String> passwords() {
    return Collections.unmodifiableSet(passwords);
  }

  /** The rules that make this user of a new one, as they stand in a line of a file. */
  public String text() {
    List<String> rules = new ArrayList<>(flags());
    passwords.forEach(hash -> rules.add("#" + hash));
    rules.add(selectors.getFirst().text());
    for (Selector selector : selectors.subList(1, selectors.size())) {
      rules.add("(" + selector.text() + ")");
    }
    return String.join(" ", rules);
  }
}

package dev.carillon.engine.command;

import dev.carillon.engine.acl.Denial;
import dev.carillon.engine.acl.Selector;
import dev.carillon.engine.acl.User;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import org.jspecify.annotations.Nullable;

/**
 * Whether a user may do what a request asks for: the one place where rules of users meet requests.
 * Costs one test for a user who may do everything.
 */
public final class Guard {

  private Guard() {}

  /**
   * Why a request is denied, or null if it is allowed.
   *
   * @param command the row that the request asks for, with as many arguments as it wants
   */
  public static @Nullable Denial check(User user, Command command, Request request) {
    if (user.isUnlimited() || command.noAuth) {
      return null;
    }
    Denial closest = null;
    for (Selector selector : user.selectors()) {
      Denial denial = check(selector, command, request);
      if (denial == null) {
        return null;
      }
      closest = closest == null ? denial : denial.closer(closest);
    }
    return closest;
  }

  private static @Nullable Denial check(Selector selector, Command command, Request request) {
    if (!selector.allowsCommand(
        command.number(), () -> request.count() > 1 ? request.argument(1) : Bytes.EMPTY)) {
      return new Denial(Denial.Reason.COMMAND, command.fullName(), 0);
    }
    int place = deniedKey(selector, command, request);
    if (place > 0) {
      return new Denial(Denial.Reason.KEY, request.argument(place).toLatin1(), place);
    }
    place = deniedChannel(selector, command.channels(), request);
    if (place > 0) {
      return new Denial(Denial.Reason.CHANNEL, request.argument(place).toLatin1(), place);
    }
    return null;
  }

  /** The index of the first key that may not be used so, or 0. */
  private static int deniedKey(Selector selector, Command command, Request request) {
    KeySpec keys = command.keys();
    KeyCheck check = new KeyCheck(selector, request);
    if (!keys.fits(request)) {
      // It will be refused, whatever it would have done to these keys.
      keys.forEachKey(request, check::accept);
      return check.denied;
    }
    for (KeySpec.Part part : keys.parts()) {
      String access = KeyAccess.of(command, part, request);
      if (!KeyAccess.isKey(access)) {
        continue;
      }
      check.needs =
          (KeyAccess.reads(access) ? Selector.READ : 0)
              | (KeyAccess.writes(access) ? Selector.WRITE : 0);
      if (part.keys() == KeySpec.Keys.UNKNOWN) {
        // Only the row's own finder names them, among all others.
        keys.forEachKey(
            request,
            index -> {
              if (keys.partOf(request, index) == part) {
                check.accept(index);
              }
            });
      } else {
        part.forEachKey(
            request,
            index -> {
              if (!isPlaceholder(keys, request, index)) {
                check.accept(index);
              }
            });
      }
      if (check.denied > 0) {
        break;
      }
    }
    return check.denied;
  }

  /**
   * Whether an argument stands where a key could, but the keys stand elsewhere: an empty one, or
   * any one of a command whose parts do not say everything.
   */
  private static boolean isPlaceholder(KeySpec keys, Request request, int index) {
    if (!keys.isMovable() || !request.argument(index).isEmpty() && !keys.isIncomplete()) {
      return false;
    }
    boolean[] found = new boolean[1];
    keys.forEachKey(request, other -> found[0] |= other == index);
    return !found[0];
  }

  private static final class KeyCheck {
    private final Selector selector;
    private final Request request;
    private int needs;
    private int denied;

    KeyCheck(Selector selector, Request request) {
      this.selector = selector;
      this.request = request;
    }

    void accept(int index) {
      if (denied == 0 && !selector.allowsKey(request.argument(index), needs)) {
        denied = index;
      }
    }
  }

  /** The index of the first channel that may not be used, or 0. */
  private static int deniedChannel(
      Selector selector, @Nullable ChannelSpec channels, Request request) {
    if (channels == null) {
      return 0;
    }
    int last = channels.last() < 0 ? request.count() - 1 : channels.last();
    for (int i = channels.first(); i <= last; i++) {
      Bytes channel = request.argument(i);
      boolean allowed =
          channels.arePatterns()
              ? selector.allowsPattern(channel)
              : selector.allowsChannel(channel);
      if (!allowed) {
        return i;
      }
    }
    return 0;
  }
}

package dev.carillon.engine.command;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.Request;
import java.util.BitSet;

/** Shows requests to others than the client: without the arguments that its row calls secret. */
final class Secrets {

  private static final Bytes REDACTED = Bytes.of("(redacted)");

  private Secrets() {}

  /** The arguments of a request as others may see them; views, to be copied. */
  static Bytes[] shown(Command command, Request request) {
    BitSet hidden = new BitSet();
    KeySpec.Finder secrets = command.secrets();
    if (secrets != null) {
      secrets.find(request, hidden::set);
    }
    Bytes[] shown = new Bytes[request.count()];
    for (int i = 0; i < shown.length; i++) {
      shown[i] = hidden.get(i) ? REDACTED : request.argument(i);
    }
    return shown;
  }
}

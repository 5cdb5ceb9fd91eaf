package dev.carillon.protocol.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Pins rows of docs/compatibility.md about the syntax of requests. */
class KnownDifferencesOfRequestsTest {

  private final RequestDecoder decoder = new RequestDecoder();
  private final Request request = new Request();

  private void feed(String stream) {
    byte[] bytes = stream.getBytes(StandardCharsets.ISO_8859_1);
    decoder.feed(bytes, 0, bytes.length);
  }

  @Test
  void aLongInlineRequestIsRefusedAlsoWhereItArrivesAtOnce() {
    feed("ECHO " + "x".repeat(70_000) + "\r\n");
    assertThatThrownBy(() -> decoder.next(request))
        .hasMessage("Protocol error: too big inline request");
  }

  @Test
  void aZeroByteOfAnInlineRequestIsAByte() throws ProtocolError {
    feed("ECHO a\0b\r\n");
    assertThat(decoder.next(request)).isTrue();
    assertThat(request.argument(1).toLatin1()).isEqualTo("a\0b");
  }

  @Test
  void aRequestEndsBelowTwoGigabytes() {
    RequestDecoder.Limits limits = new RequestDecoder.Limits();
    limits.bulkBytesMax(4L << 30);
    RequestDecoder wide = new RequestDecoder(limits);
    byte[] bytes = "*2\r\n$4\r\nECHO\r\n$2147483647\r\n".getBytes(StandardCharsets.ISO_8859_1);
    wide.feed(bytes, 0, bytes.length);
    assertThatThrownBy(() -> wide.next(request)).hasMessage("Protocol error: request exceeds 2 GB");
  }
}

package dev.carillon.protocol.event;

import static dev.carillon.protocol.ReferenceServer.command;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ReferenceServer;
import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NotifyFlagsTest {

  private static NotifyFlags flags(String text) {
    NotifyFlags flags = NotifyFlags.parse(text);
    assertThat(flags).as(text).isNotNull();
    return flags;
  }

  // Recorded in flags.txt and docs88-flags.txt; what named all ten older classes of A there stands
  // for itself here, since A has eleven from 8.8 on.
  @ParameterizedTest
  @CsvSource({
    "'', ''",
    "K, K",
    "KE, KE",
    "EK, KE",
    "A, A",
    "KA, AK",
    "AK, AK",
    "EA, AE",
    "AE, AE",
    "KEA, AKE",
    "KEAm, AKEm",
    "AnK, AK",
    "KEAn, AKE",
    "nKEA, AKE",
    "mKEA, AKEm",
    "AmE, AEm",
    "KEAg, AKE",
    "K$, $K",
    "hK, hK",
    "zE, zE",
    "KEz$t, $ztKE",
    "tzshl, lshzt",
    "KE$hm, $hKEm",
    "KEmn, nKEm",
    "nm, nm",
    "Kn, nK",
    "KEm, KEm",
    "mE, Em",
    "n, n",
    "m, m",
    "Kd, dK",
    "KEdm, dKEm",
    "KEexg, gxeKE",
    "Emxe, xeEm",
    "lshKE, lshKE",
    "g$lshzxetK, g$lshzxetK",
    "KKEEgg, gKE",
    "KEgg$$, g$KE",
    "KEo, oKE",
    "KEoc, ocKE",
    "KEnoc, nocKE",
    "KEg$oc, g$ocKE",
    "S, S",
    "T, T",
    "I, I",
    "V, V",
    "STIV, STIV",
    "VITS, STIV",
    "STIVh, hSTIV",
    "KEmSTIVh, hKEmSTIV",
    "Ih, hI",
    "KEa, aKE",
    "KEAa, AKE",
    "KEAnoc, AKE",
    "KEASTIV, AKESTIV",
    "g$lshztdxeKE, g$lshzxetdKE",
    "SA, AS",
    "AV, AV",
    "g$lshzxetdaKE, AKE",
    "agzsg, gsza",
  })
  void readsBackInOneCanonicalForm(String text, String canonical) {
    assertThat(flags(text)).hasToString(canonical);
    if (!text.contains("A") || !text.matches(".*[noc].*")) {
      assertThat(flags(canonical)).isEqualTo(flags(text)).hasSameHashCodeAs(flags(text));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "q",
        "G",
        "k",
        "0",
        "*",
        "KEA!",
        "KEX",
        "KEAB",
        "KEAq",
        "yes",
        "KE A",
        "KE,A",
        "KEA\n",
        "O",
        "i",
        "v",
        "KEq",
        "STIVX",
        "KEAocb",
        "w",
        "KEr",
        " ",
        "KE\u00e9",
      })
  void oneUnknownCharacterRefusesTheWholeText(String text) {
    assertThat(NotifyFlags.parse(text)).isNull();
  }

  @Test
  void aZeroByteEndsTheText() {
    assertThat(flags("KEg\u0000l")).hasToString("gKE");
    assertThat(flags("KEg\u0000!")).hasToString("gKE");
    assertThat(flags("\u0000")).isSameAs(NotifyFlags.NONE);
    assertThat(NotifyFlags.parse(Bytes.of(new byte[] {'K', (byte) 0xff}))).isNull();
  }

  @Test
  void anEventIsWantedIfItsClassAndSomeChannelAreSet() {
    for (EventType type : EventType.values()) {
      String letter = String.valueOf(type.eventClass().letter());
      assertThat(flags("K" + letter).wants(type)).isTrue();
      assertThat(flags("E" + letter).wants(type)).isTrue();
      assertThat(flags("S" + letter).wants(type)).isFalse();
      assertThat(flags("S" + letter).wantsSubkeys(type)).isTrue();
      assertThat(flags("KE" + letter).wantsSubkeys(type)).isFalse();
      assertThat(flags(letter).wants(type)).isFalse();
      assertThat(flags(letter).isSilent()).isTrue();
      assertThat(flags("KE").wants(type)).isFalse();
      assertThat(flags("KEA").wants(type)).isEqualTo(type.eventClass().isInsideAll());
      assertThat(NotifyFlags.NONE.wants(type)).isFalse();
    }
    assertThat(flags("KESTIV").isSilent()).isTrue();
    assertThat(flags("Vm").isSilent()).isFalse();
  }

  @Test
  void eachChannelHasItsLetter() {
    assertThat(flags("K").keyspaceChannel()).isTrue();
    assertThat(flags("ESTIV").keyspaceChannel()).isFalse();
    assertThat(flags("E").keyeventChannel()).isTrue();
    assertThat(flags("KSTIV").keyeventChannel()).isFalse();
    assertThat(flags("S").subkeyspaceChannel()).isTrue();
    assertThat(flags("KETIV").subkeyspaceChannel()).isFalse();
    assertThat(flags("T").subkeyeventChannel()).isTrue();
    assertThat(flags("KESIV").subkeyeventChannel()).isFalse();
    assertThat(flags("I").subkeyspaceitemChannel()).isTrue();
    assertThat(flags("KESTV").subkeyspaceitemChannel()).isFalse();
    assertThat(flags("V").subkeyspaceeventChannel()).isTrue();
    assertThat(flags("KESTI").subkeyspaceeventChannel()).isFalse();
  }

  /** Letters of 8.8 are left out, and all of A at once, which means less to an older server. */
  @Test
  void agreesWithTheReferenceServer() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String letters = "g$lshzxetdnmKEKEKE";
    try (ReferenceServer server = ReferenceServer.startOrSkip()) {
      for (int i = 0; i < 300; i++) {
        StringBuilder text = new StringBuilder(random.nextInt(5) == 0 ? "A" : "");
        for (int n = random.nextInt(8); n > 0; n--) {
          text.append(letters.charAt(random.nextInt(letters.length())));
        }
        String canonical = flags(text.toString()).toString();
        assertThat(
                server.ask(
                    command("CONFIG", "SET", "notify-keyspace-events", text.toString())
                        + command("CONFIG", "GET", "notify-keyspace-events")))
            .as("seed %d", seed)
            .isEqualTo("+OK\r\n" + command("notify-keyspace-events", canonical));
      }
      String zero = new String(new byte[] {'K', 0, '!'}, StandardCharsets.ISO_8859_1);
      assertThat(server.ask(command("CONFIG", "SET", "notify-keyspace-events", zero)))
          .isEqualTo("+OK\r\n");
    }
  }
}

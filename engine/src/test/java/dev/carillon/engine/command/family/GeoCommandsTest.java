package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ReferenceRedis;
import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Numerals;
import dev.carillon.protocol.resp.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Positions: what is announced and repeated, and the same replies as Redis to random requests. */
class GeoCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  @Test
  void onlyWhatChangesIsAnnounced() {
    engine.expect("GEOADD g 13.361389 38.115556 p", ":1", "new g", "zadd g");
    engine.expect("GEOADD g 13.361389 38.115556 p", ":0");
    engine.expect("GEOADD g CH 13 38 p 14 38 q", ":2", "zadd g");
    engine.expect("GEOADD g XX 13 38 r", ":0");
    engine.expect("GEOADD none XX 13 38 r", ":0");
    engine.expect("GEOADD g NX 1 1 p", ":0");
    assertThat(engine.effects())
        .containsExactly("GEOADD g 13.361389 38.115556 p", "GEOADD g CH 13 38 p 14 38 q");
  }

  @Test
  void resultsAreStoredAsAWhole() {
    engine.run("GEOADD g 13.361389 38.115556 p 15.087269 37.502669 q");
    engine.events();
    engine.expect(
        "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km", ":2", "new d", "geosearchstore d");
    engine.expect("GEORADIUS g 15 37 100 km STOREDIST d", ":1", "georadiusstore d");
    engine.expect("GEORADIUS g 0 0 1 km STORE d", ":0", "del d");
    engine.expect("GEOSEARCHSTORE d g FROMLONLAT 0 0 BYRADIUS 1 km", ":0");
    engine.expect("GEOSEARCHSTORE d none FROMMEMBER p BYRADIUS 1 km", ":0", "keymiss none");
  }

  /** Random requests here and there, mostly sensible ones, in both protocols. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void repliesAreThoseOfRedis(int seed) {
    try (ReferenceRedis redis = ReferenceRedis.startOrSkip()) {
      Random random = new Random(seed);
      String hello = "HELLO " + (2 + seed % 2);
      engine.run(hello);
      redis.ask(hello);
      for (int i = 0; i < 1200; i++) {
        Bytes[] request = Arrays.stream(request(random)).map(Bytes::of).toArray(Bytes[]::new);
        Reply ours = engine.run(request);
        assertThat(ours)
            .as("seed %s, %s: %s", seed, i, Arrays.toString(request))
            .usingRecursiveComparison()
            .withEqualsForType(GeoCommandsTest::areEqual, Bytes.class)
            .isEqualTo(redis.ask(request));
      }
    }
  }

  /** Before 8.0 a coordinate had 17 digits behind its point, and now those that it needs. */
  private static boolean areEqual(Bytes ours, Bytes theirs) {
    return ours.equals(theirs)
        || Math.abs(Numerals.parseDouble(ours) - Numerals.parseDouble(theirs)) < 1e-16;
  }

  private static String[] request(Random random) {
    List<String> words = new ArrayList<>();
    String key = random.nextInt(12) == 0 ? "none" : "g";
    switch (random.nextInt(10)) {
      case 0, 1, 2 -> {
        words.addAll(List.of("GEOADD", "g"));
        for (int members = random.nextInt(6); members >= 0; members--) {
          words.addAll(List.of(longitude(random), latitude(random), member(random)));
        }
      }
      case 3 -> words.addAll(List.of("GEOPOS", key, member(random), member(random)));
      case 4 -> words.addAll(List.of("GEOHASH", key, member(random), member(random)));
      case 5 -> words.addAll(List.of("GEODIST", key, member(random), member(random), unit(random)));
      case 6 -> {
        words.addAll(List.of("GEORADIUS", key, longitude(random), latitude(random)));
        words.addAll(List.of(size(random), unit(random)));
        addOptions(words, random);
      }
      case 7 -> {
        words.addAll(List.of("GEORADIUSBYMEMBER_RO", key, member(random)));
        words.addAll(List.of(size(random), unit(random)));
        addOptions(words, random);
      }
      default -> {
        words.addAll(List.of("GEOSEARCH", key));
        addOptions(words, random);
        words.addAll(
            random.nextBoolean()
                ? List.of("FROMMEMBER", member(random))
                : List.of("FROMLONLAT", longitude(random), latitude(random)));
        words.addAll(
            random.nextBoolean()
                ? List.of("BYRADIUS", size(random), unit(random))
                : List.of("BYBOX", size(random), size(random), unit(random)));
      }
    }
    return words.toArray(String[]::new);
  }

  private static void addOptions(List<String> words, Random random) {
    for (String word : new String[] {"WITHCOORD", "WITHDIST", "WITHHASH", "ASC", "DESC"}) {
      if (random.nextInt(4) == 0) {
        words.add(word);
      }
    }
    if (random.nextInt(3) == 0) {
      words.addAll(List.of("COUNT", "" + random.nextInt(30)));
      if (random.nextInt(3) == 0) {
        words.add("ANY");
      }
    }
  }

  /** Whole degrees among others, so that positions and distances are equal now and then. */
  private static String longitude(Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> "" + random.nextInt(-180, 181);
      case 1 -> "" + random.nextInt(3);
      default -> "" + random.nextDouble(-181, 181);
    };
  }

  private static String latitude(Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> "" + random.nextInt(-85, 86);
      case 1 -> "" + random.nextInt(3);
      default -> "" + random.nextDouble(-86, 86);
    };
  }

  private static String member(Random random) {
    return "m" + random.nextInt(150);
  }

  private static String size(Random random) {
    return random.nextBoolean() ? "" + random.nextInt(10_000) : "" + random.nextDouble(1000);
  }

  private static String unit(Random random) {
    return List.of("m", "km", "KM", "ft", "mi", "yard").get(random.nextInt(40) / 8);
  }
}

package dev.carillon.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.carillon.engine.value.Geohash.Cell;
import dev.carillon.engine.value.Geohash.Position;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Positions as numbers and letters, and which cells a search looks into. */
class GeohashTest {

  /** Of redis-server 7.0.15: GEOADD, then ZSCORE and GEOHASH. */
  @ParameterizedTest
  @CsvSource({
    "13.361389, 38.115556, 3479099956230698, sqc8b49rny0",
    "15.087269, 37.502669, 3479447370796909, sqdtr74hyu0",
    "0, 0, 3377699720527872, s0000000000",
    "-180, -85.05112878, 0, 00bh0hbj200",
    "180, 85.05112878, 13510798882111488, bp05b5048p0",
    "179.99999, 85, 4503599353409464, zzpgxczbzu0",
  })
  void positionsAreNumbersAndLetters(
      double longitude, double latitude, long number, String letters) {
    Position position = new Position(longitude, latitude);
    assertThat(position.isValid()).isTrue();
    assertThat(Geohash.encode(position)).isEqualTo(number);
    assertThat(Geohash.letters(Geohash.decode(number))).isEqualTo(letters);
  }

  @Test
  void thereAreLimits() {
    assertThat(new Position(180.0001, 0).isValid()).isFalse();
    assertThat(new Position(-180.0001, 0).isValid()).isFalse();
    assertThat(new Position(0, 85.06).isValid()).isFalse();
    assertThat(new Position(0, -85.06).isValid()).isFalse();
    assertThat(new Position(Double.POSITIVE_INFINITY, 0).isValid()).isFalse();
  }

  @Test
  void aPositionComesBackToHalfAMetre() {
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      Position position = random(random, 180, 85);
      Position back = Geohash.decode(Geohash.encode(position));
      assertThat(Geohash.distance(position, back)).isLessThan(0.5);
    }
  }

  @Test
  void scoresThatNobodyEncodedAreSomewhere() {
    for (double score : new double[] {-1, 0.5, 1e16, 0x1p63, 1e300, -1e300}) {
      assertThat(Geohash.decode(score).isValid()).as("%s", score).isTrue();
    }
    assertThat(Geohash.decode(1e300)).isEqualTo(Geohash.decode(0));
  }

  @Test
  void neighboursTouch() {
    Random random = new Random(2);
    for (int i = 0; i < 1000; i++) {
      int steps = 2 + random.nextInt(25);
      Cell cell = Geohash.cell(random(random, 170, 80), steps);
      assertThat(cell.moved(1, 0).moved(-1, 0)).isEqualTo(cell);
      assertThat(cell.moved(0, 1).moved(0, -1)).isEqualTo(cell);
      assertThat(cell.moved(1, -1)).isEqualTo(cell.moved(0, -1).moved(1, 0));
      if (cell.east() < 180) {
        assertThat(cell.moved(1, 0).west()).isEqualTo(cell.east());
      }
      if (cell.north() < Geohash.LATITUDE_MAX) {
        assertThat(cell.moved(0, 1).south()).isEqualTo(cell.north());
      }
    }
  }

  /** Away from the poles and from the edge of the map, where Redis' cells leave gaps. */
  @Test
  void whatLiesWithinAShapeLiesInACellOfItsCover() {
    for (int seed = 1; seed <= 3000; seed++) {
      Random random = new Random(seed);
      Position center = random(random, 150, 60);
      double size = Math.exp(random.nextDouble(13));
      GeoShape shape =
          random.nextBoolean()
              ? new GeoShape.Circle(center, size)
              : new GeoShape.Box(center, size * random.nextDouble(2), size * random.nextDouble(2));
      double degrees = size / 50_000;
      for (int i = 0; i < 50; i++) {
        Position position =
            new Position(
                center.longitude() + random.nextDouble(-degrees, degrees),
                center.latitude() + random.nextDouble(-degrees, degrees));
        if (shape.distanceIfWithin(position) != GeoShape.OUTSIDE) {
          long number = Geohash.encode(position);
          assertThat(shape.cover())
              .as("seed %s: %s in %s", seed, position, shape)
              .anyMatch(cell -> cell.first() <= number && number < cell.end());
        }
      }
    }
  }

  @Test
  void distancesAreThoseOfASphere() {
    Position here = new Position(13.361389, 38.115556);
    Position there = new Position(15.087269, 37.502669);
    assertThat(Geohash.distance(here, there)).isEqualTo(Geohash.distance(there, here));
    assertThat(Geohash.distance(here, here)).isZero();
    double quarter = Math.PI / 2 * Geohash.EARTH_RADIUS_METERS;
    assertThat(Geohash.distance(new Position(0, 0), new Position(90, 0)))
        .isCloseTo(quarter, within(1e-8));
    assertThat(Geohash.distance(new Position(-180, 0), new Position(180, 0))).isLessThan(1e-6);
  }

  private static Position random(Random random, double longitudeMax, double latitudeMax) {
    return new Position(
        random.nextDouble(-longitudeMax, longitudeMax),
        random.nextDouble(-latitudeMax, latitudeMax));
  }
}

package dev.carillon.engine.value;

import dev.carillon.engine.value.Geohash.Cell;
import dev.carillon.engine.value.Geohash.Position;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a search looks within: a circle or a rectangle around a position. It knows which positions
 * lie within, and a few cells that cover it, so that a search reads few ranges of scores.
 *
 * <p>Which cells cover a shape, and in which order, decides the order of results that are not
 * sorted. Therefore both are found as Redis finds them.
 */
public sealed interface GeoShape {

  /** Where a position is not within: no distance is negative. */
  double OUTSIDE = -1;

  /** The middle. */
  Position center();

  /** The distance of a position from the middle in metres, or {@link #OUTSIDE}. */
  double distanceIfWithin(Position position);

  /** How far it reaches to the east and to the west, in metres. */
  double halfWidth();

  /** How far it reaches to the north and to the south, in metres. */
  double halfHeight();

  /** How far the farthest position within is from the middle, in metres. */
  double reach();

  /** All positions that are not farther away than the radius, in metres. */
  record Circle(Position center, double radius) implements GeoShape {

    @Override
    public double distanceIfWithin(Position position) {
      double distance = Geohash.distance(center, position);
      return distance > radius ? OUTSIDE : distance;
    }

    @Override
    public double halfWidth() {
      return radius;
    }

    @Override
    public double halfHeight() {
      return radius;
    }

    @Override
    public double reach() {
      return radius;
    }
  }

  /**
   * All positions that are not farther to the north or south than half the height, nor, at their
   * own latitude, to the east or west than half the width; in metres.
   */
  record Box(Position center, double width, double height) implements GeoShape {

    @Override
    public double distanceIfWithin(Position position) {
      if (Geohash.latitudeDistance(center, position) > height / 2) {
        return OUTSIDE;
      }
      Position beside = new Position(center.longitude(), position.latitude());
      if (Geohash.distance(position, beside) > width / 2) {
        return OUTSIDE;
      }
      return Geohash.distance(center, position);
    }

    @Override
    public double halfWidth() {
      return width / 2;
    }

    @Override
    public double halfHeight() {
      return height / 2;
    }

    @Override
    public double reach() {
      return Math.sqrt(width / 2 * (width / 2) + height / 2 * (height / 2));
    }
  }

  /** Half of the length of the equator on the map, in metres. */
  double MAP_REACH = 20037726.37;

  /** The cells that cover the shape, at most nine, in the order in which they are searched. */
  default List<Cell> cover() {
    Bounds bounds = Bounds.of(this);
    int steps = steps();
    Cell middle = Geohash.cell(center(), steps);
    if (steps > 1 && !bounds.areWithinNeighboursOf(middle)) {
      steps--;
      middle = Geohash.cell(center(), steps);
    }
    // With one step the neighbours are the whole world, and none is left out.
    boolean mayLeaveOut = steps >= 2;
    boolean north = !(mayLeaveOut && middle.north() > bounds.north);
    boolean south = !(mayLeaveOut && middle.south() < bounds.south);
    boolean east = !(mayLeaveOut && middle.east() > bounds.east);
    boolean west = !(mayLeaveOut && middle.west() < bounds.west);

    List<Cell> cells = new ArrayList<>(9);
    cells.add(middle);
    // Where cells are so large that neighbours are the same, the one before is not repeated; the
    // middle is.
    Cell last = null;
    last = add(cells, north, middle.moved(0, 1), last);
    last = add(cells, south, middle.moved(0, -1), last);
    last = add(cells, east, middle.moved(1, 0), last);
    last = add(cells, west, middle.moved(-1, 0), last);
    last = add(cells, north && east, middle.moved(1, 1), last);
    last = add(cells, north && west, middle.moved(-1, 1), last);
    last = add(cells, south && east, middle.moved(1, -1), last);
    add(cells, south && west, middle.moved(-1, -1), last);
    return cells;
  }

  private static @Nullable Cell add(
      List<Cell> cells, boolean wanted, Cell cell, @Nullable Cell last) {
    if (!wanted || cell.equals(last)) {
      return last;
    }
    cells.add(cell);
    return cell;
  }

  /** So many that a cell is larger than the shape, but not much; fewer where meridians meet. */
  private int steps() {
    double range = reach();
    if (range == 0) {
      return Geohash.STEPS_MAX;
    }
    int steps = 1;
    for (; range < MAP_REACH; range *= 2) {
      steps++;
    }
    steps -= 2;
    double latitude = Math.abs(center().latitude());
    if (latitude > 66) {
      steps--;
    }
    if (latitude > 80) {
      steps--;
    }
    return Math.clamp(steps, 1, Geohash.STEPS_MAX);
  }

  /** The lines of longitude and latitude between which a shape lies. */
  record Bounds(double west, double south, double east, double north) {

    static Bounds of(GeoShape shape) {
      double longitude = shape.center().longitude();
      double latitude = shape.center().latitude();
      double height = Geohash.degrees(shape.halfHeight() / Geohash.EARTH_RADIUS_METERS);
      // Meridians are nearer to each other on the side of the shape that is nearer to a pole.
      double narrow = latitude < 0 ? latitude - height : latitude + height;
      double width =
          Geohash.degrees(
              shape.halfWidth()
                  / Geohash.EARTH_RADIUS_METERS
                  / StrictMath.cos(Geohash.radians(narrow)));
      return new Bounds(longitude - width, latitude - height, longitude + width, latitude + height);
    }

    boolean areWithinNeighboursOf(Cell middle) {
      return middle.moved(0, 1).north() >= north
          && middle.moved(0, -1).south() <= south
          && middle.moved(1, 0).east() >= east
          && middle.moved(-1, 0).west() <= west;
    }
  }
}

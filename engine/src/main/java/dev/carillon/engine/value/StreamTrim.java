package dev.carillon.engine.value;

/**
 * How a stream is to be trimmed: old entries go until few enough are left, or until those that are
 * left are not below an id.
 *
 * @param length how many entries are to be left, at least 0; not looked at where there is an id
 * @param id which entries are to be left, or {@link StreamId#MIN} where the length counts
 * @param isById whether the id counts
 * @param isApproximate whether it need not be exact
 * @param limit how many entries may go at most, whole blocks of them; 0 for any number
 * @param references what is done about groups that know the entries
 * @param isRepeated whether {@code length} is what another trim has left, and has to come about
 */
public record StreamTrim(
    long length,
    StreamId id,
    boolean isById,
    boolean isApproximate,
    long limit,
    StreamReferences references,
    boolean isRepeated) {

  /**
   * Whether nothing but whole blocks goes. Where groups are asked about each entry anyway nothing
   * is saved by that (observed on 8.6.3).
   */
  boolean isByBlocks() {
    return isApproximate && references == StreamReferences.KEEP;
  }

  /** Until so many entries are left, exactly. */
  public static StreamTrim toLength(long length, StreamReferences references) {
    return new StreamTrim(length, StreamId.MIN, false, false, 0, references, false);
  }

  /** Until all entries below an id are gone, exactly. */
  public static StreamTrim before(StreamId id, StreamReferences references) {
    return new StreamTrim(0, id, true, false, 0, references, false);
  }
}

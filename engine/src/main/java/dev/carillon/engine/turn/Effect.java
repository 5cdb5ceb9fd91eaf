package dev.carillon.engine.turn;

import dev.carillon.protocol.bytes.Bytes;
import java.util.List;

/**
 * What has to be executed again to repeat a change: a command in its deterministic form (absolute
 * deadlines, chosen members, computed floats). Replaying the effects of all turns in order into an
 * empty engine yields the same values and deadlines.
 *
 * @param db the number of the database that was selected when the change was made
 * @param arguments the command's name and arguments, in arrays of their own
 */
public record Effect(int db, List<Bytes> arguments) {}

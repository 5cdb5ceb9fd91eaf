package dev.carillon.engine.reply;

/** Takes bytes out of an {@link Outbox}. */
@FunctionalInterface
public interface ByteSink {

  /** Takes {@code length} bytes of {@code array} from {@code offset}; they must be copied. */
  void accept(byte[] array, int offset, int length);
}

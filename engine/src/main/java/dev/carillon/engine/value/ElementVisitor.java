package dev.carillon.engine.value;

import dev.carillon.protocol.bytes.Bytes;

/** Sees the elements of a collection one after the other. */
@FunctionalInterface
public interface ElementVisitor {

  /**
   * Sees one element.
   *
   * @param text good until the visitor returns; the collection must not change meanwhile
   * @return whether to go on
   */
  boolean visit(Bytes text);
}

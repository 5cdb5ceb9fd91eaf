package dev.carillon.engine.value;

/** What becomes of the references that consumer groups have to an entry that is to be deleted. */
public enum StreamReferences {
  /** They stay: groups go on knowing the id. */
  KEEP,
  /** They are deleted too, in all groups. */
  DELETE,
  /** An entry is only deleted if every group has read it and nobody has it pending. */
  ACKNOWLEDGED
}

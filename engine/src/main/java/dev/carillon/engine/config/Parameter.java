package dev.carillon.engine.config;

import java.util.List;

/**
 * One row of the table of parameters: everything about a parameter but its current value.
 *
 * <p>Immutable and safe for any thread. Two parameters are equal only if they are the same row.
 *
 * @param <T> what a value is; never null
 */
public final class Parameter<T> {

  private final int index;
  private final String name;
  private final List<String> aliases;
  private final ParameterType<T> type;
  private final T initially;
  private final Mutability mutability;
  private final String since;
  private final String doc;
  private final boolean effect;
  private final boolean hidden;
  private final boolean sensitive;

  private Parameter(Row<T> row, T initially, int index, String doc) {
    this.index = index;
    this.name = row.name;
    this.aliases = row.aliases;
    this.type = row.type;
    this.initially = initially;
    this.mutability = row.mutability;
    this.since = row.since;
    this.doc = doc;
    this.effect = row.effect;
    this.hidden = row.hidden;
    this.sensitive = row.sensitive;
  }

  /** The place of the row in {@link Parameters#all()}. */
  int index() {
    return index;
  }

  /** The name in files and commands; lower case. */
  public String name() {
    return name;
  }

  /** Further names of the same parameter, older or newer ones; mostly empty. */
  public List<String> aliases() {
    return aliases;
  }

  /** What values there are and how they are written. */
  public ParameterType<T> type() {
    return type;
  }

  /** The value when nothing is configured. */
  public T initially() {
    return initially;
  }

  /** When the value may change. */
  public Mutability mutability() {
    return mutability;
  }

  /**
   * The first version of Redis that knows the parameter, as far as it is later than 7.0; else 7.0.
   * Parameters that only Carillon has say {@code carillon}.
   */
  public String since() {
    return since;
  }

  /** What the parameter does, in one sentence that names the unit of a number. */
  public String doc() {
    return doc;
  }

  /**
   * Whether the value changes anything in Carillon. Others are accepted so that existing files and
   * tools work, and the server says once at start which of them a file sets.
   */
  public boolean hasEffect() {
    return effect;
  }

  /** Whether CONFIG GET shows the parameter only to those who give its exact name. */
  public boolean isHidden() {
    return hidden;
  }

  /** Whether the value is a secret that must not reach a log or an error text. */
  public boolean isSensitive() {
    return sensitive;
  }

  /** The name. */
  @Override
  public String toString() {
    return name;
  }

  /** A row that is being written; {@link #doc} finishes it. */
  static final class Row<T> {
    private final List<Parameter<?>> table;
    private final String name;
    private final ParameterType<T> type;
    private List<String> aliases = List.of();
    private Mutability mutability = Mutability.MUTABLE;
    private String since = "7.0";
    private boolean effect = true;
    private boolean hidden;
    private boolean sensitive;

    Row(List<Parameter<?>> table, String name, ParameterType<T> type) {
      this.table = table;
      this.name = name;
      this.type = type;
    }

    Row<T> alias(String alias) {
      aliases = List.of(alias);
      return this;
    }

    Row<T> immutable() {
      mutability = Mutability.IMMUTABLE;
      return this;
    }

    Row<T> guarded() {
      mutability = Mutability.PROTECTED;
      return this;
    }

    Row<T> since(String version) {
      since = version;
      return this;
    }

    Row<T> withoutEffect() {
      effect = false;
      return this;
    }

    Row<T> hidden() {
      hidden = true;
      return this;
    }

    Row<T> sensitive() {
      sensitive = true;
      return this;
    }

    Initial<T> initially(T value) {
      return doc -> {
        Parameter<T> parameter = new Parameter<>(this, value, table.size(), doc);
        table.add(parameter);
        return parameter;
      };
    }
  }

  /** A row of which only the sentence is missing. */
  interface Initial<T> {
    /** Adds the row to its table. */
    Parameter<T> doc(String sentence);
  }
}

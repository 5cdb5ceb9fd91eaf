package dev.carillon.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ParametersTest {

  static Stream<Parameter<?>> rows() {
    return Parameters.all().stream();
  }

  @ParameterizedTest
  @MethodSource("rows")
  <T> void readingBackWhatIsShownGivesTheInitialValue(Parameter<T> row) throws ConfigError {
    ParameterType<T> type = row.type();
    assertThat(type.parse(type.format(row.initially()), row.initially()))
        .isEqualTo(row.initially());
  }

  @ParameterizedTest
  @MethodSource("rows")
  <T> void readingBackWhatIsWrittenToAFileGivesTheInitialValue(Parameter<T> row)
      throws ConfigError {
    T value = row.initially();
    boolean first = true;
    for (List<String> words : row.type().lines(row.initially())) {
      List<String> line = Words.split(Words.join(row.name(), words));
      List<String> said = line.subList(1, line.size());
      value = first ? row.type().parseLine(said, value) : row.type().parseFurtherLine(said, value);
      first = false;
    }
    assertThat(value).isEqualTo(row.initially());
  }

  @ParameterizedTest
  @MethodSource("rows")
  void aRowIsDocumentedInOneSentenceAndNamedInLowerCase(Parameter<?> row) {
    assertThat(row.doc()).matches("[A-Z].*[^.]\\.").hasSizeLessThan(100);
    assertThat(row.doc()).doesNotContain(". ");
    assertThat(row.name()).isEqualTo(row.name().toLowerCase(Locale.ROOT));
    assertThat(row.aliases()).allMatch(alias -> Parameters.find(alias) == row);
    assertThat(Parameters.find(row.name().toUpperCase(Locale.ROOT))).isSameAs(row);
    assertThat(row.type().doc()).isNotBlank();
  }

  @Test
  void everyNameThatRedisShowsIsHereAndOneMore() {
    // CONFIG GET * of 8.8.1 gives 218 names, aliases included; feed-max-bytes is ours.
    assertThat(new Configuration().match(List.of("*"))).hasSize(218 + 1);
    assertThat(Parameters.find("no-such-parameter")).isNull();
  }
}

package dev.carillon.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of a {@link StringValue}, one by one. */
class StringValueTest {

  @ParameterizedTest
  @ValueSource(ints = {3, 6, 7, 100})
  void whatAStringGrowsByIsZeroWhateverWasThereBefore(int length) {
    byte[] source = {'a', 'b', 'c', 'd', 'e', 'f'};
    StringValue value = new StringValue(source, 0, source.length);
    value.resize(2);
    value.resize(length);

    byte[] expected = new byte[length];
    expected[0] = 'a';
    expected[1] = 'b';
    assertThat(value.view(Bytes.view())).isEqualTo(Bytes.of(expected));
  }
}

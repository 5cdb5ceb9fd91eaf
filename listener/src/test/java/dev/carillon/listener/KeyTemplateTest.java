package dev.carillon.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.bytes.Glob;
import dev.carillon.protocol.event.EventType;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyTemplateTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      quoteCharacter = '"',
      textBlock =
          """
          # template            | key               | variables, or - where the shape is another
          order:{id}            | order:42          | id=42
          order:{id}            | order:42:item:7   | id=42:item:7
          order:{id}            | order:            | -
          order:{id}            | Order:42          | -
          order:{id}            | my order:42       | -
          order:{id}:item:{i}   | order:42:item:7   | i=7,id=42
          order:{id}:item:{i}   | order:42          | -
          order:{id}:item:{i}   | order::item:7     | -
          {tenant}:{rest}       | a:b:c             | rest=b:c,tenant=a
          {tenant}:{rest}       | :b                | -
          {a}::{b}              | :::::             | a=:,b=::
          {a}:end               | x:y:end           | a=x:y
          {a}:end               | :end              | -
          {}:{b}                | x:y               | b=y
          {all}                 | anything          | all=anything
          fixed                 | fixed             | ""
          fixed                 | fixed2            | -
          set{{{n}}}            | set{5}            | n=5
          a*b{n}                | a*b1              | n=1
          a*b{n}                | aXb1              | -
          a[x]?{n}              | a[x]?1            | n=1
          """)
  void aKeyIsTakenApart(String template, String key, String expected) {
    KeyTemplate shape = KeyTemplate.of(template);
    Map<String, Bytes> variables = shape.variables(Bytes.of(key));
    assertThat(shape.matches(Bytes.of(key))).isEqualTo(expected != null);
    if (expected == null) {
      assertThat(variables).isNull();
    } else {
      assertThat(text(variables)).isEqualTo(expected);
      assertThat(Glob.matches(shape.glob(), Bytes.of(key))).isTrue();
    }
  }

  private static String text(Map<String, Bytes> variables) {
    return new TreeMap<>(variables)
        .entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue())
            .collect(Collectors.joining(","));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          order:{id      | the brace at 6 is not closed
          order:id}      | the brace at 8 closes nothing
          {a}{b}         | the brace at 3 follows another part at once
          {a}:{a}        | the brace at 4 names 'a' for the second time
          """)
  void aTemplateThatMeansNothingIsRefusedWithThePlace(String template, String reason) {
    assertThatThrownBy(() -> KeyTemplate.of(template))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("key template \"" + template + "\": " + reason);
  }

  /** What is glued from parts is taken apart into parts that give the same key again. */
  @Test
  void partsPutTogetherAreTheKeyAgain() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    KeyTemplate shape = KeyTemplate.of("a{x}b{y}ab{z}");
    for (int i = 0; i < 20_000; i++) {
      byte[] key = new byte[random.nextInt(12)];
      for (int j = 0; j < key.length; j++) {
        key[j] = (byte) "ab\u00ffc".charAt(random.nextInt(4));
      }
      Bytes bytes = Bytes.of(key);
      Map<String, Bytes> parts = shape.variables(bytes);
      assertThat(shape.matches(bytes)).as("seed %d", seed).isEqualTo(parts != null);
      // Without the parts' lengths a glob matches more: an empty part.
      if (parts != null) {
        String again =
            "a"
                + parts.get("x").toLatin1()
                + "b"
                + parts.get("y").toLatin1()
                + "ab"
                + parts.get("z").toLatin1();
        assertThat(again).as("seed %d", seed).isEqualTo(bytes.toLatin1());
        assertThat(Glob.matches(shape.glob(), bytes)).as("seed %d", seed).isTrue();
      }
    }
  }

  @Test
  void anEventTellsItsVariables() {
    KeyEvent event = KeyEvent.of(EventType.EXPIRED, "order:{id}", "order:42");
    assertThat(event.variable("id")).isEqualTo("42");
    assertThat(event.variables()).isEqualTo(Map.of("id", "42"));
    assertThat(event).hasToString("expired order:42");
    assertThatThrownBy(() -> event.variable("name"))
        .hasMessage("the key template \"order:{id}\" names no part \"name\"");
  }

  @Test
  void globsHaveNoVariables() {
    KeyTemplate glob = KeyTemplate.ofGlob("order:[0-9]*");
    assertThat(glob.matches(Bytes.of("order:42"))).isTrue();
    assertThat(glob.matches(Bytes.of("order:x"))).isFalse();
    assertThat(glob.variables(Bytes.of("order:42"))).isEmpty();
    assertThat(KeyTemplate.ofGlob("*").matches(Bytes.EMPTY)).isTrue();
  }
}

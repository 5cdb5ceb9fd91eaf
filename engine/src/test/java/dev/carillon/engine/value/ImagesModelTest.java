package dev.carillon.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An image shows what a list, an array or a string was when it was made, whatever is done to it
 * before the image is passed to its end: compared with a copy. A failure names its seed; {@code
 * -Dcarillon.seed=…} replays it.
 */
class ImagesModelTest {

  private static final int SEEDS = Integer.getInteger("carillon.seeds", 300);

  /** A value that changes at random, its image, and what the image has to show. */
  private interface Subject {
    /** Does something to the value, perhaps. */
    void change();

    /** Makes an image of what the value is now. */
    void begin();

    /** Passes a part of the image; answers whether there is more. */
    boolean pass();

    /** Lets the value forget the image. */
    void close();

    /** What the image alone has in memory. */
    long heldBytes();

    /** Fails unless all that was passed is what the value was. */
    void check();
  }

  private enum Kind {
    LIST,
    ARRAY,
    STRING;

    Subject subject(Random random) {
      return switch (this) {
        case LIST -> new ListSubject(random);
        case ARRAY -> new ArraySubject(random);
        case STRING -> new StringSubject(random);
      };
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void anImageShowsWhatTheValueWas(Kind kind) {
    Long given = Long.getLong("carillon.seed");
    long first = given == null ? new Random().nextLong() : given;
    for (int i = 0; i < (given == null ? SEEDS : 1); i++) {
      run(kind, first + i, false);
    }
  }

  /** The saboteur: the value forgets its image, and changes what both have in place. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void whatIsChangedInPlaceIsNoticed(Kind kind) {
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 30; i++) {
                run(kind, 1000 + i, true);
              }
            })
        .isInstanceOf(AssertionError.class);
  }

  private static void run(Kind kind, long seed, boolean inPlace) {
    Random random = new Random(seed);
    Subject subject = kind.subject(random);
    try {
      for (int round = 0; round < 4; round++) {
        for (int i = random.nextInt(200); i > 0; i--) {
          subject.change();
        }
        subject.begin();
        if (inPlace) {
          subject.close();
        }
        int between = random.nextInt(8);
        boolean more = true;
        while (more) {
          for (int i = random.nextInt(1 + between); i > 0; i--) {
            subject.change();
          }
          more = subject.pass();
        }
        subject.check();
        assertThat(subject.heldBytes()).as("bytes held behind the end").isZero();
        subject.close();
      }
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(kind + ", -Dcarillon.seed=" + seed + ": " + e.getMessage(), e);
    }
  }

  // ---------------------------------------------------------------------------------------- lists

  private static final class ListSubject implements Subject {
    private final Random random;
    private final int textBytesMax;
    private final ListValue list;
    private final List<Bytes> model = new ArrayList<>();
    private final List<Bytes> expected = new ArrayList<>();
    private final List<Bytes> seen = new ArrayList<>();
    private ListImage image;

    ListSubject(Random random) {
      this.random = random;
      this.textBytesMax = random.nextBoolean() ? 12 : 3000;
      this.list = new ListValue(new ListLimit(new int[] {-2, -1, 3, 100}[random.nextInt(4)]));
      this.image = list.image();
    }

    @Override
    public void change() {
      ListValueModelTest.change(
          random, list, model, textBytesMax, model.size() < 400 || random.nextInt(9) > 0, false);
      assertThat(list.size()).isEqualTo(model.size());
    }

    @Override
    public void begin() {
      expected.clear();
      expected.addAll(model);
      seen.clear();
      image = list.image();
    }

    @Override
    public boolean pass() {
      if (image.hasNext()) {
        ListValue chunk = new ListValue(new ListLimit(-2));
        if (image.isPlain()) {
          chunk.addPlain(image.bytes());
        } else {
          chunk.addListpack(image.bytes());
        }
        chunk.visit(0, true, text -> seen.add(text.copy()));
        image.pass();
      }
      return image.hasNext();
    }

    @Override
    public void close() {
      image.close();
    }

    @Override
    public long heldBytes() {
      return image.heldBytes();
    }

    @Override
    public void check() {
      assertThat(seen).as("elements of the image").isEqualTo(expected);
      List<Bytes> now = new ArrayList<>();
      if (!list.isEmpty()) {
        list.visit(0, true, text -> now.add(text.copy()));
      }
      assertThat(now).as("elements of the list").isEqualTo(model);
      long bytes = model.stream().mapToLong(Bytes::length).sum();
      assertThat(list.sizeBytes()).isBetween(bytes, 200 + 4 * bytes + 200L * model.size());
    }
  }

  // --------------------------------------------------------------------------------------- arrays

  private static final class ArraySubject implements Subject {
    private final Random random;
    private final int indexes;
    private final int bytesMax;
    private final ArrayValue array = new ArrayValue();
    private final TreeMap<Long, Bytes> model = new TreeMap<>();
    private final TreeMap<Long, Bytes> expected = new TreeMap<>();
    private final TreeMap<Long, Bytes> seen = new TreeMap<>();
    private ArrayImage image;
    private boolean wasReplaced;

    ArraySubject(Random random) {
      this.random = random;
      this.indexes = new int[] {300, 3_000, 1 << 30}[random.nextInt(3)];
      this.bytesMax = new int[] {8, 60, 2_000}[random.nextInt(3)];
      this.image = array.image();
    }

    @Override
    public void change() {
      long index = random.nextInt(indexes);
      switch (random.nextInt(20)) {
        case 0, 1, 2 -> {
          array.remove(index);
          model.remove(index);
        }
        case 3 -> {
          long end = random.nextBoolean() ? index + 200 : random.nextInt(indexes);
          array.removeRange(index, end);
          model.subMap(Math.min(index, end), true, Math.max(index, end), true).clear();
        }
        case 4 -> {
          if (random.nextInt(20) == 0 && array.length() > 0 && array.length() < 5_000) {
            array.ring(1 + random.nextInt((int) array.length()));
            wasReplaced = true;
            model.clear();
            array.visit(
                0,
                ArrayValue.INDEX_MAX,
                (at, value) -> {
                  model.put(at, value.copy());
                  return true;
                });
          }
        }
        case 5, 6 -> {
          for (int i = random.nextInt(150); i > 0; i--) {
            set(index++);
          }
        }
        default -> set(index);
      }
      assertThat(array.defect()).isNull();
      assertThat(array.count()).isEqualTo(model.size());
    }

    private void set(long index) {
      byte[] bytes = new byte[random.nextInt(1 + bytesMax)];
      random.nextBytes(bytes);
      array.set(index, Bytes.of(bytes));
      model.put(index, Bytes.of(bytes));
    }

    @Override
    public void begin() {
      expected.clear();
      expected.putAll(model);
      seen.clear();
      wasReplaced = false;
      image = array.image();
    }

    @Override
    public boolean pass() {
      for (int i = random.nextInt(300); i >= 0; i--) {
        if (image.next()) {
          Bytes before = seen.put(image.index(), image.value(Bytes.view()).copy());
          assertThat(before).as("an element comes once").isNull();
          assertThat(seen.lastKey()).as("elements come in order").isEqualTo(image.index());
        }
      }
      return !image.isDone();
    }

    @Override
    public void close() {
      image.close();
    }

    @Override
    public long heldBytes() {
      // Chunks that were replaced as a whole are in memory as long as the image.
      return wasReplaced ? 0 : image.heldBytes();
    }

    @Override
    public void check() {
      assertThat(seen).as("elements of the image").isEqualTo(expected);
      for (Map.Entry<Long, Bytes> entry : model.entrySet()) {
        assertThat(array.get(entry.getKey(), Bytes.view())).isEqualTo(entry.getValue());
      }
    }
  }

  // -------------------------------------------------------------------------------------- strings

  private static final class StringSubject implements Subject {
    private final Random random;
    private final StringValue string;
    private final Bytes view = Bytes.view();
    private byte[] expected = {};
    private byte[] seen = {};
    private StringImage image;

    StringSubject(Random random) {
      this.random = random;
      this.string = new StringValue(new byte[10], 0, 10);
      this.image = string.image();
    }

    @Override
    public void change() {
      int length = string.length();
      switch (random.nextInt(12)) {
        case 0 -> string.resize(random.nextInt(1 + length));
        case 1, 2 -> {
          string.resize(length + random.nextInt(5_000));
          write(length, string.length());
        }
        case 3 -> {
          int from = random.nextInt(1 + length);
          write(from, from + random.nextInt(1 + length - from));
        }
        default -> {
          int from = random.nextInt(1 + length);
          write(from, Math.min(length, from + random.nextInt(20)));
        }
      }
    }

    private void write(int from, int to) {
      string.changing(from, to);
      for (int i = from; i < to; i++) {
        string.view(view).array()[i] = (byte) random.nextInt();
      }
    }

    @Override
    public void begin() {
      expected = string.view(view).toByteArray();
      seen = new byte[0];
      image = string.image();
      assertThat(image.length()).isEqualTo(expected.length);
    }

    @Override
    public boolean pass() {
      if (image.left() > 0) {
        int most = 1 + random.nextInt(4_000);
        Bytes next = image.pass(most, Bytes.view());
        assertThat(next.length()).isBetween(1, most);
        int before = seen.length;
        seen = Arrays.copyOf(seen, before + next.length());
        next.copyTo(seen, before);
      }
      return image.left() > 0;
    }

    @Override
    public void close() {
      image.close();
    }

    @Override
    public long heldBytes() {
      return image.heldBytes();
    }

    @Override
    public void check() {
      assertThat(seen).as("bytes of the image").isEqualTo(expected);
    }
  }

  // ----------------------------------------------------------------------------------------- cost

  /** Chosen: what a change keeps is a chunk or a block, however large the value is. */
  @Test
  void aChangeKeepsAFewKilobytes() {
    ListValue list = new ListValue(new ListLimit(-2));
    ArrayValue array = new ArrayValue();
    for (int i = 0; i < 200_000; i++) {
      list.push(false, Bytes.of("element" + i));
      array.set(i, Bytes.of("element" + i));
    }
    StringValue string = new StringValue(new byte[8 << 20], 0, 8 << 20);
    ListImage listImage = list.image();
    ArrayImage arrayImage = array.image();
    StringImage stringImage = string.image();
    list.push(true, Bytes.of("first"));
    list.push(false, Bytes.of("last"));
    list.set(100_000, Bytes.of("middle"));
    array.set(100_000, Bytes.of("middle"));
    array.remove(150_000);
    string.changing(4 << 20, (4 << 20) + 1);
    assertThat(listImage.heldBytes()).isBetween(1L, 30_000L);
    assertThat(arrayImage.heldBytes()).isBetween(1L, 10_000L);
    assertThat(stringImage.heldBytes()).isEqualTo(StringImage.BLOCK_BYTES);
  }

  /** Elements that are long are handed over, not copied. */
  @Test
  void longElementsAreNotCopied() {
    Bytes text = Bytes.of(new byte[3 << 20]);
    ListValue list = new ListValue(new ListLimit(-2));
    ArrayValue array = new ArrayValue();
    for (int i = 0; i < 4; i++) {
      list.push(false, text);
      array.set(i, text);
    }
    ListImage listImage = list.image();
    ArrayImage arrayImage = array.image();
    list.set(1, Bytes.of(new byte[2 << 20]));
    list.remove(true, 1);
    list.push(false, Bytes.of("short"));
    assertThat(list.removeMatches(text, 1, true)).isEqualTo(1);
    array.set(1, Bytes.of("short"));
    array.remove(2);
    List<Integer> lengths = new ArrayList<>();
    while (listImage.hasNext()) {
      lengths.add(listImage.bytes().length());
      listImage.pass();
    }
    while (arrayImage.next()) {
      lengths.add(arrayImage.value(Bytes.view()).length());
    }
    assertThat(lengths).hasSize(8).containsOnly(3 << 20);
    assertThat(list.size()).isEqualTo(3);
  }
}

package dev.carillon.listener.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SkimmerTest {

  private final List<String> heard = new ArrayList<>();
  private final StringBuilder passed = new StringBuilder();

  /** Where the client library would stand: it hears from the first reply on. */
  private EmbeddedChannel channel() {
    return new EmbeddedChannel(
        new Skimmer(),
        new ChannelInboundHandlerAdapter() {
          @Override
          public void channelRead(ChannelHandlerContext context, Object read) {
            ByteBuf bytes = (ByteBuf) read;
            passed.append(bytes.toString(StandardCharsets.ISO_8859_1));
            bytes.release();
            Skimmer.hear(
                (pattern, name, text) ->
                    heard.add(
                        (pattern == null ? "" : text(pattern) + " ")
                            + text(name)
                            + " "
                            + text(text)));
          }
        });
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
  }

  private static String bulk(String text) {
    return "$" + text.length() + "\r\n" + text + "\r\n";
  }

  /** Whatever comes, in whatever pieces: messages are heard, everything else is passed on. */
  @Test
  void messagesAreTakenOutAndNothingElse() {
    for (int round = 0; round < 300; round++) {
      long seed = System.nanoTime();
      Random random = new Random(seed);
      StringBuilder all = new StringBuilder("+first\r\n");
      StringBuilder others = new StringBuilder("+first\r\n");
      List<String> messages = new ArrayList<>();
      heard.clear();
      passed.setLength(0);
      for (int i = 0; i < 60; i++) {
        char head = random.nextBoolean() ? '*' : '>';
        String name = "channel" + random.nextInt(3);
        String text = random(random);
        switch (random.nextInt(4)) {
          case 0 -> {
            all.append(head).append("3\r\n").append(bulk("message")).append(bulk(name));
            all.append(bulk(text));
            messages.add(name + " " + text);
          }
          case 1 -> {
            String pattern = "p*" + random.nextInt(2);
            all.append(head).append("4\r\n").append(bulk("pmessage")).append(bulk(pattern));
            all.append(bulk(name)).append(bulk(text));
            messages.add(pattern + " " + name + " " + text);
          }
          default -> {
            String other = reply(random, 2);
            all.append(other);
            others.append(other);
          }
        }
      }
      EmbeddedChannel channel = channel();
      channel.writeInbound(bytes("+first\r\n"));
      int at = "+first\r\n".length();
      while (at < all.length()) {
        int end = Math.min(all.length(), at + 1 + random.nextInt(random.nextBoolean() ? 8 : 400));
        channel.writeInbound(bytes(all.substring(at, end)));
        at = end;
      }
      channel.finishAndReleaseAll();
      assertThat(passed.toString()).as("seed %d", seed).isEqualTo(others.toString());
      assertThat(heard).as("seed %d", seed).isEqualTo(messages);
    }
  }

  private static String random(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(30); i > 0; i--) {
      text.append((char) random.nextInt(256));
    }
    return text.toString();
  }

  private static String reply(Random random, int depth) {
    String[] simple = {
      "+OK\r\n",
      "-ERR no\r\n",
      ":-12\r\n",
      "_\r\n",
      "#t\r\n",
      ",1.5\r\n",
      "(123\r\n",
      "$-1\r\n",
      "*-1\r\n",
      "*0\r\n",
      "$0\r\n\r\n",
      "=7\r\ntxt:abc\r\n",
      "!3\r\nERR\r\n"
    };
    int kind = depth == 0 ? 0 : random.nextInt(6);
    return switch (kind) {
      case 1 -> bulk(random(random));
      case 2 -> ">3\r\n" + bulk("subscribe") + bulk("c") + ":1\r\n";
      case 3 -> "*2\r\n" + reply(random, depth - 1) + reply(random, depth - 1);
      case 4 -> "%1\r\n" + bulk("message") + reply(random, depth - 1);
      case 5 -> "|1\r\n" + bulk("ttl") + ":1\r\n" + reply(random, depth - 1);
      default -> simple[random.nextInt(simple.length)];
    };
  }

  /** Its end is known from its beginning, and what is long is not read again with every piece. */
  @Test
  void aLongMessageInPiecesIsHeardOnce() {
    EmbeddedChannel channel = channel();
    channel.writeInbound(bytes("+first\r\n"));
    String text = "t".repeat(1_000_000);
    for (String head : List.of("*3\r\n$7\r\nmessage\r\n", "*4\r\n$8\r\npmessage\r\n$2\r\np*\r\n")) {
      String all = head + bulk("c") + bulk(text) + head + bulk("c") + bulk("short");
      for (int at = 0; at < all.length(); at += 60_000) {
        channel.writeInbound(bytes(all.substring(at, Math.min(all.length(), at + 60_000))));
      }
    }
    channel.writeInbound(bytes("+last\r\n"));
    channel.finishAndReleaseAll();
    assertThat(heard).containsExactly("c " + text, "c short", "p* c " + text, "p* c short");
    assertThat(passed.toString()).isEqualTo("+first\r\n+last\r\n");
  }

  @Test
  void whatIsNoProtocolIsPassedOnUntouched() {
    EmbeddedChannel channel = channel();
    byte[] cipher = {0x16, 0x03, 0x03, 0, 5, '*', '3', '\r', '\n', 1};
    channel.writeInbound(Unpooled.copiedBuffer(cipher));
    channel.writeInbound(bytes("*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nt\r\n"));
    channel.finishAndReleaseAll();
    assertThat(passed.toString())
        .isEqualTo(
            new String(Arrays.copyOf(cipher, cipher.length), StandardCharsets.ISO_8859_1)
                + "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nt\r\n");
    assertThat(heard).isEmpty();
  }

  @Test
  void nothingIsTakenBeforeSomebodyHears() {
    EmbeddedChannel channel = channel();
    String message = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nt\r\n";
    channel.writeInbound(bytes(message));
    channel.writeInbound(bytes(message));
    channel.finishAndReleaseAll();
    assertThat(passed.toString()).isEqualTo(message);
    assertThat(heard).containsExactly("c t");
  }
}

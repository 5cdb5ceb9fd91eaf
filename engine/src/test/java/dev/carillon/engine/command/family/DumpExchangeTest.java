package dev.carillon.engine.command.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.bytes.Bytes;
import dev.carillon.protocol.resp.ProtocolError;
import dev.carillon.protocol.resp.Reply;
import dev.carillon.protocol.resp.ReplyDecoder;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Payloads of DUMP between Carillon and a redis-server, both ways. Skipped where no redis-server is
 * on the PATH.
 */
class DumpExchangeTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  private static Process process;
  private static Socket redis;
  private static ReplyDecoder decoder;

  @BeforeAll
  static void startRedis() throws IOException, InterruptedException {
    boolean there = false;
    for (String directory : System.getenv("PATH").split(File.pathSeparator, -1)) {
      there |= Files.isExecutable(Path.of(directory, "redis-server"));
    }
    Assumptions.assumeTrue(there, "no redis-server on the PATH");
    int port;
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = probe.getLocalPort();
    }
    process =
        new ProcessBuilder("redis-server", "--port", "" + port, "--bind", "127.0.0.1", "--save", "")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    for (int attempt = 0; redis == null && attempt < 100; attempt++) {
      try {
        redis = new Socket(InetAddress.getLoopbackAddress(), port);
      } catch (IOException notYet) {
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
    redis.setSoTimeout(5000);
    decoder = new ReplyDecoder();
  }

  @AfterAll
  static void stopRedis() throws IOException {
    if (redis != null) {
      redis.close();
    }
    if (process != null) {
      process.destroy();
      process.onExit().join();
    }
  }

  private static Reply ask(Bytes... words) throws IOException, ProtocolError {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(("*" + words.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (Bytes word : words) {
      request.writeBytes(("$" + word.length() + "\r\n").getBytes(StandardCharsets.US_ASCII));
      request.writeBytes(word.toByteArray());
      request.writeBytes(new byte[] {'\r', '\n'});
    }
    redis.getOutputStream().write(request.toByteArray());
    byte[] chunk = new byte[65536];
    Reply reply = decoder.next();
    while (reply == null) {
      int count = redis.getInputStream().read(chunk);
      assertThat(count).as("redis-server goes on talking").isPositive();
      decoder.feed(chunk, 0, count);
      reply = decoder.next();
    }
    return reply;
  }

  private static final Bytes SET = Bytes.of("SET");
  private static final Bytes GET = Bytes.of("GET");
  private static final Bytes DUMP = Bytes.of("DUMP");
  private static final Bytes RESTORE = Bytes.of("RESTORE");
  private static final Bytes REPLACE = Bytes.of("REPLACE");
  private static final Bytes ZERO = Bytes.of("0");
  private static final Bytes KEY = Bytes.of("key");

  private static List<Bytes> values() {
    List<Bytes> values = new ArrayList<>();
    String[] texts = {
      "",
      "a",
      "0",
      "-1",
      "127",
      "128",
      "-129",
      "32767",
      "32768",
      "2147483647",
      "2147483648",
      "-2147483648",
      "9223372036854775807",
      "007",
      "+1",
      "hello world",
      "aaaaaaaaaaaaaaaaaaaaa"
    };
    for (String text : texts) {
      values.add(Bytes.of(text));
    }
    Random random = new Random(10);
    for (int size : new int[] {63, 64, 500, 16_383, 16_384, 200_000}) {
      byte[] noise = new byte[size];
      random.nextBytes(noise);
      values.add(Bytes.of(noise));
      byte[] few = new byte[size];
      for (int i = 0; i < size; i++) {
        few[i] = (byte) ('a' + random.nextInt(3));
      }
      values.add(Bytes.of(few));
      values.add(Bytes.of("the same again and again, ".repeat(size / 26 + 1)));
    }
    return values;
  }

  @Test
  void whatRedisDumpsIsRestoredHere() throws IOException, ProtocolError {
    for (Bytes value : values()) {
      ask(SET, KEY, value);
      Bytes payload = ((Reply.Bulk) ask(DUMP, KEY)).text();
      assertThat(engine.run(RESTORE, KEY, ZERO, payload, REPLACE))
          .isEqualTo(new Reply.Simple(Bytes.of("OK")));
      assertThat(engine.run(GET, KEY)).isEqualTo(new Reply.Bulk(value));
    }
  }

  @Test
  void whatIsDumpedHereIsRestoredByRedis() throws IOException, ProtocolError {
    for (Bytes value : values()) {
      engine.run(SET, KEY, value);
      Bytes payload = ((Reply.Bulk) engine.run(DUMP, KEY)).text();
      assertThat(ask(RESTORE, KEY, ZERO, payload, REPLACE))
          .isEqualTo(new Reply.Simple(Bytes.of("OK")));
      assertThat(ask(GET, KEY)).isEqualTo(new Reply.Bulk(value));
      if (value.length() <= 20) {
        assertThat(ask(DUMP, KEY)).as("payload of %s", value).isEqualTo(new Reply.Bulk(payload));
      }
    }
  }
}

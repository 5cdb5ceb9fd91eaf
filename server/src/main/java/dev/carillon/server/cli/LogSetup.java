package dev.carillon.server.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.EncoderBase;
import dev.carillon.engine.config.LogLevel;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes Logback obey {@code loglevel} and {@code logfile}.
 *
 * <p>In code, because a logback.xml in the jar would also speak for every application that embeds
 * the server, and because reading XML would be a quarter of the time that a start takes. Where
 * another logger is on the class path, it is left as its owner configured it.
 */
final class LogSetup {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

  private LogSetup() {}

  /**
   * Logs to a file that can be written to, or else to a stream.
   *
   * @param file null for none
   */
  static void start(LogLevel level, @Nullable Path file, OutputStream stream) {
    LoggerContext context = context();
    if (context == null) {
      return;
    }
    context.reset();
    OutputStreamAppender<ILoggingEvent> appender =
        file == null ? toStream(context, stream) : toFile(file);
    appender.setContext(context);
    LineEncoder encoder = new LineEncoder();
    encoder.setContext(context);
    encoder.start();
    appender.setEncoder(encoder);
    appender.start();
    context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
    level(level);
  }

  /** Changes how much is logged; any thread. */
  static void level(LogLevel level) {
    LoggerContext context = context();
    if (context == null) {
      return;
    }
    Level own =
        switch (level) {
          case DEBUG -> Level.TRACE;
          case VERBOSE -> Level.DEBUG;
          case NOTICE -> Level.INFO;
          case WARNING -> Level.WARN;
          case NOTHING -> Level.OFF;
        };
    // Libraries say more than an operator wants to know; what they say at DEBUG is for developers.
    Level others =
        level == LogLevel.DEBUG ? Level.DEBUG : own.isGreaterOrEqual(Level.WARN) ? own : Level.INFO;
    context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(others);
    context.getLogger("dev.carillon").setLevel(own);
  }

  private static @Nullable LoggerContext context() {
    ILoggerFactory factory = LoggerFactory.getILoggerFactory();
    try {
      return factory instanceof LoggerContext context ? context : null;
    } catch (LinkageError elsewhere) {
      return null;
    }
  }

  private static OutputStreamAppender<ILoggingEvent> toStream(
      LoggerContext context, OutputStream stream) {
    OutputStreamAppender<ILoggingEvent> appender =
        new OutputStreamAppender<>() {
          @Override
          protected void closeOutputStream() {
            // The stream belongs to the process.
          }
        };
    appender.setContext(context);
    appender.setOutputStream(stream);
    return appender;
  }

  private static OutputStreamAppender<ILoggingEvent> toFile(Path file) {
    FileAppender<ILoggingEvent> appender = new FileAppender<>();
    appender.setFile(file.toString());
    appender.setAppend(true);
    return appender;
  }

  /** One line: local time, level in Redis' words, message; then the stack trace if there is one. */
  private static final class LineEncoder extends EncoderBase<ILoggingEvent> {

    @Override
    public byte[] headerBytes() {
      return new byte[0];
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
      StringBuilder line = new StringBuilder(128);
      TIME.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
      line.append(' ').append(word(event.getLevel())).append(' ');
      line.append(event.getFormattedMessage()).append('\n');
      if (event.getThrowableProxy() != null) {
        line.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
      }
      return line.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] footerBytes() {
      return new byte[0];
    }

    private static String word(Level level) {
      return switch (level.toInt()) {
        case Level.ERROR_INT -> "error  ";
        case Level.WARN_INT -> "warning";
        case Level.INFO_INT -> "notice ";
        case Level.DEBUG_INT -> "verbose";
        default -> "debug  ";
      };
    }
  }
}

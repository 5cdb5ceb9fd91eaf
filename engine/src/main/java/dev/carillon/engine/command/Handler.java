package dev.carillon.engine.command;

/**
 * What a command does. A handler has three paragraphs: read and refuse; change; answer. It refuses
 * by throwing a row of {@link dev.carillon.engine.reply.Errors}, before it has changed anything.
 */
@FunctionalInterface
public interface Handler {

  /** Executes one request of the command. */
  void run(CommandContext ctx);
}

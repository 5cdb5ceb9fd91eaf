package dev.carillon.engine.command.family;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ConfigCommandsTest {

  @RegisterExtension final EngineFixture engine = new EngineFixture();

  @Test
  void getAnswersEachMatchingParameterOnce() {
    engine.expect("CONFIG GET maxmemory maxm*ory", "[\"maxmemory\", \"0\"]");
    engine.expect("CONFIG GET MaxMemory", "[\"MaxMemory\", \"0\"]");
    engine.expect("CONFIG GET no-such-parameter", "[]");
    engine.run("HELLO 3");
    engine.expect("CONFIG GET maxmemory", "{\"maxmemory\" => \"0\"}");
  }

  @Test
  void setTakesSizesAndAnswersThemInBytes() {
    engine.expect("CONFIG SET maxmemory 1mb maxmemory-samples 7", "+OK");
    engine.expect("CONFIG GET maxmemory", "[\"maxmemory\", \"1048576\"]");
    engine.expect("CONFIG GET maxmemory-samples", "[\"maxmemory-samples\", \"7\"]");
  }

  @Test
  void aRefusedPairChangesNothing() {
    engine.expect(
        "CONFIG SET maxmemory 5mb maxmemory-policy nonsense",
        engine.say("CONFIG SET maxmemory-policy nonsense"));
    engine.expect("CONFIG GET maxmemory", "[\"maxmemory\", \"0\"]");
    engine.expect("CONFIG SET a b c", "-ERR syntax error");
    engine.expect("CONFIG SET a", "-ERR wrong number of arguments for 'config|set' command");
    engine.expect(
        "CONFIG SET a b", "-ERR Unknown option or number of arguments for CONFIG SET - 'a'");
    engine.expect(
        "CONFIG SET databases 4",
        "-ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable"
            + " config");
  }

  @Test
  void resetstatForgetsCounters() {
    engine.run("NOSUCH");
    engine.expect("CONFIG RESETSTAT", "+OK");
    engine.expect("INFO errorstats", "\"# Errorstats\\r\\n\"");
  }

  @Test
  void rewriteNeedsAFile() {
    engine.expect("CONFIG REWRITE", "-ERR The server is running without a config file");
  }
}

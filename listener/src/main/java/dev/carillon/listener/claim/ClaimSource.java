package dev.carillon.listener.claim;

import dev.carillon.listener.dispatch.Source;
import dev.carillon.listener.pubsub.LiveSource;

/** Events that are heard by every worker of a group and handled by the one that claims them. */
public final class ClaimSource implements Source {

  private final LiveSource heard;
  private final Claims claims;

  /** What is heard and who claims it, as one. */
  public ClaimSource(LiveSource heard, Claims claims) {
    this.heard = heard;
    this.claims = claims;
  }

  @Override
  public void awaitReady() {
    heard.awaitReady();
  }

  @Override
  public void close() {
    heard.close();
    claims.stop();
  }

  @Override
  public void finish() {
    claims.finish();
  }
}

/**
 * When the journal begins anew with a snapshot: the one place that knows both. Below it, the
 * journal knows nothing of snapshots and snapshots nothing of the journal.
 */
@NullMarked
package dev.carillon.engine.rewrite;

import org.jspecify.annotations.NullMarked;

import type { Change } from '../domain/changes.js';
import type { DomainEvents } from '../domain/domain-events.js';

/** Tells of what was committed apart from the batches, as they do: once before its answer, once after it. */
export function announce(events: DomainEvents, changes: readonly Change[]): void {
  events.emit('changesConfirmed', changes);
  setImmediate(() => {
    events.emit('changesCommitted', changes);
  });
}

import type { SelfStatus } from '../../domain/presence-exchange.js';

/** Of who has said nothing. */
export const PLAINLY_ONLINE: SelfStatus = { status: 'online', setAt: 0, by: '' };

/** What counts of two: all servers that know both agree. */
export function laterOf(one: SelfStatus, other: SelfStatus): SelfStatus {
  return isLater(one, other) ? one : other;
}

export function isLater(one: SelfStatus, other: SelfStatus): boolean {
  return one.setAt === other.setAt ? one.by > other.by : one.setAt > other.setAt;
}

/** Whether others see no difference. Absent: offline. */
export function looksLike(one: SelfStatus | undefined, other: SelfStatus | undefined): boolean {
  if (!one || !other) return one === other;
  return one.status === other.status && one.metadataJson === other.metadataJson;
}

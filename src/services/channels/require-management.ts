import { managesChannels } from '../../domain/channel-rights.js';
import { ForbiddenError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';

/** Asked before anything else: who may not change channels learns nothing of them by trying. */
export function requireManagement(principal: Principal): void {
  if (!managesChannels(principal)) throw new ForbiddenError('not allowed to change channels');
}

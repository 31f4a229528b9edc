import type { OwnRequests } from '../../../src/domain/payloads.js';
import { callPlans } from './call-plans.js';
import { chatPlans } from './chat-plans.js';
import { messagePlans } from './message-plans.js';
import type { PayloadPlan, World } from './payload-plan.js';
import { topicPlans } from './topic-plans.js';
import { userPlans } from './user-plans.js';

/** What only the realtime dialect has words for, and what only concord has. */
type RealtimeType =
  'directMessage' | 'topicHistory' | 'setPresence' | 'presenceQuery' | 'binary' | 'custom' | `X-${string}`;
type ConcordType = `chat_${string}`;

export type MessagingType = Exclude<keyof OwnRequests, RealtimeType | ConcordType>;

/** Every request and client event of the messaging dialect: one without a plan does not compile. */
export function payloadPlans(world: World): Readonly<Record<MessagingType, PayloadPlan>> {
  return { ...messagePlans(world), ...chatPlans(world), ...userPlans(world), ...topicPlans(), ...callPlans(world) };
}

/** For the names of tests, which must be known before there is a server. */
export const payloadTypes = Object.keys(
  payloadPlans({ userId: '', dialog: '', group: '', otherGroup: '', token: '' }),
) as MessagingType[];

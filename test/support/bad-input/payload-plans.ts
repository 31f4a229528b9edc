import type { PayloadType } from '../../../src/domain/payloads.js';
import { chatPlans } from './chat-plans.js';
import { messagePlans } from './message-plans.js';
import type { PayloadPlan, World } from './payload-plan.js';
import { userPlans } from './user-plans.js';

/** Every request and client event that there is: one without a plan does not compile. */
export function payloadPlans(world: World): Readonly<Record<PayloadType, PayloadPlan>> {
  return { ...messagePlans(world), ...chatPlans(world), ...userPlans(world) };
}

/** For the names of tests, which must be known before there is a server. */
export const payloadTypes = Object.keys(
  payloadPlans({ userId: '', dialog: '', group: '', otherGroup: '', token: '' }),
) as PayloadType[];

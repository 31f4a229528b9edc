import type { PayloadPlan, World } from './payload-plan.js';
import { MISSING, texts, userIds } from './wrong-values.js';

export function userPlans({ userId, dialog, token }: World) {
  return {
    presence: {
      kind: 'request',
      good: { userIds: [dialog, userId] },
      fields: { userIds: [MISSING, ...userIds(500)] },
    },
    auth: {
      kind: 'request',
      good: { token },
      fields: { token: [MISSING, ...texts()] },
      wrongAltogether: ['', 'x', '..', 'e30.e30.e30', `${token}x`, 'x'.repeat(100_000)].map((bad) => ({
        payload: { token: bad },
        code: 401,
      })),
    },
    offline: { kind: 'event', fields: {} },
  } satisfies Record<string, PayloadPlan>;
}

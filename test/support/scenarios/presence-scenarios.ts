import { come, type Doing, go, hide, setStatus } from './doing.js';

/** What Ann does, what a contact of hers is told of it in the messaging dialect, and how REST says that she is from then on. */
export interface PresenceStep {
  readonly doing: Doing;
  readonly told?: 'online' | 'offline';
  readonly is: 'ONLINE' | 'OFFLINE' | 'AWAY' | 'DO_NOT_DISTURB';
}

export interface PresenceScenario {
  readonly name: string;
  readonly steps: readonly PresenceStep[];
}

const comes: PresenceStep = { doing: come('Ann'), told: 'online', is: 'ONLINE' };
const goes: PresenceStep = { doing: go('Ann'), told: 'offline', is: 'OFFLINE' };
const hides: PresenceStep = { doing: hide('Ann'), told: 'offline', is: 'OFFLINE' };
const isAway: PresenceStep = { doing: setStatus('Ann', 'away'), is: 'AWAY' };
const isBusy: PresenceStep = { doing: setStatus('Ann', 'busy'), is: 'DO_NOT_DISTURB' };
const isBack: PresenceStep = { doing: setStatus('Ann', 'online'), is: 'ONLINE' };

/** All over one connection at a time. */
export const PRESENCE_SCENARIOS: readonly PresenceScenario[] = [
  { name: 'comes', steps: [comes] },
  { name: 'comes and goes', steps: [comes, goes] },
  { name: 'comes back', steps: [comes, goes, comes] },
  { name: 'hides', steps: [comes, hides] },
  { name: 'hides and goes', steps: [comes, hides, { doing: go('Ann'), is: 'OFFLINE' }] },
  { name: 'hides, goes and comes back', steps: [comes, hides, { doing: go('Ann'), is: 'OFFLINE' }, comes] },
  { name: 'is away', steps: [comes, isAway] },
  { name: 'is away, busy and back', steps: [comes, isAway, isBusy, isBack] },
  { name: 'is busy no more when it comes back', steps: [comes, isBusy, goes, comes] },
];

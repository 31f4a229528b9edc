import type { WorldChannel } from './channel-record.js';
import type { Device, Request } from './device.js';
import { pick } from './pick.js';
import type { Step } from './step.js';

/** What acts need to know of the play they are in. */
export interface Stage {
  readonly users: readonly string[];
  readonly channels: readonly WorldChannel[];
  readonly devices: readonly Device[];
  /** A word that nobody has said yet. */
  newWord(): string;
}

/** Does it; the request that it made, if the play may want to wait for its answer. */
export type Doing = (device: Device, step: Step, stage: Stage) => Promise<Request | undefined>;

/** Dialogs with everybody, favorites, and the groups and channels that the device has heard of, also those that it is out of. */
export function chatIdOf(device: Device, { where }: Step, { users }: Stage): string {
  return pick([...users, ...groupsOf(device), ...groupsOf(device), ...channelsOf(device)], where) ?? device.userId;
}

function channelsOf(device: Device): string[] {
  return [...device.replica.chats.keys()].filter((chatId) => chatId.startsWith('c_'));
}

export function groupsOf(device: Device): string[] {
  return [...device.replica.chats.keys()].filter((chatId) => chatId.startsWith('g_'));
}

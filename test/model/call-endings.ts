import type { Pool } from 'pg';
import { eventually } from '../support/eventually.js';
import { isInCall } from './call-record.js';
import type { Device } from './device.js';
import { type LoggedChat, readLog } from './log-record.js';
import { membersOf } from './views.js';

/** Nobody is there any more: what rings has rung for long enough in a while, and whoever was in a call is gone. */
export async function outlastCalls(devices: readonly Device[], pool: Pool): Promise<void> {
  await Promise.all(devices.flatMap(({ openLines }) => openLines).map((line) => line.vanish()));
  await eventually(async () => {
    return (await openCalls(devices, pool)).length === 0 ? true : undefined;
  }, 'the end of all calls that nobody is in');
}

/** Somebody in each call closes it; what nobody has accepted is left to itself. */
export async function closeCalls(devices: readonly Device[], pool: Pool): Promise<void> {
  await eventually(async () => {
    const open = await openCalls(devices, pool);
    await Promise.all(open.map(({ chat, callId, isIn }) => close(devices, chat, callId, isIn)));
    return open.length === 0 ? true : undefined;
  }, 'the end of all calls');
}

interface OpenCall {
  readonly chat: LoggedChat;
  readonly callId: string;
  isIn(userId: string): boolean;
}

async function openCalls(devices: readonly Device[], pool: Pool): Promise<readonly OpenCall[]> {
  const chats = await readLog(pool, [...new Set(devices.map(({ userId }) => userId))]);
  return chats.flatMap((chat) => {
    const open = chat.calls.filter(({ closedChange }) => closedChange === undefined);
    return open.map((call) => ({
      ...{ chat, callId: call.id },
      isIn: (userId: string) => call.acceptedAt !== undefined && isInCall(call, userId),
    }));
  });
}

async function close(
  devices: readonly Device[],
  chat: LoggedChat,
  callId: string,
  isIn: OpenCall['isIn'],
): Promise<void> {
  const members = membersOf(chat);
  const closer = devices.find(({ userId }) => members.includes(userId) && isIn(userId));
  if (closer) await closer.outcomeOf(await closer.request('closeCall', { callId }));
}

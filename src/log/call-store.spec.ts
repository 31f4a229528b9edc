import type { Config } from '../config/config.js';
import { DomainEvents } from '../domain/domain-events.js';
import type { ChatAddress } from '../domain/chat.js';
import { UnavailableError } from '../domain/errors.js';
import { Metrics } from '../domain/metrics.js';
import type { CallRecords } from './call-records.js';
import type { CallRow } from './call-row.js';
import { CallStore } from './call-store.js';
import type { Log } from './log.js';

const chat: ChatAddress = { id: 7, kind: 'dialog', users: ['User1', 'User2'] };
const origin = { userId: 'User1', connectionId: 'c1' };
const unchanged: CallRow = {
  ...{ code: 208, field: null, step: null, change: 4, newest: 2, at: 1_000, after_another: false },
  ...{ base: null, peer_base: null, number: 2, message_id: 9, accepted: ['User1'], device: null },
  call: '{"ended":{"at":900,"status":"missed","durationS":0}}',
};

function setUp(alone: () => Promise<readonly CallRow[]>) {
  const events = new DomainEvents((error) => {
    throw error;
  });
  const uncertain: unknown[] = [];
  events.on('chatsUncertain', (chats) => uncertain.push(...chats));
  const metrics = new Metrics();
  const config = { calls: { ringMs: 60_000, maxMembers: 4, goneMs: 30_000 } } as Config;
  const store = new CallStore({ alone } as unknown as Log, {} as CallRecords, events, metrics, config);
  return { close: () => store.close({ chat, callId: 'call_1', origin }), uncertain };
}

describe('CallStore', () => {
  it('has the chat read again when nobody knows whether the call was closed', async () => {
    const { close, uncertain } = setUp(() => Promise.reject(new UnavailableError('away')));
    await expect(close()).rejects.toMatchObject({ code: 503 });
    expect(uncertain).toEqual([chat]);
  });

  it('has the chat read again where another server has closed the call, which may be gone', async () => {
    const { close, uncertain } = setUp(async () => [{ ...unchanged, after_another: true }]);
    await expect(close()).resolves.toEqual({ callId: 'call_1', status: 'missed', callDuration: 0 });
    expect(uncertain).toEqual([chat]);
  });

  it('leaves it at that where this server has closed it before', async () => {
    const { close, uncertain } = setUp(async () => [unchanged]);
    await close();
    expect(uncertain).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { messagingDialect } from '../../src/dialects/messaging/messaging.dialect.js';
import type { MessagingType } from '../support/bad-input/payload-plans.js';
import type { JsonObject } from '../support/fixtures.js';

const document = readFileSync(join(__dirname, '../../docs/protocol/messaging.md'), 'utf8');

function examples(direction: 'client' | 'server'): readonly string[] {
  const blocks = document.matchAll(/^```json (client|server)\n(.*?)^```$/gms);
  return [...blocks].filter(([, side]) => side === direction).map(([, , text = '']) => text);
}

const requests = examples('client').filter((text) => text.includes('"request"'));
const answers = examples('server').map((text) => JSON.parse(text) as JsonObject);

/** All requests of the dialect; the compiler keeps the list whole. */
const requestTypes: Record<Exclude<MessagingType, 'typing' | 'offline'>, true> = {
  new: true,
  edit: true,
  delete: true,
  dlvrd: true,
  read: true,
  receipts: true,
  messages: true,
  react: true,
  chat: true,
  chats: true,
  createChat: true,
  updateChat: true,
  addParticipants: true,
  removeParticipants: true,
  joinChat: true,
  leaveChat: true,
  presence: true,
  subscribe: true,
  unsubscribe: true,
  broadcast: true,
  auth: true,
  newCall: true,
  acceptCall: true,
  declineCall: true,
  signal: true,
  closeCall: true,
};

const durable = ['new', 'edit', 'delete', 'react', 'dlvrd', 'read', 'chats', 'newCall', 'closeCall', 'call'];
const ephemeral = ['typing', 'online', 'offline', 'tokenExpiring', 'reconnect', 'broadcast', 'notification', 'signal'];

describe('docs/protocol/messaging.md', () => {
  it('marks every example as a client or a server frame', () => {
    expect(document.match(/^```json/gm)).toHaveLength(examples('client').length + examples('server').length);
  });

  it.each(examples('client'))('shows a client frame that is understood: %s', (text) => {
    expect(messagingDialect.decode(Buffer.from(text), false).kind).toBe((JSON.parse(text) as JsonObject).type);
  });

  it.each(answers.filter(({ type }) => type === 'response'))('shows an answer in its envelope: %j', (frame) => {
    expect(frame).toMatchObject({ id: expect.any(String) as string, timestamp: expect.any(Number) as number });
    const isAckAnswer = frame.payloadType === undefined;
    expect('payload' in frame !== 'error' in frame).toBe(!isAckAnswer);
  });

  it.each(answers.filter(({ type }) => type === 'event'))('shows an event in its envelope: %j', (frame) => {
    expect(typeof frame.timestamp).toBe('number');
    expect(frame.id === undefined ? ephemeral : durable).toContain(frame.eventType);
  });

  it('shows every event', () => {
    const shown = new Set(answers.map(({ eventType }) => eventType));
    expect([...durable, ...ephemeral].filter((eventType) => !shown.has(eventType))).toEqual([]);
  });

  it.each(Object.keys(requestTypes))('shows a request %s', (payloadType) => {
    expect(requests.some((text) => (JSON.parse(text) as JsonObject).payloadType === payloadType)).toBe(true);
  });
});

import type { JsonObject } from '../fixtures.js';
import type { PayloadPlan, World, WrongPayload } from './payload-plan.js';
import { chatIds, clientIds, messageIds, MISSING, pageSizes, texts, userIds } from './wrong-values.js';

const names = texts({ min: 1, max: 255 });
const photoUrls = texts({ max: 4_096 });
const cursors = texts({ max: 512 });
const members = userIds(10_000);
const requiredChatId = [MISSING, ...chatIds];

export function chatPlans({ userId, dialog, group, otherGroup }: World) {
  const inDialog = (payload: JsonObject): WrongPayload => ({
    payload: { chatId: dialog, ...payload },
    field: 'payload.chatId',
  });
  return {
    chat: {
      kind: 'request',
      good: { chatId: group },
      fields: { chatId: requiredChatId, cursor: cursors },
      wrongAltogether: foreignCursors({ chatId: group }, ['']),
    },
    chats: {
      kind: 'request',
      good: { limit: 500 },
      fields: { cursor: cursors, limit: pageSizes },
      missingPayload: null,
      wrongAltogether: foreignCursors({}, ['', 'x', '%', 'MTIz', '🐟']),
    },
    receipts: {
      kind: 'request',
      good: { chatId: group, messageId: 1, limit: 500 },
      fields: {
        chatId: requiredChatId,
        messageId: [MISSING, ...messageIds],
        cursor: cursors,
        limit: pageSizes,
      },
      wrongAltogether: foreignCursors({ chatId: group, messageId: 1 }, ['', 'x']),
    },
    createChat: {
      kind: 'request',
      good: { name: 'Group', participants: [dialog], photoUrl: '<p>', clientChatId: 'c' },
      fields: {
        name: [MISSING, ...names],
        participants: [MISSING, ...members],
        photoUrl: photoUrls,
        clientChatId: clientIds,
      },
    },
    updateChat: {
      kind: 'request',
      good: { chatId: group, name: 'Group', photoUrl: '<p>', admins: [dialog] },
      fields: { chatId: requiredChatId, name: names, photoUrl: photoUrls, admins: members },
      wrongAltogether: [inDialog({ name: 'Group' })],
    },
    addParticipants: {
      kind: 'request',
      good: { chatId: group, participants: ['User3'] },
      fields: { chatId: requiredChatId, participants: [MISSING, ...members] },
      wrongAltogether: [inDialog({ participants: ['User3'] })],
    },
    removeParticipants: {
      kind: 'request',
      good: { chatId: group, participants: ['User3'] },
      fields: { chatId: requiredChatId, participants: [MISSING, ...members] },
      wrongAltogether: [
        inDialog({ participants: ['User3'] }),
        { payload: { chatId: group, participants: ['User3', userId] }, field: 'payload.participants.1' },
      ],
    },
    joinChat: {
      kind: 'request',
      good: { chatId: group },
      goodCode: 404,
      fields: { chatId: chatIds, name: names },
      missingPayload: 'payload.chatId',
      wrongAltogether: [{ payload: {}, field: 'payload.chatId' }],
    },
    leaveChat: {
      kind: 'request',
      good: { chatId: otherGroup },
      fields: { chatId: requiredChatId },
      wrongAltogether: [inDialog({})],
    },
  } satisfies Record<string, PayloadPlan>;
}

/** Cursors that we cannot have given out. */
function foreignCursors(rest: JsonObject, cursors: readonly string[]): readonly WrongPayload[] {
  return cursors.map((cursor) => ({ payload: { ...rest, cursor }, field: 'payload.cursor' }));
}

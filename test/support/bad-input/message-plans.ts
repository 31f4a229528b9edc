import type { JsonObject } from '../fixtures.js';
import type { PayloadPlan, World, WrongPayload } from './payload-plan.js';
import {
  attachments,
  booleans,
  chatIds,
  clientIds,
  forwarded,
  messageIds,
  MISSING,
  pageSizes,
  places,
  reactions,
  texts,
  tooLong,
} from './wrong-values.js';

const UNUSED_NUMBER = 2 ** 53 - 1;
const UNKNOWN_GROUP = 'g_0123456789abcdefghijkl';

const file = { type: 'file', id: 'a1', filename: 'a.txt', url: '<a>', meta: { size: 1 }, own: { kept: true } };
const requiredChatId = [MISSING, ...chatIds];

/** `delete` comes last, because a good one takes away what the others need. */
export function messagePlans({ dialog }: World) {
  const selector = {
    chatId: dialog,
    messageId: 1,
    originalMessageId: 1,
    clientMessageId: 'first',
    originalClientMessageId: 'first',
  };
  const selectorFields = {
    chatId: requiredChatId,
    messageId: messageIds,
    originalMessageId: messageIds,
    clientMessageId: clientIds,
    originalClientMessageId: clientIds,
  };
  const mark: PayloadPlan = {
    kind: 'request',
    good: { chatId: dialog, messageId: 1 },
    fields: { chatId: requiredChatId, messageId: messageIds },
    wrongAltogether: [{ payload: { chatId: dialog, messageId: UNUSED_NUMBER }, field: 'payload.messageId', code: 404 }],
  };
  return {
    new: {
      kind: 'request',
      good: { chatId: dialog, message: 'Hi', attachments: [file], clientMessageId: 'c', replyTo: 1, forwarded: true },
      fields: {
        chatId: requiredChatId,
        message: [...texts(), ...tooLong],
        attachments: attachments(file),
        clientMessageId: clientIds,
        replyTo: messageIds,
        forwarded,
      },
      wrongAltogether: [
        { payload: { chatId: dialog }, field: 'payload.message' },
        { payload: { chatId: dialog, message: '' }, field: 'payload.message' },
        { payload: { chatId: dialog, clientMessageId: null }, field: 'payload.message' },
        { payload: { chatId: dialog, attachments: [] }, field: 'payload.message' },
        { payload: { chatId: dialog, message: 'Hi', replyTo: UNUSED_NUMBER }, field: 'payload.replyTo', code: 404 },
        { payload: { chatId: UNKNOWN_GROUP, message: 'Hi' }, field: 'payload.chatId', code: 404 },
      ],
    },
    edit: {
      kind: 'request',
      good: { ...selector, message: 'Hi!', attachments: [file] },
      fields: { ...selectorFields, message: [MISSING, ...texts(), ...tooLong], attachments: attachments(file) },
      wrongAltogether: [
        { payload: { chatId: dialog }, field: 'payload.messageId' },
        { payload: { chatId: dialog, message: 'Hi!' }, field: 'payload.messageId' },
        { payload: { chatId: dialog, messageId: 1, message: '' }, field: 'payload.message' },
        ...contradictions({ chatId: dialog, message: 'Hi!' }),
      ],
    },
    react: {
      kind: 'request',
      good: { chatId: dialog, messageId: 1, reaction: '👍', adding: true },
      fields: {
        chatId: requiredChatId,
        messageId: [MISSING, ...messageIds],
        reaction: [MISSING, ...reactions],
        adding: [MISSING, ...booleans],
      },
    },
    dlvrd: mark,
    read: mark,
    messages: {
      kind: 'request',
      good: { chatId: dialog, startId: 0, count: 500 },
      fields: { chatId: requiredChatId, startId: places, endId: places, count: pageSizes },
      wrongAltogether: [{ payload: { chatId: dialog, startId: 1, endId: 2 }, field: 'payload.endId' }],
    },
    typing: {
      kind: 'event',
      good: { chatId: dialog, stop: true },
      fields: { chatId: requiredChatId, stop: booleans },
    },
    delete: {
      kind: 'request',
      good: selector,
      fields: selectorFields,
      wrongAltogether: [
        { payload: { chatId: dialog }, field: 'payload.messageId' },
        ...contradictions({ chatId: dialog }),
      ],
    },
  } satisfies Record<string, PayloadPlan>;
}

/** Ids that name different messages, or none. */
function contradictions(rest: JsonObject): readonly WrongPayload[] {
  return [
    { payload: { ...rest, messageId: 1, originalMessageId: 2 }, field: 'payload.originalMessageId' },
    {
      payload: { ...rest, clientMessageId: 'first', originalClientMessageId: 'second' },
      field: 'payload.originalClientMessageId',
    },
    { payload: { ...rest, messageId: 1, clientMessageId: 'second' }, field: 'payload.clientMessageId' },
    { payload: { ...rest, messageId: UNUSED_NUMBER }, field: 'payload.messageId', code: 404 },
    { payload: { ...rest, clientMessageId: 'nobody' }, field: 'payload.clientMessageId', code: 404 },
  ];
}

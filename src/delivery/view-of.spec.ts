import { callChanges, ENDED } from '../../test/support/call-changes.js';
import type { ChatAddress } from '../domain/chat.js';
import { viewOf, type PushableChange } from './view-of.js';

const DIALOG: ChatAddress = { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] };
const GROUP: ChatAddress = { id: 2, kind: 'group', publicId: 'g_1' };

const shared = { change: 12, newest: 9, at: 5, origin: { userId: 'Ann' } };
const message = { id: 90, number: 9, sender: 'Ann', kind: 'new' as const, createdAt: 5 };

describe('viewOf', () => {
  it('names a dialog by the other user and counts what is missed from the base', () => {
    const sent: PushableChange = { ...shared, chat: DIALOG, type: 'messageSent', message, bases: [] };
    expect(viewOf(sent, 'Bob', 4)).toEqual({ viewer: 'Bob', chatId: 'Ann', missed: 5 });
    expect(viewOf(sent, 'Ann', 9)).toEqual({ viewer: 'Ann', chatId: 'Bob', missed: 0 });
  });

  it('shows an edit to everybody alike but for the chat id', () => {
    const edited: PushableChange = { ...shared, chat: GROUP, type: 'messageEdited', message };
    expect(viewOf(edited, 'Bob', 4)).toEqual({ viewer: 'Bob', chatId: 'g_1' });
  });

  describe('of a call', () => {
    const [started, answered, closed, logged] = callChanges({ ...shared, chat: DIALOG, message }, ENDED);

    it.each([started, closed, logged])('shows $type to everybody alike but for the chat id', (change) => {
      expect(change && viewOf(change, 'Ann', 4)).toEqual({ viewer: 'Ann', chatId: 'Bob' });
      expect(change && viewOf(change, 'Bob', 4)).toEqual({ viewer: 'Bob', chatId: 'Ann' });
    });

    it('shows an answer to whoever answered', () => {
      expect(answered && viewOf(answered, 'Ann', 4)).toEqual({ viewer: 'Ann', chatId: 'Bob' });
      expect(answered && viewOf(answered, 'Bob', 4)).toBeUndefined();
    });
  });

  describe('of a mark', () => {
    const marked = (mark: 'dlvrd' | 'read'): PushableChange => ({
      ...shared,
      chat: GROUP,
      type: 'chatMarked',
      mark,
      upTo: { number: 9 },
      authors: [{ userId: 'Bob', message: { number: 7, clientMessageId: 'b7' } }],
      bases: [{ userId: 'Ann', base: 9 }],
    });

    it('shows an author its own newest message covered', () => {
      const bobs = { viewer: 'Bob', chatId: 'g_1', marked: { number: 7, clientMessageId: 'b7' } };
      expect(viewOf(marked('dlvrd'), 'Bob', 0)).toEqual(bobs);
    });

    it('shows the reader’s other devices how far it has read and what is missed now', () => {
      expect(viewOf(marked('read'), 'Ann', 0)).toEqual({
        viewer: 'Ann',
        chatId: 'g_1',
        missed: 0,
        marked: { number: 9 },
      });
    });

    it('does not tell the marker’s devices of a delivery, nor anybody who wrote nothing of it', () => {
      expect(viewOf(marked('dlvrd'), 'Ann', 0)).toBeUndefined();
      expect(viewOf(marked('read'), 'Cid', 0)).toBeUndefined();
    });
  });
});

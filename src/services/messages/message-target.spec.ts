import { targetOf } from './message-target.js';

describe('targetOf', () => {
  it.each([
    [{ messageId: 5 }, { number: 5 }],
    [{ originalMessageId: 5 }, { number: 5 }],
    [
      { messageId: 5, originalMessageId: 5, originalClientMessageId: 'a' },
      { number: 5, clientMessageId: 'a' },
    ],
    [{ clientMessageId: 'a' }, { clientMessageId: 'a' }],
  ])('takes %j for %j', (ids, target) => {
    expect(targetOf({ chatId: 'User2', ...ids })).toEqual(target);
  });

  it.each([
    [{}, 'payload.messageId'],
    [{ messageId: 5, originalMessageId: 6 }, 'payload.originalMessageId'],
    [{ clientMessageId: 'a', originalClientMessageId: 'b' }, 'payload.originalClientMessageId'],
  ])('refuses %j at %s', (ids, field) => {
    let refusal: unknown;
    try {
      targetOf({ chatId: 'User2', ...ids });
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toMatchObject({ code: 400, details: { field } });
  });
});

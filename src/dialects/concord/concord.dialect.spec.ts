import type { Dialect } from '../dialect.js';
import { concordDialect } from './concord.dialect.js';

describe('concordDialect', () => {
  it("knows a client of its own by the first frame's type", () => {
    const types = [
      'chat_written',
      'chat_reaction',
      'chat_typing',
      'chat_',
      'chat',
      'Chat_written',
      'request',
      'ping',
      '',
    ];
    expect(types.filter((type) => concordDialect.owns(type))).toEqual([
      'chat_written',
      'chat_reaction',
      'chat_typing',
      'chat_',
    ]);
  });

  it('does not answer: what was done comes to everybody', () => {
    expect(concordDialect.encodeAnswer()).toEqual([]);
  });

  it('has no words for topics and what is handed on', () => {
    const dialect: Dialect = concordDialect;
    const message = { id: 'broadcast_1', sender: 'User1', at: 1 };
    expect(dialect.encodeTopicMessage({ ...message, topic: 'chat.general', payloadJson: '"hi"' })).toBeUndefined();
    const content = { kind: 'custom', type: 'X-Hi', dataJson: '{}' } as const;
    expect(dialect.encodeHanded({ ...message, to: { topic: 'chat.general' }, content })).toBeUndefined();
  });
});

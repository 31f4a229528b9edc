import fc from 'fast-check';

import { joinMembers } from './joined-members.js';

const server = { sent_at: '5', message_id: '"dm_1"' };

describe('joinMembers', () => {
  it("puts the server's members behind the client's, which stay as they were sent", () => {
    expect(joinMembers('{ "ttl":1.0, "b" : [ ] }', server)).toBe(
      '{"ttl":1.0, "b" : [ ],"sent_at":5,"message_id":"dm_1"}',
    );
  });

  it.each([undefined, '{}', '{ \n}'])("has the server's alone where the client has none: %p", (own) => {
    expect(joinMembers(own, server)).toBe('{"sent_at":5,"message_id":"dm_1"}');
  });

  it.each([
    ['{"sent_at":1,"n": 1.0}', '{"n":1.0,"sent_at":5,"message_id":"dm_1"}'],
    [String.raw`{"\u0073ent_at":1}`, '{"sent_at":5,"message_id":"dm_1"}'],
    ['{"n":{"sent_at":1}}', '{"n":{"sent_at":1},"sent_at":5,"message_id":"dm_1"}'],
  ])("lets the server's win: %s", (own, joined) => {
    expect(joinMembers(own, server)).toBe(joined);
  });

  it('joins what a spread would join', () => {
    const anyName = fc.oneof(fc.constantFrom('sent_at', 'message_id', '"', '__proto__'), fc.string());
    fc.assert(
      fc.property(fc.dictionary(anyName, fc.jsonValue()), (own) => {
        const joined = JSON.parse(joinMembers(JSON.stringify(own), server)) as object;
        const spread = JSON.parse(JSON.stringify({ ...own, sent_at: 5, message_id: 'dm_1' })) as object;
        expect(new Map(Object.entries(joined))).toEqual(new Map(Object.entries(spread)));
      }),
    );
  });
});

import type { ChatAddress } from '../../domain/chat.js';
import type { Principal } from '../../domain/principal.js';
import { moderation, requireReadable, requireTouchable, requireWritable, visiting } from './channel-access.js';

const channel: ChatAddress = { id: 9, kind: 'channel', publicId: 'c_0123456789abcdefghijkl', name: 'general' };
const group: ChatAddress = { id: 8, kind: 'group', publicId: 'g_0123456789abcdefghijkl' };
const dialog: ChatAddress = { id: 7, kind: 'dialog', users: ['User1', 'User2'] };

const anybody: Principal = { userId: 'User1', roles: [], expiresAt: 0 };
const reader: Principal = { ...anybody, topics: { subscribe: ['chat.*'], publish: ['chat.other'] } };
const writer: Principal = { ...anybody, topics: { subscribe: [], publish: ['chat.general'] } };

describe('requireReadable', () => {
  it.each([anybody, reader])('passes whom the claim lets subscribe', (principal) => {
    expect(() => {
      requireReadable(principal, channel);
    }).not.toThrow();
  });

  it('refuses others, and names the field', () => {
    expect(() => {
      requireReadable(writer, channel, 'payload.name');
    }).toThrow(expect.objectContaining({ code: 403, details: { field: 'payload.name' } }) as Error);
  });

  it.each([group, dialog])('has nothing to say of a $kind', (chat) => {
    expect(() => {
      requireReadable(writer, chat);
    }).not.toThrow();
  });
});

describe('requireWritable', () => {
  it.each([anybody, writer])('passes whom the claim lets publish', (principal) => {
    expect(() => {
      requireWritable(principal, channel);
    }).not.toThrow();
  });

  it('refuses others, and names the field', () => {
    expect(() => {
      requireWritable(reader, channel);
    }).toThrow(expect.objectContaining({ code: 403, details: { field: 'payload.chatId' } }) as Error);
  });

  it.each([group, dialog])('has nothing to say of a $kind', (chat) => {
    expect(() => {
      requireWritable(reader, chat);
    }).not.toThrow();
  });
});

describe('requireTouchable', () => {
  it('passes whom the claim lets do both', () => {
    expect(() => {
      requireTouchable(anybody, channel);
    }).not.toThrow();
  });

  it.each([reader, writer])('refuses whom it lets do one of both', (principal) => {
    expect(() => {
      requireTouchable(principal, channel);
    }).toThrow(expect.objectContaining({ code: 403, details: { field: 'payload.chatId' } }) as Error);
  });
});

describe('moderation', () => {
  it.each([['admin'], ['moderator']])('is %s’s in channels', (role) => {
    const principal = { ...anybody, roles: [role] };
    expect(moderation(principal, channel)).toEqual({ asModerator: true });
    expect(moderation(principal, group)).toEqual({});
    expect(moderation(principal, dialog)).toEqual({});
  });

  it('is nobody else’s', () => {
    expect(moderation({ ...anybody, roles: ['channels'] }, channel)).toEqual({});
  });
});

describe('visiting', () => {
  it('is for channels only', () => {
    expect([channel, group, dialog].map(visiting)).toEqual([{ asVisitor: true }, {}, {}]);
  });
});

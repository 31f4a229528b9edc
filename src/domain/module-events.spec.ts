import type { ChatAddress } from './chat.js';
import { DomainEvents } from './domain-events.js';
import type { Announcement, Audience } from './events.js';
import { ModuleEvents } from './module-events.js';

/** As a module sees it that has said which events there are. */
interface SampleEvents {
  emit(name: 'sampled', payload: unknown, audience: Audience): void;
  tellChat(name: 'sampled', chat: ChatAddress, payloadFor: (chatId: string) => unknown): void;
}

describe('ModuleEvents', () => {
  const announced: Announcement[] = [];
  const events = new DomainEvents((error) => {
    throw error;
  });
  events.on('announced', (announcement) => announced.push(announcement));
  const modules = new ModuleEvents(events) as SampleEvents;

  beforeEach(() => {
    announced.length = 0;
  });

  it('tells both users of a dialog, each by the other, and oneself once', () => {
    modules.tellChat('sampled', { id: 1, kind: 'dialog', users: ['ann', 'ben'] }, (chatId) => ({ chatId }));
    modules.tellChat('sampled', { id: 2, kind: 'favorites', users: ['ann', 'ann'] }, (chatId) => ({ chatId }));
    expect(announced.map(({ audience, event }) => [audience, 'payloadJson' in event && event.payloadJson])).toEqual([
      [{ users: ['ann'] }, '{"chatId":"ben"}'],
      [{ users: ['ben'] }, '{"chatId":"ann"}'],
      [{ users: ['ann'] }, '{"chatId":"ann"}'],
    ]);
  });

  it.each([
    ['nothing', undefined],
    ['a function', () => 1],
    ['a bigint', 1n],
    ['a circle', circle()],
  ])('tells nobody of %s, and says so to the module', (_, payload) => {
    expect(() => {
      modules.emit('sampled', payload, { everybody: true });
    }).toThrow(TypeError);
    expect(announced).toEqual([]);
  });
});

function circle(): object {
  const around: { self?: object } = {};
  around.self = around;
  return around;
}

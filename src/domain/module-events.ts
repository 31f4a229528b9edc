import { chatIdFor, type ChatAddress } from './chat.js';
import type { DomainEvents } from './domain-events.js';
import type { Audience } from './events.js';

/** What modules tell clients: each event's name and payload. Modules add theirs by declaration merging. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- filled by modules
export interface ModuleEventMap {}

export type ModuleEventName = keyof ModuleEventMap;

/**
 * Tells clients what a module has to tell: at most once, at once or never, and to nobody who is away. So a payload should say how
 * things stand now, and whoever was away should be able to ask.
 *
 * messaging shows `{"type":"event","eventType":"pollChanged","timestamp","payload"}`, realtime
 * `{"type":"X-PollChanged","data":payload,"timestamp"}`, concord nothing.
 */
export class ModuleEvents {
  constructor(private readonly events: DomainEvents) {}

  /** @throws TypeError the payload is nothing that JSON can say */
  emit<N extends ModuleEventName>(name: N, payload: ModuleEventMap[N], audience: Audience): void {
    const payloadJson = JSON.stringify(payload) as string | undefined;
    if (payloadJson === undefined) throw new TypeError(`the payload of the event ${name} is no JSON`);
    this.events.emit('announced', { audience, event: { type: 'moduleEvent', name, payloadJson } });
  }

  /**
   * Tells everybody in the chat, on all servers; of realtime's connections those that are told what is written there.
   *
   * @param payloadFor the payload for whoever knows the chat by this id: in a dialog each of the two knows it by another
   */
  tellChat<N extends ModuleEventName>(
    name: N,
    chat: ChatAddress,
    payloadFor: (chatId: string) => ModuleEventMap[N],
  ): void {
    if (!chat.users) {
      this.emit(name, payloadFor(chatIdFor(chat, '')), { chat });
      return;
    }
    for (const userId of new Set(chat.users)) this.emit(name, payloadFor(chatIdFor(chat, userId)), { users: [userId] });
  }
}

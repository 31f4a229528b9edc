import type { RequestOf } from '../../../src/domain/payloads.js';
import type { MessagingClient } from '../messaging-client.js';
import type { Deed } from './doing.js';
import type { Place } from './place.js';
import { type Speaker, UnableError } from './speaker.js';

export class MessagingSpeaker implements Speaker {
  constructor(
    private readonly userId: string,
    readonly client: MessagingClient,
  ) {}

  async perform(deed: Deed, place: Place): Promise<number | undefined> {
    const chatId = place.chatIdFor(this.userId);
    switch (deed.deed) {
      case 'write':
        return this.ask('new', { chatId, message: deed.text });
      case 'attach':
        return this.ask('new', { chatId, message: deed.text, attachments: deed.attachments });
      case 'writeOnce':
        return this.ask('new', { chatId, message: deed.text, clientMessageId: deed.id });
      case 'edit':
        return this.ask('edit', { chatId, messageId: deed.number, message: deed.text });
      case 'delete':
        return this.ask('delete', { chatId, messageId: deed.number });
      case 'react': {
        const { number: messageId, reaction, adding } = deed;
        return this.ask('react', { chatId, messageId, reaction, adding });
      }
      case 'mark':
        return this.ask(deed.kind, { chatId, messageId: deed.number });
      case 'join':
        return this.ask('joinChat', { chatId });
      case 'leave':
        return this.ask('leaveChat', { chatId });
      case 'type':
        return this.tell('typing', { chatId });
      case 'typeNoMore':
        return this.tell('typing', { chatId, stop: true });
      case 'hide':
        this.client.tell('offline');
        return undefined;
      case 'send':
      case 'resend':
      case 'thread':
      case 'writeInThread':
      case 'setStatus':
      case 'come':
      case 'go':
        throw new UnableError(this, deed.deed);
    }
  }

  async leave(): Promise<void> {
    await this.client.close();
  }

  private async ask(payloadType: string, payload: object): Promise<number | undefined> {
    return (await this.client.ask(payloadType, payload)).error?.code;
  }

  /** Only a fault is answered, and with no id. What is asked of the same chat is answered after it. */
  private async tell(eventType: string, payload: RequestOf<'typing'>): Promise<number | undefined> {
    const known = this.client.frames.length;
    this.client.tell(eventType, payload);
    await this.client.ask('chat', payload);
    return this.client.frames.slice(known).find(({ id, error }) => id === null && error)?.error?.code;
  }
}

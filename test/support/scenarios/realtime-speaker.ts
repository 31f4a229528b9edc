import type { RealtimeClient } from '../realtime-client.js';
import type { Deed } from './doing.js';
import type { Place } from './place.js';
import { type Speaker, UnableError } from './speaker.js';

/** How a payload stands for a text and attachments. */
const said = (text: string | undefined, attachments: readonly object[] = []): object => ({
  ...(text !== undefined && { message: text }),
  ...(attachments.length > 0 && { attachments }),
});

export class RealtimeSpeaker implements Speaker {
  constructor(
    private readonly userId: string,
    readonly client: RealtimeClient,
  ) {}

  async perform(deed: Deed, place: Place): Promise<number | undefined> {
    switch (deed.deed) {
      case 'write':
        return this.send(place, said(deed.text));
      case 'attach':
        return this.send(place, said(deed.text, deed.attachments));
      case 'writeOnce':
        return this.send(place, said(deed.text), { idempotency_key: deed.id });
      case 'send':
        return this.send(place, deed.payload, deed.metadata);
      case 'edit':
        return this.touch('X-Edit', place, deed.number, { payload: said(deed.text) });
      case 'resend':
        return this.touch('X-Edit', place, deed.number, { payload: deed.payload });
      case 'delete':
        return this.touch('X-Delete', place, deed.number, {});
      case 'react': {
        const { number, reaction, adding } = deed;
        return this.touch('X-Reactions', place, number, { reaction, adding });
      }
      case 'type':
        return this.ask('X-Typing', this.target(place));
      case 'typeNoMore':
        return this.ask('X-Typing', { ...this.target(place), stop: true });
      case 'setStatus':
        return this.ask('Presence', { status: deed.status });
      case 'hide':
        return this.ask('Presence', { status: 'offline' });
      case 'thread':
      case 'writeInThread':
      case 'mark':
      case 'join':
      case 'leave':
      case 'come':
      case 'go':
        throw new UnableError(this, deed.deed);
    }
  }

  async leave(): Promise<void> {
    await this.client.close();
  }

  private target(place: Place): object {
    return place.topic === undefined ? { target_user: place.chatIdFor(this.userId) } : { topic: place.topic };
  }

  private send(place: Place, payload: unknown, metadata?: object): Promise<number | undefined> {
    const type = place.topic === undefined ? 'DirectMessage' : 'Broadcast';
    return this.ask(type, { ...this.target(place), payload }, metadata && { metadata });
  }

  private async touch(type: string, place: Place, number: number, data: object): Promise<number | undefined> {
    return this.ask(type, { message_id: await place.wireIdOf(number), ...data });
  }

  private async ask(type: string, data: object, more?: { metadata: object }): Promise<number | undefined> {
    const answer = await this.client.ask(type, data, more);
    return answer.type === 'Error' ? (answer.data.code as number) : undefined;
  }
}

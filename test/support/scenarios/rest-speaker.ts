import type { RestClient } from '../rest-client.js';
import type { Deed } from './doing.js';
import type { Place } from './place.js';
import { type Speaker, UnableError } from './speaker.js';

export class RestSpeaker implements Speaker {
  constructor(private readonly rest: RestClient) {}

  async perform(deed: Deed, place: Place): Promise<number | undefined> {
    const channel = `/channels/${await place.number()}`;
    switch (deed.deed) {
      case 'write':
        return this.ask('POST', `${channel}/chats`, { content: deed.text });
      case 'writeInThread':
        return this.ask('POST', `${channel}/chats`, {
          ...{ content: deed.text, threadId: await place.threadIdOf(deed.source) },
        });
      case 'thread':
        return this.ask('POST', `${channel}/threads`, {
          ...{ sourceChatId: await place.idOf(deed.source), name: deed.name },
        });
      case 'edit':
        return this.ask('PATCH', `/chats/${await place.idOf(deed.number)}`, { content: deed.text });
      case 'delete':
        return this.ask('DELETE', `/chats/${await place.idOf(deed.number)}`);
      case 'react': {
        const { number, reaction, adding } = deed;
        return this.ask('POST', `/chats/${await place.idOf(number)}/reactions`, { reaction, adding });
      }
      case 'attach':
      case 'writeOnce':
      case 'send':
      case 'resend':
      case 'type':
      case 'typeNoMore':
      case 'mark':
      case 'join':
      case 'leave':
      case 'setStatus':
      case 'hide':
      case 'come':
      case 'go':
        throw new UnableError(this, deed.deed);
    }
  }

  leave(): Promise<void> {
    return Promise.resolve();
  }

  private async ask(method: string, path: string, body?: object): Promise<number | undefined> {
    const { status } = await this.rest.ask(method, path, body);
    return status < 300 ? undefined : status;
  }
}

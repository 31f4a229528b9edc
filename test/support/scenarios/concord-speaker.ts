import type { ConcordClient, ConcordFrame } from '../concord-client.js';
import type { JsonObject } from '../fixtures.js';
import type { RestClient } from '../rest-client.js';
import type { Deed } from './doing.js';
import type { Place } from './place.js';
import { RestSpeaker } from './rest-speaker.js';
import type { Speaker } from './speaker.js';

/** A frame that is wrong in a field in which no other is, and that waits until all before it have ended. */
const MARKER = { type: 'chat_reaction', chatId: 1, reaction: '👍', adding: 'marker' };
const isMarkersRefusal = ({ details }: ConcordFrame): boolean => (details as JsonObject).field === 'adding';

/** Says in frames what there are frames for, and the rest over REST, like the dialect's own clients. */
export class ConcordSpeaker implements Speaker {
  private readonly overRest: RestSpeaker;

  constructor(
    readonly client: ConcordClient,
    rest: RestClient,
  ) {
    this.overRest = new RestSpeaker(rest);
  }

  async perform(deed: Deed, place: Place): Promise<number | undefined> {
    switch (deed.deed) {
      case 'write':
        return this.say({ type: 'chat_written', channelId: await place.number(), threadId: null, content: deed.text });
      case 'writeInThread': {
        const threadId = await place.threadIdOf(deed.source);
        return this.say({ type: 'chat_written', channelId: await place.number(), threadId, content: deed.text });
      }
      case 'react': {
        const { number, reaction, adding } = deed;
        return this.say({ type: 'chat_reaction', chatId: await place.idOf(number), reaction, adding });
      }
      case 'type':
        return this.say({ type: 'chat_typing', channelId: await place.number(), threadId: null });
      default:
        return this.overRest.perform(deed, place);
    }
  }

  async leave(): Promise<void> {
    await this.client.close();
  }

  /** Nothing but a fault is answered, in order. */
  private async say(frame: object): Promise<number | undefined> {
    this.client.send(frame);
    this.client.send(MARKER);
    const refusal = await this.client.error();
    if (isMarkersRefusal(refusal)) return undefined;
    await this.client.of('error', isMarkersRefusal);
    return refusal.code as number;
  }
}

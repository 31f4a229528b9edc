import type { MessagingClient } from '../messaging-client.js';
import type { TestServer } from '../parlance.js';
import { ConcordSpeaker } from './concord-speaker.js';
import { Core } from './core.js';
import type { Casting } from './casting.js';
import type { DialectWords } from './inabilities.js';
import { MessagingSpeaker } from './messaging-speaker.js';
import { claimsOf, idOf, type People } from './people.js';
import { Dialog, Room } from './place.js';
import { RealtimeSpeaker } from './realtime-speaker.js';
import { RestSpeaker } from './rest-speaker.js';
import type { Speaker } from './speaker.js';

/** Nothing counts as received by a pong: marks would appear whenever the server gets to it. */
const DEAF = { deaf: true };

let rooms = 0;

/** Where scenarios are played: a server, the core below it, and whoever makes places and lets people speak. */
export class Stage {
  private constructor(
    readonly server: TestServer,
    readonly core: Core,
  ) {}

  static async open(server: TestServer): Promise<Stage> {
    return new Stage(server, await Core.open(server.database.url));
  }

  /** One for each of the casting; each connected. */
  async speakers(people: People, { words }: Casting): Promise<ReadonlyMap<string, Speaker>> {
    const speakers = new Map<string, Speaker>();
    for (const [name, spoken] of Object.entries(words)) speakers.set(name, await this.speaker(people, name, spoken));
    return speakers;
  }

  speaker(people: People, name: string, words: DialectWords): Promise<Speaker> {
    return this.speakerOf(idOf(people, name), words, claimsOf(name));
  }

  /** Whoever has no other claims. */
  async speakerOf(userId: string, words: DialectWords, claims: Record<string, unknown> = {}): Promise<Speaker> {
    const options = { claims };
    const rest = this.server.rest(userId, claims);
    switch (words) {
      case 'messaging':
        return new MessagingSpeaker(userId, await this.server.connect(userId, { ...options, acks: true }));
      case 'realtime': {
        const extended = { protocols: ['realtime.v1'], query: { extensions: 'true' } };
        return new RealtimeSpeaker(
          userId,
          await this.server.connectRealtime(userId, { ...options, ...DEAF, ...extended }),
        );
      }
      case 'concord':
        return new ConcordSpeaker(await this.server.connectConcord(userId, { ...options, ...DEAF }), rest);
      case 'rest':
        return new RestSpeaker(rest);
    }
  }

  /** @param members each over a connection of its own */
  async channel(...members: readonly MessagingClient[]): Promise<Room> {
    const name = `room-${(rooms += 1)}`;
    const made = await this.server.rest('Root', { roles: ['admin'] }).post<{ id: number }>('/channels', { name });
    if (made.status !== 201) throw new Error(`POST /channels was answered ${JSON.stringify(made)}`);
    for (const member of members) await member.request('joinChat', { name });
    const publicId = await this.core.publicIdOf(made.body.id);
    return new Room(this.core, 'channel', made.body.id, publicId, name);
  }

  async group(owner: MessagingClient, ...participants: readonly string[]): Promise<Room> {
    const { chatId } = await owner.request<{ chatId: string }>('createChat', { name: 'Lunch', participants });
    return new Room(this.core, 'group', (await this.core.numberOf(chatId)) ?? 0, chatId);
  }

  dialog(one: string, other: string): Dialog {
    return new Dialog(this.core, [one, other]);
  }
}

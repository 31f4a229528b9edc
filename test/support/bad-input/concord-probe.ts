import { Client } from 'pg';

import type { ConcordClient, ConcordFrame } from '../concord-client.js';
import { freshChannel } from '../fresh-channel.js';
import type { TestServer } from '../parlance.js';
import type { BrokenFrame, Refusal } from './broken-frames.js';
import { type ConcordWorld, inhabitConcord } from './concord-world.js';
import { storedContent } from './stored-content.js';

/** A channel that User1's token does not allow. */
const CLOSED = 'closed';
const FORBIDDEN = 403;

/** Sends frames that are wrong as User1, while User2, who is told of everything, must not hear of it. */
export class ConcordProbe {
  private markers = 0;

  private constructor(
    readonly client: ConcordClient,
    readonly witness: ConcordClient,
    readonly world: ConcordWorld,
    /** In the closed channel: nobody else is refused with 403. */
    private readonly closedChatId: number,
    private readonly database: Client,
  ) {}

  static async open(server: TestServer): Promise<ConcordProbe> {
    const database = new Client({ connectionString: server.database.url, application_name: 'parlance probe' });
    await database.connect();
    const open = await freshChannel(server, { name: 'open' });
    const closed = await inhabitConcord(server, await freshChannel(server, { name: CLOSED }));
    const patterns = ['chat.open', 'chat.general'];
    const claims = { topics: { subscribe: patterns, publish: patterns } };
    const client = await server.connectConcord('User1', { claims });
    const witness = await server.connectConcord('User2');
    return new ConcordProbe(client, witness, await inhabitConcord(server, open), closed.chatId, database);
  }

  async close(): Promise<void> {
    await this.database.end();
  }

  /** All frames that the client gets until a frame that waits for all before it is answered, presence apart. */
  async answersTo(data: string | Buffer, binary = false): Promise<ConcordFrame[]> {
    this.client.frames.splice(0);
    this.client.socket.send(data, { binary });
    this.client.react(this.closedChatId, '🏁');
    const end = await this.client.next(({ type, code }) => type === 'error' && code === FORBIDDEN);
    return this.client.frames.filter((frame) => frame !== end && !isPresence(frame));
  }

  /** What is not as it must be, one line for each frame; all of them are sent, whatever comes of one. */
  async complaints(broken: readonly BrokenFrame[]): Promise<string[]> {
    const complaints: string[] = [];
    for (const { what, data, binary, refusal } of broken) {
      const complaint = complaintAbout(await this.answersTo(data, binary), refusal);
      if (complaint !== undefined) complaints.push(`${what}: ${complaint}`);
    }
    return complaints;
  }

  /** What is stored, to be compared. */
  content(): Promise<string> {
    return storedContent(this.database);
  }

  /** What the witness was sent since the last call; a chat marks the end. */
  async witnessed(): Promise<ConcordFrame[]> {
    const content = `marker ${++this.markers}`;
    this.client.frames.splice(0);
    await this.client.writes(this.world.channelId, content);
    const marker = await this.witness.of('chat_sent', ({ chat }) => (chat as { content: string }).content === content);
    return this.witness.frames.splice(0).filter((frame) => frame !== marker && !isPresence(frame));
  }
}

/** The whole of what is wrong with the answers to a frame that had to be refused. */
function complaintAbout(answers: readonly ConcordFrame[], { code, field }: Refusal): string | undefined {
  const [answer] = answers;
  if (answers.length !== 1 || !answer) return `answered ${answers.length} times: ${shown(answers)}`;
  if (Object.keys(answer).join() !== 'type,code,message,details') return `other members: ${shown(answer)}`;
  if (answer.type !== 'error' || answer.code !== code) return `${shown(answer)}, not ${code}`;
  const { field: told } = answer.details as { field?: string };
  if (told !== field) return `${shown(answer)}, not at ${field}`;
  return typeof answer.message === 'string' && answer.message !== '' ? undefined : 'no message';
}

function isPresence({ type }: ConcordFrame): boolean {
  return type.startsWith('user_');
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 300);
}

import { Client } from 'pg';
import type { ConnectOptions, Frame, MessagingClient } from '../messaging-client.js';
import type { TestServer } from '../parlance.js';
import type { BrokenFrame, Refusal } from './broken-frames.js';
import { storedContent } from './stored-content.js';

/** One client that sends what it should not, one that must not hear of it, and a look behind the scenes. */
export class Probe {
  private constructor(
    readonly client: MessagingClient,
    readonly witness: MessagingClient,
    private readonly database: Client,
  ) {}

  /** @param options of the witness's connection */
  static async open(
    server: TestServer,
    userId: string,
    witnessId: string,
    options: ConnectOptions = {},
  ): Promise<Probe> {
    const database = new Client({ connectionString: server.database.url, application_name: 'parlance probe' });
    await database.connect();
    const witness = await server.connect(witnessId, options);
    return new Probe(await server.connect(userId), witness, database);
  }

  async close(): Promise<void> {
    await this.database.end();
  }

  /** All frames that the client gets until a good request, sent after this one, is answered. */
  async answersTo(data: string | Buffer, binary = false): Promise<Frame[]> {
    this.client.frames.splice(0);
    this.client.socket.send(data, { binary });
    // It concerns no chat, so it is answered once everything before it has been.
    const good = await this.client.ask('presence', { userIds: ['User2'] });
    if (good.error) throw new Error(`the good request was answered ${JSON.stringify(good.error)}`);
    return this.client.frames.filter((frame) => frame !== good);
  }

  /** What is not as it must be, one line for each frame; all of them are sent, whatever comes of one. */
  async complaints(broken: readonly BrokenFrame[]): Promise<string[]> {
    const complaints: string[] = [];
    for (const { what, data, binary, refusal } of broken) {
      const answers = await this.answersTo(data, binary);
      const complaint = complaintAbout(answers, refusal);
      if (complaint !== undefined) complaints.push(`${what}: ${complaint}`);
    }
    return complaints;
  }

  /** What is stored, to be compared. */
  content(): Promise<string> {
    return storedContent(this.database);
  }

  /** What the witness was sent since the last call; a message in their dialog marks the end. */
  async witnessed(): Promise<Frame[]> {
    const clientMessageId = `marker ${Math.random()}`;
    await this.client.request('new', { chatId: 'User2', message: 'marker', clientMessageId });
    const marker = await this.witness.event('new', (payload) => payload.clientMessageId === clientMessageId);
    return this.witness.frames.splice(0).filter((frame) => frame !== marker);
  }
}

function complaintAbout(answers: readonly Frame[], { id, payloadType, code, field }: Refusal): string | undefined {
  const [answer] = answers;
  if (answers.length !== 1 || !answer) return `answered ${answers.length} times: ${shown(answers)}`;
  const { timestamp, error, ...rest } = answer;
  const expected = { type: 'response', id, ...(payloadType === undefined ? {} : { payloadType }) };
  if (typeof timestamp !== 'number') return `no timestamp: ${shown(answer)}`;
  if (shown(sorted(rest)) !== shown(sorted(expected))) return `answered as ${shown(rest)}, not ${shown(expected)}`;
  if (error?.code !== code || error.details.field !== field) return `${JSON.stringify(error)}, not ${code} at ${field}`;
  if (typeof error.message !== 'string' || error.message === '') return 'no message';
  return undefined;
}

function sorted(object: object): object {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 300);
}

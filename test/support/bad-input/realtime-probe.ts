import { Client } from 'pg';
import type { TestServer } from '../parlance.js';
import type { RealtimeClient, RealtimeFrame } from '../realtime-client.js';
import type { BrokenFrame, Refusal } from './broken-frames.js';
import { storedContent } from './stored-content.js';

/** Sends frames that are wrong as User1, while User2, who is told of everything, must not hear of it. */
export class RealtimeProbe {
  private constructor(
    readonly client: RealtimeClient,
    readonly witness: RealtimeClient,
    private readonly database: Client,
  ) {}

  /** Both leave WebSocket pings unanswered: nothing is marked as delivered behind the back of whoever compares. */
  static async open(server: TestServer): Promise<RealtimeProbe> {
    const database = new Client({ connectionString: server.database.url, application_name: 'parlance probe' });
    await database.connect();
    const options = { deaf: true, protocols: ['realtime.v1'] };
    const witness = await server.connectRealtime('User2', { ...options, query: { extensions: 'true' } });
    await witness.subscribe('>');
    return new RealtimeProbe(await server.connectRealtime('User1', options), witness, database);
  }

  async close(): Promise<void> {
    await this.database.end();
  }

  /** All frames that the client gets until a good request, sent after this one, is answered. */
  async answersTo(data: string | Buffer, binary = false): Promise<RealtimeFrame[]> {
    this.client.frames.splice(0);
    this.client.socket.send(data, { binary });
    // It names nothing that it concerns, so it is answered once everything before it has been.
    const good = await this.client.ask('PresenceQuery', { users: [] });
    if (good.type === 'Error') throw new Error(`the good request was answered ${JSON.stringify(good.data)}`);
    const frames = this.client.frames.filter((frame) => frame !== good);
    return frames.filter((frame) => !isMarkersAnswer(frame) && !isPush(frame));
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

  /** What the witness was sent since the last call; a message in their dialog marks the end. */
  async witnessed(): Promise<RealtimeFrame[]> {
    const { server_message_id: id } = await this.client.directMessage('User2', 'marker');
    const marker = await this.witness.of('DirectMessage', ({ metadata }) => {
      return (metadata as Record<string, unknown>).message_id === id;
    });
    // A connection that says nothing and answers no ping is closed.
    await this.witness.settled();
    return this.witness.frames.splice(0).filter((frame) => frame !== marker && frame.type !== 'Pong');
  }
}

/** The whole of what is wrong with the answers to a frame that had to be refused. */
export function complaintAbout(answers: readonly RealtimeFrame[], refusal: Refusal): string | undefined {
  const [answer] = answers;
  if (answers.length !== 1 || !answer) return `answered ${answers.length} times: ${shown(answers)}`;
  const { id, code, field } = refusal;
  const { details, message } = answer.data as { details?: Record<string, unknown>; message?: unknown };
  if (answer.type !== 'Error' || answer.data.code !== code) return `${shown(answer)}, not ${code}`;
  if (Object.keys(answer.data).join() !== 'code,message,details' || !details) return `other members: ${shown(answer)}`;
  if (details.field !== field) return `${shown(answer)}, not at ${field}`;
  if ((details.message_id ?? null) !== id) return `${shown(answer)}, not of ${id}`;
  return typeof message === 'string' && message !== '' ? undefined : 'no message';
}

function isMarkersAnswer({ type, data }: RealtimeFrame): boolean {
  return type === 'Presence' && Array.isArray(data.users) && data.users.length === 0;
}

/** How somebody else is: nobody has asked for it. */
function isPush({ type, data }: RealtimeFrame): boolean {
  return type === 'Presence' && data.user_id !== undefined;
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 300);
}

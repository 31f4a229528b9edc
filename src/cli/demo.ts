import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';

import { WebSocket } from 'ws';

import type { ServerConfig } from '../config/config.js';
import { readConfig } from '../config/read-config.js';
import { makeToken } from './token.js';

/**
 * The life of one message between two new users of the running server: typed, sent, delivered, read, deleted.
 * `npm run demo` speaks to the server that this folder's configuration describes, `npm run demo -- <address>` to
 * another one that knows the same key.
 */
async function play(user1: DemoUser, user2: DemoUser): Promise<void> {
  say(`${user1.id} types. Nothing is kept of that: the event has no id.`);
  user1.send({ type: 'event', payloadType: 'typing', payload: { chatId: user2.id } });
  await user2.event('typing');

  say(`${user1.id} sends a message. The answer says that it is stored, whatever happens next.`);
  const clientMessageId = randomBytes(8).toString('hex');
  const { messageId } = await user1.ask('new', {
    chatId: user2.id,
    clientMessageId,
    message: 'Check out this photo!',
    attachments: [{ type: 'image', id: 'img123', filename: 'photo.jpg', url: 'https://example.org/photo.jpg' }],
  });
  await user2.ack(await user2.event('new'));

  say(`${user2.id} has it. In a dialog, chatId is the other user: each names the chat from its own side.`);
  await user2.ask('dlvrd', { chatId: user1.id, messageId });
  await user1.ack(await user1.event('dlvrd'));

  say(`${user2.id} reads it.`);
  await user2.ask('read', { chatId: user1.id, messageId });
  await user1.ack(await user1.event('read'));

  say(`${user1.id} deletes it.`);
  await user1.ask('delete', { chatId: user2.id, messageId, clientMessageId });
  await user2.ack(await user2.event('delete'));
}

type Frame = Readonly<Record<string, unknown>>;

const ANSWER_TIMEOUT_MS = 10_000;

/** A client in its simplest form: prints every frame that goes either way, and waits for the one it needs. */
class DemoUser {
  private readonly unread: Frame[] = [];
  private requests = 0;

  private constructor(
    readonly id: string,
    private readonly socket: WebSocket,
  ) {
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      print(`${id} <- ${text}`);
      this.unread.push(JSON.parse(text) as Frame);
    });
  }

  static async connect(id: string, address: string, token: string): Promise<DemoUser> {
    const socket = new WebSocket(address, { headers: { authorization: `Bearer ${token}` } });
    const user = new DemoUser(id, socket);
    await once(socket, 'open');
    return user;
  }

  send(frame: Frame): void {
    const text = JSON.stringify(frame);
    print(`${this.id} -> ${text}`);
    this.socket.send(text);
  }

  /** @returns the answer's payload */
  async ask(payloadType: string, payload: Frame): Promise<Frame> {
    this.requests += 1;
    const id = String(this.requests);
    this.send({ type: 'request', id, timestamp: Date.now(), payloadType, payload });
    const answer = await this.receive(`the answer to ${payloadType}`, (frame) => {
      return frame.type === 'response' && frame.id === id && frame.payloadType === payloadType;
    });
    if (answer.error) throw new Error(`The server refused ${payloadType}: ${JSON.stringify(answer.error)}`);
    return answer.payload as Frame;
  }

  event(eventType: string): Promise<Frame> {
    return this.receive(`the event ${eventType}`, (frame) => frame.type === 'event' && frame.eventType === eventType);
  }

  /** Until it is acked, an event comes again with every new connection. */
  async ack({ id }: Frame): Promise<void> {
    this.send({ type: 'ack', id });
    await this.receive('the answer to an ack', (frame) => {
      return frame.type === 'response' && frame.id === String(id) && frame.payloadType === undefined;
    });
  }

  close(): void {
    this.socket.close();
  }

  private async receive(what: string, matches: (frame: Frame) => boolean): Promise<Frame> {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    for (;;) {
      const frame = this.unread.find(matches);
      if (frame) {
        this.unread.splice(this.unread.indexOf(frame), 1);
        return frame;
      }
      await once(this.socket, 'message', { signal }).catch((cause: unknown) => {
        throw new Error(`${this.id} waited ${ANSWER_TIMEOUT_MS / 1_000} s in vain for ${what}.`, { cause });
      });
    }
  }
}

async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile();
  const config = readConfig();
  const address = process.argv[2] ?? addressOf(config.server);
  const suffix = randomBytes(3).toString('hex');
  const users: DemoUser[] = [];
  try {
    for (const id of [`User1-${suffix}`, `User2-${suffix}`]) {
      const token = await makeToken([id, '--expires', '5m'], config);
      users.push(await DemoUser.connect(id, address, token).catch(explain(address)));
    }
    const [user1, user2] = users as [DemoUser, DemoUser];
    await play(user1, user2);
  } finally {
    for (const user of users) user.close();
  }
}

/** Where a client on this machine finds the server. */
function addressOf({ host, port }: ServerConfig): string {
  const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  const reachable = everywhere[host] ?? host;
  return `ws://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}/messaging`;
}

function explain(address: string): (error: Error) => never {
  return (error) => {
    const refused = /Unexpected server response: (\d+)/.exec(error.message)?.[1];
    const why = refused
      ? `The server at ${address} answered ${refused}.${refused === '401' ? ' Does it use another key?' : ''}`
      : `No server answers at ${address}. Start one with "npm start", then run this again.`;
    throw new Error(why, { cause: error });
  };
}

function say(text: string): void {
  print(`\n${text}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

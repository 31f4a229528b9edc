import type { Core } from './core.js';

/** Where a scenario happens, and what each dialect calls it and what is in it. */
export abstract class Place {
  abstract readonly kind: 'dialog' | 'group' | 'channel';
  /** What messaging calls it, to this user. */
  abstract chatIdFor(userId: string): string;
  /** What realtime calls it, but for dialogs. */
  abstract readonly topic?: string;
  /** What concord calls it, and the database. */
  abstract number(): Promise<number>;

  constructor(protected readonly core: Core) {}

  /** A message's number among all messages. One that is not there has a number too, that nobody has. */
  async idOf(messageNumber: number): Promise<number> {
    return (await this.core.messageId(await this.number(), messageNumber)) ?? UNKNOWN;
  }

  async threadIdOf(source: number): Promise<number> {
    return (await this.core.threadId(await this.idOf(source))) ?? UNKNOWN;
  }

  async wireIdOf(messageNumber: number): Promise<string> {
    return `${this.kind === 'dialog' ? 'dm' : 'broadcast'}_${await this.idOf(messageNumber)}`;
  }
}

/** A number that nothing has. */
const UNKNOWN = 999_999_999;

export class Dialog extends Place {
  readonly kind = 'dialog';
  readonly topic = undefined;

  constructor(
    core: Core,
    readonly users: readonly [string, string],
  ) {
    super(core);
  }

  chatIdFor(userId: string): string {
    return this.users[0] === userId ? this.users[1] : this.users[0];
  }

  /** It is made by the first message. */
  async number(): Promise<number> {
    return (await this.core.dialogOf(this.users)) ?? UNKNOWN;
  }
}

/** A group, or a channel: `name` is what stands in its topic. */
export class Room extends Place {
  readonly topic: string;

  constructor(
    core: Core,
    readonly kind: 'group' | 'channel',
    private readonly id: number,
    private readonly publicId: string,
    name = publicId,
  ) {
    super(core);
    this.topic = `chat.${name}`;
  }

  chatIdFor(): string {
    return this.publicId;
  }

  number(): Promise<number> {
    return Promise.resolve(this.id);
  }
}

/** A channel that there is not. */
export function noChannel(core: Core): Room {
  return new Room(core, 'channel', UNKNOWN, `c_${'x'.repeat(22)}`, 'nowhere');
}

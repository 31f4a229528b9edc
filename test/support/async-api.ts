import type { DialectName } from '../../src/domain/dialect-name.js';
import { faultIn, looseFaultIn, type Schema, type Schemas } from './json-schema.js';

export type Direction = 'client' | 'server';

export interface Message {
  readonly name: string;
  readonly payload: Schema;
  readonly contentType?: string;
  readonly examples?: readonly { readonly payload: unknown }[];
}

interface Ref {
  readonly $ref: string;
}

interface Operation {
  readonly action: 'receive' | 'send';
  readonly channel: Ref;
  readonly messages: readonly Ref[];
  readonly reply?: { readonly messages: readonly Ref[] };
}

export interface AsyncApiText {
  readonly info: { readonly description: string };
  readonly channels: Readonly<Record<string, { readonly address: string; readonly messages: Record<string, Ref> }>>;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly components: { readonly messages: Readonly<Record<string, Message>>; readonly schemas: Schemas };
}

/** What a server says of its own frames. */
export class AsyncApi {
  constructor(readonly document: AsyncApiText) {}

  /** @param origin `http://host:port` */
  static async of(origin: string): Promise<AsyncApi> {
    const answer = await fetch(`${origin}/docs/asyncapi.json`);
    return new AsyncApi((await answer.json()) as AsyncApiText);
  }

  /** All that clients, or the server, may say in a dialect, as its operations have it. */
  messagesOf(dialect: DialectName, direction: Direction): readonly Message[] {
    const refs = new Set<string>();
    for (const { action, channel, messages, reply } of Object.values(this.document.operations)) {
      if (channel.$ref !== `#/channels/${dialect}`) continue;
      const received = action === 'receive' ? messages : [];
      const sent = action === 'send' ? messages : (reply?.messages ?? []);
      for (const { $ref } of direction === 'client' ? received : sent) refs.add($ref);
    }
    return [...refs].map((ref) => this.messageAt(ref));
  }

  /** The names of all messages that the frame is, strictly: a member that is not described makes it another one. */
  matching(dialect: DialectName, direction: Direction, frame: unknown): readonly string[] {
    return this.messagesOf(dialect, direction)
      .filter(({ payload }) => this.faultIn(frame, payload) === undefined)
      .map(({ name }) => name);
  }

  /** What keeps the frame from being the message. */
  faultOf(dialect: DialectName, direction: Direction, name: string, frame: unknown): string | undefined {
    const message = this.messagesOf(dialect, direction).find((one) => one.name === name);
    return message ? this.faultIn(frame, message.payload) : `there is no message ${name}`;
  }

  /** As whoever reads the document would check. */
  looseFaultIn(value: unknown, schema: Schema): string | undefined {
    return looseFaultIn(value, schema, this.document.components.schemas);
  }

  private faultIn(value: unknown, schema: Schema): string | undefined {
    return faultIn(value, schema, this.document.components.schemas);
  }

  private messageAt(ref: string): Message {
    const [, dialect = '', name = ''] = /^#\/channels\/(\w+)\/messages\/(.+)$/.exec(ref) ?? [];
    const target = this.document.channels[dialect]?.messages[decodeURIComponent(name)]?.$ref ?? '';
    const message = this.document.components.messages[target.replace('#/components/messages/', '')];
    if (!message) throw new Error(`there is no ${ref}`);
    return message;
  }
}

import type { AddressInfo } from 'node:net';
import type { Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { ApiModule } from '../../src/api/api.module.js';
import { BearerGuard } from '../../src/api/bearer.guard.js';
import { Inspector } from '../../src/api/inspector.js';
import { OptionalBearerGuard } from '../../src/api/optional-bearer.guard.js';
import { Authenticator } from '../../src/auth/authenticator.js';
import { tokenOf } from '../../src/auth/token-source.js';
import { Config } from '../../src/config/config.js';
import { readConfig } from '../../src/config/read-config.js';
import { APP_OPTIONS, configureApp } from '../../src/configure-app.js';
import { UnauthorizedError } from '../../src/domain/errors.js';
import type { Principal } from '../../src/domain/principal.js';
import { UpgradeAdapter } from '../../src/gateway/upgrade.adapter.js';
import { AccountsService } from '../../src/services/accounts/accounts.service.js';
import { ChannelChatsService } from '../../src/services/channels/channel-chats.service.js';
import { ChannelsService } from '../../src/services/channels/channels.service.js';
import { ServerProfileService } from '../../src/services/channels/server-profile.service.js';
import { ThreadsService } from '../../src/services/channels/threads.service.js';
import { FilesService } from '../../src/services/files/files.service.js';
import { ProfilesService } from '../../src/services/presence/profiles.service.js';

const METHODS: readonly (readonly [string, Type, readonly string[]])[] = [
  ['accounts', AccountsService, ['register', 'signIn', 'recycle', 'changePassword']],
  ['profiles', ProfilesService, ['list', 'one', 'self']],
  ['channels', ChannelsService, ['tree', 'one', 'create', 'update', 'delete']],
  ['server', ServerProfileService, ['get', 'update']],
  ['threads', ThreadsService, ['list', 'create']],
  ['chats', ChannelChatsService, ['latest', 'write', 'search', 'one', 'edit', 'delete', 'reactions', 'react']],
  ['files', FilesService, ['readableBy']],
];

/** What the one good token says. */
export const asker: Principal = { userId: 'User1', roles: [], expiresAt: Infinity };
export const GOOD_TOKEN = 'good';

export interface ServiceCall {
  /** `channels.one` */
  readonly name: string;
  readonly args: readonly unknown[];
}

export interface EdgeAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** All of `/api` and `/docs` over HTTP, with services that do nothing but note what they are asked. */
export class RestEdge {
  readonly calls: ServiceCall[] = [];
  /** What a service does when it is asked; throws where it is to fail. */
  answer: (name: string) => unknown = () => ({});
  app!: NestExpressApplication;
  private origin!: string;

  static async start(env: Readonly<Record<string, string>> = {}): Promise<RestEdge> {
    const edge = new RestEdge();
    const services = METHODS.map(([name, provide, methods]) => ({ provide, useValue: edge.fake(name, methods) }));
    const module = await Test.createTestingModule({
      controllers: Reflect.getMetadata('controllers', ApiModule) as Type[],
      providers: [
        ...services,
        { provide: Config, useValue: readConfig(env) },
        { provide: Authenticator, useValue: { admit } },
        { provide: UpgradeAdapter, useValue: { dispose: async () => undefined } },
        BearerGuard,
        OptionalBearerGuard,
        Inspector,
      ],
    }).compile();
    edge.app = module.createNestApplication<NestExpressApplication>({ ...APP_OPTIONS, logger: false });
    configureApp(edge.app);
    await edge.app.listen(0, '127.0.0.1');
    const { port } = (edge.app.getHttpServer() as { address(): AddressInfo }).address();
    edge.origin = `http://127.0.0.1:${port}`;
    return edge;
  }

  stop(): Promise<void> {
    return this.app.close();
  }

  forget(): void {
    this.calls.length = 0;
    this.answer = () => ({});
  }

  /** With the good token. */
  ask(method: string, path: string, body?: unknown): Promise<EdgeAnswer> {
    const headers = { authorization: `Bearer ${GOOD_TOKEN}`, 'content-type': 'application/json' };
    return this.send(method, path, headers, body === undefined ? undefined : JSON.stringify(body));
  }

  async send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: string | Buffer,
  ): Promise<EdgeAnswer> {
    const answer = await fetch(`${this.origin}${path}`, { method, headers, body });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.startsWith('application/json') ?? false;
    return { status: answer.status, headers: answer.headers, body: isJson ? (JSON.parse(text) as unknown) : text };
  }

  private fake(service: string, methods: readonly string[]): Record<string, (...args: unknown[]) => Promise<unknown>> {
    const fakes = methods.map((method) => {
      const name = `${service}.${method}`;
      const call = async (...args: unknown[]): Promise<unknown> => {
        this.calls.push({ name, args });
        return this.answer(name);
      };
      return [method, call] as const;
    });
    return Object.fromEntries(fakes);
  }
}

async function admit(request: Parameters<typeof tokenOf>[0]): Promise<Principal> {
  if (tokenOf(request) === GOOD_TOKEN) return asker;
  throw new UnauthorizedError('there is no token, or not where it was looked for first');
}

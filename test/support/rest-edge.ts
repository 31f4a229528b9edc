import type { AddressInfo } from 'node:net';
import type { Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { AdminModule } from '../../src/admin/admin.module.js';
import { ApiModule } from '../../src/api/api.module.js';
import { Authenticator } from '../../src/auth/authenticator.js';
import { tokenOf } from '../../src/auth/token-source.js';
import { Config } from '../../src/config/config.js';
import { readConfig } from '../../src/config/read-config.js';
import { APP_OPTIONS, configureApp } from '../../src/configure-app.js';
import { DispatchLimits } from '../../src/dispatch/dispatch-limits.js';
import { HandlerRegistry } from '../../src/dispatch/handler-registry.js';
import { UnauthorizedError } from '../../src/domain/errors.js';
import type { Principal } from '../../src/domain/principal.js';
import { UpgradeAdapter } from '../../src/gateway/upgrade.adapter.js';
import { BearerGuard } from '../../src/rest/bearer.guard.js';
import { Inspector } from '../../src/rest/inspector.js';
import { OptionalBearerGuard } from '../../src/rest/optional-bearer.guard.js';
import { AccountsService } from '../../src/services/accounts/accounts.service.js';
import { AuditService } from '../../src/services/audit/audit.service.js';
import type { Deed } from '../../src/services/audit/deed.js';
import { IceServersService } from '../../src/services/calls/ice-servers.service.js';
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
  ['ice', IceServersService, ['of']],
];

/** What the good token of a user says, and that of an operator. */
export const asker: Principal = { userId: 'User1', roles: [], expiresAt: Infinity };
export const operator: Principal = { userId: 'Operator', roles: ['admin'], expiresAt: Infinity };
export const GOOD_TOKEN = 'good';
export const OPERATOR_TOKEN = 'operator';

/** What Nest asks of everything that it makes. */
const NO_METHODS = /^(then|constructor|on[A-Z]|before[A-Z])/;

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

/** All of `/api`, `/admin` and `/docs` over HTTP, with services that do nothing but note what they are asked. */
export class RestEdge {
  readonly calls: ServiceCall[] = [];
  /** What a service does when it is asked; throws where it is to fail. */
  answer: (name: string) => unknown = () => ({});
  app!: NestExpressApplication;
  private origin!: string;

  static async start(env: Readonly<Record<string, string>> = {}): Promise<RestEdge> {
    const edge = new RestEdge();
    const services = METHODS.map(([name, provide, methods]) => ({ provide, useValue: edge.fake(name, methods) }));
    const config = readConfig(env);
    const module = await Test.createTestingModule({
      imports: [DiscoveryModule],
      controllers: [ApiModule, AdminModule].flatMap((side) => Reflect.getMetadata('controllers', side) as Type[]),
      providers: [
        ...services,
        { provide: AuditService, useValue: edge.fakeAudit() },
        { provide: Config, useValue: config },
        { provide: DispatchLimits, useValue: config.limits },
        HandlerRegistry,
        { provide: Authenticator, useValue: { admit } },
        { provide: UpgradeAdapter, useValue: { dispose: async () => undefined } },
        BearerGuard,
        OptionalBearerGuard,
        Inspector,
      ],
    })
      .useMocker((token) => edge.fakeOf(token))
      .compile();
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

  /** With a good token. */
  ask(method: string, path: string, body?: unknown, token = GOOD_TOKEN): Promise<EdgeAnswer> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
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
    const isJson = text !== '' && /^application\/(problem\+)?json/.test(answer.headers.get('content-type') ?? '');
    return { status: answer.status, headers: answer.headers, body: isJson ? (JSON.parse(text) as unknown) : text };
  }

  private fake(service: string, methods: readonly string[]): Record<string, Fake> {
    return Object.fromEntries(methods.map((method) => [method, this.fakeMethod(`${service}.${method}`)] as const));
  }

  /** What operators' controllers use goes by the name of its class, with whatever methods. */
  private fakeOf(token: unknown): object {
    const service = typeof token === 'function' ? token.name : String(token);
    return new Proxy(
      {},
      {
        get: (_target, method) => {
          if (typeof method !== 'string' || NO_METHODS.test(method)) return undefined;
          return this.fakeMethod(`${service}.${method}`);
        },
      },
    );
  }

  /** Notes the deed, and does it. */
  private fakeAudit(): object {
    const record = (deed: Deed, work: () => Promise<unknown>): Promise<unknown> => {
      this.calls.push({ name: 'audit.record', args: [deed] });
      return work();
    };
    return { ...this.fake('audit', ['list', 'wasDone']), record };
  }

  private fakeMethod(name: string): Fake {
    return async (...args) => {
      this.calls.push({ name, args });
      return this.answer(name);
    };
  }
}

type Fake = (...args: unknown[]) => Promise<unknown>;

async function admit(request: Parameters<typeof tokenOf>[0]): Promise<Principal> {
  const token = tokenOf(request);
  if (token === GOOD_TOKEN) return asker;
  if (token === OPERATOR_TOKEN) return operator;
  throw new UnauthorizedError('there is no token, or not where it was looked for first');
}

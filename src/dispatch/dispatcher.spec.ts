import { Global, Injectable, Logger, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { IsString } from 'class-validator';

import type { Caller } from '../domain/caller.js';
import { Clock } from '../domain/clock.js';
import { ConflictError, type ParlanceError } from '../domain/errors.js';
import { Metrics } from '../domain/metrics.js';
import { SharedLimits } from '../domain/shared-limits.js';
import type { AnswerOf } from '../domain/payloads.js';
import { rawPayload } from '../domain/topics.js';
import { FakeSharedLimits } from '../../test/support/fake-shared-limits.js';
import { DispatchModule } from './dispatch.module.js';
import { type Asked, Dispatcher } from './dispatcher.js';
import { HandlesPayload } from './handles-payload.decorator.js';

class AuthDto {
  @IsString()
  readonly token!: string;
}

class TypingDto {
  @IsString()
  readonly chatId!: string;
}

@Injectable()
class SampleHandlers {
  readonly seen: unknown[] = [];

  @HandlesPayload('auth', { payload: AuthDto, order: 'append' })
  async auth(payload: AuthDto): Promise<AnswerOf<'auth'>> {
    this.seen.push(payload);
    if (payload.token === 'taken') throw new ConflictError('taken');
    if (payload.token === 'crash') throw new Error('secret');
    return { expiresAt: 1 };
  }

  @HandlesPayload('typing', { payload: TypingDto, kind: 'event' })
  async typing(): Promise<void> {
    // Answers nothing.
  }

  @HandlesPayload('offline', { kind: 'both' })
  async offline(payload: undefined): Promise<void> {
    this.seen.push(payload);
  }
}

class BroadcastDto {
  @IsString()
  readonly topic!: string;

  readonly payload!: unknown;
}

class CustomDto {
  [rawPayload]?: string;
}

@Injectable()
class RealtimeHandlers {
  readonly seen: object[] = [];

  @HandlesPayload('broadcast', { payload: BroadcastDto, dialects: ['realtime'], order: 'append' })
  async broadcast(payload: BroadcastDto): Promise<AnswerOf<'broadcast'>> {
    this.seen.push(payload);
    return { messageId: 'broadcast_1', recipients: 1 };
  }

  @HandlesPayload('custom', { payload: CustomDto, dialects: ['realtime'], order: 'barrier' })
  async custom(): Promise<AnswerOf<'custom'>> {
    return { messageId: 'custom', recipients: 0 };
  }
}

@Injectable()
class RivalHandlers {
  @HandlesPayload('auth', { payload: AuthDto })
  async login(): Promise<AnswerOf<'auth'>> {
    return { expiresAt: 2 };
  }
}

const SHARED = { provide: SharedLimits, useFactory: () => new FakeSharedLimits() };

@Global()
@Module({
  providers: [Metrics, SHARED, { provide: Clock, useValue: { now: () => 0 } }],
  exports: [Clock, Metrics, SharedLimits],
})
class StillModule {}

const silent = { log: jest.fn(), error: jest.fn(), warn: jest.fn(), debug: jest.fn() };
const caller: Caller = {
  principal: { userId: 'User1', roles: [], expiresAt: 0 },
  origin: { userId: 'User1' },
  subscriptions: {
    size: 0,
    has: () => false,
    matches: () => false,
    patterns: () => [],
    add: jest.fn(),
    remove: () => [],
  },
  once: (_target, work) => work(),
  placed: () => undefined,
  renew: () => undefined,
  leave: () => undefined,
};

function asking(asked: Partial<Asked>): Asked {
  return { kind: 'request', dialect: 'messaging', payload: {}, ...asked };
}

async function start(...handlers: (new () => object)[]) {
  const module = await Test.createTestingModule({
    imports: [StillModule, DispatchModule.with({ rateLimitFrames: 10, maxJsonDepth: 8 })],
    providers: handlers,
  })
    .setLogger(silent)
    .compile();
  return module.init();
}

describe('Dispatcher', () => {
  let dispatcher: Dispatcher;
  let handlers: SampleHandlers;
  let realtime: RealtimeHandlers;
  let metrics: Metrics;

  beforeAll(async () => {
    const app = await start(SampleHandlers, RealtimeHandlers);
    realtime = app.get(RealtimeHandlers);
    dispatcher = app.get(Dispatcher);
    metrics = app.get(Metrics);
    handlers = app.get(SampleHandlers);
  });

  beforeEach(() => {
    jest.clearAllMocks();
    handlers.seen.length = 0;
  });

  afterAll(() => {
    Logger.overrideLogger(['fatal', 'error', 'warn', 'log']);
  });

  async function dispatch(asked: Partial<Asked>): Promise<{ answer?: unknown; error?: ParlanceError }> {
    const outcome: { answer?: unknown; error?: ParlanceError } = {};
    await dispatcher.dispatch(asking(asked), caller, {
      answered: (answer) => (outcome.answer = answer),
      failed: (error) => (outcome.error = error),
    });
    return outcome;
  }

  describe('dispatch', () => {
    it('answers with what the handler of the payloadType returns', async () => {
      expect(await dispatch({ payloadType: 'auth', payload: { token: 'x' } })).toEqual({ answer: { expiresAt: 1 } });
    });

    it('counts each frame by its payloadType and what came of it', async () => {
      const before = new Map([...metrics.framesIn].map(([labels, count]) => [labels.join(' '), count]));
      await dispatch({ payloadType: 'auth', payload: { token: 'x' } });
      await dispatch({ payloadType: 'auth', payload: { token: 'taken' } });
      await dispatch({ payloadType: 'somebody else’s words' });
      await dispatch({ dialect: 'realtime', payloadType: 'X-New', otherwise: 'custom' });
      dispatcher.refused(asking({ payloadType: 'auth' }), new ConflictError('later'));
      const since = [...metrics.framesIn].map(([labels, count]): [string, number] => {
        const key = labels.join(' ');
        return [key, count - (before.get(key) ?? 0)];
      });
      expect(Object.fromEntries(since.filter(([, count]) => count > 0))).toEqual({
        'messaging auth ok': 1,
        'messaging auth 409': 2,
        'messaging unknown 400': 1,
        'realtime custom ok': 1,
      });
    });

    it('hands on the payload as it was sent, unknown fields too', async () => {
      const payload = { token: 'x', extra: { a: 1 } };
      await dispatch({ payloadType: 'auth', payload });
      expect(handlers.seen[0]).toBe(payload);
    });

    it('hands on what the dialect has put under symbols', async () => {
      const payload = { topic: 'news', payload: 1, [rawPayload]: '1.0' };
      await dispatch({ dialect: 'realtime', payloadType: 'broadcast', payload });
      expect(realtime.seen).toEqual([payload]);
    });

    it('refuses a payloadType that the dialect does not have', async () => {
      const { error } = await dispatch({ payloadType: 'broadcast', payload: { topic: 'news' } });
      expect(error).toMatchObject({ code: 400, details: { field: 'payloadType' } });
    });

    it('falls back to the other payloadType where nobody handles the first', async () => {
      const { answer } = await dispatch({ dialect: 'realtime', payloadType: 'X-New', otherwise: 'custom' });
      expect(answer).toMatchObject({ messageId: 'custom' });
    });

    it('falls back to nothing where the payloadType is handled', async () => {
      const asked = { dialect: 'realtime', payloadType: 'auth', payload: { token: 'x' }, otherwise: 'custom' } as const;
      expect(await dispatch(asked)).toEqual({ answer: { expiresAt: 1 } });
    });

    it('falls back to nothing that the dialect does not have', async () => {
      const { error } = await dispatch({ payloadType: 'X-New', otherwise: 'custom' });
      expect(error).toMatchObject({ code: 400, details: { field: 'payloadType' } });
    });

    it('does not look at a payload that the handler has no class for', async () => {
      await dispatch({ payloadType: 'offline', kind: 'event', payload: 'whatever' });
      expect(handlers.seen).toEqual([undefined]);
    });

    it.each(['nothing', 'constructor', '__proto__', undefined])('refuses the unknown type %s', async (payloadType) => {
      const { error } = await dispatch({ payloadType });
      expect(error).toMatchObject({ code: 400, details: { field: 'payloadType' } });
    });

    it.each([
      ['auth', 'event'],
      ['typing', 'request'],
    ] as const)('refuses %s as an %s', async (payloadType, kind) => {
      const { error } = await dispatch({ payloadType, kind, payload: { chatId: 'a', token: 'a' } });
      expect(error).toMatchObject({ code: 400, details: { field: 'payloadType' } });
    });

    it.each([undefined, null, 'text', 1, []])('refuses %j as a payload', async (payload) => {
      const { error } = await dispatch({ payloadType: 'auth', payload });
      expect(error).toMatchObject({ code: 400, details: { field: 'payload' } });
    });

    it('names the faulty field by its path from the frame', async () => {
      const { error } = await dispatch({ payloadType: 'auth', payload: { token: 1 } });
      expect(error).toMatchObject({ code: 400, details: { field: 'payload.token' } });
      expect(handlers.seen).toEqual([]);
    });

    it("passes on a handler's own error", async () => {
      const { error } = await dispatch({ payloadType: 'auth', payload: { token: 'taken' } });
      expect(error).toBeInstanceOf(ConflictError);
    });

    it('tells nothing of an unknown error but an id that stands in the log beside it', async () => {
      const { error } = await dispatch({ payloadType: 'auth', payload: { token: 'crash' } });
      expect(error).toMatchObject({ code: 500, message: 'internal error' });
      const [entry] = silent.error.mock.calls[0] as [{ correlationId: string; stack: string }];
      expect(entry.correlationId).toBe(error?.details.correlationId);
      expect(entry.stack).toContain('secret');
    });

    it('tells of an answer that could not be given', async () => {
      let told: ParlanceError | undefined;
      await dispatcher.dispatch(asking({ payloadType: 'auth', payload: { token: 'x' } }), caller, {
        answered: () => {
          throw new TypeError('cannot be encoded');
        },
        failed: (error) => (told = error),
      });
      expect(told).toMatchObject({ code: 500 });
    });

    it('tells of an error that could not be told', async () => {
      const told: number[] = [];
      const failed = ({ code }: ParlanceError): void => {
        if (code !== 500) throw new TypeError('its details cannot be encoded');
        told.push(code);
      };
      const taken = asking({ payloadType: 'auth', payload: { token: 'taken' } });
      await dispatcher.dispatch(taken, caller, { answered: jest.fn(), failed });
      expect(told).toEqual([500]);
    });
  });

  describe('orderOf', () => {
    it('says what the handler declared, and exclusive for all else', () => {
      expect(dispatcher.orderOf(asking({ payloadType: 'auth' }))).toBe('append');
      expect(dispatcher.orderOf(asking({ payloadType: 'offline' }))).toBe('exclusive');
      expect(dispatcher.orderOf(asking({ payloadType: 'nothing' }))).toBe('exclusive');
      expect(dispatcher.orderOf(asking({ payloadType: 'broadcast' }))).toBe('exclusive');
      expect(dispatcher.orderOf(asking({ dialect: 'realtime', payloadType: 'broadcast' }))).toBe('append');
      const custom = asking({ dialect: 'realtime', payloadType: 'X-New', otherwise: 'custom' });
      expect(dispatcher.orderOf(custom)).toBe('barrier');
    });
  });

  describe('handledAs', () => {
    it.each([
      ['auth', 'auth'],
      ['X-New', 'custom'],
    ])('says whose answer %s gets', (payloadType, handledAs) => {
      const asked = asking({ dialect: 'realtime', payloadType, otherwise: 'custom' });
      expect(dispatcher.handledAs(asked)).toBe(handledAs);
    });

    it('says its own where nobody handles it', () => {
      expect(dispatcher.handledAs(asking({ payloadType: 'nothing' }))).toBe('nothing');
    });
  });

  describe('at boot', () => {
    it('refuses two handlers of one payloadType and names both', async () => {
      await expect(start(SampleHandlers, RivalHandlers)).rejects.toThrow(
        'The payloadType "auth" is handled twice, by SampleHandlers.auth of RootTestModule and by RivalHandlers.login of RootTestModule.',
      );
    });
  });
});

describe('HandlesPayload', () => {
  it('does not compile on a method of another shape', () => {
    class Wrong {
      // @ts-expect-error the DTO is not what the request asks
      @HandlesPayload('auth', { payload: TypingDto })
      async dto(): Promise<AnswerOf<'auth'>> {
        return { expiresAt: 1 };
      }

      // @ts-expect-error the answer is not the request's
      @HandlesPayload('auth', { payload: AuthDto })
      async answer(): Promise<{ done: boolean }> {
        return { done: true };
      }

      // @ts-expect-error the method wants more than the request has
      @HandlesPayload('auth', { payload: AuthDto })
      async payload(_payload: { token: string; more: string }): Promise<AnswerOf<'auth'>> {
        return { expiresAt: 1 };
      }
    }
    expect(Wrong).toBeDefined();
  });
});

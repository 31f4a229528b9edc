import 'reflect-metadata';

import type { PayloadClass } from '../../dispatch/handles-payload.decorator.js';
import { PayloadValidator } from '../../dispatch/payload-validator.js';
import { BroadcastDto } from './broadcast.dto.js';
import { CustomDto } from './custom.dto.js';
import { SubscribeDto } from './subscribe.dto.js';
import { TopicHistoryDto } from './topic-history.dto.js';

const MAX_DEPTH = 64;

function topics(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `topic${index}`);
}

function faultOf(type: PayloadClass, payload: object): string | undefined {
  return new PayloadValidator(type, MAX_DEPTH).faultyField(payload, true);
}

describe('payloads of topics', () => {
  it.each<[PayloadClass, object]>([
    [SubscribeDto, { topics: ['notifications', 'chat.general', 'updates.*', 'a.>'] }],
    [SubscribeDto, { topics: topics(100) }],
    [BroadcastDto, { topic: 'news', payload: null }],
    [BroadcastDto, { topic: 'news', payload: [{ message: 1 }], metadata: { mood: null, encryption: 'aes256' } }],
    [
      BroadcastDto,
      { topic: 'news', payload: '', metadata: { ttl: 0, priority: '', idempotency_key: 'x'.repeat(255) } },
    ],
    [TopicHistoryDto, { topic: 'news' }],
    [TopicHistoryDto, { topic: 'news', limit: 500, before: 'broadcast_7', after: 'x', since: 0 }],
    [CustomDto, { topic: 'news', action: null }],
    [CustomDto, { target_user: 'User 2' }],
    [CustomDto, {}],
  ])('%p takes %j', (type, payload) => {
    expect(faultOf(type, payload)).toBeUndefined();
  });

  it.each<[PayloadClass, object, string]>([
    [SubscribeDto, {}, 'topics'],
    [SubscribeDto, { topics: [] }, 'topics'],
    [SubscribeDto, { topics: topics(101) }, 'topics'],
    [SubscribeDto, { topics: 'news' }, 'topics'],
    [SubscribeDto, { topics: ['news', 'a..b', 7] }, 'topics.1'],
    [SubscribeDto, { topics: ['a.>.b'] }, 'topics.0'],
    [BroadcastDto, { payload: 1, metadata: 1 }, 'topic'],
    [BroadcastDto, { topic: 'updates.*', payload: 1 }, 'topic'],
    [BroadcastDto, { topic: 'news' }, 'payload'],
    [BroadcastDto, { topic: 'news', payload: { message: 'a\0' } }, 'payload.message'],
    [BroadcastDto, { topic: 'news', payload: 1, metadata: [] }, 'metadata'],
    [BroadcastDto, { topic: 'news', payload: 1, metadata: null }, 'metadata'],
    [BroadcastDto, { topic: 'news', payload: 1, metadata: { idempotency_key: '' } }, 'metadata.idempotency_key'],
    [
      BroadcastDto,
      { topic: 'news', payload: 1, metadata: { idempotency_key: 'x'.repeat(256) } },
      'metadata.idempotency_key',
    ],
    [BroadcastDto, { topic: 'news', payload: 1, metadata: { idempotency_key: '\ud800' } }, 'metadata.idempotency_key'],
    [BroadcastDto, { topic: 'news', payload: 1, metadata: { priority: 1 } }, 'metadata.priority'],
    [BroadcastDto, { topic: 'news', payload: 1, metadata: { ttl: -1 } }, 'metadata.ttl'],
    [BroadcastDto, { topic: 'news', payload: 1, metadata: { ttl: 1.5 } }, 'metadata.ttl'],
    [BroadcastDto, { topic: 'news', payload: 1, metadata: { ttl: Infinity } }, 'metadata.ttl'],
    [BroadcastDto, { topic: 'news', payload: 1, metadata: { mood: '\0' } }, 'metadata.mood'],
    [TopicHistoryDto, { topic: 'updates.*' }, 'topic'],
    [TopicHistoryDto, { topic: 'news', limit: 0 }, 'limit'],
    [TopicHistoryDto, { topic: 'news', limit: 501 }, 'limit'],
    [TopicHistoryDto, { topic: 'news', before: 7 }, 'before'],
    [TopicHistoryDto, { topic: 'news', after: '' }, 'after'],
    [TopicHistoryDto, { topic: 'news', since: -1 }, 'since'],
    [CustomDto, { topic: 'a.*' }, 'topic'],
    [CustomDto, { target_user: '' }, 'target_user'],
  ])('%p refuses %j at %s', (type, payload, field) => {
    expect(faultOf(type, payload)).toBe(field);
  });
});

import 'reflect-metadata';

import { PayloadValidator } from '../../dispatch/payload-validator.js';
import { BinaryDto } from './binary.dto.js';

const MAX_DEPTH = 64;

function faultOf(payload: object): string | undefined {
  return new PayloadValidator(BinaryDto, MAX_DEPTH).faultyField({ kind: 'file_transfer', ...payload }, true);
}

describe('BinaryDto', () => {
  it.each([
    {},
    { topic: 'frames.cam1', id: 'f1', stream: 's1', metadata: { own: [1] } },
    { targetUser: 'User2', filename: '' },
    { targetUser: 'User2', filename: 'x'.repeat(255) },
    { targetUser: 'User2', filename: '../../etc/passwd' },
  ])('takes %j', (payload) => {
    expect(faultOf(payload)).toBeUndefined();
  });

  it.each([
    [{ kind: 'other' }, 'kind'],
    [{ topic: 'no topic' }, 'topic'],
    [{ topic: 'news.*' }, 'topic'],
    [{ topic: 1 }, 'topic'],
    [{ targetUser: '' }, 'targetUser'],
    [{ targetUser: null }, 'targetUser'],
    [{ filename: 'x'.repeat(256) }, 'filename'],
    [{ filename: 'a\0' }, 'filename'],
    [{ filename: '\ud800' }, 'filename'],
    [{ stream: 1 }, 'stream'],
    [{ metadata: [] }, 'metadata'],
    [{ metadata: { idempotency_key: 1 } }, 'metadata.idempotency_key'],
  ])('refuses %j at %s', (payload, field) => {
    expect(faultOf(payload)).toBe(field);
  });
});

import { isCallId, newCallId } from './call-id.js';

describe('newCallId', () => {
  it('makes ids that are taken for such, no two alike', () => {
    const ids = Array.from({ length: 100 }, newCallId);
    expect(ids.every(isCallId)).toBe(true);
    expect(new Set(ids).size).toBe(100);
  });
});

describe('isCallId', () => {
  it.each([
    ['', false],
    ['call_', false],
    ['call_0123456789abcdefghijkl', true],
    ['call_0123456789abcdefghi-_A', true],
    ['call_0123456789abcdefghijklm', false],
    ['call_0123456789abcdefghijk', false],
    ['call_0123456789abcdefghijk+', false],
    ['g_0123456789abcdefghijkl', false],
    ['CALL_0123456789abcdefghijkl', false],
    ['call_0123456789abcdefghijkl\n', false],
  ])('of %j is %s', (text, isOne) => {
    expect(isCallId(text)).toBe(isOne);
  });
});

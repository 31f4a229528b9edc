import fc from 'fast-check';

import {
  chatTopic,
  covers,
  isReservedTopic,
  isTopic,
  isTopicPattern,
  MAX_TOPIC_LENGTH,
  MAX_TOPIC_SEGMENTS,
  patternMatches,
  presenceTopic,
  publicIdOfTopic,
  userOfPresenceTopic,
} from './topic-patterns.js';

const GROUP = 'g_0123456789abcdefghijkl';

/** All topics of up to `depth` segments over an alphabet that holds all that is special. */
function topicsUpTo(depth: number, alphabet: readonly string[]): string[] {
  let longest = [...alphabet];
  const topics = [...longest];
  for (let length = 2; length <= depth; length++) {
    longest = longest.flatMap((topic) => ['a', 'b', 'user'].map((segment) => `${topic}.${segment}`));
    topics.push(...longest);
  }
  return topics;
}

/** The words of the protocol, segment by segment. */
function matchesByTheBook(pattern: string, topic: string): boolean {
  const [segments, wanted] = [topic.split('.'), pattern.split('.')];
  if (/^[*>]/.test(pattern) && /^(?:user\.|presence\.|\$)/.test(topic)) return false;
  if (wanted.at(-1) === '>' ? segments.length < wanted.length : segments.length !== wanted.length) return false;
  return wanted.every((segment, index) => segment === '*' || segment === '>' || segment === segments[index]);
}

const pattern = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom('a', 'b', 'user', 'presence', '$a', '*', '>'),
      fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: maxLength - 2 }),
      fc.constantFrom('', '.a', '.*', '.>'),
    )
    .map(([first, middle, last]) => [first, ...middle].join('.') + last)
    .filter(isTopicPattern);

describe('isTopic', () => {
  it.each([
    'a',
    'chat.general',
    'A-z_0.9',
    '$SYS.x',
    'user',
    'user.Ann%20B',
    'presence.%F0%9F%98%82.x',
    'a.b.c.d.e.f.g.h',
  ])('takes %s', (text) => {
    expect(isTopic(text)).toBe(true);
  });

  it.each([
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    'a b',
    'ü',
    'a.*',
    '*',
    '>',
    'a.>',
    '$',
    'a.$b',
    'a%20',
    'a.b%20',
    'user%20',
    'user.%2',
  ])('does not take %j', (text) => {
    expect(isTopic(text)).toBe(false);
  });

  it('takes 255 characters and 8 segments, and not one more', () => {
    expect(isTopic('a'.repeat(MAX_TOPIC_LENGTH))).toBe(true);
    expect(isTopic('a'.repeat(MAX_TOPIC_LENGTH + 1))).toBe(false);
    expect(isTopic(Array(MAX_TOPIC_SEGMENTS).fill('a').join('.'))).toBe(true);
    expect(
      isTopic(
        Array(MAX_TOPIC_SEGMENTS + 1)
          .fill('a')
          .join('.'),
      ),
    ).toBe(false);
  });
});

describe('isTopicPattern', () => {
  it.each(['a', '*', '>', '*.*', 'a.*.b', 'a.>', '*.>', '$SYS.>', 'user.*', 'presence.Ann%20B'])('takes %s', (text) => {
    expect(isTopicPattern(text)).toBe(true);
  });

  it.each(['', '>.a', 'a.>.b', '**', 'a*', 'a.b>', 'a.*b', '$*', 'a..*', 'a.%20'])('does not take %j', (text) => {
    expect(isTopicPattern(text)).toBe(false);
  });
});

describe('patternMatches', () => {
  it('matches what the protocol says', () => {
    const topics = topicsUpTo(4, ['a', 'b', 'user', 'presence', '$a']);
    fc.assert(
      fc.property(pattern(4), (text) => {
        for (const topic of topics)
          expect([text, topic, patternMatches(text, topic)]).toEqual([text, topic, matchesByTheBook(text, topic)]);
      }),
    );
  });
});

describe('covers', () => {
  it('is so exactly where every topic that the one matches is matched by the other', () => {
    // One segment more than any pattern has, and letters that none has: what a pattern leaves open shows.
    const topics = topicsUpTo(5, ['a', 'b', 'c', 'user', 'presence', '$a']).filter(isTopic);
    const matched = (text: string) => topics.filter((topic) => matchesByTheBook(text, topic));
    fc.assert(
      fc.property(pattern(4), pattern(4), (allowed, wanted) => {
        const all = new Set(matched(allowed));
        expect([allowed, wanted, covers(allowed, wanted)]).toEqual([
          allowed,
          wanted,
          matched(wanted).every((topic) => all.has(topic)),
        ]);
      }),
      { numRuns: 500 },
    );
  });

  it('knows that no topic has more than 8 segments', () => {
    expect(covers('a.b.c.d.e.f.g.*', 'a.b.c.d.e.f.g.>')).toBe(true);
    expect(covers('a.b.c.d.e.f.*', 'a.b.c.d.e.f.>')).toBe(false);
  });
});

describe('isReservedTopic', () => {
  it.each(['user.Ann', 'user.*', 'user.>', 'presence.Ann', '$SYS', '$SYS.>'])('is %s', (text) => {
    expect(isReservedTopic(text)).toBe(true);
  });

  it.each(['user', 'users.Ann', 'presence', '*', '>', '*.Ann', 'a.user.b'])('is not %s', (text) => {
    expect(isReservedTopic(text)).toBe(false);
  });
});

describe('presenceTopic', () => {
  it('is a topic that leads back to its user', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }), (userId) => {
        const topic = presenceTopic(userId);
        expect(userOfPresenceTopic(topic)).toBe(userId);
        expect(isTopic(topic)).toBe(true);
      }),
    );
  });

  it('writes bytes that a topic cannot hold as %XX', () => {
    expect(presenceTopic('Ann.B ü')).toBe('presence.Ann%2EB%20%C3%BC');
  });
});

describe('userOfPresenceTopic', () => {
  it.each([
    'presence',
    'presence.*',
    'presence.>',
    'presence.a.b',
    'user.Ann',
    'presence.%FF',
    'presence.%41',
    'presence.%c3%bc',
  ])('knows no user of %s', (topic) => {
    expect(userOfPresenceTopic(topic)).toBeUndefined();
  });
});

describe('publicIdOfTopic', () => {
  it('leads from a chat’s topic to its id', () => {
    expect(publicIdOfTopic(chatTopic(GROUP))).toBe(GROUP);
  });

  it.each(['chat.general', 'chat', `chat.${GROUP}.x`, `a.${GROUP}`, `chat.x${GROUP}`])('knows none of %s', (topic) => {
    expect(publicIdOfTopic(topic)).toBeUndefined();
  });
});

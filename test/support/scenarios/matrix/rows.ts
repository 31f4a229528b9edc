import type { Deed } from '../doing.js';
import type { DialectWords } from '../inabilities.js';
import { type Content, inConcord, inMessaging, inRealtime, nothing, type Shows } from './shown.js';

/** One thing that is done, and what it looks like in each dialect where the place is shown there. */
export interface Row {
  readonly what: string;
  /** What the author did before, in the same words or in others. */
  readonly given?: readonly Given[];
  readonly deed: Deed;
  /** In whose words it can be done. */
  readonly by: readonly DialectWords[];
  readonly messaging: (words: DialectWords) => Shows;
  readonly realtime: (words: DialectWords) => Shows;
  /** Realtime where it was asked for. */
  readonly extended: (words: DialectWords) => Shows;
  readonly concord: (words: DialectWords) => Shows;
  /** Whether the deed makes a message; else it is about the one with this number. */
  readonly about: 'new' | 1;
  /** It is no message: of one's own nothing comes to one's other connections. */
  readonly isEphemeral?: true;
  /** Only in channels. */
  readonly isInChannels?: true;
}

export interface Given {
  readonly words: DialectWords;
  readonly deed: Deed;
}

const EVERYWHERE = ['messaging', 'realtime', 'concord', 'rest'] as const;
const PAYLOADS = ['realtime'] as const;
const BOTH = ['messaging', 'realtime'] as const;

export const FILE = { type: 'file', id: 'f1', filename: 'a.txt', url: 'https://example.com/a.txt' };
const IMAGE = { ...FILE, type: 'image', id: 'i1', meta: { width: 1, height: 2 }, own: true };

const always = (shows: Shows) => (): Shows => shows;

/** How a content comes out: where a payload was sent, as it was. */
const as =
  (shows: (content: Content) => Shows, said: Content, sent: unknown = withoutNothing(said)) =>
  (words: DialectWords): Shows =>
    shows(words === 'realtime' ? { ...said, payload: sent } : said);

function withoutNothing({ message, attachments }: Content): unknown {
  return { ...(message !== undefined && { message }), ...(attachments && { attachments }) };
}

/** A message whose text all can show. */
const message = (
  what: string,
  deed: Deed,
  said: Content,
  by: readonly DialectWords[],
  more: Partial<Row> = {},
): Row => ({
  ...{ what, deed, by, about: 'new' },
  messaging: as(inMessaging.message, said),
  realtime: as(inRealtime.message, said),
  extended: as(inRealtime.message, said),
  concord: always(inConcord.message(said)),
  ...more,
});

const touch = (what: string, deed: Deed, shown: Pick<Row, 'messaging' | 'extended' | 'concord'>): Row => ({
  ...{ what, deed, by: EVERYWHERE, about: 1 as const, given: [wrote('hello')], realtime: always(nothing) },
  ...shown,
});

const wrote = (text: string): Given => ({ words: 'messaging', deed: { deed: 'write', text } });
const sentTextless: Given = { words: 'realtime', deed: { deed: 'send', payload: { own: 1 } } };
const reacted: Given = { words: 'messaging', deed: { deed: 'react', number: 1, reaction: '👍', adding: true } };

const hello = { message: 'hello' };
const rich = { message: 'hello', attachments: [FILE], own: { n: [1, null, 'ä'] } };

/** What is done in chats. Frames name what they show as section 8 of the protocol's table does. */
export const ROWS: readonly Row[] = [
  message('a text', { deed: 'write', text: 'hello' }, hello, EVERYWHERE),
  message('a text in a thread', { deed: 'writeInThread', source: 1, text: 'hello' }, hello, ['concord', 'rest'], {
    given: [wrote('source'), { words: 'rest', deed: { deed: 'thread', source: 1, name: 'lunch' } }],
    isInChannels: true,
  }),
  message(
    'a text with attachments',
    { deed: 'attach', text: 'hello', attachments: [FILE, IMAGE] },
    { message: 'hello', attachments: [FILE, IMAGE] },
    BOTH,
  ),
  message('attachments', { deed: 'attach', attachments: [IMAGE] }, { attachments: [IMAGE] }, BOTH, {
    concord: always(nothing),
  }),
  message(
    'a payload with a text',
    { deed: 'send', payload: rich, metadata: { mood: 'happy' } },
    { message: 'hello', attachments: [FILE], payload: rich, metadata: { mood: 'happy' } },
    PAYLOADS,
    { ...asSent({ message: 'hello', attachments: [FILE], payload: rich, metadata: { mood: 'happy' } }) },
  ),
  message('a payload without a text', { deed: 'send', payload: { own: 1, message: 2 } }, {}, PAYLOADS, {
    ...asSent({ payload: { own: 1, message: 2 } }),
    concord: always(nothing),
  }),
  message('a payload that is no object', { deed: 'send', payload: ['hello'] }, {}, PAYLOADS, {
    ...asSent({ payload: ['hello'] }),
    concord: always(nothing),
  }),
  message('an encrypted payload', { deed: 'send', payload: rich, metadata: { encryption: 'aes' } }, {}, PAYLOADS, {
    ...asSent({ payload: rich, metadata: { encryption: 'aes' } }),
    concord: always(nothing),
  }),
  message('a compressed payload', { deed: 'send', payload: rich, metadata: { compression: 'gzip' } }, {}, PAYLOADS, {
    ...asSent({ payload: rich, metadata: { compression: 'gzip' } }),
    concord: always(nothing),
  }),
  touch(
    'an edit',
    { deed: 'edit', number: 1, text: 'hi' },
    {
      messaging: as(inMessaging.edit, { message: 'hi' }),
      extended: as(inRealtime.edit, { message: 'hi' }),
      concord: always(inConcord.edit({ message: 'hi' })),
    },
  ),
  {
    ...touch(
      'an edit of a payload',
      { deed: 'edit', number: 1, text: 'hi' },
      {
        messaging: as(inMessaging.edit, { message: 'hi' }),
        extended: as(inRealtime.edit, { message: 'hi' }),
        concord: always(inConcord.edit({ message: 'hi' })),
      },
    ),
    given: [{ words: 'realtime', deed: { deed: 'send', payload: { message: 'hallo', own: 1 } } }],
  },
  {
    ...touch(
      'an edit that takes the text away',
      { deed: 'resend', number: 1, payload: { own: 1 } },
      {
        messaging: always(inMessaging.edit({ payload: { own: 1 } })),
        extended: always(inRealtime.edit({ payload: { own: 1 } })),
        concord: always(inConcord.delete),
      },
    ),
    by: PAYLOADS,
  },
  {
    ...touch(
      'an edit of attachments',
      { deed: 'resend', number: 1, payload: { message: 'hi', attachments: [FILE] } },
      {
        messaging: always(inMessaging.edit({ message: 'hi', attachments: [FILE] })),
        extended: always(inRealtime.edit({ payload: { message: 'hi', attachments: [FILE] } })),
        concord: always(inConcord.edit({ message: 'hi' })),
      },
    ),
    by: PAYLOADS,
  },
  {
    ...touch(
      'an edit of an encrypted payload',
      { deed: 'resend', number: 1, payload: rich },
      {
        messaging: always(inMessaging.edit({ payload: rich })),
        extended: always(inRealtime.edit({ payload: rich })),
        concord: always(nothing),
      },
    ),
    given: [{ words: 'realtime', deed: { deed: 'send', payload: hello, metadata: { encryption: 'aes' } } }],
    by: PAYLOADS,
  },
  {
    ...touch(
      'an edit that gives a text',
      { deed: 'resend', number: 1, payload: hello },
      {
        messaging: always(inMessaging.edit(hello)),
        extended: always(inRealtime.edit({ payload: hello })),
        concord: always(inConcord.message(hello, { edited: true })),
      },
    ),
    ...{ given: [sentTextless], by: PAYLOADS },
  },
  touch(
    'a deletion',
    { deed: 'delete', number: 1 },
    {
      messaging: always(inMessaging.delete),
      extended: always(inRealtime.delete),
      concord: always(inConcord.delete),
    },
  ),
  {
    ...touch(
      'a deletion of what has no text',
      { deed: 'delete', number: 1 },
      {
        messaging: always(inMessaging.delete),
        extended: always(inRealtime.delete),
        concord: always(nothing),
      },
    ),
    ...{ given: [sentTextless], by: BOTH },
  },
  touch(
    'a reaction',
    { deed: 'react', number: 1, reaction: '👍', adding: true },
    {
      messaging: always(inMessaging.react('👍', true, { '👍': 1 })),
      extended: always(inRealtime.react('👍', true, { '👍': 1 })),
      concord: always(inConcord.react('👍', true, { '👍': 1 })),
    },
  ),
  {
    ...touch(
      'a reaction that is taken away',
      { deed: 'react', number: 1, reaction: '👍', adding: false },
      {
        messaging: always(inMessaging.react('👍', false, {})),
        extended: always(inRealtime.react('👍', false, {})),
        concord: always(inConcord.react('👍', false, {})),
      },
    ),
    given: [wrote('hello'), reacted],
  },
  {
    ...touch(
      'a reaction to what has no text',
      { deed: 'react', number: 1, reaction: '👍', adding: true },
      {
        messaging: always(inMessaging.react('👍', true, { '👍': 1 })),
        extended: always(inRealtime.react('👍', true, { '👍': 1 })),
        concord: always(nothing),
      },
    ),
    ...{ given: [sentTextless], by: BOTH },
  },
  typing('typing', { deed: 'type' }, ['messaging', 'realtime', 'concord'], inConcord.typing),
  // Concord has no frame for it: a client would take one for more typing.
  typing('typing no more', { deed: 'typeNoMore' }, BOTH, nothing, true),
];

/** What only clients of payloads send comes out in one way, whoever looks. */
function asSent(content: Content): Pick<Row, 'messaging' | 'realtime' | 'extended'> {
  return {
    messaging: always(inMessaging.message(content)),
    realtime: always(inRealtime.message(content)),
    extended: always(inRealtime.message(content)),
  };
}

function typing(what: string, deed: Deed, by: readonly DialectWords[], concord: Shows, stop?: true): Row {
  return {
    ...{ what, deed, by, about: 1, isEphemeral: true, given: [wrote('hello')] },
    messaging: always(inMessaging.typing(stop)),
    realtime: always(nothing),
    extended: always(inRealtime.typing(stop)),
    concord: always(concord),
  };
}

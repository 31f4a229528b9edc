import { attach, edit, join, leave, mark, react, remove, thread, type, typeNoMore, unreact } from './doing.js';
import { write, writeInThread, writeOnce } from './doing.js';
import { refused, refusedNowhere, type Scenario, scenario } from './scenario.js';

const FILE = { type: 'file', id: 'f1', filename: 'a.txt', url: 'https://example.com/a.txt' };
const TOO_LARGE = 'x'.repeat(65_537);
const LARGE = 'x'.repeat(65_536);
/** A reaction may have 64 bytes. */
const TOO_LONG = 'é'.repeat(33);
const MAX_KINDS = 50;
const KINDS = Array.from({ length: MAX_KINDS }, (_, index) => `k${String(index).padStart(2, '0')}`);

/** Repeating a delete: a deleted chat is not there any more where it is asked for over REST. */
const GONE_OVER_REST = { concord: 404, rest: 404 } as const;
const DELETED = { messaging: 409, realtime: 409, concord: 404, rest: 404 } as const;
const hello = { number: 1, sender: 'Ann', text: 'hello' } as const;
const toldHello = 'new 1 Ann "hello"';
const sentOne = { members: ['Ann: sent 1'] };

/** What is done in channels. */
export const CHANNEL_SCENARIOS: readonly Scenario[] = [
  scenario('somebody writes', [write('Ann', 'hello')], {
    ends: { changes: 1, messages: [hello], ...sentOne },
    told: [toldHello],
  }),
  scenario('several write', [write('Ann', 'hello'), write('Ben', 'hi'), write('Ann', 'how are you?')], {
    ends: {
      changes: 3,
      messages: [hello, { number: 2, sender: 'Ben', text: 'hi' }, { number: 3, sender: 'Ann', text: 'how are you?' }],
      members: ['Ann: sent 2', 'Ben: sent 1'],
    },
    told: [toldHello, 'new 2 Ben "hi"', 'new 3 Ann "how are you?"'],
  }),
  scenario('somebody writes the same again', [write('Ann', 'hello'), write('Ann', 'hello')], {
    ends: { changes: 2, messages: [hello, { ...hello, number: 2 }], members: ['Ann: sent 2'] },
    told: [toldHello, 'new 2 Ann "hello"'],
  }),
  scenario('somebody writes what is hard to write', [write('Ann', ' "\\\n\u2028👨‍👩‍👧 ')], {
    ends: { changes: 1, messages: [{ ...hello, text: ' "\\\n\u2028👨‍👩‍👧 ' }], ...sentOne },
    told: [`new 1 Ann ${JSON.stringify(' "\\\n\u2028👨‍👩‍👧 ')}`],
  }),
  scenario('somebody writes as much as one may', [write('Ann', LARGE)], {
    ends: { changes: 1, messages: [{ ...hello, text: LARGE }], ...sentOne },
    told: [`new 1 Ann "${LARGE}"`],
  }),
  scenario('somebody attaches something', [attach('Ann', [FILE], 'hello'), attach('Ann', [FILE])], {
    ends: {
      changes: 2,
      messages: [
        { ...hello, attachments: [FILE] },
        { number: 2, sender: 'Ann', attachments: [FILE] },
      ],
      members: ['Ann: sent 2'],
    },
    told: [`${toldHello} +1`, 'new 2 Ann +1'],
  }),
  scenario(
    'somebody sends again what was not answered',
    [writeOnce('Ann', 'hello', 'once'), writeOnce('Ann', 'hello', 'once'), writeOnce('Ben', 'hello', 'once')],
    {
      ends: {
        changes: 2,
        messages: [
          { ...hello, clientMessageId: 'once' },
          { number: 2, sender: 'Ben', text: 'hello', clientMessageId: 'once' },
        ],
        members: ['Ann: sent 1', 'Ben: sent 1'],
      },
      told: [toldHello, 'new 2 Ben "hello"'],
    },
  ),
  scenario('its author edits a message', [write('Ann', 'hallo'), edit('Ann', 1, 'hello')], {
    ends: { changes: 2, messages: [{ ...hello, edited: true }], ...sentOne },
    told: ['new 1 Ann "hallo"', 'edit 1 "hello"'],
  }),
  scenario('an edit that changes nothing', [write('Ann', 'hello'), edit('Ann', 1, 'hello')], {
    ends: { changes: 1, messages: [hello], ...sentOne },
    told: [toldHello],
  }),
  scenario('an edit is repeated', [write('Ann', 'hallo'), edit('Ann', 1, 'hello'), edit('Ann', 1, 'hello')], {
    ends: { changes: 2, messages: [{ ...hello, edited: true }], ...sentOne },
    told: ['new 1 Ann "hallo"', 'edit 1 "hello"'],
  }),
  scenario('an edit back to what it was', [write('Ann', 'hello'), edit('Ann', 1, 'hallo'), edit('Ann', 1, 'hello')], {
    ends: { changes: 3, messages: [{ ...hello, edited: true }], ...sentOne },
    told: [toldHello, 'edit 1 "hallo"', 'edit 1 "hello"'],
  }),
  scenario('its author deletes a message', [write('Ann', 'hello'), write('Ann', 'hi'), remove('Ann', 1)], {
    ends: {
      changes: 3,
      messages: [
        { number: 1, sender: 'Ann', deleted: true },
        { number: 2, sender: 'Ann', text: 'hi' },
      ],
      members: ['Ann: sent 2'],
    },
    told: [toldHello, 'new 2 Ann "hi"', 'delete 1'],
  }),
  scenario(
    'a deletion is repeated',
    [write('Ann', 'hello'), remove('Ann', 1), refused(remove('Ann', 1), GONE_OVER_REST)],
    {
      ends: { changes: 2, messages: [{ number: 1, sender: 'Ann', deleted: true }], ...sentOne },
      told: [toldHello, 'delete 1'],
    },
  ),
  scenario('a moderator deletes what others wrote', [write('Ann', 'hello'), remove('Mod', 1)], {
    ends: { changes: 2, messages: [{ number: 1, sender: 'Ann', deleted: true }], ...sentOne },
    told: [toldHello, 'delete 1'],
  }),
  scenario(
    'several react',
    [write('Ann', 'hello'), react('Ben', 1, '👍'), react('Ann', 1, '👍'), react('Ben', 1, '😂')],
    {
      ends: {
        changes: 4,
        messages: [{ ...hello, reactions: { '👍': 2, '😂': 1 } }],
        reactions: ['1 Ann 👍', '1 Ben 👍', '1 Ben 😂'],
        ...sentOne,
      },
      told: [toldHello, 'react 1 Ben +👍 {"👍":1}', 'react 1 Ann +👍 {"👍":2}', 'react 1 Ben +😂 {"👍":2,"😂":1}'],
    },
  ),
  scenario('somebody reacts twice', [write('Ann', 'hello'), react('Ben', 1, '👍'), react('Ben', 1, '👍')], {
    ends: { changes: 2, messages: [{ ...hello, reactions: { '👍': 1 } }], reactions: ['1 Ben 👍'], ...sentOne },
    told: [toldHello, 'react 1 Ben +👍 {"👍":1}'],
  }),
  scenario(
    'a reaction is taken away, twice',
    [write('Ann', 'hello'), react('Ben', 1, '👍'), unreact('Ben', 1, '👍'), unreact('Ben', 1, '👍')],
    {
      ends: { changes: 3, messages: [hello], reactions: ['1 Ben -👍'], ...sentOne },
      told: [toldHello, 'react 1 Ben +👍 {"👍":1}', 'react 1 Ben -👍 {}'],
    },
  ),
  scenario('a reaction that is not there is taken away', [write('Ann', 'hello'), unreact('Ben', 1, '👍')], {
    ends: { changes: 1, messages: [hello], ...sentOne },
    told: [toldHello],
  }),
  scenario(
    'a reaction comes back',
    [write('Ann', 'hello'), react('Ben', 1, '👍'), unreact('Ben', 1, '👍'), react('Ben', 1, '👍')],
    {
      ends: { changes: 4, messages: [{ ...hello, reactions: { '👍': 1 } }], reactions: ['1 Ben 👍'], ...sentOne },
      told: [toldHello, 'react 1 Ben +👍 {"👍":1}', 'react 1 Ben -👍 {}', 'react 1 Ben +👍 {"👍":1}'],
    },
  ),
  scenario('reactions outlive an edit', [write('Ann', 'hallo'), react('Ben', 1, '👍'), edit('Ann', 1, 'hello')], {
    ends: {
      changes: 3,
      messages: [{ ...hello, edited: true, reactions: { '👍': 1 } }],
      reactions: ['1 Ben 👍'],
      ...sentOne,
    },
    told: ['new 1 Ann "hallo"', 'react 1 Ben +👍 {"👍":1}', 'edit 1 "hello"'],
  }),
  scenario(
    'too many kinds of reactions',
    [
      write('Ann', 'hello'),
      ...KINDS.map((kind) => react('Ben', 1, kind)),
      refused(react('Ann', 1, 'one more'), 409),
      react('Ann', 1, 'k00'),
    ],
    {
      ends: {
        changes: 52,
        messages: [{ ...hello, reactions: { ...Object.fromEntries(KINDS.map((kind) => [kind, 1])), k00: 2 } }],
        reactions: ['1 Ann k00', ...KINDS.map((kind) => `1 Ben ${kind}`)],
        ...sentOne,
      },
      told: [
        toldHello,
        ...KINDS.map((kind, index) => {
          const reactions = Object.fromEntries(KINDS.slice(0, index + 1).map((each) => [each, 1]));
          return `react 1 Ben +${kind} ${JSON.stringify(reactions)}`;
        }),
        `react 1 Ann +k00 ${JSON.stringify({ ...Object.fromEntries(KINDS.map((kind) => [kind, 1])), k00: 2 })}`,
      ],
    },
  ),
  scenario('somebody types', [type('Ann'), type('Ann')], { ends: { changes: 0 }, told: ['typing Ann', 'typing Ann'] }),
  scenario('somebody types no more', [type('Ann'), typeNoMore('Ann')], {
    ends: { changes: 0 },
    told: ['typing Ann', 'typing Ann stop'],
  }),
  scenario(
    'a thread is begun, and written in',
    [write('Ann', 'hello'), thread('Ben', 1, 'lunch'), writeInThread('Ann', 1, 'pizza?'), write('Ben', 'elsewhere')],
    {
      ends: {
        changes: 4,
        messages: [
          hello,
          { number: 2, sender: 'Ann', text: 'pizza?', thread: 1 },
          { number: 3, sender: 'Ben', text: 'elsewhere' },
        ],
        threads: ['1 lunch by Ben'],
        members: ['Ann: sent 2', 'Ben: sent 1'],
      },
      told: [toldHello, 'new 2 Ann "pizza?"', 'new 3 Ben "elsewhere"'],
    },
  ),
  scenario('there is no such thread', [write('Ann', 'hello'), refused(writeInThread('Ann', 1, 'pizza?'), 404)], {
    ends: { changes: 1, messages: [hello], ...sentOne },
    told: [toldHello],
  }),
  scenario('a thread of what is not there', [refused(thread('Ann', 9, 'lunch'), 404)], {
    ends: { changes: 0 },
    told: [],
  }),
  scenario(
    'there is no such channel',
    [refusedNowhere(write('Ann', 'hello'), 404), refusedNowhere(write('Ben', 'hello'), 404)],
    {
      ends: { changes: 0 },
      told: [],
      except: { realtime: 'broadcasts on a topic like any other' },
    },
  ),
  scenario('there is no such channel to type in', [refusedNowhere(type('Ann'), 404)], {
    ends: { changes: 0 },
    told: [],
  }),
  scenario('there is no such channel to begin a thread in', [refusedNowhere(thread('Ann', 1, 'lunch'), 404)], {
    ends: { changes: 0 },
    told: [],
  }),
  scenario(
    'there is no such message',
    [
      write('Ann', 'hello'),
      refused(edit('Ann', 2, 'hi'), 404),
      refused(remove('Ann', 2), 404),
      refused(react('Ann', 2, '👍'), 404),
      refused(unreact('Ann', 2, '👍'), 404),
    ],
    { ends: { changes: 1, messages: [hello], ...sentOne }, told: [toldHello] },
  ),
  scenario(
    'the message is somebody else’s',
    [write('Ann', 'hello'), refused(edit('Ben', 1, 'mine'), 403), refused(remove('Ben', 1), 403)],
    { ends: { changes: 1, messages: [hello], ...sentOne }, told: [toldHello] },
  ),
  scenario(
    'not even a moderator edits what others wrote',
    [write('Ann', 'hello'), refused(edit('Mod', 1, 'mine'), 403)],
    {
      ends: { changes: 1, messages: [hello], ...sentOne },
      told: [toldHello],
    },
  ),
  scenario(
    'the text is too large',
    [refused(write('Ann', TOO_LARGE), 413), write('Ann', 'hello'), refused(edit('Ann', 1, TOO_LARGE), 413)],
    { ends: { changes: 1, messages: [hello], ...sentOne }, told: [toldHello] },
  ),
  scenario(
    'the text is empty',
    [refused(write('Ann', ''), 400), write('Ann', 'hello'), refused(edit('Ann', 1, ''), 400)],
    {
      ends: { changes: 1, messages: [hello], ...sentOne },
      told: [toldHello],
      except: { realtime: 'sends payloads, which may say nothing' },
    },
  ),
  scenario(
    'the text cannot be stored',
    [refused(write('Ann', 'a\0b'), 400), write('Ann', 'hello'), refused(edit('Ann', 1, '\ud800'), 400)],
    { ends: { changes: 1, messages: [hello], ...sentOne }, told: [toldHello] },
  ),
  scenario(
    'the message is deleted',
    [
      write('Ann', 'hello'),
      react('Ben', 1, '👍'),
      remove('Ann', 1),
      refused(edit('Ann', 1, 'hi'), DELETED),
      refused(react('Ann', 1, '👍'), DELETED),
      refused(unreact('Ben', 1, '👍'), DELETED),
    ],
    {
      ends: { changes: 3, messages: [{ number: 1, sender: 'Ann', deleted: true }], ...sentOne },
      told: [toldHello, 'react 1 Ben +👍 {"👍":1}', 'delete 1'],
    },
  ),
  scenario(
    'no such reaction can be',
    [write('Ann', 'hello'), refused(react('Ben', 1, ''), 400), refused(react('Ben', 1, TOO_LONG), 400)],
    { ends: { changes: 1, messages: [hello], ...sentOne }, told: [toldHello] },
  ),
  scenario('a reaction as long as it may be', [write('Ann', 'hello'), react('Ben', 1, 'é'.repeat(32))], {
    ends: {
      changes: 2,
      messages: [{ ...hello, reactions: { ['é'.repeat(32)]: 1 } }],
      reactions: [`1 Ben ${'é'.repeat(32)}`],
      ...sentOne,
    },
    told: [toldHello, `react 1 Ben +${'é'.repeat(32)} {"${'é'.repeat(32)}":1}`],
  }),
  scenario(
    'somebody marks what was written',
    [write('Ann', 'hello'), mark('Ben', 'dlvrd', 1), mark('Ben', 'read', 1), mark('Ben', 'read', 1)],
    {
      ends: {
        changes: 3,
        messages: [hello],
        marks: ['Ben dlvrd 1', 'Ben read 1'],
        members: ['Ann: sent 1', 'Ben: read 1, dlvrd 1'],
      },
      told: [toldHello],
      only: 'joined',
    },
  ),
  scenario('somebody joins, writes and leaves', [join('Ann'), write('Ann', 'hello'), leave('Ann')], {
    ends: { changes: 3, messages: [hello], members: ['Ann: left'] },
    told: [toldHello],
    only: 'visiting',
  }),
  scenario(
    'somebody has not joined',
    [refused(write('Ann', 'hello'), 404), refused(type('Ann'), 404), refused(leave('Ann'), 404)],
    { ends: { changes: 0 }, told: [], only: 'visiting', except: { realtime: 'needs no joining' } },
  ),
];

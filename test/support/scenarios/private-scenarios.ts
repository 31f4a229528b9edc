import { attach, edit, leave, mark, react, remove, send, type, typeNoMore, unreact } from './doing.js';
import { write, writeOnce } from './doing.js';
import { refused, type Scenario, scenario } from './scenario.js';

const FILE = { type: 'file', id: 'f1', filename: 'a.txt', url: 'https://example.com/a.txt' };
const TOO_LARGE = 'x'.repeat(65_537);
const hello = { number: 1, sender: 'Ann', text: 'hello' } as const;
const toldHello = 'new 1 Ann "hello"';
const sentOne = { members: ['Ann: sent 1'] };

/** What is done where Ann and Ben are, in a dialog and in a group alike: nothing of it is concord's. */
export const PRIVATE_SCENARIOS: readonly Scenario[] = [
  scenario('both write', [write('Ann', 'hello'), write('Ben', 'hi')], {
    ends: {
      changes: 2,
      messages: [hello, { number: 2, sender: 'Ben', text: 'hi' }],
      members: ['Ann: sent 1', 'Ben: sent 1'],
    },
    told: [toldHello, 'new 2 Ben "hi"'],
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
  scenario('somebody sends what only some clients know', [send('Ann', { message: 'hello', n: 1 }), send('Ann', [1])], {
    ends: {
      changes: 2,
      messages: [
        { ...hello, payload: { message: 'hello', n: 1 } },
        { number: 2, sender: 'Ann', payload: [1] },
      ],
      members: ['Ann: sent 2'],
    },
    told: [toldHello, 'new 2 Ann [1]'],
  }),
  scenario('somebody sends what nobody can read here', [send('Ann', { message: 'hello' }, { encryption: 'x' })], {
    ends: { changes: 1, messages: [{ number: 1, sender: 'Ann', payload: { message: 'hello' } }], ...sentOne },
    told: ['new 1 Ann {"message":"hello"}'],
  }),
  scenario('a text takes the place of a payload', [send('Ann', { message: 'hallo', n: 1 }), edit('Ann', 1, 'hello')], {
    ends: { changes: 2, messages: [{ ...hello, edited: true }], ...sentOne },
    told: ['new 1 Ann "hallo"', 'edit 1 "hello"'],
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
  scenario(
    'its author edits a message, twice the same',
    [write('Ann', 'hallo'), edit('Ann', 1, 'hello'), edit('Ann', 1, 'hello')],
    {
      ends: { changes: 2, messages: [{ ...hello, edited: true }], ...sentOne },
      told: ['new 1 Ann "hallo"', 'edit 1 "hello"'],
    },
  ),
  scenario('its author deletes a message, twice', [write('Ann', 'hello'), remove('Ann', 1), remove('Ann', 1)], {
    ends: { changes: 2, messages: [{ number: 1, sender: 'Ann', deleted: true }], ...sentOne },
    told: [toldHello, 'delete 1'],
  }),
  scenario(
    'both react, again, and no more',
    [
      write('Ann', 'hello'),
      react('Ben', 1, '👍'),
      react('Ben', 1, '👍'),
      react('Ann', 1, '👍'),
      unreact('Ben', 1, '👍'),
      unreact('Ben', 1, '👍'),
    ],
    {
      ends: {
        changes: 4,
        messages: [{ ...hello, reactions: { '👍': 1 } }],
        reactions: ['1 Ann 👍', '1 Ben -👍'],
        ...sentOne,
      },
      told: [toldHello, 'react 1 Ben +👍 {"👍":1}', 'react 1 Ann +👍 {"👍":2}', 'react 1 Ben -👍 {"👍":1}'],
    },
  ),
  scenario('Ann types', [type('Ann'), typeNoMore('Ann')], {
    ends: { changes: 0 },
    told: ['typing Ann', 'typing Ann stop'],
  }),
  scenario(
    'there is no such message',
    [
      write('Ann', 'hello'),
      refused(edit('Ann', 2, 'hi'), 404),
      refused(remove('Ann', 2), 404),
      refused(react('Ann', 2, '👍'), 404),
    ],
    { ends: { changes: 1, messages: [hello], ...sentOne }, told: [toldHello] },
  ),
  scenario('there is no message at all', [refused(edit('Ann', 1, 'hi'), 404), refused(remove('Ann', 1), 404)], {
    ends: { changes: 0 },
    told: [],
  }),
  scenario(
    'the message is somebody else’s',
    [write('Ann', 'hello'), refused(edit('Ben', 1, 'mine'), 403), refused(remove('Ben', 1), 403)],
    { ends: { changes: 1, messages: [hello], ...sentOne }, told: [toldHello] },
  ),
  scenario(
    'the message is deleted',
    [
      write('Ann', 'hello'),
      remove('Ann', 1),
      refused(edit('Ann', 1, 'hi'), 409),
      refused(react('Ben', 1, '👍'), 409),
      refused(unreact('Ben', 1, '👍'), 409),
    ],
    {
      ends: { changes: 2, messages: [{ number: 1, sender: 'Ann', deleted: true }], ...sentOne },
      told: [toldHello, 'delete 1'],
    },
  ),
  scenario(
    'the text is too large',
    [refused(write('Ann', TOO_LARGE), 413), write('Ann', 'hello'), refused(edit('Ann', 1, TOO_LARGE), 413)],
    { ends: { changes: 1, messages: [hello], ...sentOne }, told: [toldHello] },
  ),
];

const marked = (told: readonly string[]): Scenario =>
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
      told,
    },
  );

/** What is done in dialogs alone. Ben's other device looks on, which is told of his own reading. */
export const DIALOG_SCENARIOS: readonly Scenario[] = [marked([toldHello, 'read 1 Ben'])];

/** What is done in groups alone. Olga is the owner. */
export const GROUP_SCENARIOS: readonly Scenario[] = [
  marked([toldHello]),
  scenario(
    'somebody leaves',
    [write('Ann', 'hello'), leave('Ben'), refused(write('Ben', 'hi'), 404), refused(react('Ben', 1, '👍'), 404)],
    {
      ends: { changes: 2, messages: [hello], members: ['Ann: sent 1', 'Ben: left'] },
      told: [toldHello],
    },
  ),
  scenario(
    'somebody is not in it',
    [
      write('Ann', 'hello'),
      refused(edit('Mod', 1, 'mine'), 404),
      refused(remove('Mod', 1), 404),
      refused(react('Mod', 1, '👍'), 404),
      refused(type('Mod'), 404),
    ],
    { ends: { changes: 1, messages: [hello], ...sentOne }, told: [toldHello] },
  ),
];

/** What concord and REST are refused where others are in private, however they guess. */
export const GUESSES: readonly Scenario[] = [
  scenario(
    'is not there',
    [
      refused(write('Ann', 'hello'), 404),
      refused(edit('Ann', 1, 'hi'), 404),
      refused(remove('Ann', 1), 404),
      refused(react('Ann', 1, '👍'), 404),
      refused(unreact('Ann', 1, '👍'), 404),
      refused({ by: 'Ann', deed: 'thread', source: 1, name: 'lunch' }, 404),
      refused({ by: 'Ann', deed: 'writeInThread', source: 1, text: 'hello' }, 404),
    ],
    { ends: { changes: 0, messages: [hello], ...sentOne }, told: [] },
  ),
];

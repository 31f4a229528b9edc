import { Cursors } from './cursors.js';

const numbers = new Cursors('numbers', ['number']);
const texts = new Cursors('texts', ['text']);

function encoded(written: unknown): string {
  return Buffer.from(JSON.stringify(written)).toString('base64url');
}

function refusalOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('Cursors', () => {
  it('read what they wrote', () => {
    expect(numbers.read(numbers.write([7]))).toEqual([7]);
    const both = new Cursors('both', ['number', 'text']);
    expect(both.read(both.write([7, 'ä.>"']))).toEqual([7, 'ä.>"']);
  });

  it('stand for the beginning where there is none', () => {
    expect(numbers.read(undefined)).toBeUndefined();
  });

  it('may stand in an address as they are', () => {
    expect(texts.write(['?&/+ü'])).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it.each([
    ['nothing', ''],
    ['no base64', '!!'],
    ['no JSON', Buffer.from('{').toString('base64url')],
    ['no list', encoded(7)],
    ['empty', encoded([])],
    ['too short', encoded(['numbers'])],
    ['too long', encoded(['numbers', 7, 8])],
    ['of another kind', encoded(['numbers', '7'])],
    ['no whole number', encoded(['numbers', 7.5])],
    ['of another list', new Cursors('others', ['number']).write([7])],
  ])('refuse what they did not write: %s', (_what, cursor) => {
    expect(refusalOf(() => numbers.read(cursor))).toMatchObject({ code: 400, details: { field: 'cursor' } });
  });

  it.each(['\0', '\ud800'])('refuse a text that the database cannot hold', (text) => {
    expect(() => texts.read(texts.write([text]))).toThrow('cursor');
  });
});

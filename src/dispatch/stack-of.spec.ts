import { stackOf } from './stack-of.js';

const coded = (message: string, code: string): Error =>
  Object.assign(new Error(message), { code, parameters: ['secret'] });

describe('stackOf', () => {
  it('is the stack, and that of each cause', () => {
    const stack = stackOf(new Error('outer', { cause: new Error('inner') }));
    expect(stack).toMatch(/^Error: outer\n {4}at .*\ncaused by Error: inner\n {4}at /s);
  });

  it('has nothing of what else an error knows', () => {
    expect(stackOf(coded('relation is missing', '42P01'))).not.toContain('secret');
  });

  it.each([
    ['a parser', () => new SyntaxError(`Unexpected token 's', "secret" is not valid JSON`), 'SyntaxError'],
    ['the database, of a value', () => coded('invalid input syntax for type json: "secret"', '22P02'), 'Error 22P02'],
  ])('leaves out the message where it quotes what somebody wrote: %s', (_what, make, head) => {
    const stack = stackOf(new Error('outer', { cause: make() }));
    expect(stack).not.toContain('secret');
    expect(stack).toContain(`caused by ${head}\n    at `);
  });

  it.each([['text'], [undefined], [null], [7]])('tells of %j only what kind it is', (thrown) => {
    expect(stackOf(thrown)).toBe(`thrown: ${typeof thrown}`);
  });
});

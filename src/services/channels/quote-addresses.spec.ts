import { quoteAddresses } from './quote-addresses.js';

describe('quoteAddresses', () => {
  it.each([
    ['https://a.example/path?x=1&y=2', '"https://a.example/path?x=1&y=2"'],
    ['see a.example:8080/path or soup', 'see "a.example:8080/path" or soup'],
    ['soup -https://a.example/path', 'soup -"https://a.example/path"'],
    ['  one/two\tthree/four ', '  "one/two"\t"three/four" '],
    ['one/two"three four"', '"one/two""three four"'],
  ])('puts %j as %j', (query, quoted) => {
    expect(quoteAddresses(query)).toBe(quoted);
  });

  it.each(['', 'soup', '-soup 12:30 "best soup"', '"see https://a.example/path"', '"not https://a.example/path', '--'])(
    'leaves %j as it is',
    (query) => {
      expect(quoteAddresses(query)).toBe(query);
    },
  );
});

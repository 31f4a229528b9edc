import { isOriginAllowed } from './origin.js';

const production = { development: false };

describe('isOriginAllowed', () => {
  it('lets in whoever is no browser', () => {
    expect(isOriginAllowed({ host: 'chat.example.com' }, production)).toBe(true);
  });

  it.each([
    ['https://chat.example.com', 'chat.example.com', true],
    ['https://chat.example.com', 'chat.example.com:443', true],
    ['http://localhost:8081', 'localhost:8081', true],
    ['https://CHAT.example.com', 'chat.example.com', true],
    ['https://evil.example.com', 'chat.example.com', false],
    ['https://chat.example.com.evil.com', 'chat.example.com', false],
    ['http://localhost:3000', 'localhost:8081', false],
    ['null', 'chat.example.com', false],
    ['https://chat.example.com', undefined, false],
  ])('judges %s at host %s by the host', (origin, host, allowed) => {
    expect(isOriginAllowed({ origin, host }, production)).toBe(allowed);
  });

  it('lets in any in development', () => {
    expect(isOriginAllowed({ origin: 'http://anywhere', host: 'localhost' }, { development: true })).toBe(true);
  });

  it('knows only those that are listed, where there is a list', () => {
    const rules = { allowedOrigins: ['https://app.example.com'], development: true };
    expect(isOriginAllowed({ origin: 'https://app.example.com', host: 'api' }, rules)).toBe(true);
    expect(isOriginAllowed({ origin: 'https://api', host: 'api' }, rules)).toBe(false);
  });
});

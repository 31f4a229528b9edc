import { BadRequestError } from '../../domain/errors.js';
import { MAX_PASSWORD_BYTES, requirePassword } from './require-password.js';

/** @returns why it is refused */
function refusal(password: string, minLength = 1): unknown {
  try {
    requirePassword(password, minLength, 'payload.password');
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('requirePassword', () => {
  it.each(['x', ' ', '\0', '密码', 'é'.repeat(MAX_PASSWORD_BYTES / 2)])('takes %j', (password) => {
    expect(refusal(password)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['more than fits', 'é'.repeat(MAX_PASSWORD_BYTES / 2) + 'x'],
    ['half a character', 'half \ud800'],
  ])('refuses %s', (_what, password) => {
    expect(refusal(password)).toBeInstanceOf(BadRequestError);
  });

  it('counts characters', () => {
    expect(refusal('👍👍', 3)).toMatchObject({ message: expect.stringContaining('at least 3 characters') as string });
    expect(refusal('👍👍👍', 3)).toBeUndefined();
  });

  it('names the field', () => {
    expect(refusal('')).toMatchObject({ details: { field: 'payload.password' } });
  });
});

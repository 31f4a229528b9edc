import { errorText } from './error-text.js';

describe('errorText', () => {
  it('is the message of an error, and whatever else was thrown as text', () => {
    expect(errorText(new Error('no'))).toBe('no');
    expect(errorText('no')).toBe('no');
  });

  it('tells each of the errors that one without a message is made of', () => {
    const error = new AggregateError([new Error('refused by ::1'), new Error('refused by 127.0.0.1')]);
    expect(errorText(error)).toBe('refused by ::1; refused by 127.0.0.1');
    expect(errorText(new AggregateError([new Error('one')], 'two calls failed'))).toBe('two calls failed');
  });
});

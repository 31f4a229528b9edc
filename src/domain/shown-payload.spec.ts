import { shownPayload } from './shown-payload.js';

describe('shownPayload', () => {
  it('is what the sender sent, as it was', () => {
    expect(shownPayload({ payloadJson: '{ "n": 1.0 }', text: 'other' })).toBe('{ "n": 1.0 }');
  });

  it.each([
    ['Hi "you"', undefined, '{"message":"Hi \\"you\\"","attachments":[]}'],
    ['Hi', '[{"id":1.0}]', '{"message":"Hi","attachments":[{"id":1.0}]}'],
    ['Hi', '[]', '{"message":"Hi","attachments":[]}'],
    [undefined, '[{}]', '{"attachments":[{}]}'],
  ])('is made of the text %j and the attachments %j: %s', (text, attachmentsJson, payload) => {
    expect(shownPayload({ text, attachmentsJson })).toBe(payload);
  });
});

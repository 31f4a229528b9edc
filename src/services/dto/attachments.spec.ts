import { MAX_ATTACHMENTS } from './attachment.dto.js';
import { areAttachments } from './attachments.js';

const file = { type: 'file', id: 'a', filename: 'a', url: '<a>' };

describe('areAttachments', () => {
  it.each([
    [[file]],
    [
      [
        { ...file, own: null, meta: { size: 1, own: [] } },
        { ...file, type: 'image' },
      ],
    ],
    [Array<object>(MAX_ATTACHMENTS).fill(file)],
  ])('knows %j', (value) => {
    expect(areAttachments(value)).toBe(true);
  });

  it.each<[unknown]>([
    [undefined],
    [null],
    [{}],
    ['file'],
    [[]],
    [Array<object>(MAX_ATTACHMENTS + 1).fill(file)],
    [[file, null]],
    [[file, [file]]],
    [[{ ...file, type: 'song' }]],
    [[{ ...file, type: 'constructor' }]],
    [[{ ...file, id: 1 }]],
    [[{ ...file, filename: undefined }]],
    [[{ ...file, url: 'a\0' }]],
    [[{ ...file, meta: null }]],
    [[{ ...file, meta: [] }]],
    [[{ ...file, meta: { size: '1' } }]],
  ])('does not take %j for any', (value) => {
    expect(areAttachments(value)).toBe(false);
  });
});

import type { Attachment } from '../../domain/payloads.js';
import { requireMeta } from './attachment-meta.js';

function attachment(type: Attachment['type'], meta?: Attachment['meta']): Attachment {
  return { type, id: 'a1', filename: 'a', url: '<a>', meta };
}

describe('requireMeta', () => {
  it.each([
    ['file', { extension: 'pdf', size: 3 }],
    ['image', { mimetype: 'image/png', width: 1, height: 1, size: 1, own: null }],
    ['video', { duration: 1.5 }],
    ['file', { width: 'not a field of files' }],
    ['image', undefined],
  ] as const)('takes %s with meta %j', (type, meta) => {
    expect(() => {
      requireMeta([attachment(type, meta)]);
    }).not.toThrow();
  });

  it.each([
    ['file', { size: '3' }, 'size'],
    ['file', { extension: 1 }, 'extension'],
    ['image', { width: null }, 'width'],
    ['video', { duration: '1' }, 'duration'],
    ['video', { mimetype: {} }, 'mimetype'],
  ] as const)('refuses %s with meta %j', (type, meta, field) => {
    expect(() => {
      requireMeta([attachment('file'), attachment(type, meta)]);
    }).toThrow(`payload.attachments.1.meta.${field} is`);
  });
});

import { brokenProtocolCode } from './broken-protocol.js';

describe('brokenProtocolCode', () => {
  it.each([
    ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 1009],
    ['WS_ERR_INVALID_UTF8', 1007],
    ['WS_ERR_INVALID_OPCODE', 1002],
    ['ECONNRESET', undefined],
    [undefined, undefined],
  ])('says of %s that the connection is closed with %s', (code, closedWith) => {
    expect(brokenProtocolCode(Object.assign(new Error(), { code }))).toBe(closedWith);
  });
});

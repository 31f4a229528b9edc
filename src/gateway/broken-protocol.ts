import { CloseReasons } from '../domain/close-reasons.js';

/** Of RFC 6455, section 7.4.1. */
const PROTOCOL_ERROR = 1002;
const NOT_UTF8 = 1007;
const TOO_MANY_PARTS = 1008;

const CODES: ReadonlyMap<string, number> = new Map([
  ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', CloseReasons.tooLarge.code],
  ['WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH', CloseReasons.tooLarge.code],
  ['WS_ERR_TOO_MANY_BUFFERED_PARTS', TOO_MANY_PARTS],
  ['WS_ERR_INVALID_UTF8', NOT_UTF8],
]);

/** @returns the code with which `ws` closes a connection for what its client sent; undefined where the socket itself has failed */
export function brokenProtocolCode({ code = '' }: NodeJS.ErrnoException): number | undefined {
  return code.startsWith('WS_ERR_') ? (CODES.get(code) ?? PROTOCOL_ERROR) : undefined;
}

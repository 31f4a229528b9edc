import { maybe, oneOf, type Schema, shape } from '../schema/schema.js';
import type { Words } from '../schema/words.js';

/** Of a device's or a session's, in UTF-16 units. */
const MAX_NAME_LENGTH = 128;

const TOKEN: Schema<string> = { type: 'string', description: 'A JWT, where neither header nor subprotocol has one.' };
const DEVICE = nameOf('Names the device, where the token does not.');

export const SESSION = nameOf('Subscriptions outlive the connection under this name.');
export const ACK_RESPONSES: Schema<string> = {
  ...oneOf<string>('true', 'false'),
  description: '`false`: acks are not answered.',
};
export const EXTENSIONS: Schema<string> = {
  ...oneOf<string>('true', 'false'),
  description: '`true`: also edits, deletions, reactions, typing and one’s own direct messages.',
};

/** @param own what only one dialect asks for */
export function queryOf(own: Readonly<Record<string, Schema<string>>> = {}): Words {
  const all = Object.entries({ token: TOKEN, device: DEVICE, ...own });
  return shape(Object.fromEntries(all.map(([name, schema]) => [name, maybe(schema)])));
}

function nameOf(description: string): Schema<string> {
  return { type: 'string', minLength: 1, maxLength: MAX_NAME_LENGTH, description };
}

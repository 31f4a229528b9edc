import type { BinaryContent, CustomContent, HandedMessage } from '../../domain/topics.js';
import { HEADER_BYTES } from './decode-binary.js';
import { metadataOf } from './delivered-data.js';
import { frame } from './frames.js';
import { joinMembers } from './joined-members.js';

/** @returns text for a text frame, bytes for a binary one */
export function encodeHanded(message: HandedMessage): string | Buffer {
  const { content } = message;
  return content.kind === 'custom' ? customFrame(message, content) : binaryFrame(message, content);
}

/** The client's own data, whatever it is, and who sent it. */
function customFrame({ id, sender, at }: HandedMessage, { type, dataJson, metadataJson }: CustomContent): string {
  const server = { from_user: JSON.stringify(sender), metadata: metadataOf(metadataJson, at, id) };
  return frame(type, joinMembers(dataJson, server));
}

/** The frame as it came, with two more fields in its routing line. */
function binaryFrame({ id, sender }: HandedMessage, { kindByte, line, body }: BinaryContent): Buffer {
  const told = Buffer.from(`${JSON.stringify({ ...line, from_user: sender, message_id: id })}\n`);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(kindByte);
  header.writeUInt32BE(told.length + body.length, 1);
  return Buffer.concat([header, told, body]);
}

import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';

/** Tells the ids of one run of a server from those of all others: 48 random bits, which in this base are 10 characters. */
const TAG_BYTES = 6;
const TAG_BASE = 36;
const TAG_LENGTH = 10;

/** Gives ids to messages that no chat numbers: unique among all servers, and never of the form that those of chats have. */
@Injectable()
export class MessageIds {
  private readonly tag = randomBytes(TAG_BYTES).readUIntBE(0, TAG_BYTES).toString(TAG_BASE).padStart(TAG_LENGTH, '0');
  private count = 0;

  /** @param prefix what the message goes to: a topic, or a user */
  next(prefix: 'broadcast' | 'dm'): string {
    this.count += 1;
    return `${prefix}_${this.tag}_${this.count}`;
  }
}

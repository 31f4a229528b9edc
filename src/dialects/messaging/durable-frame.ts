import type { View } from '../../domain/events.js';
import type { MessageRef } from '../../domain/message.js';
import type { EncodedEvent } from '../dialect.js';
import { stringifyWithRaw } from './stringify-with-raw.js';

/** A view may know what is missed where the event does not tell it: a message that is gone by now comes as `delete`. */
const TELL_MISSED: ReadonlySet<string> = new Set(['new', 'read']);

/** An event about a message. What all viewers share is written once; each view only joins a few short strings to it. */
export class DurableFrame implements EncodedEvent {
  private readonly envelope: string;
  private readonly shared: string;
  private readonly tellsMissed: boolean;

  /**
   * @param at ms
   * @param shared the payload's members that are the same for everybody; never empty
   */
  constructor(eventType: string, at: number, shared: object) {
    this.envelope = `,"timestamp":${at},"eventType":"${eventType}","payload":{"chatId":`;
    this.shared = stringifyWithRaw(shared).slice(1, -1);
    this.tellsMissed = TELL_MISSED.has(eventType);
  }

  forView({ eventId, chatId, marked, missed }: View): string {
    const own = `${JSON.stringify(chatId)},${markedMembers(marked)}${this.tellsMissed ? missedMember(missed) : ''}`;
    return `{"type":"event","id":${eventId}${this.envelope}${own}${this.shared}}}`;
  }
}

function markedMembers(marked: MessageRef | undefined): string {
  if (!marked) return '';
  if (marked.clientMessageId === undefined) return `"messageId":${marked.number},`;
  return `"messageId":${marked.number},"clientMessageId":${JSON.stringify(marked.clientMessageId)},`;
}

function missedMember(missed: number | undefined): string {
  return missed === undefined ? '' : `"missed":${missed},`;
}

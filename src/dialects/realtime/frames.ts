import type { ErrorDetails } from '../../domain/errors.js';

/** @param dataJson JSON text, put in as it stands */
export function frame(type: string, dataJson: string): string {
  return `{"type":${JSON.stringify(type)},"data":${dataJson}}`;
}

/** @param details left out where there are none */
export function statusFrame(status: string, details?: object): string {
  return frame('Status', JSON.stringify({ status, details }));
}

/** `details` is always there, `{}` where there is nothing to say. */
export function errorFrame(code: number, message: string, details: ErrorDetails): string {
  return frame('Error', JSON.stringify({ code, message, details }));
}

/** What a client that gave its message an id waits for. */
export interface Ack {
  readonly status: 'subscribed' | 'unsubscribed' | 'delivered' | 'queued' | 'refreshed' | 'ok';
  readonly [extra: string]: unknown;
}

export function ackFrame(messageId: string, ack: Ack): string {
  return frame('Ack', JSON.stringify({ message_id: messageId, ...ack }));
}

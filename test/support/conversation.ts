import type { Frame, MessagingClient } from './messaging-client.js';

/** A message in the answer to `messages`. */
export interface HistoryItem extends Record<string, unknown> {
  readonly messageId: number;
  readonly message?: string;
  readonly status: string;
}

/** Sends a text. @returns its messageId */
export async function sendText(
  client: MessagingClient,
  chatId: string,
  message: string,
  more: object = {},
): Promise<number> {
  const { messageId } = await client.request<{ messageId: number }>('new', { chatId, message, ...more });
  return messageId;
}

/** Sends the texts without waiting for answers, then waits for all. @returns their messageIds */
export function sendTexts(client: MessagingClient, chatId: string, messages: readonly string[]): Promise<number[]> {
  return Promise.all(messages.map((message) => sendText(client, chatId, message)));
}

/** Waits for the event `new` of the text: what the same chat had to tell before has come by then. */
export function arrival(client: MessagingClient, text: string): Promise<Frame> {
  return client.event('new', ({ message }) => message === text);
}

/** The texts that have come in `new` events so far, in the order of their coming. */
export function arrivedTexts(client: MessagingClient): unknown[] {
  return client.events('new').map(({ payload }) => payload?.message);
}

/** What has come so far that has to be acked, without the marks, as `[eventType, messageId]`. */
export function arrived(client: MessagingClient): [string, unknown][] {
  return client.events('new', 'edit', 'delete', 'react', 'chats').map(summary);
}

export function summary({ eventType = '', payload }: Frame): [string, unknown] {
  return [eventType, payload?.messageId];
}

export async function history(client: MessagingClient, chatId: string, rest: object = {}): Promise<HistoryItem[]> {
  const { messages } = await client.request<{ messages: HistoryItem[] }>('messages', { chatId, ...rest });
  return messages;
}

export async function statuses(client: MessagingClient, chatId: string): Promise<string[]> {
  return (await history(client, chatId)).map(({ status }) => status);
}

import type { MessagingClient } from '../messaging-client.js';
import { signToken } from '../tokens.js';
import type { World } from './payload-plan.js';

/** A dialog with two messages of User1's, and two groups that it owns, one with a message. */
export async function inhabit(client: MessagingClient, dialog: string): Promise<World> {
  for (const clientMessageId of ['first', 'second']) {
    await client.request('new', { chatId: dialog, message: 'Hi', clientMessageId });
  }
  const group = await client.request<{ chatId: string }>('createChat', { name: 'One', participants: [dialog] });
  const otherGroup = await client.request<{ chatId: string }>('createChat', { name: 'Two', participants: [dialog] });
  await client.request('new', { chatId: group.chatId, message: 'Hi', clientMessageId: 'first' });
  const token = signToken({ sub: 'User1' });
  return { userId: 'User1', dialog, group: group.chatId, otherGroup: otherGroup.chatId, token };
}

/** Until the witness has heard of all of it, what comes later cannot be told from it. */
export async function heardOf({ group, otherGroup }: World, witness: MessagingClient): Promise<void> {
  await witness.event('new', ({ chatId, clientMessageId }) => chatId === 'User1' && clientMessageId === 'second');
  await witness.event('new', ({ chatId }) => chatId === group);
  for (const chatId of [group, otherGroup]) {
    await witness.event('chats', ({ chats }) => (chats as { id: string }[]).some(({ id }) => id === chatId));
  }
}

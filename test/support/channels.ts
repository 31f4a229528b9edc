import type { ShownChannel, ShownThread } from '../../src/domain/shown-channel.js';
import type { ConcordChat, ConcordClient, ConcordFrame } from './concord-client.js';
import type { JsonObject } from './fixtures.js';
import { freshChannelName } from './fresh-channel.js';
import type { MessagingClient } from './messaging-client.js';
import type { RestClient } from './rest-client.js';

/** What of a frame says which channel it is of. */
interface AboutChannel {
  readonly channelId?: number;
  readonly chat?: ConcordChat;
  readonly channel?: ShownChannel;
  readonly thread?: ShownThread;
}

/** A channel that nobody else has, of whichever server. @param admin may make channels */
export async function makeChannel(admin: RestClient, more: JsonObject = {}): Promise<ShownChannel> {
  const { status, body } = await admin.post<ShownChannel>('/channels', { name: freshChannelName(), ...more });
  if (status !== 201) throw new Error(`a channel could not be made: ${status} ${JSON.stringify(body)}`);
  return body;
}

/** @returns the chat's id in messaging */
export async function joinChannel(
  client: MessagingClient,
  channel: { readonly chatId: string } | { readonly name: string },
): Promise<string> {
  const { chatId } = await client.request<{ chatId: string }>('joinChat', channel);
  return chatId;
}

/** Writes a chat over REST. */
export async function post(
  rest: RestClient,
  channelId: number,
  content: string,
  more: JsonObject = {},
): Promise<ConcordChat> {
  const { status, body } = await rest.post<ConcordChat>(`/channels/${channelId}/chats`, { content, ...more });
  if (status !== 201) throw new Error(`${content} was answered ${status} ${JSON.stringify(body)}`);
  return body;
}

/** Writes one chat after the other. */
export async function postAll(
  rest: RestClient,
  channelId: number,
  contents: readonly string[],
): Promise<ConcordChat[]> {
  const chats: ConcordChat[] = [];
  for (const content of contents) chats.push(await post(rest, channelId, content));
  return chats;
}

/** All frames of the channel so far that tell what is kept. */
export function toldOf(client: ConcordClient, channelId: number): ConcordFrame[] {
  return client.frames.filter((frame) => frame.type !== 'chat_typing' && channelOf(frame) === channelId);
}

/** The texts of the channel's chats that have come so far, in the order of their coming. */
export function textsIn(client: ConcordClient, channelId: number): string[] {
  return toldOf(client, channelId).flatMap((frame) => (frame.chat as ConcordChat | undefined)?.content ?? []);
}

let markers = 0;

/**
 * What `client` got of the channel before a chat that `writer` now writes there: what is not among it does not come any more.
 */
export async function toldUntilNow(
  client: ConcordClient,
  writer: RestClient,
  channelId: number,
): Promise<ConcordFrame[]> {
  const marker = await post(writer, channelId, `marker ${(markers += 1)}`);
  await client.chat(({ id }) => id === marker.id);
  const told = toldOf(client, channelId);
  return told.slice(
    0,
    told.findIndex(({ chat }) => (chat as ConcordChat | undefined)?.id === marker.id),
  );
}

/** What a frame tells, in short: its type, and the text or id that it is about. */
export function summaryOf(frame: ConcordFrame): [string, unknown] {
  const { chat, channel, thread } = frame as AboutChannel;
  return [frame.type, chat?.content ?? channel?.name ?? thread?.name ?? frame.chatId ?? frame.channelId];
}

function channelOf(frame: ConcordFrame): number | undefined {
  const { channelId, chat, channel, thread } = frame as AboutChannel;
  return channelId ?? chat?.channelId ?? channel?.id ?? thread?.channelId;
}

type Fields = Readonly<
  Partial<Record<'chatId' | 'topic' | 'targetUser' | 'target_user' | 'channelId' | 'callId', unknown>>
>;

const CHAT_TOPIC = 'chat.';

/**
 * What a frame concerns, so that frames that concern the same take effect in the order sent. A dialog has one key by
 * whatever name, and so has a group and its topic; that two strangers may share a key too does no harm.
 *
 * @returns undefined where the payload names nothing: the frame may concern anything
 */
export function frameKey(payload: unknown): string | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { chatId, topic, targetUser, target_user: customTarget, channelId, callId } = payload as Fields;
  if (typeof chatId === 'string') return chatId;
  if (typeof topic === 'string') return topic.startsWith(CHAT_TOPIC) ? topic.slice(CHAT_TOPIC.length) : topic;
  if (typeof targetUser === 'string') return targetUser;
  if (typeof customTarget === 'string') return customTarget;
  if (typeof callId === 'string') return callId;
  return typeof channelId === 'number' ? `${channelId}` : undefined;
}

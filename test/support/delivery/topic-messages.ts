import type { TopicMessage } from '../../../src/domain/topics.js';
import type { DeliveryHarness } from './delivery-harness.js';
import type { FakeOutlet } from './fake-outlet.js';

let count = 0;

export function topicMessage(topic: string, id = `m${++count}`): TopicMessage {
  return { id, topic, sender: 'Ann', payloadJson: '{}', at: 1_000 };
}

/** As the topics service does: queued and pushed in one tick. */
export async function publish(delivery: DeliveryHarness, topic: string, id?: string): Promise<number> {
  const message = topicMessage(topic, id);
  delivery.topicLog.append(message);
  return delivery.distribution.publish(message);
}

/** The ids of the topic messages that it was sent. */
export function idsIn({ frames }: FakeOutlet): string[] {
  return frames
    .map((frame) => JSON.parse(frame) as { readonly id?: string; readonly topic?: string })
    .flatMap(({ id, topic }) => (topic === undefined ? [] : (id ?? [])));
}

/** What it was told beside topic messages. */
export function eventsIn({ frames }: FakeOutlet): Record<string, unknown>[] {
  return frames
    .map((frame) => JSON.parse(frame) as Record<string, unknown>)
    .filter(({ topic, type }) => topic === undefined && type !== undefined);
}

import { onServer } from './database.js';

/** The number of the newest topic message that is committed. */
export function newestTopicNumber(databaseUrl: string): Promise<number> {
  return onServer(databaseUrl, async (client) => {
    const { rows } = await client.query<{ newest: string }>('select newest from topic_clock');
    return Number(rows[0]?.newest ?? 0);
  });
}

/** The numbers of what is kept of the topics that begin so, by the messages' ids, in their order. */
export function topicNumbers(databaseUrl: string, beginning: string): Promise<ReadonlyMap<string, number>> {
  return onServer(databaseUrl, async (client) => {
    const { rows } = await client.query<{ message_id: string; number: string }>(
      'select message_id, number from topic_messages where starts_with(topic, $1) order by number',
      [beginning],
    );
    return new Map(rows.map(({ message_id, number }) => [message_id, Number(number)]));
  });
}

import { Injectable } from '@nestjs/common';
import { type Delivery, Journeys } from '../../domain/journeys.js';
import { MarksRepository, type RecipientMarks } from './marks.repository.js';
import { OperatorMessagesService } from './operator-messages.service.js';

/** Users whose marks are shown: a journey is for looking at. Whoever follows a channel without being in it has no marks. */
export const MAX_RECIPIENTS = 1_000;

/** How a message came to one device, and what its user has marked. Times are ms since the epoch; absent where it has not happened. */
export interface JourneyRecipient extends RecipientMarks {
  /** '' for the user's unnamed device; null where no server remembers a device of the user's. */
  readonly device: string | null;
  readonly dialect?: Delivery['dialect'];
  readonly written?: number;
  readonly acked?: number;
}

export interface MessageJourney {
  readonly stored: number;
  /** null: no server remembers it. */
  readonly published: number | null;
  readonly recipients: readonly JourneyRecipient[];
}

/** The way of one message: what the log says of it, and what the servers remember. */
@Injectable()
export class JourneysService {
  constructor(
    private readonly messages: OperatorMessagesService,
    private readonly marks: MarksRepository,
    private readonly journeys: Journeys,
  ) {}

  async of(messageId: number): Promise<MessageJourney> {
    const { chat, number, createdAt } = await this.messages.one(messageId);
    const [marks, { publishedAt, deliveries }] = await Promise.all([
      this.marks.of(chat.id, number, MAX_RECIPIENTS),
      this.journeys.of(messageId),
    ]);
    return { stored: createdAt, published: publishedAt ?? null, recipients: recipientsOf(marks, deliveries) };
  }
}

/** Each device by itself; who has none that is remembered stands once without. */
function recipientsOf(marks: readonly RecipientMarks[], deliveries: readonly Delivery[]): JourneyRecipient[] {
  const marksOf = new Map(marks.map((marked) => [marked.userId, marked]));
  const reached = new Set(deliveries.map(({ userId }) => userId));
  const devices = deliveries.map(({ userId, device, dialect, writtenAt, ackedAt }) => {
    return { ...marksOf.get(userId), userId, device, dialect, written: writtenAt, acked: ackedAt };
  });
  const others = marks.filter(({ userId }) => !reached.has(userId)).map((marked) => ({ ...marked, device: null }));
  return [...devices, ...others].sort(byUser);
}

function byUser(one: JourneyRecipient, other: JourneyRecipient): number {
  if (one.userId === other.userId) return 0;
  return one.userId < other.userId ? -1 : 1;
}

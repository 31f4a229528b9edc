import { Injectable } from '@nestjs/common';

import { Hub } from '../delivery/hub.js';
import { TopicHub } from '../delivery/topics/topic-hub.js';
import type { Dialect } from '../dialects/dialect.js';
import { BadRequestError, bannedError, UnauthorizedError } from '../domain/errors.js';
import { isStorableText } from '../domain/ids.js';
import type { Principal } from '../domain/principal.js';
import type { Admission } from './admission.js';
import { arrivalOf } from './arrival.js';

/** Of a device's or a session's, in UTF-16 units. */
const MAX_NAME_LENGTH = 128;

export type Reservation = Pick<Admission, 'device' | 'deviceId' | 'introducedAs' | 'session'>;

/** Finds for a client that is about to connect what is kept for it: its device and its session. */
@Injectable()
export class Reception {
  constructor(
    private readonly hub: Hub,
    private readonly topicHub: TopicHub,
  ) {}

  /**
   * @throws BadRequestError a name cannot be one; UnauthorizedError the token was revoked; ForbiddenError the user is banned;
   *   UnavailableError a session is wanted and the database is away
   */
  async receive(principal: Principal, dialect: Dialect, query: URLSearchParams): Promise<Reservation> {
    const device = principal.device ?? nameIn(query, 'device') ?? '';
    const sessionName = dialect.name === 'realtime' ? nameIn(query, 'session') : undefined;
    // What a session has received is kept apart from what its device has.
    const cursorName = sessionName === undefined ? device : `session ${sessionName}`;
    const introduction = await this.hub.introduce(arrivalOf(principal, dialect.name, cursorName));
    // Before the session is touched: opening it ends an older connection's.
    if (introduction?.isRevoked) throw new UnauthorizedError('the token was revoked');
    if (introduction?.isBanned) throw bannedError(introduction.bannedUntil);
    const session =
      sessionName === undefined ? undefined : await this.topicHub.openSession(principal.userId, sessionName);
    return { device, deviceId: introduction?.deviceId, introducedAs: introduction?.introducedAs, session };
  }
}

/** @throws BadRequestError there is one and it cannot be a name: silently unnamed, it would share another's events */
function nameIn(query: URLSearchParams, field: 'device' | 'session'): string | undefined {
  const name = query.get(field);
  if (name === null) return undefined;
  if (name !== '' && name.length <= MAX_NAME_LENGTH && isStorableText(name)) return name;
  throw BadRequestError.at(field, `${field} must have 1 to ${MAX_NAME_LENGTH} characters`);
}

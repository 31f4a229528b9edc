import type { HostedUser } from '../domain/presence-exchange.js';
import type { PresencePart } from './bus/bus.js';

/** Users of one part: some 30 kB. */
const MAX_USERS = 1_000;

/** What users of one part say of themselves, characters: each may say 4 kB. */
const MAX_SAID = 200_000;

export type ListedUsers = Pick<PresencePart, 'plain' | 'described'>;

/** The users in parts of bounded size, read as each part is asked for. */
export function* partsOf(users: Iterable<HostedUser>): Generator<ListedUsers> {
  let plain: string[] = [];
  let described: HostedUser[] = [];
  let said = 0;
  for (const user of users) {
    if (user.self) described.push(user);
    else plain.push(user.userId);
    said += user.self?.metadataJson?.length ?? 0;
    if (plain.length + described.length < MAX_USERS && said < MAX_SAID) continue;
    yield { plain, described };
    [plain, described, said] = [[], [], 0];
  }
  if (plain.length + described.length > 0) yield { plain, described };
}

export function usersOf({ plain, described }: ListedUsers): HostedUser[] {
  return [...plain.map((userId) => ({ userId })), ...described];
}

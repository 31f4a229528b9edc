import type { Change, ChatMarked } from '../domain/changes.js';
import type { ChannelDirectory } from '../log/channel-directory.js';
import type { ChannelChange, PushableChange } from './view-of.js';

/** A channel as far as its changes have come in here, one after the other. */
interface Course {
  /** What it was called after the last change. */
  readonly name?: string;
  /** Whoever follows it was told all up to this change; what came since is not for followers. */
  readonly told: number;
}

/** A channel's next change, as it came in. */
export interface NextInChannel<C extends Change = Change> {
  /** With the name that the channel has by this change: whoever made it may not have heard yet that it was renamed. */
  readonly change: C;
  /** Whoever follows the channel and has had all up to this change lacks nothing before the one at hand. */
  readonly after: number;
  /** What it was called before, where that is known. */
  readonly nameBefore?: string;
}

/**
 * In which order channels were told of, and under which names. Marks, joins and leaves are not for followers: they are skipped without
 * asking anybody, for in a large channel there are as many of them as members to each message.
 */
export class ChannelCourses {
  private readonly courses = new Map<number, Course>();

  constructor(private readonly channels: Pick<ChannelDirectory, 'addressOf'>) {}

  /** @param isFirst nothing is known of what came before it */
  take<C extends Change>(change: C, isFirst: boolean): NextInChannel<C> {
    const { chat } = change;
    const course = isFirst ? undefined : this.courses.get(chat.id);
    const after = course?.told ?? change.change - 1;
    const nameBefore = course?.name;
    const name = newNameIn(change) ?? nameBefore ?? this.nameOf(change);
    if (isDeletion(change)) this.courses.delete(chat.id);
    else this.courses.set(chat.id, { name, told: isForFollowers(change) ? change.change : after });
    return { change: name === chat.name ? change : { ...change, chat: { ...chat, name } }, after, nameBefore };
  }

  /** Something of the channel did not come in. */
  lost(chatId: number): void {
    this.courses.delete(chatId);
  }

  /** Where nothing has come in, what the directory says, which may be ahead of what comes in. */
  nameOf({ chat }: Pick<Change, 'chat'>): string | undefined {
    return this.courses.get(chat.id)?.name ?? this.channels.addressOf(chat.id)?.name ?? chat.name;
  }
}

export function isForFollowers(change: Change): change is Exclude<PushableChange, ChatMarked> | ChannelChange {
  return change.type !== 'chatMarked' && (change.type !== 'chatChanged' || isChannelChange(change));
}

export function isChannelChange(change: Change): change is ChannelChange {
  return change.type === 'chatChanged' && change.channel !== undefined;
}

function newNameIn(change: Change): string | undefined {
  return isChannelChange(change) ? change.channel.channel.name : undefined;
}

function isDeletion(change: Change): boolean {
  return isChannelChange(change) && change.channel.news === 'deleted';
}

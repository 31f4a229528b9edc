import { channelOf } from '../../test/support/delivery/fake-channels.js';
import type { Change, ChannelNews, ChatChanged, ChatMarked, MessageDeleted } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import { ChannelCourses, isForFollowers } from './channel-courses.js';

const address = (name: string): ChatAddress => ({ id: 4, kind: 'channel', publicId: 'c_1', name });
const CHANNEL = address('general');

const base = (change: number, chat = CHANNEL) => ({ chat, change, newest: 9, at: 0, origin: { userId: 'Ann' } });
const touch = (change: number, chat = CHANNEL): MessageDeleted => {
  return { ...base(change, chat), type: 'messageDeleted', message: { number: 1 } };
};
const mark = (change: number): ChatMarked => {
  return { ...base(change), type: 'chatMarked', mark: 'read', upTo: { number: 1 }, authors: [], bases: [] };
};
const changed = (change: number, news?: ChannelNews['news'], name = 'general'): ChatChanged => {
  const channel = news && { news, channel: channelOf(address(name)) };
  return { ...base(change, address(name)), type: 'chatChanged', joined: [], left: [], channel };
};

describe('ChannelCourses', () => {
  let directory: ChatAddress | undefined;
  let courses: ChannelCourses;

  beforeEach(() => {
    directory = undefined;
    courses = new ChannelCourses({ addressOf: () => directory });
  });

  const nameIn = ({ chat }: Change) => chat.name;

  describe('take', () => {
    it('takes marks, joins and leaves for nothing that a follower could lack', () => {
      courses.take(touch(5), true);
      courses.take(mark(6), false);
      courses.take(changed(7), false);
      expect(courses.take(touch(8), false).after).toBe(5);
      expect(courses.take(touch(9), false).after).toBe(8);
    });

    it('asks for all that is before a change where nothing is known of it', () => {
      courses.take(touch(3), true);
      expect(courses.take(touch(7), true).after).toBe(6);
      courses.take(mark(8), false);
      courses.lost(4);
      expect(courses.take(mark(10), false).after).toBe(9);
      expect(courses.take(touch(11), false).after).toBe(9);
    });

    it('names the channel as it is called by the change, whoever made it', () => {
      directory = address('newest');
      courses.take(changed(1, 'created', 'old'), true);
      expect(nameIn(courses.take(touch(2, address('old')), false).change)).toBe('old');
      const renamed = courses.take(changed(3, 'updated', 'new'), false);
      expect([renamed.nameBefore, nameIn(renamed.change)]).toEqual(['old', 'new']);
      expect(nameIn(courses.take(touch(4, address('old')), false).change)).toBe('new');
    });

    it('names it as the directory does where nothing has come in, or something was lost', () => {
      directory = address('new');
      expect(nameIn(courses.take(touch(1, address('old')), true).change)).toBe('new');
      courses.take(changed(2, 'updated', 'old'), false);
      courses.lost(4);
      expect(courses.nameOf({ chat: CHANNEL })).toBe('new');
    });

    it('forgets a channel that is deleted', () => {
      courses.take(changed(1, 'created', 'old'), true);
      courses.take(changed(2, 'deleted', 'old'), false);
      expect(courses.nameOf({ chat: CHANNEL })).toBe('general');
    });
  });
});

describe('isForFollowers', () => {
  it('is what happens to messages and to the channel itself', () => {
    expect([touch(1), changed(1, 'updated'), mark(1), changed(1)].map(isForFollowers)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

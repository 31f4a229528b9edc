import { FakeChannels } from '../../test/support/delivery/fake-channels.js';
import type { ChatAddress } from '../domain/chat.js';
import { Arrivals } from './arrivals.js';
import type { Bus, Subscription } from './bus/bus.js';
import { ChannelInterest } from './channel-interest.js';

const channel = (id: number): ChatAddress => ({ id, kind: 'channel', publicId: `c_${id}`, name: `n${id}` });

describe('ChannelInterest', () => {
  let subjects: string[];
  let ready: Promise<void>;
  let channels: FakeChannels;
  let interest: ChannelInterest;

  beforeEach(() => {
    subjects = [];
    ready = Promise.resolve();
    channels = new FakeChannels();
    channels.add(channel(1));
    channels.add(channel(2));
    const subscribe = (subject: string): Subscription => {
      subjects.push(subject);
      return { ready, end: () => subjects.splice(subjects.indexOf(subject), 1) };
    };
    interest = new ChannelInterest({ subscribe } as Bus, channels, new Arrivals());
  });

  it('hears of nothing before it begins', () => {
    interest.meet();
    expect(subjects).toEqual([]);
  });

  it('hears of every channel once, from the beginning to the end', () => {
    interest.begin();
    interest.begin();
    expect(subjects).toEqual(['chat.1', 'chat.2']);
    interest.end();
    expect(subjects).toEqual([]);
    expect(interest.since(1)).toBeUndefined();
  });

  it('meets channels that are new, and parts from those that are gone', () => {
    interest.begin();
    channels.add(channel(3));
    channels.remove(channel(1));
    interest.meet();
    expect(subjects).toEqual(['chat.1', 'chat.2', 'chat.3']);
    expect(interest.since(3)).toBeGreaterThan(interest.since(2) ?? Infinity);
    interest.part();
    expect(subjects).toEqual(['chat.2', 'chat.3']);
  });

  it('is ready when all subscriptions are, and asks again where one failed', async () => {
    ready = Promise.reject(new Error('the bus is away'));
    interest.begin();
    await expect(interest.ready()).rejects.toThrow('the bus is away');
    interest.end();
    ready = Promise.resolve();
    interest.begin();
    await interest.ready();
    ready = Promise.reject(new Error('away again'));
    channels.add(channel(3));
    interest.meet();
    await expect(interest.ready()).rejects.toThrow('away again');
  });
});

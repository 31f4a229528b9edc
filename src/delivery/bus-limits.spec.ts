import { LossyBus } from '../../test/support/delivery/lossy-bus.js';
import type { Spending } from '../domain/shared-limits.js';
import { BusLimits } from './bus-limits.js';
import { LocalBus } from './bus/local-bus.js';
import { EVERY_SERVER, userSubject } from './bus/subjects.js';

const frames: Spending = { limit: 'frames', userId: 'Ann', frames: 10 };
const signIns: Spending = { limit: 'signIns', name: 'Ann', address: '192.0.2.1' };

function rethrow(error: unknown): void {
  throw error;
}

describe('BusLimits', () => {
  let bus: LossyBus;
  let limits: BusLimits;
  let heard: Spending[];

  beforeEach(() => {
    bus = new LossyBus(rethrow);
    limits = new BusLimits(bus);
    limits.onModuleInit();
    heard = [];
    limits.onTold((spending) => heard.push(spending));
  });
  afterEach(() => {
    limits.onApplicationShutdown();
  });

  it('hears others, and not itself', () => {
    limits.tell(signIns);
    expect(heard).toEqual([]);
    bus.bring([EVERY_SERVER], { kind: 'spent', server: 'another', spending: signIns });
    expect(heard).toEqual([signIns]);
  });

  it('tells of frames those to whom the user is connected, and of attempts to sign in all', () => {
    const publish = jest.spyOn(bus, 'publish');
    limits.tell(frames);
    limits.tell(signIns);
    expect(publish.mock.calls.map(([subjects]) => subjects)).toEqual([[userSubject('Ann')], [EVERY_SERVER]]);
  });

  it('tells nobody any more who has ended its listening', () => {
    limits.onTold(() => heard.push(frames))();
    bus.bring([EVERY_SERVER], { kind: 'spent', server: 'another', spending: signIns });
    expect(heard).toEqual([signIns]);
  });

  it('is not shared on a server that is alone', () => {
    expect(limits.isShared).toBe(true);
    expect(new BusLimits(new LocalBus(rethrow)).isShared).toBe(false);
  });
});

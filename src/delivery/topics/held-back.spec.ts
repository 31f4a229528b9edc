import { topicMessage } from '../../../test/support/delivery/topic-messages.js';
import { HeldBack } from './held-back.js';

describe('HeldBack', () => {
  let delivered: string[];
  let heldBack: HeldBack;

  beforeEach(() => {
    jest.useFakeTimers();
    delivered = [];
    heldBack = new HeldBack(({ id }) => delivered.push(id));
  });
  afterEach(() => {
    heldBack.close();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  const hold = (...ids: readonly string[]): boolean[] => ids.map((id) => heldBack.hold(topicMessage('news', id)));

  it('holds back nothing where nothing can be lost', () => {
    expect(hold('x_1')).toEqual([false]);
  });

  it('lets go of a server’s, in their order, once one that came after the doubt is committed', () => {
    heldBack.doubt();
    expect(hold('x_1', 'y_1', 'x_2')).toEqual([true, true, true]);
    heldBack.committed('x_1');
    expect(delivered).toEqual(['x_1', 'x_2']);
    expect(hold('x_3', 'y_2')).toEqual([false, true]);
    expect([heldBack.has('x_2'), heldBack.has('y_2')]).toEqual([false, true]);
  });

  it('holds back this server’s own only where all are doubted, and until one of them is committed', () => {
    const holdOwn = (id: string) => heldBack.hold(topicMessage('news', id), true);
    heldBack.doubt();
    expect(holdOwn('own_1')).toBe(false);
    heldBack.doubtAll();
    heldBack.doubt();
    expect([holdOwn('own_2'), holdOwn('own_3')]).toEqual([true, true]);
    heldBack.committed('own_2');
    expect(delivered).toEqual(['own_2', 'own_3']);
    expect(holdOwn('own_4')).toBe(false);
  });

  it('takes no commit for a proof of what came before the last doubt', () => {
    heldBack.doubt();
    hold('x_1');
    heldBack.doubt();
    hold('x_3');
    heldBack.committed('x_1');
    heldBack.committed('x_2');
    expect(delivered).toEqual(['x_1']);
    heldBack.committed('x_3');
    expect(delivered).toEqual(['x_1', 'x_3']);
  });

  it('forgets what is not kept', () => {
    heldBack.doubt();
    hold('x_1', 'x_2');
    heldBack.drop(['x_1']);
    expect([...heldBack.messages()].map(({ id }) => id)).toEqual(['x_2']);
    heldBack.committed('x_2');
    expect(delivered).toEqual(['x_2']);
  });

  it('holds nothing back for longer than a second', () => {
    heldBack.doubt();
    hold('x_1', 'y_1');
    jest.advanceTimersByTime(999);
    expect(delivered).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(delivered).toEqual(['x_1', 'y_1']);
    expect(hold('x_2')).toEqual([false]);
  });

  it('holds back no more than ten thousand messages', () => {
    heldBack.doubt();
    for (let count = 0; count <= 10_000; count += 1) hold(`x_${count}`);
    expect(delivered).toHaveLength(10_001);
  });
});

import { NO_SLOT, RecentDeliveries, type Recipient } from './recent-deliveries.js';
import { RecentPublications } from './recent-publications.js';

const ANN: Recipient = { userId: 'Ann', device: 'phone', dialect: 'messaging' };
const BOB: Recipient = { userId: 'Bob', device: '', dialect: 'realtime' };

describe('RecentDeliveries', () => {
  it('says to whom a message was written, when, and when it was acked', () => {
    const deliveries = new RecentDeliveries(3);
    deliveries.writingAt = 100;
    const slot = deliveries.written(7, ANN, 1);
    deliveries.written(8, ANN, 2);
    deliveries.writingAt = 200;
    deliveries.written(7, BOB, 1);
    deliveries.acked(slot, ANN, 1, 300);
    expect(deliveries.of(7)).toEqual([
      { ...ANN, writtenAt: 100, ackedAt: 300 },
      { ...BOB, writtenAt: 200, ackedAt: undefined },
    ]);
    expect(deliveries.of(9)).toEqual([]);
  });

  it('remembers the last ones', () => {
    const deliveries = new RecentDeliveries(2);
    for (const messageId of [1, 2, 3]) deliveries.written(messageId, ANN, messageId);
    expect([1, 2, 3].map((messageId) => deliveries.of(messageId).length)).toEqual([0, 1, 1]);
  });

  it('gives an ack to nobody else once the slot has gone to another', () => {
    const deliveries = new RecentDeliveries(1);
    const slot = deliveries.written(1, ANN, 1);
    deliveries.written(2, BOB, 1);
    deliveries.acked(slot, ANN, 1, 300);
    expect(deliveries.of(2)).toEqual([{ ...BOB, writtenAt: 0, ackedAt: undefined }]);
    deliveries.written(3, ANN, 2);
    deliveries.acked(slot, ANN, 1, 300);
    expect(deliveries.of(3)).toEqual([{ ...ANN, writtenAt: 0, ackedAt: undefined }]);
  });

  it('remembers none where it has no room', () => {
    const deliveries = new RecentDeliveries(0);
    const slot = deliveries.written(1, ANN, 1);
    expect(slot).toBe(NO_SLOT);
    deliveries.acked(slot, ANN, 1, 300);
    expect(deliveries.of(1)).toEqual([]);
  });
});

describe('RecentPublications', () => {
  it('remembers when the last messages were fanned out', () => {
    const publications = new RecentPublications(2);
    for (const messageId of [1, 2, 3]) publications.add(messageId, messageId * 100);
    expect([1, 2, 3].map((messageId) => publications.of(messageId))).toEqual([undefined, 200, 300]);
  });

  it('remembers none where it has no room', () => {
    const publications = new RecentPublications(0);
    publications.add(1, 100);
    expect(publications.of(1)).toBeUndefined();
  });
});

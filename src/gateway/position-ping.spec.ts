import { type PingedPosition, PositionPing } from './position-ping.js';
import { PositionPings } from './position-pings.js';

/** What is confirmed once its number is. */
class Position implements PingedPosition {
  newest = 0;
  confirmed = 0;

  pingMark(): number | undefined {
    return this.newest > this.confirmed ? this.newest : undefined;
  }

  received(mark: number): void {
    this.confirmed = mark;
  }
}

describe('PositionPing', () => {
  let feed: Position;
  let topics: Position;
  let sent: string[];
  let queue: PositionPings;
  let connection: { closed: boolean; feed: Position; topics: Position; sendPing: (payload: string) => void };
  let ping: PositionPing;

  beforeEach(() => {
    feed = new Position();
    topics = new Position();
    sent = [];
    queue = new PositionPings();
    connection = { closed: false, feed, topics, sendPing: (payload) => sent.push(payload) };
    ping = new PositionPing(connection, queue);
  });

  it('names both positions, and their answer confirms them', () => {
    feed.newest = 12;
    topics.newest = 345;
    ping.want();
    expect(sent).toEqual([]);
    queue.sendDue();
    expect(sent).toEqual(['p12.345']);
    ping.answered('p12.345');
    expect([feed.confirmed, topics.confirmed]).toEqual([12, 345]);
  });

  it.each([
    [12, 0, 'p12.'],
    [0, 345, 'p.345'],
  ])('names what there is to confirm: %d and %d', (event, topic, payload) => {
    feed.newest = event;
    topics.newest = topic;
    ping.send();
    expect(sent).toEqual([payload]);
    ping.answered(payload);
    expect([feed.confirmed, topics.confirmed]).toEqual([event, topic]);
  });

  it('is not sent where there is nothing to confirm any more', () => {
    ping.want();
    queue.sendDue();
    expect(sent).toEqual([]);
  });

  it.each(['', 'p12', 'p12.345', 'p13.', 'P12.'])('takes no answer but its own payload: not %j', (payload) => {
    feed.newest = 12;
    ping.send();
    ping.answered(payload);
    expect(feed.confirmed).toBe(0);
  });

  it('takes no answer that nothing was asked for', () => {
    feed.newest = 12;
    ping.answered('p12.');
    expect(feed.confirmed).toBe(0);
  });

  it('is open once at a time; its answer wants the next where there is more', () => {
    feed.newest = 1;
    ping.send();
    feed.newest = 2;
    ping.want();
    ping.send();
    queue.sendDue();
    expect(sent).toEqual(['p1.']);
    ping.answered('p1.');
    expect(feed.confirmed).toBe(1);
    queue.sendDue();
    expect(sent).toEqual(['p1.', 'p2.']);
    ping.answered('p2.');
    queue.sendDue();
    expect(sent).toHaveLength(2);
  });

  it('goes at once when 256 events wait', () => {
    feed.newest = 255;
    ping.want();
    expect(sent).toEqual([]);
    feed.newest = 256;
    ping.want();
    expect(sent).toEqual(['p256.']);
    queue.sendDue();
    expect(sent).toHaveLength(1);
    feed.newest = 511;
    ping.answered('p256.');
    expect(sent).toHaveLength(1);
    feed.newest = 512;
    ping.want();
    expect(sent).toEqual(['p256.', 'p512.']);
  });

  it('is sent again where its client has answered a later one only', () => {
    feed.newest = 12;
    ping.send();
    ping.overtaken();
    ping.answered('');
    expect(feed.confirmed).toBe(0);
    queue.sendDue();
    expect(sent).toEqual(['p12.', 'p12.']);
  });

  it('is not given up for an answer to a ping before it', () => {
    ping.overtaken();
    feed.newest = 12;
    ping.send();
    ping.answered('');
    queue.sendDue();
    expect(sent).toEqual(['p12.']);
  });

  it('is not sent to a connection that closes, nor after its end', () => {
    feed.newest = 12;
    ping.want();
    ping.end();
    queue.sendDue();
    connection.closed = true;
    ping.send();
    expect(sent).toEqual([]);
  });
});

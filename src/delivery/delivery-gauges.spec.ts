import { DeliveryHarness, turns } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import { publish } from '../../test/support/delivery/topic-messages.js';
import type { ChatAddress } from '../domain/chat.js';
import type { LabelledCounter } from '../domain/metrics.js';
import { DeliveryGauges } from './delivery-gauges.js';

const DIALOG: ChatAddress = { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] };

function counted(counter: LabelledCounter): Record<string, number> {
  return Object.fromEntries([...counter].filter(([, count]) => count > 0).map(([labels, n]) => [labels.join(' '), n]));
}

describe('what is counted of delivery', () => {
  let delivery: DeliveryHarness;

  beforeEach(() => {
    delivery = new DeliveryHarness({ maxBufferedBytes: 100 });
    delivery.log.add(DIALOG, ['Ann', 'Bob']);
    new DeliveryGauges(delivery.metrics, delivery.hub, delivery.topicHub, delivery.cursors).onModuleInit();
  });
  afterEach(() => {
    delivery.close();
  });

  async function join(userId: string, dialect = new FakeDialect()): Promise<FakeOutlet> {
    const outlet = new FakeOutlet(userId);
    delivery.hub.join(outlet, dialect);
    delivery.topicHub.join(outlet, dialect).start();
    await turns();
    return outlet;
  }

  function send(queuedAt?: number): void {
    const change = delivery.log.send(DIALOG.id, { userId: 'Bob' });
    delivery.events.emit('changesCommitted', [{ ...change, queuedAt }]);
  }

  it('has who is connected, who is slow, and the cursors that wait', async () => {
    const ann = await join('Ann');
    await join('Ann', new FakeDialect('realtime'));
    await join('Bob');
    send();
    delivery.hub.feedById(ann.connectionId)?.acked(1);
    ann.bufferedBytes = 100;
    expect([...delivery.metrics.readings()]).toEqual([
      ['connections', 'messaging', 2],
      ['connections', 'concord', 0],
      ['connections', 'realtime', 1],
      ['users', '', 2],
      ['slowReaders', '', 1],
      ['cursorQueue', '', 1],
    ]);
  });

  it('has frames by what they tell', async () => {
    const ann = await join('Ann');
    await join('Bob', new FakeDialect('realtime'));
    delivery.topicHub.feedById(ann.connectionId)?.add(['news']);
    send();
    await publish(delivery, 'news');
    delivery.events.emit('announced', { audience: { users: ['Ann'] }, event: { type: 'online', userId: 'Bob' } });
    expect(counted(delivery.metrics.framesOut)).toEqual({
      'messaging messageSent': 1,
      'realtime messageSent': 1,
      'messaging topicMessage': 1,
      'messaging online': 1,
    });
  });

  it('has what a slow reader went without, and that its feed fell behind', async () => {
    const ann = await join('Ann');
    delivery.topicHub.feedById(ann.connectionId)?.add(['news']);
    expect(counted(delivery.metrics.catchUps)).toEqual({ connect: 1 });
    ann.bufferedBytes = 99;
    send();
    send();
    await publish(delivery, 'news');
    await publish(delivery, 'news');
    delivery.events.emit('announced', { audience: { everybody: true }, event: { type: 'online', userId: 'Bob' } });
    expect(counted(delivery.metrics.drops)).toEqual({ durable: 2, topic: 2, ephemeral: 1 });
    expect(counted(delivery.metrics.catchUps)).toEqual({ connect: 1, behind: 1 });
  });

  it('has the time from a command to its telling, once for each change of this server', async () => {
    await join('Ann');
    await join('Ann');
    send(performance.now() - 2_000);
    send();
    const { counts, sum } = delivery.metrics.deliverySeconds;
    expect(counts.reduce((all, count) => all + count, 0)).toBe(1);
    expect(sum).toBeGreaterThanOrEqual(2);
    expect(sum).toBeLessThan(30);
  });
});

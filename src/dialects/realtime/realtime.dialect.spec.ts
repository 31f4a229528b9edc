import { realtimeDialect } from './realtime.dialect.js';

describe('realtimeDialect', () => {
  it('takes for its own what no other dialect knows', () => {
    const types = ['Ping', 'X-Foo', 'response', 'Request', '', 'chat', 'request', 'event', 'ack', 'ping', 'chat_send'];
    expect(types.filter((type) => realtimeDialect.owns(type))).toEqual([
      'Ping',
      'X-Foo',
      'response',
      'Request',
      '',
      'chat',
    ]);
  });

  it('is the same dialect extended', () => {
    const { name, subprotocol, receivedBy } = realtimeDialect;
    expect(realtimeDialect.extended).toMatchObject({ name, subprotocol, receivedBy });
  });
});

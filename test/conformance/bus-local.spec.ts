import { LocalBus } from '../../src/delivery/bus/local-bus.js';
import { describeBus } from './bus.conformance.js';

describeBus('LocalBus', async (onError) => {
  const bus = new LocalBus(onError);
  return { here: bus, there: bus, close: () => Promise.resolve() };
});

describe('LocalBus', () => {
  it('delivers once, however many subjects of a message match', () => {
    const bus = new LocalBus(() => undefined);
    const listener = jest.fn();
    bus.subscribe('user.Ann');
    bus.subscribe('user.Bob');
    bus.listen(listener);
    bus.publish(['user.Ann', 'user.Bob'], { kind: 'uncertain', chats: [] });
    expect(listener).toHaveBeenCalledTimes(1);
  });
});

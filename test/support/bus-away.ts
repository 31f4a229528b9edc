import { eventually } from './eventually.js';

/** Waits until the server says that it can't hear the others. It stays ready all the same. */
export async function busIsAway(httpOrigin: string): Promise<void> {
  await eventually(async () => {
    const ready = await fetch(`${httpOrigin}/health/ready`);
    const body = (await ready.json()) as Record<string, unknown>;
    return ready.status === 200 && body.bus === 'away' ? true : undefined;
  }, 'a server that is ready and says that its bus is away');
}

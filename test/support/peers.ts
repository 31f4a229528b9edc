import { eventually } from './eventually.js';

/** Waits until the server is ready, and knows of so many others. */
export async function knowsPeers(httpOrigin: string, peers: number): Promise<void> {
  await eventually(async () => {
    const ready = await fetch(`${httpOrigin}/health/ready`);
    await ready.arrayBuffer();
    return ready.status === 200 && (await peersOf(httpOrigin)) === peers ? true : undefined;
  }, `a server that knows of ${peers} others`);
}

/** Of how many others the server knows. */
export async function peersOf(httpOrigin: string): Promise<number> {
  const metrics = await (await fetch(`${httpOrigin}/metrics`)).text();
  return Number(/^parlance_bus_peers (\d+)/m.exec(metrics)?.[1]);
}

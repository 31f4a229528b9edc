import type { Channel } from '../../domain/channels.js';
import { shownChannel, type ShownChannel } from '../../domain/shown-channel.js';

export interface ChannelNode extends ShownChannel {
  readonly children: readonly ChannelNode[];
}

const ROOT = null;

/**
 * Channels below their parents, each family in its order. What is below a channel that is not among them stands at the root, so
 * that nobody misses what may be seen.
 */
export function treeOf(channels: readonly Channel[]): readonly ChannelNode[] {
  const shown = channels.map(shownChannel).sort(byPlace);
  const known = new Set(shown.map(({ id }) => id));
  const families = new Map<number | null, ShownChannel[]>();
  for (const channel of shown) {
    const { parentChannelId } = channel;
    const parent = parentChannelId !== null && known.has(parentChannelId) ? parentChannelId : ROOT;
    const family = families.get(parent);
    if (family) family.push(channel);
    else families.set(parent, [channel]);
  }
  return nodesOf(ROOT, families);
}

function nodesOf(
  parent: number | null,
  families: ReadonlyMap<number | null, readonly ShownChannel[]>,
): readonly ChannelNode[] {
  const family = families.get(parent) ?? [];
  return family.map((channel) => ({ ...channel, children: nodesOf(channel.id, families) }));
}

/** Names are ASCII and no two are the same. */
function byPlace(a: ShownChannel, b: ShownChannel): number {
  return a.ordinality - b.ordinality || (a.name < b.name ? -1 : 1);
}

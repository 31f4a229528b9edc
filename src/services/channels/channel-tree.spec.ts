import type { Channel } from '../../domain/channels.js';
import { type ChannelNode, treeOf } from './channel-tree.js';

function channel(id: number, name: string, more: Partial<Channel> = {}): Channel {
  return { id, publicId: `c_${id}`, ordinality: 0, name, capabilities: [], createdAt: 0, ...more };
}

/** `a(b c)`: a, with b and c below it. */
function drawn(nodes: readonly ChannelNode[]): string {
  return nodes.map(({ name, children }) => name + (children.length > 0 ? `(${drawn(children)})` : '')).join(' ');
}

describe('treeOf', () => {
  it('puts channels below their parents, each family by ordinality, then by name', () => {
    const channels = [
      channel(1, 'z', { ordinality: -1 }),
      channel(2, 'b'),
      channel(3, 'B'),
      channel(4, 'late', { parentId: 2, ordinality: 2 }),
      channel(5, 'early', { parentId: 2, ordinality: 1 }),
      channel(6, 'deep', { parentId: 5 }),
    ];
    expect(drawn(treeOf(channels))).toBe('z B b(early(deep) late)');
  });

  it('puts what is below a channel that is not shown at the root, and says where it is', () => {
    const [node] = treeOf([channel(4, 'orphan', { parentId: 2 })]);
    expect(node).toMatchObject({ name: 'orphan', parentChannelId: 2, children: [] });
  });

  it('shows what nobody made and nobody described', () => {
    expect(treeOf([channel(1, 'general')])).toEqual([
      {
        id: 1,
        parentChannelId: null,
        ordinality: 0,
        name: 'general',
        description: null,
        capabilities: [],
        createdAt: 0,
        createdByUserId: 0,
        children: [],
      },
    ]);
  });
});

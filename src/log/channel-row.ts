import type { Channel } from '../domain/channels.js';
import type { ChatAddress } from '../domain/chat.js';

/** A row of the view `channels`. */
export interface ChannelRow {
  readonly id: number;
  readonly public_id: string;
  readonly parent_id: number | null;
  readonly ordinality: number;
  readonly name: string;
  readonly description: string | null;
  readonly capabilities: readonly string[];
  readonly created_at: number;
  readonly created_by: number | null;
  /** The last change of all this, the creation and the deletion too. */
  readonly described_change: number;
  readonly deleted_change: number | null;
}

export function channelOf(row: ChannelRow): Channel {
  return {
    id: row.id,
    publicId: row.public_id,
    parentId: row.parent_id ?? undefined,
    ordinality: row.ordinality,
    name: row.name,
    description: row.description ?? undefined,
    capabilities: row.capabilities,
    createdAt: row.created_at,
    createdBy: row.created_by ?? undefined,
  };
}

export function channelAddress({ id, publicId, name }: Channel): ChatAddress {
  return { id, kind: 'channel', publicId, name };
}

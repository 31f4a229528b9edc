import type { Channel } from '../../../src/domain/channels.js';
import type { ChatAddress } from '../../../src/domain/chat.js';

/** The directory of channels, as delivery asks it; a test says which there are. */
export class FakeChannels {
  private readonly addresses = new Map<number, ChatAddress>();

  /** One with the same id takes the place of the other. */
  add(address: ChatAddress): ChatAddress {
    this.addresses.set(address.id, address);
    return address;
  }

  remove({ id }: ChatAddress): void {
    this.addresses.delete(id);
  }

  /** There is nothing behind it. */
  doubt(): Promise<void> {
    return Promise.resolve();
  }

  all(): readonly Channel[] {
    return Array.from(this.addresses.values(), channelOf);
  }

  byId(id: number): Channel | undefined {
    const address = this.addresses.get(id);
    return address && channelOf(address);
  }

  addressOf(id: number | undefined): ChatAddress | undefined {
    return id === undefined ? undefined : this.addresses.get(id);
  }
}

export function channelOf({ id, publicId = '', name = '' }: ChatAddress): Channel {
  return { id, publicId, name, ordinality: 0, capabilities: [], createdAt: 0 };
}

import type { Origin } from './changes.js';

/** What the connections of this server know of chats by what they were told. Delivery's. */
export abstract class EventsTold {
  /**
   * Grows with each event of the chat that the connection is sent, and with each state that it has changed itself and is answered for. 0
   * without a connection of this server.
   */
  abstract countIn(origin: Origin, chatId: number): number;
}

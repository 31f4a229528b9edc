import type { Announcement } from './events.js';

/** Tells clients what is not kept, and counts them. Delivery's, for services to use. */
export abstract class Announcements {
  /**
   * Hands the event to the connections of its audience whose dialect shows it, on all servers; whoever reads too slowly goes without.
   * @returns to how many connections
   */
  abstract tell(announcement: Announcement): Promise<number>;
}

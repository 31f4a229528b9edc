import type { FeedServices } from './feed-services.js';
import { arrivalOf, introduce, refusalOf } from './introduction.js';
import type { Reader } from './reader.js';

/** The device of one connection, as the database knows it: introduced before the connection opened, or as soon as the database is there. */
export class IntroducedDevice {
  deviceId?: number;
  /** Its place among all introductions. */
  introducedAs?: number;
  /** The token was revoked or the user banned before the device could be introduced: there is nothing to read. */
  isRefused = false;

  constructor(
    private readonly reader: Reader,
    private readonly services: FeedServices,
  ) {
    this.deviceId = reader.outlet.deviceId;
    this.introducedAs = reader.outlet.introducedAs;
  }

  /** @returns the device's number; undefined where it is refused */
  async introduced(): Promise<number | undefined> {
    if (this.deviceId !== undefined) return this.deviceId;
    const { outlet, dialect } = this.reader;
    const introduction = await introduce(this.services, arrivalOf(outlet, dialect.name));
    const refusal = refusalOf(introduction);
    if (refusal) {
      this.isRefused = true;
      outlet.close(refusal);
      return undefined;
    }
    this.deviceId = introduction.deviceId;
    this.introducedAs = introduction.introducedAs;
    this.services.events.emit('deviceIntroduced', {
      connectionId: outlet.connectionId,
      userId: outlet.principal.userId,
    });
    return this.deviceId;
  }
}

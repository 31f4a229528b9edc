/** All servers together. Delivery's, for services to use. */
export abstract class EveryServer {
  /**
   * Resolves once every server has heard what this one has committed until now, as far as they answer in time: whoever is answered then
   * finds it on whatever server it asks next. Never fails.
   */
  abstract hasHeard(): Promise<void>;
}

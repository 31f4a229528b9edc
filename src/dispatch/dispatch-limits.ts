/** The bounds that dispatching keeps; whoever wires it says where they come from. */
export abstract class DispatchLimits {
  /** Per user and second; the burst is twice that. */
  abstract readonly rateLimitFrames: number;
  /** Levels of a frame, the frame itself being the first. */
  abstract readonly maxJsonDepth: number;
}

/** What was used up of a limit that holds over all servers. */
export type Spending =
  /** Frames of a user, of what it may send in a second. */
  | { readonly limit: 'frames'; readonly userId: string; readonly frames: number }
  /** An attempt to sign in that has failed. */
  | { readonly limit: 'signIns'; readonly name: string; readonly address: string };

/**
 * What servers tell one another of what is used up of limits. Every server keeps its own account, and takes what others tell into it, so
 * a limit holds over all of them within the time that a message takes. What is lost on the way is granted once more.
 */
export abstract class SharedLimits {
  /** Whether there may be others to tell; a server that is alone says nothing. */
  abstract readonly isShared: boolean;

  /** Tells the others. Never throws, never waits. */
  abstract tell(spending: Spending): void;

  /** Hears what others have told, never its own. @returns ends the listening */
  abstract onTold(listener: (spending: Spending) => void): () => void;
}

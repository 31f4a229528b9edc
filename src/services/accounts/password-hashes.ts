import { randomBytes } from 'node:crypto';

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { hash, type Options, verify } from '@node-rs/argon2';

import { Turns } from './turns.js';

/**
 * What OWASP's Password Storage Cheat Sheet asks of Argon2id at least: 19 MiB, two passes, one thread. Some 10 ms. Argon2id is what the
 * library makes unless it is told otherwise; its names for the kinds are gone once it is compiled.
 */
const ARGON2ID: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 };

/** libuv has four threads, which files and look-ups of names need too; so 38 MiB are taken at most. */
const MAX_AT_ONCE = 2;
/** So that nobody waits for more than some ten seconds. */
const MAX_WAITING = 1_000;

/** Hashes of passwords, made and compared off the event loop and only a few at once. */
@Injectable()
export class PasswordHashes implements OnModuleInit {
  private readonly turns = new Turns(MAX_AT_ONCE, MAX_WAITING);
  private nobodys?: Promise<string>;

  /** So that no first comparison takes longer than the others. */
  async onModuleInit(): Promise<void> {
    await this.hashOfNobody();
  }

  /**
   * @returns all that is needed to compare a password with it, its salt too
   * @throws UnavailableError too many wait already
   */
  make(password: string): Promise<string> {
    return this.turns.take(() => hash(password, ARGON2ID));
  }

  /**
   * Whether the password is the one that the hash is of. Without a hash it takes as long and is none.
   *
   * @param onTurn called when the comparison is about to begin; what it throws is thrown, and nothing is compared. What it returns is
   *   told whether the password is the one, before anything else is compared in this one's place
   * @throws UnavailableError too many wait already
   */
  async matches(
    password: string,
    made: string | undefined,
    onTurn: () => (matches: boolean) => void,
  ): Promise<boolean> {
    const compared = made ?? (await this.hashOfNobody());
    return this.turns.take(async () => {
      const ended = onTurn();
      const matches = (await verify(compared, password)) && made !== undefined;
      ended(matches);
      return matches;
    });
  }

  /** Of a password that nobody knows. */
  private hashOfNobody(): Promise<string> {
    return (this.nobodys ??= this.make(randomBytes(32).toString('base64')));
  }
}

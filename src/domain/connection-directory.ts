import type { DialectName } from './dialect-name.js';

/** An open connection, as an operator sees it. */
export interface ConnectionInfo {
  readonly id: string;
  readonly userId: string;
  readonly dialect: DialectName;
  /** '' for the user's unnamed device. */
  readonly device: string;
  /** The server's name (`SERVER_NAME`). */
  readonly server: string;
  /** The client's IP address. */
  readonly address: string;
  /** Open since, ms since the epoch. */
  readonly since: number;
  /** Bytes that the client has yet to take. */
  readonly bufferedBytes: number;
}

/** In the order of their ids; `after` is the last one that is known already. */
export interface ConnectionQuery {
  readonly user?: string;
  readonly dialect?: DialectName;
  readonly server?: string;
  readonly after?: string;
  readonly limit: number;
}

/** What one server carries just now. */
export interface ServerLoad {
  readonly server: string;
  /** Since when it runs, ms since the epoch. */
  readonly since: number;
  readonly connections: Readonly<Record<DialectName, number>>;
  /** Users with a connection here. */
  readonly users: number;
}

/** The connections of all servers. Delivery's, for operators. */
export abstract class ConnectionDirectory {
  /** At most `limit`; of servers that do not answer in time, none. */
  abstract list(query: ConnectionQuery): Promise<readonly ConnectionInfo[]>;
  /**
   * Closes it with 4410. @returns whether there was such a connection; absent: none was found, and it may be on a server that could not be
   * asked
   */
  abstract close(connectionId: string): Promise<boolean | undefined>;
  abstract loads(): Promise<readonly ServerLoad[]>;
}

import { natsServerMissing } from './nats-server.js';

const missing = natsServerMissing();

/** Like `describe`, of what needs a NATS server: left out where there is none, and the reporter's list of what was skipped says why. */
export function natsDescribe(name: string, tests: () => void): void {
  if (missing === undefined) describe(name, tests);
  else describe.skip(`${name} (left out: ${missing})`, tests);
}

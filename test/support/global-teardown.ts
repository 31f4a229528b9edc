import './typescript-hook.cjs';
import { preparedServer } from './global-setup.js';

/** After all tests: stops and removes what global-setup made. */
export default async function globalTeardown(): Promise<void> {
  await preparedServer()?.close();
}

import { isUtf8 } from 'node:buffer';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import { serveDocs } from './api/docs/serve-docs.js';
import { Config } from './config/config.js';
import { BadRequestError } from './domain/errors.js';
import { UpgradeAdapter } from './gateway/upgrade.adapter.js';
import { HttpErrors } from './http-errors.js';

/** How an application is made that `configureApp` is to finish: it brings the one body parser that there is. */
export const APP_OPTIONS = { bodyParser: false } as const;

/** What main and every test do to an application before it listens. */
export function configureApp(app: NestExpressApplication): void {
  const { limits } = app.get(Config);
  app.use(helmet());
  // Bodies are JSON and nothing else, and as large as frames may be. What is no UTF-8 would be mended silently.
  app.useBodyParser('json', { limit: limits.maxFrameBytes, verify: requireUtf8 });
  app.useGlobalFilters(new HttpErrors());
  app.useWebSocketAdapter(app.get(UpgradeAdapter));
  serveDocs(app);
}

function requireUtf8(_request: unknown, _response: unknown, body: Buffer): void {
  if (!isUtf8(body)) throw new BadRequestError('the body is not UTF-8');
}

import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import { serveDocs } from './api/docs/serve-docs.js';
import { Config } from './config/config.js';
import { UpgradeAdapter } from './gateway/upgrade.adapter.js';
import { HttpErrors } from './http-errors.js';
import { JsonBodies } from './json-bodies.js';

/** How an application is made that `configureApp` is to finish: it brings what reads bodies. */
export const APP_OPTIONS = { bodyParser: false } as const;

/** What main and every test do to an application before it listens. */
export function configureApp(app: NestExpressApplication): void {
  const { limits } = app.get(Config);
  app.use(helmet());
  app.useGlobalInterceptors(new JsonBodies(limits.maxFrameBytes));
  app.useGlobalFilters(new HttpErrors());
  app.useWebSocketAdapter(app.get(UpgradeAdapter));
  serveDocs(app);
}

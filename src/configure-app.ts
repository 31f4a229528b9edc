import type { NestExpressApplication } from '@nestjs/platform-express';
import { ADMIN_PREFIX, adminAccess } from './admin/admin-access.js';
import { Authenticator } from './auth/authenticator.js';
import { trustIn } from './auth/client-address.js';
import { Config } from './config/config.js';
import { serveDocs } from './docs/serve-docs.js';
import { UpgradeAdapter } from './gateway/upgrade.adapter.js';
import { HttpErrors } from './http-errors.js';
import { JsonBodies } from './json-bodies.js';
import { securityHeaders } from './security-headers.js';

/** How an application is made that `configureApp` is to finish: it brings what reads bodies. */
export const APP_OPTIONS = { bodyParser: false } as const;

/** What main and every test do to an application before it listens. */
export function configureApp(app: NestExpressApplication): void {
  const { limits, server } = app.get(Config);
  // The same as for sockets: whose X-Forwarded-For is believed, and whose X-Forwarded-Proto.
  app.set('trust proxy', trustIn(server.trustedProxies));
  app.use(securityHeaders());
  app.use(ADMIN_PREFIX, adminAccess(app.get(Authenticator)));
  app.useGlobalInterceptors(new JsonBodies(limits.maxFrameBytes));
  app.useGlobalFilters(new HttpErrors());
  app.useWebSocketAdapter(app.get(UpgradeAdapter));
  serveDocs(app);
}

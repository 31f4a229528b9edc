import type { INestApplication } from '@nestjs/common';
import helmet from 'helmet';
import { UpgradeAdapter } from './gateway/upgrade.adapter.js';
import { HttpErrors } from './http-errors.js';

/** What main and every test do to an application before it listens. */
export function configureApp(app: INestApplication): void {
  app.use(helmet());
  app.useGlobalFilters(new HttpErrors());
  app.useWebSocketAdapter(app.get(UpgradeAdapter));
}

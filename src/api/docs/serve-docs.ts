import type { INestApplication } from '@nestjs/common';
import { SwaggerModule } from '@nestjs/swagger';
import helmet from 'helmet';
import { openApiOf } from './open-api.js';

/**
 * What the pages of the documents may load: what this host serves. Without `upgrade-insecure-requests`, which would break
 * them where the server is reached without TLS; their styles stand in the page.
 */
const POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

/** `/docs` for people, `/docs/openapi.json` for programs. The document is made when it is first asked for. */
export function serveDocs(app: INestApplication): void {
  app.use('/docs', helmet.contentSecurityPolicy(POLICY));
  SwaggerModule.setup('docs', app, () => openApiOf(app), {
    jsonDocumentUrl: 'docs/openapi.json',
    raw: ['json'],
    customSiteTitle: 'Parlance',
    // Else the page asks a stranger whether the document is valid.
    swaggerOptions: { validatorUrl: null },
  });
}

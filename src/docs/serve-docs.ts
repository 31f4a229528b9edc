import type { ServerResponse } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { SwaggerModule } from '@nestjs/swagger';
import helmet from 'helmet';
import { Config } from '../config/config.js';
import { HandlerRegistry } from '../dispatch/handler-registry.js';
import { asyncApiOf, type AsyncApiDocument } from './async-api.js';
import { asyncApiPage } from './async-api-page.js';
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

/**
 * `/docs` and `/docs/asyncapi` for people, `/docs/openapi.json` and `/docs/asyncapi.json` for programs. Each is made when it is
 * first asked for.
 */
export function serveDocs(app: INestApplication): void {
  app.use('/docs', helmet.contentSecurityPolicy(POLICY));
  const document = once((): AsyncApiDocument => asyncApiOf(app.get(HandlerRegistry), app.get(Config)));
  serveText(app, '/docs/asyncapi.json', 'application/json', () => JSON.stringify(document()));
  serveText(app, '/docs/asyncapi', 'text/html', () => asyncApiPage(document()));
  SwaggerModule.setup('docs', app, () => openApiOf(app), {
    jsonDocumentUrl: 'docs/openapi.json',
    raw: ['json'],
    customSiteTitle: 'Parlance',
    // Else the page asks a stranger whether the document is valid.
    swaggerOptions: { validatorUrl: null },
  });
}

function serveText(app: INestApplication, path: string, type: string, make: () => string): void {
  const text = once(make);
  app.getHttpAdapter().get(path, (_request: unknown, answer: ServerResponse) => {
    answer.setHeader('content-type', `${type}; charset=utf-8`).end(text());
  });
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

import { HandlerRegistry } from '../dispatch/handler-registry.js';
import { RestEdge } from '../../test/support/rest-edge.js';

describe('/docs', () => {
  let edge: RestEdge;

  beforeAll(async () => {
    edge = await RestEdge.start();
  });

  afterAll(() => edge.stop());

  it.each(['/docs', '/docs/'])('is a page whose parts are all here: %s', async (path) => {
    const { status, headers, body } = await edge.send('GET', path);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/html');
    const parts = [...String(body).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = '']) => part);
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) {
      const { pathname, host } = new URL(part, `http://here${path}`);
      expect(host).toBe('here');
      expect([part, (await edge.send('GET', pathname)).status]).toEqual([part, 200]);
    }
  });

  it('runs no script that stands in the page, and loads nothing from elsewhere', async () => {
    const { headers, body } = await edge.send('GET', '/docs');
    expect(String(body)).not.toMatch(/<script(?![^>]*\bsrc=)/);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain('upgrade-insecure-requests');
  });

  it('leaves the policy of all else as it was', async () => {
    const { headers } = await edge.ask('GET', '/api/self');
    expect(headers.get('content-security-policy')).toContain("style-src 'self' https: 'unsafe-inline'");
  });

  it.each(['/docs/asyncapi', '/docs/asyncapi/'])('is a page for the dialects that loads nothing: %s', async (path) => {
    const { status, headers, body } = await edge.send('GET', path);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(String(body)).not.toMatch(/<script|<link|<img|\bsrc=/);
    const links = [...String(body).matchAll(/href="(\/[^"#]*)"/g)].map(([, link = '']) => link);
    expect(links).toEqual(expect.arrayContaining(['/docs/asyncapi.json', '/docs']));
    for (const link of links) expect([link, (await edge.send('GET', link)).status]).toEqual([link, 200]);
  });

  it('makes the document of the dialects once', async () => {
    const other = await RestEdge.start();
    const all = jest.spyOn(other.app.get(HandlerRegistry), 'all');
    expect(all).not.toHaveBeenCalled();
    for (const path of ['/docs/asyncapi', '/docs/asyncapi.json', '/docs/asyncapi.json']) await other.send('GET', path);
    expect(all).toHaveBeenCalledTimes(1);
    await other.stop();
  });

  it.each(['/docs', '/docs/openapi.json', '/docs/asyncapi', '/docs/asyncapi.json', '/docs/swagger-ui-init.js'])(
    'names no framework: %s',
    async (path) => {
      const { headers, body } = await edge.send('GET', path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-powered-by')).toBeNull();
      expect(JSON.stringify(body)).not.toMatch(/nestjs|express/i);
    },
  );

  it.each(['/docs-json', '/docs-yaml', '/docs/nothing'])('is nowhere else: %s', async (path) => {
    expect((await edge.send('GET', path)).status).toBe(404);
  });
});

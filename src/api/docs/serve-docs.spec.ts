import { RestEdge } from '../../../test/support/rest-edge.js';

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

  it.each(['/docs', '/docs/openapi.json', '/docs/swagger-ui-init.js'])('names no framework: %s', async (path) => {
    const { headers, body } = await edge.send('GET', path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(JSON.stringify(body)).not.toMatch(/nestjs|express/i);
  });

  it.each(['/docs-json', '/docs-yaml', '/docs/nothing'])('is nowhere else: %s', async (path) => {
    expect((await edge.send('GET', path)).status).toBe(404);
  });
});

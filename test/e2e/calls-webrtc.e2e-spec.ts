import { type Browser, chromium, type Page } from 'playwright-core';
import { CallPage, CHROMIUM_ARGS, CHROMIUM_PATH, missingChromium } from '../support/call-page.js';
import { TestServer } from '../support/parlance.js';
import { signToken } from '../support/tokens.js';

const missing = missingChromium();
/** A test that is skipped is printed by its name. */
const describeInBrowser = missing === undefined ? describe : describe.skip;

describeInBrowser(`two browsers${missing === undefined ? '' : ` (${missing})`}`, () => {
  let page: CallPage;
  let server: TestServer;
  let browser: Browser;

  beforeAll(async () => {
    page = await CallPage.serve();
    server = await TestServer.start({ ALLOWED_ORIGINS: page.origin });
    browser = await chromium.launch({ executablePath: CHROMIUM_PATH, args: [...CHROMIUM_ARGS] });
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await server.stop();
    await page.stop();
  });

  /** A page that is connected as the user, in a browser profile of its own. */
  const phoneOf = async (userId: string): Promise<Page> => {
    const phone = await (await browser.newContext()).newPage();
    await phone.goto(page.origin);
    const { body } = await server.rest(userId).get<{ iceServers: object[] }>('/ice-servers');
    const url = `${server.origin}/messaging?token=${signToken({ sub: userId })}`;
    await phone.evaluate(`phone.connect(${JSON.stringify(url)}, ${JSON.stringify(body.iceServers)})`);
    return phone;
  };

  it('that know nothing but this server call each other, and talk without it', async () => {
    const [ann, ben] = [await phoneOf('Ann'), await phoneOf('Ben')];
    const callId = await ann.evaluate('phone.call("Ben")');
    for (const phone of [ann, ben]) await phone.waitForFunction('phone.isOpen()');
    await ann.evaluate('phone.say("Hello, Ben!")');
    await ben.waitForFunction('phone.texts.includes("Hello, Ben!")');
    await ben.evaluate('phone.say("Hello, Ann!")');
    await ann.waitForFunction('phone.texts.includes("Hello, Ann!")');
    expect(await ben.evaluate('phone.hangUp()')).toMatchObject({ callId, status: 'received' });
    await ann.waitForFunction('phone.closed');

    expect(await ann.evaluate('phone.closed')).toMatchObject({
      ...{ callId, chatId: 'Ben', caller: 'Ann', participants: ['Ann', 'Ben'], callType: 'video' },
      ...{ status: 'received', direction: 'outgoing' },
    });
    const told = await ben.evaluate<string[]>('phone.told');
    expect(told.filter((name) => name !== 'online').slice(0, 2)).toEqual(['newCall', 'signal']);
  });
});

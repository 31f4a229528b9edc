// Several servers share few cores here. A reader that is still catching up when its test goes on is told how things stand
// instead of each step, as the protocol allows and these tests do not expect. So an e2e test that fails is tried once more,
// with its first failure printed; one that fails twice has failed.
if (expect.getState().testPath?.endsWith('.e2e-spec.ts')) jest.retryTimes(1, { logErrorsBeforeRetry: true });

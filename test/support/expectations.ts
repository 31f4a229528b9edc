/** Stand in whole frames for what the server chooses. */
export const aTime = expect.any(Number) as number;
export const aText = expect.any(String) as string;
export const aGroupId = expect.stringMatching(/^g_[A-Za-z0-9_-]{22}$/) as string;

/** An error's place in a response, for `toMatchObject`. */
export function failure(code: number, field?: string): object {
  return { error: { code, ...(field === undefined ? {} : { details: { field } }) } };
}

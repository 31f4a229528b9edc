import { attachmentNamed } from './content-disposition.js';

describe('attachmentNamed', () => {
  it.each([
    ['report.pdf', 'report.pdf', 'report.pdf'],
    ['Zürich 2.txt', 'Z_rich 2.txt', 'Z%C3%BCrich%202.txt'],
    ['👍', '__', '%F0%9F%91%8D'],
    ['a"b\\c%41', 'a_b_c_41', 'a%22b%5Cc%2541'],
    ["it's (1)*.txt", "it's (1)*.txt", 'it%27s%20%281%29%2A.txt'],
    ['a\r\nSet-Cookie: x', 'a__Set-Cookie: x', 'a%0D%0ASet-Cookie%3A%20x'],
    ['../../etc/passwd', '../../etc/passwd', '..%2F..%2Fetc%2Fpasswd'],
  ])('says %j once in ASCII and once in UTF-8', (filename, ascii, encoded) => {
    expect(attachmentNamed(filename)).toBe(`attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`);
  });
});

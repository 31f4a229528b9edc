const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Walks over a JSON text without reading its values. The text must be one that `JSON.parse` has accepted: nothing is
 * checked here. Every frame that carries a payload comes by, so a string, which most of a frame is, is passed in one
 * leap, and no character costs an object.
 */
export class JsonScanner {
  private position = 0;

  constructor(private readonly text: string) {}

  isAtObject(): boolean {
    return this.peek() === OPEN_BRACE;
  }

  /** Steps into the object or array. */
  enter(): void {
    this.peek();
    this.position += 1;
  }

  /** Steps to the next member or element; behind the object or array where there is none. */
  next(): boolean {
    if (this.peek() === COMMA) this.position += 1;
    const code = this.peek();
    if (code !== CLOSE_BRACE && code !== CLOSE_BRACKET) return true;
    this.position += 1;
    return false;
  }

  /** Steps to the member's value. @returns whether the member has this name */
  takeNameIf(name: string): boolean {
    const start = this.position;
    this.skipString();
    const end = this.position;
    this.skipColon();
    const length = end - start - 2;
    if (length === name.length) return this.text.startsWith(name, start + 1);
    // Written with escapes a name is longer than it is.
    if (length < name.length || !this.hasEscape(start, end)) return false;
    return JSON.parse(this.text.slice(start, end)) === name;
  }

  /** Steps to the member's value. @returns its name */
  takeName(): string {
    const start = this.position;
    this.skipString();
    const name = JSON.parse(this.text.slice(start, this.position)) as string;
    this.skipColon();
    return name;
  }

  /** Steps behind the value. @returns its text */
  takeValue(): string {
    this.peek();
    const start = this.position;
    this.skipValue();
    return this.text.slice(start, this.position);
  }

  skipValue(): void {
    const code = this.peek();
    if (code === QUOTE) this.skipString();
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) this.skipNested();
    else this.skipScalar();
  }

  /** Steps over whitespace. @returns the character there */
  private peek(): number {
    let code = this.text.charCodeAt(this.position);
    while (isWhitespace(code)) code = this.text.charCodeAt(++this.position);
    return code;
  }

  private skipColon(): void {
    this.peek();
    this.position += 1;
  }

  private skipString(): void {
    let end = this.text.indexOf('"', this.position + 1);
    while (this.isEscaped(end)) end = this.text.indexOf('"', end + 1);
    this.position = end + 1;
  }

  /** Whether an odd number of backslashes stands before it. */
  private isEscaped(position: number): boolean {
    let start = position;
    while (this.text.charCodeAt(start - 1) === BACKSLASH) start -= 1;
    return (position - start) % 2 === 1;
  }

  /** Counts brackets instead of calling itself: a client's nesting must not become ours. */
  private skipNested(): void {
    let depth = 0;
    do {
      const code = this.text.charCodeAt(this.position);
      if (code === QUOTE) {
        this.skipString();
        continue;
      }
      if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
      else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
      this.position += 1;
    } while (depth > 0);
  }

  /** A number, or one of the three words. */
  private skipScalar(): void {
    while (this.position < this.text.length && !isScalarEnd(this.text.charCodeAt(this.position))) this.position += 1;
  }

  private hasEscape(start: number, end: number): boolean {
    for (let at = start; at < end; at++) {
      if (this.text.charCodeAt(at) === BACKSLASH) return true;
    }
    return false;
  }
}

function isWhitespace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function isScalarEnd(code: number): boolean {
  return code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || isWhitespace(code);
}

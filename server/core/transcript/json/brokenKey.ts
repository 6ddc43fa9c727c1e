/** Keys whose quotes are missing, one or both. A name is what keys of transcripts look like: letters, digits, `_`, `-`. */

const NAME = /^[A-Za-z_$][\w$-]{0,39}$/;
const BARE_KEY = /([A-Za-z_$][\w$-]{0,39})"?[ \t]*:/y;
const UNCLOSED_KEY = /"([A-Za-z_$][\w$-]{0,39})[ \t]*:/y;

/** Whether the text can be a key rather than prose. */
export const isName = (text: string): boolean => NAME.test(text);

const groupLength = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[1]!.length ?? 0;
};

/** Length of the name at `at` that a colon follows (`role:` or `role":`); 0 where there is none. */
export const bareKeyLength = (text: string, at: number): number => groupLength(BARE_KEY, text, at);

/** Length of the name after the quote at `at` that a colon follows without a closing quote; 0 where there is none. */
export const unclosedKeyLength = (text: string, at: number): number => groupLength(UNCLOSED_KEY, text, at);

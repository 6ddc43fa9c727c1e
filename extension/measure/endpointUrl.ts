/** What can be an endpoint's base URL. Pure: no `vscode` here. */

/** What a setting holds as text, whatever it is: `42` and `["a"]` too, so that what is wrong can be shown. */
export function settingText(value: unknown): string {
  if (value === undefined || value === null) {
    return '';
  }
  return (typeof value === 'string' ? value : JSON.stringify(value)).trim();
}

/** Why `text` cannot be an endpoint's base URL, in one sentence; null where it can. */
export function urlProblem(text: string): string | null {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'This is no URL. Write a base URL such as http://127.0.0.1:8000/v1.';
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return 'The URL must start with http:// or https://.';
  }
  if (url.username !== '' || url.password !== '') {
    return 'Leave the user name and password out of the URL; the key is asked for on its own.';
  }
  return /\/v1\/*$/.test(url.pathname) ? null : 'The base URL ends in /v1, for example http://127.0.0.1:8000/v1.';
}

/** Whether a key sent there could be read on the way. */
export function travelsInClear(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

/** `https://api.example.com`: what a key belongs to. Throws a TypeError on text that is no URL. */
export function originOf(url: string): string {
  return new URL(url).origin;
}

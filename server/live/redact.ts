/** Keeps the key out of everything that is shown, kept or thrown. */

/** Replaces every occurrence of a secret in a text. */
export type Redact = (text: string) => string;

/** Also catches the key as JSON and as a URL would write it. An absent key changes nothing. */
export function redactorFor(key: string | undefined): Redact {
  if (key === undefined || key.length === 0) {
    return (text) => text;
  }
  const forms = [...new Set([key, JSON.stringify(key).slice(1, -1), encodeURIComponent(key)])];
  return (text) => forms.reduce((clean, form) => clean.split(form).join('<key>'), text);
}

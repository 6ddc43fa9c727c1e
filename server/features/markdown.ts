/** Markdown that shows text as text, and links to commands of the client. */

/** Text from a document or an endpoint, safe inside Markdown and its tables. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-!|<>~$&]/g, '\\$&').replace(/\s+/g, ' ');
}

/** `[label](command:id?args "title")`. `label` is Markdown already. */
export function commandLink(label: string, command: string, argument: unknown, title: string): string {
  const encoded = encodeURIComponent(JSON.stringify([argument])).replace(/[()]/g, (c) => (c === '(' ? '%28' : '%29'));
  return `[${label}](command:${command}?${encoded} "${title}")`;
}

/** A table of two columns, the second set to the right. */
export function twoColumns(head: readonly [string, string], rows: readonly (readonly [string, string])[]): string {
  return [`| ${head[0]} | ${head[1]} |`, '|:--|--:|', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join(
    '\n',
  );
}

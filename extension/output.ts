/** The output channel `Joule Lens`: what measurements sent back, as it came. */
import * as vscode from 'vscode';
import type { Redactor } from './redact.js';

/** The channel, and its text for tests. */
export interface OutputLog extends vscode.Disposable {
  lines(lines: readonly string[]): void;
  show(): void;
  text(): string;
}

const keptCharacters = 200_000;

/** Opens the channel. Keys are blanked before anything is written. */
export function openOutput(redactor: Redactor): OutputLog {
  const channel = vscode.window.createOutputChannel('Joule Lens');
  let written = '';
  return {
    lines(lines) {
      const text = `${redactor.clean(lines.join('\n'))}\n`;
      written = (written + text).slice(-keptCharacters);
      channel.append(text);
    },
    show: () => channel.show(true),
    text: () => written,
    dispose: () => channel.dispose(),
  };
}

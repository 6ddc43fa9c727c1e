/** How tokens are drawn: alternating colours of the theme, a third where tokens share a character, a line at each start. */
import * as vscode from 'vscode';
import type { TokenRegionDto } from '../../server/protocol/tokens.js';

/** Decorations of one editor. */
export interface TokenDecorations extends vscode.Disposable {
  draw(editor: vscode.TextEditor, regions: readonly TokenRegionDto[]): void;
  clear(editor: vscode.TextEditor): void;
}

const colours = ['joulelens.tokenEvenBackground', 'joulelens.tokenOddBackground', 'joulelens.tokenSharedBackground'];

/** Index of the colour of a region. */
const colourOf = ({ first, last }: TokenRegionDto): number => (last > first ? 2 : first % 2);

/** Makes the decoration types; nothing is drawn yet. */
export function tokenDecorations(): TokenDecorations {
  const types = colours.map((colour) =>
    vscode.window.createTextEditorDecorationType({
      backgroundColor: new vscode.ThemeColor(colour),
      borderColor: new vscode.ThemeColor('joulelens.tokenBorder'),
      borderStyle: 'solid',
      borderWidth: '0 0 0 1px',
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    }),
  );
  const lineBreaks = vscode.window.createTextEditorDecorationType({});
  return {
    draw(editor, regions) {
      const { document } = editor;
      const ranges: vscode.Range[][] = types.map(() => []);
      const marks: vscode.DecorationOptions[] = [];
      for (const region of regions) {
        const range = new vscode.Range(document.positionAt(region.start), document.positionAt(region.end));
        ranges[colourOf(region)]!.push(range);
        marks.push(...lineBreakMarks(document, range, colours[colourOf(region)]!));
      }
      types.forEach((type, index) => editor.setDecorations(type, ranges[index]!));
      editor.setDecorations(lineBreaks, marks);
    },
    clear(editor) {
      for (const type of [...types, lineBreaks]) {
        editor.setDecorations(type, []);
      }
    },
    dispose: () => vscode.Disposable.from(...types, lineBreaks).dispose(),
  };
}

/** A line break has no width: a sign at the line's end shows the token that it belongs to. */
function lineBreakMarks(
  document: vscode.TextDocument,
  range: vscode.Range,
  colour: string,
): vscode.DecorationOptions[] {
  const marks: vscode.DecorationOptions[] = [];
  for (let line = range.start.line; line < range.end.line; line += 1) {
    const end = document.lineAt(line).range.end;
    marks.push({
      range: new vscode.Range(end, end),
      renderOptions: {
        after: {
          contentText: '↵',
          color: new vscode.ThemeColor('descriptionForeground'),
          backgroundColor: new vscode.ThemeColor(colour),
        },
      },
    });
  }
  return marks;
}

/** Problems of a transcript or a settings file as LSP diagnostics. */
import { DiagnosticSeverity } from 'vscode-languageserver-protocol';
import type { Diagnostic } from 'vscode-languageserver-protocol';
import type { Problem, Severity } from '../core/index.js';
import type { Range } from '../protocol/messages.js';

/** More than this many of one document help nobody; the last one then says how many there are. */
export const maxDiagnostics = 100;

const severities: Record<Severity, DiagnosticSeverity> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** Diagnostics in the order of the problems, at most `maxDiagnostics`. */
export function diagnosticsOf(problems: readonly Problem[], rangeOf: (span: Problem['span']) => Range): Diagnostic[] {
  const shown = problems.length > maxDiagnostics ? problems.slice(0, maxDiagnostics - 1) : problems;
  const diagnostics = shown.map((problem): Diagnostic => ({
    range: rangeOf(problem.span),
    severity: severities[problem.severity],
    code: problem.code,
    source: 'Joule Lens',
    message: problem.message,
  }));
  const left = problems.slice(shown.length);
  if (left.length > 0) {
    diagnostics.push({
      range: rangeOf(left[0]!.span),
      severity: DiagnosticSeverity.Information,
      code: 'more-problems',
      source: 'Joule Lens',
      message: `${left.length} more problems from here on are not listed.`,
    });
  }
  return diagnostics;
}

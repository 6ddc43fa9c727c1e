/** `joulelens measure`, tied to the core: which request of the transcript is sent, and what it is predicted to cost. */
import { isOnlyStanding, predictShape, requestAt, type ConversationFigures } from '../core/index.js';
import { analyse } from './analyse.js';
import { parseCommand } from './args.js';
import { type CliIo, CliError } from './io.js';
import type { Command } from './command.js';
import { runMeasure, type RequestChoice } from './measure.js';
import { measureHelp, measureOptionNames } from './measureOptions.js';
import type { MeasureTarget, PredictedJoules } from './measureReport.js';
import { analysisSettings } from './services.js';

export const measureCommand: Command = {
  name: 'measure',
  help: measureHelp,
  run(args, io) {
    const { values, positionals } = parseCommand(args, measureOptionNames, measureHelp);
    const services = {
      annotateForMeasure: (text: string, path: string, options: RequestChoice) => target(text, path, options, io),
    };
    return runMeasure({ positionals, options: values, services }, io);
  },
};

async function target(text: string, path: string, options: RequestChoice, io: CliIo): Promise<MeasureTarget> {
  const settings = await analysisSettings(options, path, io);
  const analysis = await analyse({ name: path, text }, {}, settings, io.signal);
  const count = analysis.transcript.conversations.length;
  const figures = analysis.figures(options.conversation);
  if (!figures) {
    throw new CliError(
      count === 0
        ? `${path}: no conversation found`
        : `--conversation ${options.conversation}: ${path} has ${count}, numbered from 0`,
    );
  }
  if (isOnlyStanding(figures.conversation)) {
    throw new CliError(`${path}: standing instructions alone; there is no request of their own to measure`);
  }
  const { turns } = figures.conversation;
  // No turn named: the last request, to be made or made before.
  const turn = options.turn ?? (turns.at(-1)?.role === 'assistant' ? turns.length - 1 : null);
  const request = requestAt(figures.content, turn);
  if (!request) throw new CliError(noRequest(path, options.turn, figures));
  if (figures.error !== null || !figures.energy) throw new CliError(`${path}: ${figures.error ?? 'no prediction'}`);
  const { requests, next } = figures.energy;
  const replied = requests.find(({ turns }) => turns[1] === request.replyTurn);
  const energy = replied?.energy ?? next?.request;
  if (!energy) throw new CliError(noRequest(path, options.turn, figures));
  return {
    messages: request.messages,
    model: figures.choice.model.id,
    maxTokens: figures.conversation.parameters.maxTokens,
    leftOut: request.leftOut,
    predicted: plain(energy),
    predictAt: (tokensIn, tokensOut, tokensCached) =>
      plain(predictShape(figures, { tokensIn, tokensOut, tokensCached }) ?? energy),
  };
}

const plain = ({ joules, interval90 }: PredictedJoules): PredictedJoules => ({ joules, interval90 });

function noRequest(path: string, turn: number | null, { conversation }: ConversationFigures): string {
  const { length } = conversation.turns;
  return turn === null
    ? `${path}: the conversation has no turns`
    : `--turn ${turn}: ${path} has turns 0 to ${length - 1} and no request whose reply stands at or after turn ${turn}`;
}

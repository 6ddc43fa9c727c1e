/** `joulelens predict --rows`. */
import { createPredictor, type PredictorOptions } from '../core/energy/predict.js';
import { answerRows } from './answerRows.js';
import type { CliIo } from './io.js';

/** @returns the exit code */
export const predictRows = (name: string, io: CliIo, options: PredictorOptions = {}): Promise<number> =>
  answerRows(name, io, createPredictor(options));

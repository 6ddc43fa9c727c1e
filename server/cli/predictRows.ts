/** `joulelens predict --rows`. */
import { createPredictor } from '../core/energy/predict.js';
import { answerRows } from './answerRows.js';
import type { CliIo } from './io.js';

/** @returns the exit code */
export const predictRows = (name: string, io: CliIo): Promise<number> => answerRows(name, io, createPredictor());

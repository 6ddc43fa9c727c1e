/** The part of node-llama-cpp that is used here: tokens in, tokens out, one request after another. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** A loaded model. */
export interface LocalEngine {
  tokenize(text: string): number[];
  detokenize(tokens: readonly number[]): string;
  /** Continues a prompt by so many tokens. */
  generate(prompt: readonly number[], tokens: number): AsyncIterable<number>;
  close(): Promise<void>;
}

interface Sequence {
  evaluate(tokens: readonly number[], options: { temperature: number }): AsyncIterable<number>;
  clearHistory(): Promise<void>;
}

interface Llama {
  loadModel(options: { modelPath: string; gpuLayers: number }): Promise<{
    tokenize(text: string, specialTokens: boolean): number[];
    detokenize(tokens: readonly number[]): string;
    createContext(options: { contextSize: number; threads: number }): Promise<{ getSequence(): Sequence }>;
  }>;
  dispose(): Promise<void>;
}

interface Library {
  getLlama(options: {
    build: 'never';
    gpu: false;
    maxThreads: number;
    logLevel: string;
    progressLogs: boolean;
  }): Promise<Llama>;
}

/** @param folder with node-llama-cpp in its node_modules */
export async function loadEngine(folder: string, modelPath: string, contextTokens: number): Promise<LocalEngine> {
  const file = path.join(folder, 'node_modules', 'node-llama-cpp', 'dist', 'index.js');
  // The package is no dependency: where it lies is known only now.
  // eslint-disable-next-line no-restricted-syntax
  const { getLlama } = (await import(pathToFileURL(file).href)) as Library;
  // One thread: more than the machine has free slow each other down a hundredfold.
  const llama = await getLlama({ build: 'never', gpu: false, maxThreads: 1, logLevel: 'error', progressLogs: false });
  const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
  const context = await model.createContext({ contextSize: contextTokens, threads: 1 });
  const sequence = context.getSequence();
  return {
    tokenize: (text) => model.tokenize(text, false),
    detokenize: (tokens) => model.detokenize(tokens),
    async *generate(prompt, tokens) {
      await sequence.clearHistory();
      let left = tokens;
      for await (const token of sequence.evaluate(prompt, { temperature: 0 })) {
        yield token;
        if (--left <= 0) return;
      }
    },
    close: () => llama.dispose(),
  };
}

/** Answers that are wrong from the start, for tests of clients. */
import type { ServerResponse } from 'node:http';
import type { Fault } from './options.js';

/** Answers in the place of the routes; false where the fault shows later or there is none. */
export function misbehave(response: ServerResponse, fault: Fault | undefined): boolean {
  switch (fault) {
    case 'hang':
      return true;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><title>Demo page</title><p>Not an endpoint.');
      return true;
    case 'redirect':
      // Port 9 (discard) of another address of this machine: nothing can arrive there.
      response.writeHead(307, { location: 'http://127.0.0.2:9/v1/chat/completions' });
      response.end();
      return true;
    default:
      return false;
  }
}

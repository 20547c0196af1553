// The platform, as far as server.js sees it: it runs the file with a request function and a way to
// answer, without timers, and hands payloads to the exported functions.
// https://developers.freshworks.com/docs/app-sdk/v3.0/chat_conversation/serverless-apps/
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';

const file = fileURLToPath(new URL('../server.js', import.meta.url));
const names = ['exports', 'require', '$request', 'renderData', 'console', 'setTimeout', 'setInterval', 'setImmediate'];

// run loads server.js and returns its functions together with what they did: calls, answers
// rendered, lines logged. answer decides what a call comes to.
export function run(answer) {
  const seen = { calls: [], rendered: [], logged: [] };
  const $request = {
    async invokeTemplate(template, options) {
      seen.calls.push({ template, ...options });

      return answer(template, options);
    },
  };
  const log = (...words) => seen.logged.push(words.join(' '));
  const console = { log, info: log, warn: log, error: log };
  const render = (...args) => seen.rendered.push(args);

  const load = vm.compileFunction(`${readFileSync(file, 'utf8')}\nreturn exports;`, names, { filename: file });
  const handlers = load({}, createRequire(file), $request, render, console);

  return { handlers, seen };
}

// sample reads a payload as the platform sends it.
export function sample(name) {
  return JSON.parse(readFileSync(new URL(`../test_data/${name}.json`, import.meta.url), 'utf8'));
}

export const ok = (response = { status: 'ok' }) => () => ({ status: 200, headers: {}, response: JSON.stringify(response) });

// refused is how the platform reports an answer that is not 2xx.
export const refused = (status, response) => () => {
  throw Object.assign(new Error('request failed'), { status, headers: {}, response });
};

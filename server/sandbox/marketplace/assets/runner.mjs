// Runs a package's server.js as the platform does: each event in a worker of its own that knows no
// timers, for a limited time, with templates as the only way out. It is spoken to by lines of
// JSON on its standard input and output.
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import path from 'node:path';
import vm from 'node:vm';

// serve is the main thread: it starts a worker for each event and passes its template calls on.
function serve(folder, limitMs) {
  const running = new Map();
  const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

  const start = ({ id, call, payload }) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { folder, call, payload } });
    const limit = setTimeout(() => finish({ error: 'the time is over' }), limitMs);
    const finish = (outcome) => {
      if (!running.delete(id)) return;
      clearTimeout(limit);
      worker.terminate();
      say({ id, done: true, ...outcome });
    };

    running.set(id, worker);
    worker.on('message', (m) => (m.done ? finish(m) : say({ id, ...m })));
    worker.on('error', (e) => finish({ error: String(e?.message ?? e) }));
    worker.on('exit', () => finish({ error: 'the worker ended' }));
  };

  createInterface({ input: process.stdin }).on('line', (text) => {
    const line = JSON.parse(text);
    if (line.call) start(line);
    else running.get(line.id)?.postMessage(line);
  }).on('close', () => process.exit(0));
}

// work is a worker: it runs one function of server.js.
async function work({ folder, call, payload }) {
  const file = path.join(folder, 'server', 'server.js');
  const local = createRequire(file);
  const waiting = new Map();
  let invoked = 0;
  const rendered = [];
  const logged = [];

  parentPort.on('message', ({ result, value, error }) => {
    const { resolve, reject } = waiting.get(result);
    waiting.delete(result);
    if (error) reject(Object.assign(new Error('request failed'), error));
    else resolve(value);
  });

  const $request = {
    invokeTemplate: (template, options = {}) => new Promise((resolve, reject) => {
      const invoke = ++invoked;
      waiting.set(invoke, { resolve, reject });
      parentPort.postMessage({ invoke, template, context: options.context ?? {}, body: options.body ?? '' });
    }),
  };
  const log = (...words) => logged.push(words.join(' '));
  const given = {
    exports: {}, $request, renderData: (...args) => rendered.push(args),
    require: local,
    console: { log, info: log, warn: log, error: log },
    setTimeout: undefined, setInterval: undefined, setImmediate: undefined,
  };

  let error;
  try {
    globalThis.setTimeout = globalThis.setInterval = globalThis.setImmediate = undefined;
    const load = vm.compileFunction(`${readFileSync(file, 'utf8')}\nreturn exports;`, Object.keys(given), { filename: file });
    await load(...Object.values(given))[call](payload);
  } catch (e) {
    error = String(e?.message ?? e);
  }

  parentPort.postMessage({ done: true, rendered, logged, error });
}

if (isMainThread) serve(process.argv[2], Number(process.argv[3]));
else work(workerData);

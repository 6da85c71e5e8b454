// (g) How the work flows: the stages with their rates and what waits before them, workers, the sum that must be zero, dead letters.

import { chart } from './chart.js';
import { h } from './dom.js';
import { WORDS, card, colour, empty, term } from './parts.js';
import { amount, count, plural } from './words.js';

export const title = 'Flow';
export const lead = 'Where the questions are, and how fast they move.';

const STAGES = {
  intake: ['Intake', 'tells the kind of each question, writes it in every order and asks the models'],
  ballot: ['Ballot', 'merges the votes of all orders and judges them'],
  tables: ['Tables', 'count, with intervals'],
  routing: ['Routing', 'learns which model is best at what'],
};

const SMOOTH_SECONDS = 5;

export function view({ store, runs, charts }) {
  return h(
    'div',
    {},
    h('div', { class: 'side-by-side' }, runs.map((run) => balance(store, run))),
    pipeline(store),
    pace(store, runs, charts),
    workers(store),
    letters(store, runs),
  );
}

/** Invariant 2 as a sum. */
function balance(store, run) {
  const flow = store.flowOf(run);
  const rest = flow.prompts - flow.verdicts - flow.dead - flow.pending;
  const part = (number, name, meaning, tone) => h('span', { class: 'term-of-sum ' + (tone ?? '') }, h('b', {}, count(number)), meaning ? term(name, meaning) : h('small', {}, name));
  const settled = flow.prompts === 0 ? 0 : flow.verdicts / flow.prompts;
  const given = flow.prompts === 0 ? 0 : flow.dead / flow.prompts;
  const width = (share) => (100 * share).toFixed(2) + '%';
  return h(
    'div',
    { key: run },
    card(
      run,
      h(
        'div',
        { class: 'sum' },
        part(flow.prompts, 'asked', WORDS.judged),
        h('i', {}, '−'),
        part(flow.verdicts, 'judged', WORDS.judged),
        h('i', {}, '−'),
        part(flow.dead, 'dead letters', WORDS.deadLetter, flow.dead > 0 ? 'bad' : ''),
        h('i', {}, '−'),
        part(flow.pending, 'pending', WORDS.pending),
        h('i', {}, '='),
        part(rest, rest === 0 ? 'nothing is lost' : 'lost', WORDS.invariant, rest === 0 ? 'good' : 'bad'),
      ),
      h(
        'div',
        { class: 'stacked', role: 'img', 'aria-label': `${count(flow.verdicts)} judged, ${count(flow.dead)} dead letters, ${count(flow.pending)} pending` },
        h('i', { class: 'judged', style: { width: width(settled) } }),
        h('i', { class: 'dead', style: { width: width(given) } }),
      ),
      models(store, run),
    ),
  );
}

function models(store, run) {
  const names = [...store.cells(run, 'RUN', 'flow/prompts', '*').values()].filter((row) => !row.model.startsWith('@')).map((row) => row.model);
  const value = (metric, model) => [...store.cells(run, 'RUN', metric, '*').values()].filter((row) => row.model === model).reduce((sum, row) => sum + row.n, 0);
  if (names.length === 0) {
    return null;
  }
  return h(
    'table',
    { class: 'plain' },
    h('caption', { class: 'unseen' }, `Where the questions of run ${run} are, by model`),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'model'), ['asked', 'judged', 'dead letters', 'pending'].map((text) => h('th', { scope: 'col', class: 'number' }, text)))),
    h(
      'tbody',
      {},
      names.sort().map((model) =>
        h(
          'tr',
          { key: model },
          h('th', { scope: 'row' }, h('span', { class: 'model' }, model)),
          ['flow/prompts', 'flow/verdicts', 'flow/dead-letters', 'flow/pending'].map((metric) => h('td', { class: 'number' }, count(value(metric, model)))),
        ),
      ),
    ),
  );
}

function pipeline(store) {
  const stages = new Map((store.flow?.stages ?? []).map((stage) => [stage.stage, stage]));
  const served = store.flow?.workers ?? [];
  const waiting = served.reduce((sum, one) => sum + (one.waiting ?? 0), 0);
  const working = served.reduce((sum, one) => sum + one.workers, 0);
  const beats = fresh(store);
  const answers = beats.reduce((sum, model) => sum + model.requestsPerSecond, 0);
  const stage = (name) => {
    const found = stages.get(name);
    const [text, does] = STAGES[name];
    return step(
      text,
      does,
      found ? [[amount(found.perSecond), term('records/s', WORDS.rate)], [count(found.lag), term('waiting', WORDS.lag)]] : [],
      found ? (found.members > 0 ? '' : 'off') : 'off',
      found && found.members > 0 ? plural(found.members, 'thread') : 'not running',
    );
  };
  const workerStep = step(
    'Workers',
    'let the models answer',
    [
      [amount(answers), 'answers/s'],
      [count(waiting), term('waiting', WORDS.lag)],
    ],
    working > 0 ? '' : 'off',
    working > 0 ? plural(working, 'worker') : 'none',
  );
  return card(
    'The way of a question',
    h('ol', { class: 'pipeline' }, stage('intake'), workerStep, stage('ballot'), stage('tables'), stages.has('routing') && stage('routing')),
  );
}

function step(name, does, figures, tone, foot) {
  return h(
    'li',
    { class: tone },
    h('b', {}, name),
    h('p', {}, does),
    h('dl', {}, figures.map(([figure, what]) => h('div', {}, h('dt', {}, what), h('dd', {}, figure)))),
    h('small', {}, foot),
  );
}

/** Judged answers a second over the last minutes, as a line for each run. */
function pace(store, runs, charts) {
  const times = [...new Set(runs.flatMap((run) => (store.paces.get(run) ?? []).map((point) => Math.round(point.at / 1000))))].sort((a, b) => a - b);
  if (times.length < 5) {
    return card('Judged answers a second', h('p', { class: 'quiet' }, 'Measuring; the line begins after a few seconds.'));
  }
  const rate = (run, field) => {
    const points = new Map((store.paces.get(run) ?? []).map((point) => [Math.round(point.at / 1000), point]));
    return times.map((time) => {
      const now = points.get(time);
      const before = points.get(time - SMOOTH_SECONDS) ?? points.get(time - SMOOTH_SECONDS + 1);
      return now && before ? Math.max(0, ((now[field] - before[field]) * 1000) / (now.at - before.at)) : null;
    });
  };
  const last = (values) => values.findLast((value) => value !== null) ?? null;
  const lines = runs.map((run, i) => ({ name: run, colour: colour(i), values: rate(run, 'settled') }));
  const figures = runs.map((run, i) => `${run}: ${amount(last(lines[i].values))} answers/s, ${amount(last(rate(run, 'tokens')))} tokens/s`);
  charts.set('pace', { x: times, labels: null, lines, unit: '/s', range: null });
  return card(
    'Judged answers a second',
    h('ul', { class: 'key' }, runs.map((run, i) => h('li', { key: run }, h('i', { style: { background: colour(i) } }), figures[i]))),
    chart('pace', 'Judged answers a second over the last minutes. Now: ' + figures.join('; ')),
  );
}

function fresh(store) {
  const now = Date.parse(store.flow?.at ?? '') || Date.now();
  return [...store.topics.models.values()].filter((model) => now - (Date.parse(model.heartbeatAt) || 0) < 15_000);
}

function workers(store) {
  const served = new Map((store.flow?.workers ?? []).map((one) => [one.model, one]));
  const all = [...store.topics.models.values()].filter((model) => (served.get(model.name)?.workers ?? 0) > 0);
  if (all.length === 0) {
    return card('Workers', empty('No model is served now', 'Start one: ./assay worker --model smollm2-135m-instruct. Questions wait in their topics until then.'));
  }
  const beating = new Set(fresh(store).map((model) => model.name));
  return card(
    'Workers',
    h(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Table of workers' },
      h(
        'table',
        { class: 'plain' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'model'),
            h('th', { scope: 'col' }, 'kind'),
            h('th', { scope: 'col', class: 'number' }, term('workers', WORDS.workers)),
            h('th', { scope: 'col', class: 'number' }, term('waiting', WORDS.lag)),
            h('th', { scope: 'col', class: 'number' }, 'in the model'),
            h('th', { scope: 'col', class: 'number' }, term('queued', WORDS.queued)),
            h('th', { scope: 'col', class: 'number' }, 'answers/s'),
            h('th', { scope: 'col', class: 'number' }, term('tokens/s', WORDS.tokensPerSecond)),
            h('th', { scope: 'col', class: 'number' }, term('batch', WORDS.batch)),
            h('th', { scope: 'col' }, 'device'),
          ),
        ),
        h(
          'tbody',
          {},
          all.map((model) => {
            const beat = beating.has(model.name);
            return h(
              'tr',
              { key: model.name, class: model.failure ? 'bad' : '' },
              h('th', { scope: 'row' }, h('span', { class: 'model', title: 'worker ' + model.worker }, model.name), model.failure && h('small', { class: 'bad' }, ' ' + model.failure)),
              h('td', {}, model.kind),
              h('td', { class: 'number' }, count(served.get(model.name)?.workers ?? 0)),
              h('td', { class: 'number' }, served.get(model.name)?.waiting === null ? '–' : count(served.get(model.name)?.waiting ?? 0)),
              h('td', { class: 'number' }, beat ? count(model.inFlight) : '–'),
              h('td', { class: 'number' }, beat ? count(model.queued) : '–'),
              h('td', { class: 'number' }, beat ? amount(model.requestsPerSecond) : '–'),
              h('td', { class: 'number' }, beat ? amount(model.tokensPerSecond) : '–'),
              h('td', { class: 'number' }, beat ? Math.round(100 * model.batchFill) + ' %' : '–'),
              h('td', { class: 'quiet' }, model.device || '–'),
            );
          }),
        ),
      ),
    ),
  );
}

function letters(store, runs) {
  const all = (store.flow?.deadLetters ?? []).filter((letter) => !letter.run || runs.includes(letter.run));
  return card(
    'Dead letters',
    h('p', { class: 'note' }, 'What the stages gave up, the latest first. ', h('code', {}, 'assay dead-letters show ID'), ' shows one, ', h('code', {}, 'assay dead-letters retry'), ' tries again.'),
    all.length === 0
      ? h('p', { class: 'good' }, '✓ None of these runs.')
      : h(
          'div',
          { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Table of dead letters' },
          h(
            'table',
            { class: 'plain' },
            h('thead', {}, h('tr', {}, ['id', 'stage', 'model', 'question', 'reason', 'lies at'].map((text) => h('th', { scope: 'col' }, text)))),
            h(
              'tbody',
              {},
              all.slice(0, 50).map((letter) =>
                h(
                  'tr',
                  { key: letter.partition + '-' + letter.offset },
                  h('th', { scope: 'row' }, letter.partition + '-' + letter.offset),
                  h('td', {}, letter.stage),
                  h('td', {}, letter.model || 'all'),
                  h('td', {}, letter.prompt && letter.run ? h('a', { href: '#/question?' + new URLSearchParams({ run: letter.run, id: letter.prompt }) }, letter.prompt) : letter.prompt || '–'),
                  h('td', { class: 'reason' }, letter.reason),
                  h('td', { class: 'quiet' }, letter.origin ?? '–'),
                ),
              ),
            ),
          ),
        ),
  );
}

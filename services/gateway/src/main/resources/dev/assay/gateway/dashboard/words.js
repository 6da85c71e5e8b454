// The words of the dashboard: names of metrics as people say them, and what each word means.

export const WORDS = {
  run: 'One evaluation: a set of questions put to some models.',
  task: 'A benchmark or a part of it, such as mmlu/anatomy.',
  judged: 'An answer is judged when it has been compared with the right one. A question counts once for each model it is put to.',
  interval:
    'The 95 % interval: with 95 % chance it holds the true share, at every moment at once, however often you look. It narrows as answers come.',
  rank:
    'The ranks that the model may have. Of all pairs, only those count that differ surely (5 % chance of any error, however often you look). Models whose ranges overlap are not told apart yet. Right and wrong answers of the whole run count, exact texts among them.',
  n: 'How many answers the figure rests on.',
  order: 'One arrangement of a question’s options. Models prefer places, so the same question is asked in several orders.',
  voting: 'The answers in all orders are merged: the option with the highest mean log-probability wins.',
  deadLetter: 'A record that a stage could not use. It is kept with its bytes, its place and the reason, and can be tried again: assay dead-letters retry.',
  pending: 'Asked, and neither judged nor given up.',
  lag: 'Records that lie in the topic and that the stage has not taken yet.',
  rate: 'Mean over the last seconds. Kafka’s transaction markers count as records here; the counts above the diagram are exact.',
  workers: 'Processes that serve a model now.',
  tokensPerSecond: 'Tokens that went through the model a second, read and generated, as the worker said at its last heartbeat.',
  queued: 'Requests that the worker holds and its model has not begun.',
  batch: 'How full the worker’s batches were, as a part of the most that it takes.',
  agreement: 'Of the questions that both models answered: the share on which both gave the same answer.',
  sameWrong: 'Of the questions that both got wrong: the share on which both gave the same wrong answer. High values mean that the models share their mistakes.',
  positions: 'What was chosen, by the place where the right option stood. A model without preference has the same figures on the diagonal, and little beside it.',
  spread: 'Standard deviation of the shares on the diagonal, in points: how much more often the model is right when the right option stands where it likes to look (RStd).',
  random: 'What guessing would get: one over the number of options, as a mean over the questions.',
  oracle: 'What would be right if each question went to a model that gets it right, if there is one. No router can do better.',
  router: 'What the router would have answered: each question goes to the model that has proved best at its kind.',
  ensemble: 'All models’ votes merged into one answer.',
  frontier: 'Models for which no other is both cheaper and better.',
  checkpoint: 'A version of a model, by the hash of its files.',
  invariant: 'Nothing may vanish: what was asked must be judged, given up or still on its way. Any difference is an error of Assay.',
  offset: 'The place of a record in its topic: partition and number.',
  route: 'Which model answers this kind of question, and why.',
  evidence: 'The figures that the decision rests on: mean, interval and count.',
  computed: 'Tokens that really went through the model; what several orders share is counted once.',
};

const METRICS = {
  'accuracy/mean-logprob': ['Right answers, after voting', 'Choices right when all orders that were asked are merged by their mean log-probability.'],
  'accuracy/voted': ['Right answers, by the run’s voting rule', 'Choices right by the rule that the run was started with (adaptive or pride).'],
  'accuracy/one': ['Right answers, published order alone', 'Choices right when only the order counts in which the benchmark was published.'],
  'accuracy/max-vote': ['Right answers, majority of orders', 'Choices right when each order has one vote.'],
  'accuracy/every-order': ['Right in every order', 'Choices that were right in each of the orders: what does not depend on luck with places.'],
  exact_match: ['Exact match', 'Texts that equal a right answer, letter by letter.'],
  final_number_exact_match: ['Right final number', 'Texts whose last number is the right one.'],
  rouge_1: ['ROUGE-1', 'Share of words in common with the reference summary (F measure).'],
  rouge_2: ['ROUGE-2', 'Share of pairs of words in common with the reference summary (F measure).'],
  rouge_l: ['ROUGE-L', 'Longest common sequence of words with the reference summary (F measure).'],
};

const NO_SCORES = ['confidence/', 'changed/', 'chosen/', 'question/', 'voting/', 'same_', 'flow/', 'difference/', 'tokens_'];
const NO_SCORE = new Set(['answered', 'orders_asked', 'compute_microseconds', 'cost']);
const ORDER = Object.keys(METRICS);

export function metricName(metric) {
  return METRICS[metric]?.[0] ?? metric.replaceAll('_', ' ');
}

export function metricMeaning(metric) {
  return METRICS[metric]?.[1] ?? 'A score between 0 and 100, higher is better. Its name in the topic: ' + metric;
}

/** Whether a metric says how good answers are. */
export function isScore(metric) {
  return !NO_SCORE.has(metric) && !NO_SCORES.some((prefix) => metric.startsWith(prefix));
}

/** The order in which scores are offered: the voted answer first. */
export function compareMetrics(a, b) {
  const place = (metric) => (ORDER.includes(metric) ? ORDER.indexOf(metric) : ORDER.length);
  return place(a) - place(b) || (a < b ? -1 : 1);
}

const TYPES = {
  KNOWLEDGE: 'knowledge',
  TRUTHFULNESS: 'truthfulness',
  BIAS: 'bias',
  SUMMARIZATION: 'summaries',
  MATHS: 'word problems',
  REASONING: 'reasoning',
  OTHER: 'other',
};

export function typeName(type) {
  return TYPES[type] ?? type.toLowerCase().replaceAll('_', ' ');
}

const VIRTUAL = { '@ensemble-weighted': 'All models’ votes merged, each weighed by how good it has proved.', '@router': WORDS.router, '@ensemble': WORDS.ensemble, '@oracle': WORDS.oracle };

export function virtualMeaning(model) {
  return VIRTUAL[model];
}

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat('en', { maximumFractionDigits: 1, minimumFractionDigits: 1 });

export function count(number) {
  return WHOLE.format(number);
}

export function percent(share) {
  return TENTHS.format(100 * share);
}

/** A rate or size with few digits: 1,234, 56, 7.8, 0.12. */
export function amount(number) {
  if (number === null || number === undefined || !Number.isFinite(number)) {
    return '–';
  }
  const size = Math.abs(number);
  return size >= 20 || size === 0 ? WHOLE.format(number) : size >= 1 ? TENTHS.format(number) : number.toPrecision(2);
}

export function duration(seconds) {
  if (!Number.isFinite(seconds)) {
    return 'unknown';
  }
  if (seconds < 90) {
    return Math.max(1, Math.round(seconds)) + ' s';
  }
  if (seconds < 5400) {
    return Math.round(seconds / 60) + ' min';
  }
  return seconds < 172_800 ? TENTHS.format(seconds / 3600) + ' h' : Math.round(seconds / 86_400) + ' days';
}

export function plural(number, word) {
  return count(number) + ' ' + word + (number === 1 ? '' : word.endsWith('s') ? 'es' : 's');
}

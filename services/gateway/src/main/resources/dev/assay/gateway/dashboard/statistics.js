// What can be told from sums alone, as topology/…/scoring computes it (ConfidenceSequence, PairedOutcomes, PairedDifference,
// MultipleComparisons; sources there): a test holds both against each other.

const ALPHA = 0.05;
const A = 0.5;
const LOG_BETA_A_A = Math.log(Math.PI);
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012,
  9.9843695780195716e-6, 1.5056327351493116e-7,
];
const LAMBDAS = Array.from({ length: 23 }, (_, i) => 2 ** (-(i + 2) / 2));
const PSIS = LAMBDAS.map((lambda) => -Math.log1p(-lambda) - lambda);

/** log Γ(x), x > 0, by Lanczos' approximation (g = 7). */
export function logGamma(x) {
  if (x < 0.5) {
    return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  }
  const y = x - 1;
  const t = y + 7.5;
  let sum = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) {
    sum += LANCZOS[i] / (y + i);
  }
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum);
}

function logBeta(a, b) {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** A p-value of "equally often right" that may be looked at after every question. */
export function anytimeP(firstOnly, secondOnly) {
  const n = firstOnly + secondOnly;
  const logMixture = logBeta(A + firstOnly, A + secondOnly) - LOG_BETA_A_A + n * Math.LN2;
  return Math.min(1, Math.exp(-logMixture));
}

/** The same for differences of scores in [0, 1]: n of them, their sum and sum of squares. */
export function anytimePOfScores(n, sum, squares) {
  if (n === 0) {
    return 1;
  }
  const unitSum = (sum + n) / 2;
  const unitSquares = (squares + 2 * sum + n) / 4;
  const spread = Math.max(0, unitSquares - (unitSum * unitSum) / n);
  const distance = Math.abs(unitSum / n - 0.5);
  const logs = LAMBDAS.map((lambda, i) => lambda * n * distance - PSIS[i] * (spread + n * distance * distance));
  const highest = Math.max(...logs);
  const mixture = highest + Math.log(logs.reduce((total, log) => total + Math.exp(log - highest), 0) / logs.length);
  return Math.min(1, 2 * Math.exp(-mixture));
}

/** P-values corrected by Holm's procedure, in the order given. */
export function holm(pValues) {
  const ascending = pValues.map((_, i) => i).sort((a, b) => pValues[a] - pValues[b]);
  const corrected = new Array(pValues.length);
  let highest = 0;
  ascending.forEach((at, rank) => {
    highest = Math.max(highest, Math.min(1, (pValues.length - rank) * pValues[at]));
    corrected[at] = highest;
  });
  return corrected;
}

/**
 * How many others each model is surely better and worse than, by the rows of differences: who → {better, worse}. The chance of any wrong
 * "better" is at most 5 %, at every look and over all pairs.
 */
export function standings(differences) {
  const pValues = differences.map((row) => {
    if (row.metric !== 'difference/right') {
      return anytimePOfScores(row.n, row.sum, row.squares);
    }
    return anytimeP(Math.round((row.squares + row.sum) / 2), Math.round((row.squares - row.sum) / 2));
  });
  const corrected = holm(pValues);
  const found = new Map();
  const of = (who) => {
    if (!found.has(who)) {
      found.set(who, { better: 0, worse: 0 });
    }
    return found.get(who);
  };
  differences.forEach((row, i) => {
    const first = of(row.who);
    const second = of(row.other);
    if (corrected[i] <= ALPHA) {
      (row.mean > 0 ? first : second).better++;
      (row.mean > 0 ? second : first).worse++;
    }
  });
  return found;
}

/** The 95 % interval that holds at every look for the mean of n values in [0, 1] with this sum: ConfidenceSequence's, by halving. */
export function sequence(n, sum) {
  const threshold = logBeta(A + sum, A + n - sum) - LOG_BETA_A_A + Math.log(ALPHA);
  const lowEnd = (hits, misses) => {
    if (hits <= 0) {
      return 0;
    }
    let outside = 0;
    let inside = hits / (hits + misses);
    for (let step = 0; step < 60; step++) {
      const m = (outside + inside) / 2;
      const excess = threshold - hits * Math.log(m) - (misses <= 0 ? 0 : misses * Math.log1p(-m));
      if (excess >= 0) {
        outside = m;
      } else {
        inside = m;
      }
    }
    return outside;
  };
  return n === 0 ? { low: 0, high: 1 } : { low: lowEnd(sum, n - sum), high: 1 - lowEnd(n - sum, sum) };
}

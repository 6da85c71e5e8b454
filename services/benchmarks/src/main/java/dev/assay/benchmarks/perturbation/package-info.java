/**
 * HELM's perturbations (stanford-crfm/helm v0.5.16, {@code helm.benchmark.augmentations}): the same question, worded a little otherwise,
 * to the byte as there, from a generator of random numbers that the question's id seeds.
 */
@NullMarked
package dev.assay.benchmarks.perturbation;

import org.jspecify.annotations.NullMarked;

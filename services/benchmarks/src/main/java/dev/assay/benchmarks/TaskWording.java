package dev.assay.benchmarks;

/** How a task's own file words its prompts. */
sealed interface TaskWording permits BigBenchWording, OwnWording {}

import fc from "fast-check";

/** The same cases in every run, so that a failure can be seen again; other ones with FAST_CHECK_SEED. */
fc.configureGlobal({ seed: Number(process.env["FAST_CHECK_SEED"] ?? 20240501) });

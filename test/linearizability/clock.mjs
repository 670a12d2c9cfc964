// Loaded into a replica before anything else: sets its wall clock wrong, by CLOCK_OFFSET_MS from the
// start and by CLOCK_STEP_MS more from the moment on when it has run for CLOCK_STEP_AFTER_MS.
const { now } = Date;
const started = now();
const number = (name) => Number(process.env[`CATALOGD_TEST_${name}`] ?? 0);
const offset = number('CLOCK_OFFSET_MS');
const step = number('CLOCK_STEP_MS');
const after = number('CLOCK_STEP_AFTER_MS');

Date.now = () => {
  const time = now();
  return time + offset + (time - started >= after ? step : 0);
};

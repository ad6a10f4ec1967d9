/** What this package needs. On an older Node the first use of what that lacks would fail with an error that says nothing. */
export const nodeMajorMin = 24;

if (Number(process.versions.node.split(".")[0]) < nodeMajorMin) {
  throw new Error(`finance-feedback-delta needs Node ${nodeMajorMin} or newer; this is ${process.version}.`);
}

/** The oldest Node that this package runs on. An older one fails later, with an error that does not say why. */
export const nodeMajorMin = 24;

if (Number(process.versions.node.split(".")[0]) < nodeMajorMin) {
  throw new Error(
    `finance-feedback-pipelines needs Node ${nodeMajorMin} or newer; this is ${process.version}.`,
  );
}

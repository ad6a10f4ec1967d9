// Runs test files in this process, one after the other, each as a suite that has the file's path as its name.
import { suite } from "node:test";
import { pathToFileURL } from "node:url";

let atWork = "";
process.on("exit", () => {
  if (atWork !== "") console.error(`The process ended at ${atWork}`);
});

for (const file of process.argv.slice(2)) {
  atWork = file;
  // The tests and the hooks that a file registers while it loads become its suite's.
  await suite(file, async () => {
    await import(pathToFileURL(file).href);
  });
}
atWork = "";
